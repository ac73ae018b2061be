"""Direct uploads of every tenant stay in the place that the table names, staged or saved."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import override_settings

from tenant_minio import use_tenant
from tenant_minio.exceptions import InvalidBackendError
from tenant_minio.uploads import api
from tenant_minio.uploads.staged import claim
from tenant_minio.uploads.targets import Target, sign

from .conftest import World
from .labels import HARNESS, acting
from .places import KEYS, PUBLIC

PRIVATE = [tenant for tenant in KEYS if tenant not in PUBLIC]
REQUEST = SimpleNamespace(user=SimpleNamespace(pk=1, is_authenticated=True, is_active=True))


def send(world: World, begun: dict[str, Any], data: bytes) -> None:
    """What the browser sends, as the harness: it has what was signed, and no tenant."""
    with acting(HARNESS):
        http = world.judge.labels.make_pool()
        if "form" in begun:
            fields = [*begun["form"]["fields"].items(), ("file", ("f", data))]
            status = http.request("POST", begun["form"]["url"], fields=fields).status
        else:
            urls = begun["urls"]
            status = http.request("PUT", urls[1], body=data).status
    assert status in {200, 204}


@pytest.mark.parametrize("way", ["form", "parts"])
def test_uploads_stay_in_the_place_of_their_tenant(world: World, way: str) -> None:
    files: dict[str, dict[str, bytes]] = {}
    target = Target.of_storage("default")
    limit = 100_000 if way == "form" else 0
    with override_settings(TENANT_MINIO={"UPLOADS": {"FORM_MAX_SIZE": limit}}):
        for tenant in PRIVATE:
            data = f"a file of {tenant}".encode()
            with acting(tenant), use_tenant(tenant):
                asked = {"target": sign(target), "name": "a.txt", "size": len(data)}
                begun = api.begin(REQUEST, asked)
                token = {"token": begun["token"]}
                if way == "parts":
                    begun |= api.parts(REQUEST, {**token, "numbers": [1]})
                send(world, begun, data)
                file = claim(api.finish(REQUEST, token)["value"], target, REQUEST)
                world.storage.save("taken.txt", ContentFile(b"1"))
                assert world.storage.save("a.txt", file) == "a.txt"
                begun = api.begin(REQUEST, asked)
                api.cancel(REQUEST, {"token": begun["token"]})
            files[tenant] = {"a.txt": data, "taken.txt": b"1"}
    assert world.truth() == world.expected(files)
    assert world.judge.tenants() == set(PRIVATE)


def test_nothing_is_staged_in_a_public_place(world: World) -> None:
    target = Target.of_storage("default")
    asked = {"target": sign(target), "name": "a.txt", "size": 1}
    for tenant in PUBLIC:
        with (
            acting(tenant),
            use_tenant(tenant),
            pytest.raises(InvalidBackendError, match="public"),
        ):
            api.begin(REQUEST, asked)
    world.expect_silence()

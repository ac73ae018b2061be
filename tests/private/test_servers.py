"""What servers tell the web server in front, and settings that no server can work with."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.http import HttpResponse

from tenant_minio import use_tenant
from tenant_minio.exceptions import InvalidBackendError
from tenant_minio.private import PrivateFile
from tenant_minio.private.views import PrivateStorageView

from .conftest import asking


def get(storage: Any, name: str, server: Any) -> Any:
    return PrivateStorageView.as_view(storage=storage, server_class=server)(asking(), path=name)


def test_x_sendfile_names_the_path_so_that_it_survives_decoding(local: Any) -> None:
    name = local.save("docs/ä 100%.txt", ContentFile(b"x"))
    answer = get(local, name, "x-sendfile")
    assert answer["X-Sendfile"].startswith("/")
    assert answer["X-Sendfile"].endswith("/private/docs/%C3%A4%20100%25.txt")
    assert answer["Content-Type"] == "text/plain"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer.content == b""


@pytest.mark.parametrize("server", ["x-sendfile", "x-accel"])
def test_local_file_that_is_missing_is_not_left_to_the_web_server(local: Any, server: str) -> None:
    for name in ("nothing", "", "../x"):
        assert get(local, name, server).status_code == 404


@pytest.mark.parametrize("server", ["x-accel-cluster", "redirect"])
def test_local_file_cannot_be_sent_by_a_cluster(local: Any, server: str) -> None:
    local.save("a.txt", ContentFile(b"x"))
    with pytest.raises(InvalidBackendError, match=f"'{server}'"):
        get(local, "a.txt", server)


class Own:
    def serve(self, private_file: PrivateFile) -> HttpResponse:
        return HttpResponse(f"own: {private_file.content_disposition}")


@pytest.mark.parametrize("given", [Own, f"{__name__}.Own"])
def test_project_may_have_a_server_of_its_own(memory: Any, given: Any) -> None:
    with use_tenant("acme"):
        answer = get(memory, "a.txt", given)
    assert answer.content == b'own: inline; filename="a.txt"'
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_unknown_server_is_named(memory: Any) -> None:
    with use_tenant("acme"), pytest.raises(InvalidBackendError, match="x-accel-cluster"):
        get(memory, "a.txt", "nginx")


@pytest.mark.parametrize("given", [{"ACTIVE_CONTENT": "show"}, {"CACHE_CONTROL": ""}])
def test_wrong_setting_raises_at_first_use(
    memory: Any, private_settings: Callable[..., None], given: dict[str, Any]
) -> None:
    private_settings(**given)
    with use_tenant("acme"):
        memory.save("a.txt", ContentFile(b"x"))
        with pytest.raises(InvalidBackendError, match="E050"):
            get(memory, "a.txt", None)

"""Random operations of many tenants on real servers, compared with a dictionary.

ISOLATION_EXAMPLES sets how many runs of 40 steps are made (60 by default).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from django.core.files.base import ContentFile
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tenant_minio import current_tenant, use_tenant
from tenant_minio.exceptions import NoTenantError, ObjectChangedError

from .conftest import World
from .labels import acting
from .places import KEYS, PUBLIC

EXAMPLES = int(os.environ.get("ISOLATION_EXAMPLES", "60"))

# Few names, so that tenants meet in them; some are another tenant's place, or a folder of others.
NAMES = [
    *["a", "A", "docs/a", "docs/sub/a", "\u00e9", "e\u0301", "a*", "100%.txt"],
    *["tenants/acme/a", "acme/a", "2/a", "vip/a"],
]
FOLDERS = ["", "docs", "docs/", "tenants", "tenants/acme", "acme", "2", "nothing", "do", "base"]
# Some tenants are likelier: those whose places are easiest to mistake for each other.
TENANTS = st.sampled_from(["acme", "acm", "acme2", "Acme", "own", "far", "vip", "open"]) | (
    st.sampled_from(KEYS)
)
_WINDOW = 256 * 1024  # what is beyond it costs a second request
CONTENTS = st.binary(max_size=40) | st.builds(
    lambda tail: b"x" * _WINDOW + tail, st.binary(min_size=1, max_size=20)
)
Use = Callable[[Any], Any]


def _inside(world: World, tenant: str, _other: str, use: Use) -> Any:
    with use_tenant(tenant):
        return use(world.storage)


def _nested(world: World, tenant: str, other: str, use: Use) -> Any:
    with use_tenant(other):
        with use_tenant(tenant):
            found = use(world.storage)
        assert current_tenant() == other
    return found


def _after(world: World, tenant: str, other: str, use: Use) -> Any:
    with use_tenant(tenant):
        with use_tenant(other):
            pass
        return use(world.storage)


def _bound(world: World, tenant: str, _other: str, use: Use) -> Any:
    return use(world.storage.for_tenant(tenant))


def _bound_elsewhere(world: World, tenant: str, other: str, use: Use) -> Any:
    bound = world.storage.for_tenant(tenant)
    with use_tenant(other):
        world.storage.for_tenant(other)
        return use(bound)


def _decorated(world: World, tenant: str, other: str, use: Use) -> Any:
    with use_tenant(other):
        return use_tenant(tenant)(use)(world.storage)


WAYS = st.sampled_from([_inside, _nested, _after, _bound, _bound_elsewhere, _decorated])
ACTOR = {"tenant": TENANTS, "other": TENANTS, "way": WAYS}
ON_A_FILE = {**ACTOR, "name": st.sampled_from(NAMES)}


class Isolation(RuleBasedStateMachine):
    """What each tenant has, and what it must get when it asks."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.world.clean()
        self.files: dict[str, dict[str, bytes]] = {tenant: {} for tenant in KEYS}
        self.open: list[tuple[str, str, bytes, Any]] = []

    def act(self, tenant: str, other: str, way: Any, use: Use) -> Any:
        with acting(tenant):
            return way(self.world, tenant, other, use)

    # Writing

    @rule(**ON_A_FILE, content=CONTENTS)
    def save(self, tenant: str, other: str, way: Any, name: str, content: bytes) -> None:
        mine = self.files[tenant]
        saved = self.act(tenant, other, way, lambda s: s.save(name, ContentFile(content)))
        assert saved not in mine
        assert saved == name or name in mine
        mine[saved] = content

    @rule(**ON_A_FILE, content=CONTENTS)
    def write(self, tenant: str, other: str, way: Any, name: str, content: bytes) -> None:
        def use(storage: Any) -> None:
            with storage.open(name, "wb") as file:
                file.write(content)

        self.act(tenant, other, way, use)
        self.files[tenant][name] = content

    @rule(**ON_A_FILE)
    def abandon(self, tenant: str, other: str, way: Any, name: str) -> None:
        def use(storage: Any) -> None:
            try:
                with storage.open(name, "wb") as file:
                    file.write(b"never")
                    raise ZeroDivisionError
            except ZeroDivisionError:
                pass

        self.act(tenant, other, way, use)

    @rule(**ON_A_FILE, content=CONTENTS)
    def begin_inside_and_close_elsewhere(
        self, tenant: str, other: str, way: Any, name: str, content: bytes
    ) -> None:
        file = self.act(tenant, other, way, lambda storage: storage.open(name, "wb"))
        file.write(content)
        with acting(tenant), use_tenant(other):
            file.close()
        self.files[tenant][name] = content

    @rule(**ON_A_FILE)
    def delete(self, tenant: str, other: str, way: Any, name: str) -> None:
        self.act(tenant, other, way, lambda storage: storage.delete(name))
        self.files[tenant].pop(name, None)

    # Reading

    @rule(**ON_A_FILE)
    def look(self, tenant: str, other: str, way: Any, name: str) -> None:
        content = self.files[tenant].get(name)

        def use(storage: Any) -> None:
            assert storage.exists(name) is (content is not None)
            free = storage.get_available_name(name)
            assert (free == name) is (content is None)
            assert free not in self.files[tenant]
            if content is not None:
                assert storage.size(name) == len(content)
                assert storage.get_modified_time(name)
                return
            for ask in (storage.size, storage.get_modified_time, storage.open):
                try:
                    ask(name)
                except FileNotFoundError:
                    continue
                raise AssertionError(f"{name!r} of {tenant!r} is there")

        self.act(tenant, other, way, use)

    @rule(**ON_A_FILE, start=st.integers(0, 50) | st.just(_WINDOW), size=st.integers(-1, 30))
    def read(self, tenant: str, other: str, way: Any, name: str, start: int, size: int) -> None:
        content = self.files[tenant].get(name)
        if content is None:
            return

        def use(storage: Any) -> bytes:
            with storage.open(name) as file:
                file.seek(start)
                return file.read(size)

        end = None if size == -1 else start + size
        assert self.act(tenant, other, way, use) == content[start:end]

    @rule(**ON_A_FILE)
    def hold_open(self, tenant: str, other: str, way: Any, name: str) -> None:
        content = self.files[tenant].get(name)
        if content is not None:
            file = self.act(tenant, other, way, lambda storage: storage.open(name))
            self.open.append((tenant, name, content, file))

    @precondition(lambda self: self.open)
    @rule(which=st.integers(0), other=TENANTS)
    def read_what_was_opened_before(self, which: int, other: str) -> None:
        tenant, name, content, file = self.open.pop(which % len(self.open))
        with acting(tenant), use_tenant(other):
            try:
                assert file.read() == content
            except (ObjectChangedError, FileNotFoundError):
                assert len(content) > _WINDOW
                assert self.files[tenant].get(name) != content
            finally:
                file.close()

    @rule(**ACTOR, folder=st.sampled_from(FOLDERS))
    def listdir(self, tenant: str, other: str, way: Any, folder: str) -> None:
        start = f"{folder.rstrip('/')}/" if folder else ""
        inside = [name[len(start) :] for name in self.files[tenant] if name.startswith(start)]
        directories = {name.partition("/")[0] for name in inside if "/" in name}
        files = {name for name in inside if "/" not in name}
        found = self.act(tenant, other, way, lambda storage: storage.listdir(folder))
        assert tuple(map(sorted, found)) == (sorted(directories), sorted(files))

    # URLs

    @rule(**ON_A_FILE, signed=st.sampled_from([None, True]))
    def fetch(self, tenant: str, other: str, way: Any, name: str, signed: bool | None) -> None:
        url = self.act(tenant, other, way, lambda storage: storage.url(name, signed=signed))
        content = self.files[tenant].get(name)
        with acting(tenant):
            status, body = self.world.judge.labels.fetch(url)
        if content is None:
            # Who may get but not list is not told whether a file is there.
            assert status in ({403, 404} if tenant in PUBLIC and signed is None else {404})
        else:
            assert (status, body) == (200, content)

    @rule(**ACTOR)
    def fetch_all(self, tenant: str, other: str, way: Any) -> None:
        named = sorted(self.files[tenant].items())
        urls = self.act(
            tenant, other, way, lambda storage: storage.urls([name for name, _ in named])
        )
        with acting(tenant):
            found = [self.world.judge.labels.fetch(url) for url in urls]
        assert found == [(200, content) for _name, content in named]

    # Nobody

    @rule(name=st.sampled_from(NAMES), tenant=TENANTS)
    def nobody(self, name: str, tenant: str) -> None:
        storage = self.world.storage
        storage.for_tenant(tenant)
        for ask in (storage.exists, storage.open, storage.url, storage.delete, storage.listdir):
            try:
                ask(name)
            except NoTenantError:
                continue
            raise AssertionError(f"{ask} worked without a tenant")

    @invariant()
    def no_tenant_is_left(self) -> None:
        assert current_tenant() is None

    def teardown(self) -> None:
        for _tenant, _name, _content, file in self.open:
            file.close()
        assert self.world.truth() == self.world.expected(self.files)
        self.world.judge.verdict()


def test_tenants_never_meet(world: World) -> None:
    kinds: set[str] = set()

    class Run(Isolation):
        def __init__(self) -> None:
            super().__init__(world)

        def teardown(self) -> None:
            super().teardown()
            kinds.update(kind for tenant, kind in world.judge.counts() if tenant in KEYS)

    run_state_machine_as_test(
        Run,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert kinds >= {"put", "get", "head", "list", "delete"}
    # What the last run left is judged again when the test ends: let there be something.
    with acting("acme"), use_tenant("acme"):
        world.storage.exists("a")

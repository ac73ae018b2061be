"""What the storage opens by name, as any code of the project would ask it."""

from collections.abc import Callable, Iterator
from contextlib import suppress

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django_tenants.utils import get_public_schema_name, schema_context

from example_saas.demo.observation import Observation, refused, works
from example_saas.demo.proof.world import EQUAL, World, verdict
from example_saas.demo.uploads import Upload
from tenant_minio.exceptions import NoTenantError, UnsafeNameError

METHODS: dict[str, Callable[[str], object]] = {
    "open": lambda name: default_storage.open(name).close(),
    "exists": default_storage.exists,
    "size": default_storage.size,
    "url": default_storage.url,
    "listdir": default_storage.listdir,
    "save": lambda name: default_storage.save(name, ContentFile(b"not theirs")),
    "delete": default_storage.delete,
}


def same_name(world: World) -> Iterator[Observation]:
    """The database holds one name for all; each tenant gets its own file by it."""
    for tenant in world.browsers:
        plan = world.upload(tenant, "plan.pdf")
        yield works(
            f"the name in {tenant}'s database", "docs/plan.pdf", lambda plan=plan: plan.name
        )
        yield works(
            f"open it under {tenant}",
            f"{tenant}'s content",
            lambda plan=plan: _whose(world, plan.tenant, plan.name),
        )
    for owner, filename in {"acme": "logo.png", "initech": "reports.csv"}.items():
        yield from _only_for_owner(world.upload(owner, filename))


def _only_for_owner(upload: Upload) -> Iterator[Observation]:
    """A name that only its owner has. initech's is in the bucket that globex uses too."""
    name = upload.name
    yield works(f"open {name} under {upload.tenant}", EQUAL, lambda: _open(upload.tenant, upload))
    yield refused(f"open {name} under globex", FileNotFoundError, lambda: _open("globex", upload))
    yield works(
        f"exists {name} under {upload.tenant}", "True", lambda: _exists(upload.tenant, name)
    )
    yield refused(f"exists {name} under globex", "False", lambda: _exists("globex", name))


def unsafe_names(world: World) -> Iterator[Observation]:
    """Every method refuses a name that could leave the tenant, however it is spelt."""
    target = world.upload("initech", "plan.pdf")
    yield works(
        f"the owner opens the target, {target.key}",
        EQUAL,
        lambda: _open("initech", target),
    )
    for name in (
        f"../initech/{target.name}",
        f"docs/../../initech/{target.name}",
        f"/{target.key}",
        f"%2e%2e/initech/{target.name}",
        f"..\\initech\\{target.name}",
        f"./../initech/{target.name}",
        f"docs//../../initech/{target.name}",
    ):
        yield _refused_by_all("globex", name, UnsafeNameError)
    yield works("the target afterwards, in the bucket", EQUAL, lambda: world.content(target))


def no_tenant(world: World) -> Iterator[Observation]:
    """Where no tenant is current, the storage does not guess one."""
    plan = world.upload("acme", "plan.pdf")
    yield works("open docs/plan.pdf under acme", EQUAL, lambda: _open("acme", plan))
    yield _refused_by_all(get_public_schema_name(), plan.name, NoTenantError)
    yield works("acme's file afterwards, in the bucket", EQUAL, lambda: world.content(plan))


def _refused_by_all(tenant: str, name: str, wanted: type[Exception]) -> Observation:
    """Tries every method, and names those that did not raise ``wanted``."""

    def attempt() -> str:
        let_through = []
        for method, call in METHODS.items():
            with schema_context(tenant), suppress(wanted):
                call(name)
                let_through.append(method)
        if let_through:
            return f"let through by {', '.join(let_through)}"
        return f"{wanted.__name__} by all {len(METHODS)}"

    return refused(name, f"{wanted.__name__} by all {len(METHODS)}", attempt)


def _open(tenant: str, upload: Upload) -> str:
    with schema_context(tenant), default_storage.open(upload.name) as file:
        return verdict(file.read(), upload)


def _whose(world: World, tenant: str, name: str) -> str:
    with schema_context(tenant), default_storage.open(name) as file:
        content = file.read()
    owner = next((it.tenant for it in world.uploads if it.sample.content == content), "nobody")
    return f"{owner}'s content"


def _exists(tenant: str, name: str) -> str:
    with schema_context(tenant):
        return str(default_storage.exists(name))

"""Custom routers that STORAGES of the tests name by dotted path."""

from tenant_minio import Route

answers: dict[str, object] = {}
asked: list[str] = []


def listed(tenant: str) -> object:
    """Answers what the test put into ``answers``."""
    asked.append(tenant)
    return answers.get(tenant)


def silent(_tenant: str) -> None:
    """Leaves every tenant to the next."""


class ByClass:
    """Made once, without arguments."""

    def __call__(self, tenant: str) -> Route | None:
        return Route("eu", "classy", "base/") if tenant == "acme" else None


def stubborn(_tenant: str) -> Route:
    """Answers every tenant."""
    return Route("eu", "media", "stubborn/")

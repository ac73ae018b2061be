"""Requests to a host, from both of Django's test clients."""

from typing import Any

from django.test import AsyncClient, Client


class HostClient(AsyncClient):
    """AsyncClient always says ``testserver``, beside any host that it is given."""

    def __init__(self, host: str, **options: Any) -> None:
        super().__init__(**options)
        self.host = host.encode()

    def _base_scope(self, **request: Any) -> dict[str, Any]:
        scope: dict[str, Any] = super()._base_scope(**request)  # type: ignore[misc]
        others = [(name, value) for name, value in scope["headers"] if name != b"host"]
        return {**scope, "headers": [(b"host", self.host), *others]}


def get(path: str, host: str = "acme.localhost", **options: Any) -> Any:
    """Ask as under WSGI."""
    return Client(**options).get(path, headers={"host": host})


async def aget(path: str, host: str = "acme.localhost", **options: Any) -> Any:
    """Ask as under ASGI."""
    return await HostClient(host, **options).get(path)

"""Keys that no text shows: debug pages and collectors of errors print what is in each frame."""

from __future__ import annotations

from typing import Self

from minio.credentials.credentials import Credentials
from minio.credentials.providers import Provider


class HiddenCredentials(Credentials):
    """minio-py's credentials, whose own repr holds the secret and the token."""

    @classmethod
    def of(cls, given: Credentials) -> Self:
        """The same key."""
        return cls(given.access_key, given.secret_key, given.session_token, given.expiration)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(access_key={self.access_key!r}, ...)"


class FixedProvider(Provider):
    """Gives one key, always."""

    def __init__(self, credentials: HiddenCredentials) -> None:
        self._credentials = credentials

    def retrieve(self) -> HiddenCredentials:
        """The key."""
        return self._credentials

"""A client whose key may be replaced while it is used."""

from __future__ import annotations

from typing import Any, Self

from minio.error import S3Error
from urllib3 import BaseHTTPResponse

from tenant_minio.backends.client import S3Client
from tenant_minio.backends.credentials.credential import Credential
from tenant_minio.backends.errors import code_of


class RenewingClient(S3Client):
    """Makes a request once more where its key was refused and there is another by now."""

    _provider: Credential

    @classmethod
    def of(cls, client: S3Client, credential: Credential) -> Self:
        """The same client on the same connections, with a key of its own."""
        other = cls.__new__(cls)
        other.__dict__.update(client.__dict__, _provider=credential)
        return other

    def _url_open(self, *args: Any, **kwargs: Any) -> BaseHTTPResponse:
        # A refused request was not carried out, so any may be sent again.
        used = self._provider.retrieve()
        try:
            return super()._url_open(*args, **kwargs)
        except S3Error as error:
            if not self._provider.replaced(used, code_of(error)):
                raise
        return super()._url_open(*args, **kwargs)

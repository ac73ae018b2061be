"""Real S3 servers: MinIO and VersityGW, two implementations of one protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from .errors import ExternalServerError
from .external import ExternalServer
from .local import LocalServer

Kind = Literal["minio", "versitygw"]


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Server:
    """A running S3 server and its root credentials; leaving it as a context manager ends it.

    The methods stop, kill, pause, resume and restart work on a server that was started here. On one
    that the environment names they raise ExternalServerError, and leaving the context leaves it
    running. Pausing or resuming a server that is down raises ServerError.

    Args:
        kind: which implementation it is.
        endpoint: host:port, without a scheme.
        access_key: the root user's access key.
        secret_key: the root user's secret key.
        secure: whether it speaks HTTPS.
        ca_certs: path of the CA bundle that its certificate is checked by; certifi's if None.
    """

    kind: Kind
    endpoint: str
    access_key: str
    secret_key: str = field(repr=False)
    secure: bool
    ca_certs: Path | None = None
    _server: LocalServer | ExternalServer = field(repr=False, compare=False)

    @property
    def pid(self) -> int | None:
        """The process id of the server itself; None once it was ended, or if it is external."""
        return self._server.pid if isinstance(self._server, LocalServer) else None

    @property
    def data_dir(self) -> Path | None:
        """The folder that holds the objects; None if the server is external."""
        return self._server.folder / "data" if isinstance(self._server, LocalServer) else None

    def storage_options(self) -> dict[str, object]:
        """OPTIONS for a storage on this server."""
        return {
            "endpoint": self.endpoint,
            "access_key": self.access_key,
            "secret_key": self.secret_key,
            "secure": self.secure,
            **({} if self.ca_certs is None else {"ca_certs": str(self.ca_certs)}),
        }

    def stop(self) -> None:
        """End the server and remove its data; a second call does nothing."""
        self._local("stop").stop()

    def kill(self) -> None:
        """End the server with SIGKILL, keep its data, and return when it is dead."""
        self._local("kill").kill()

    def pause(self) -> None:
        """Stop the server with SIGSTOP: connections open, and nothing answers."""
        self._local("pause").pause()

    def resume(self) -> None:
        """Let a paused server go on with SIGCONT."""
        self._local("resume").resume()

    def restart(self) -> None:
        """Start the server again, after ending it if need be, with port, keys and data unchanged.

        Raises:
            ServerError: it does not come up again.
        """
        self._local("restart").restart()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(self._server, LocalServer):
            self._server.stop()
        else:
            self._server.release()

    def _local(self, action: str) -> LocalServer:
        if isinstance(self._server, LocalServer):
            return self._server
        raise ExternalServerError(
            f"cannot {action} {self._server.name}: it was not started here. "
            "Ask for a server with local=True"
        )


def child_environment(folder: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of a server: nothing of the developer's own may reach it."""
    return {"HOME": str(folder), "TMPDIR": str(folder), "PATH": "/usr/bin:/bin", **settings}


def s3_error(
    endpoint: str,
    access_key: str,
    secret_key: str,
    *,
    secure: bool,
    timeout: float = 5.0,
    ca_certs: Path | None = None,
) -> str | None:
    """Ask a server for its buckets, signed; say what went wrong, or None if it answered.

    A signature made with random keys shows that the answer is from this very server. ``timeout``
    is in seconds, and counts for the connection and for the answer.
    """
    from xml.etree.ElementTree import ParseError

    import urllib3
    from minio import Minio
    from minio.error import MinioException

    trust = None if ca_certs is None else str(ca_certs)
    pool = urllib3.PoolManager(timeout=timeout, retries=False, ca_certs=trust)
    try:
        Minio(
            endpoint=endpoint,
            access_key=access_key,
            secret_key=secret_key,
            secure=secure,
            region="us-east-1",
            http_client=pool,
        ).list_buckets()
    except (MinioException, urllib3.exceptions.HTTPError, ParseError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    finally:
        pool.clear()
    return None

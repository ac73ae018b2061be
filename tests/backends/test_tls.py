"""TLS is checked, against the CA that the options name, and off only where they say so."""

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from urllib3.exceptions import MaxRetryError, ProtocolError, SSLError

from tenant_minio.backends.errors import translate
from tenant_minio.exceptions import BackendUnavailableError
from tests.conftest import entry
from tests.faults import FaultyProxy

CERTIFICATE = Path(__file__).parent.parent / "data" / "localhost.pem"


@pytest.fixture
def endpoint(minio_server: Any) -> Iterator[str]:
    """MinIO behind TLS, with a certificate that nobody knows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    proxy = FaultyProxy(minio_server.endpoint, context)
    yield proxy.endpoint
    proxy.close()


@pytest.fixture
def exists(
    minio_server: Any,
    endpoint: str,
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
) -> Callable[..., bool]:
    use_storages(plain=entry(minio_server))
    bucket = new_bucket("plain")

    def call(**options: Any) -> bool:
        use_storages(
            plain=entry(minio_server, bucket=bucket, endpoint=endpoint, secure=True, **options)
        )
        return bool(storages["plain"].exists(""))

    return call


def test_an_unknown_certificate_is_refused(exists: Callable[..., bool]) -> None:
    with pytest.raises(BackendUnavailableError, match="certificate verify failed"):
        exists()


def test_a_certificate_of_the_named_ca_is_taken(exists: Callable[..., bool]) -> None:
    assert exists(ca_certs=str(CERTIFICATE))


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_checking_can_be_switched_off(exists: Callable[..., bool]) -> None:
    assert exists(verify=False)


def make_pool() -> Any:
    import urllib3

    return urllib3.PoolManager(ca_certs=str(CERTIFICATE))


def test_a_pool_of_ones_own_is_used(exists: Callable[..., bool]) -> None:
    assert exists(http_client=f"{__name__}.make_pool")
    assert exists(http_client=make_pool)


def test_only_a_refused_certificate_proves_that_nothing_was_sent(
    exists: Callable[..., bool],
) -> None:
    """TLS may also break once a whole PUT was sent; then its object has to be looked for."""
    with pytest.raises(BackendUnavailableError) as refused:
        exists()
    assert refused.value.request_sent is False
    late = MaxRetryError(
        None, "/", SSLError(ssl.SSLError(1, "decryption failed or bad record mac"))
    )
    for error in (late, late.reason):
        found = translate(error, method="PUT", target="plain:b/f")
        assert found.request_sent is True


def test_what_runs_out_of_time_while_it_is_sent_has_timed_out() -> None:
    """urllib3 has one word for it and for a connection that the server has closed."""
    for cause, timed_out in ((TimeoutError("timed out"), True), (BrokenPipeError(), False)):
        error = ProtocolError("Connection aborted.", cause)
        found = translate(error, method="PUT", target="plain:b/f")
        assert (found.request_sent, found.timed_out) == (True, timed_out)

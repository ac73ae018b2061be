"""AssumeRole: a temporary key from the cluster's own STS, with a policy of its own.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html; MinIO answers it at the
endpoint of S3. minio-py's AssumeRoleProvider knows no error but ValueError and no life below an
hour.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode, urlunsplit
from xml.etree import ElementTree

from minio import time as minio_time
from minio.credentials.credentials import Credentials
from minio.error import ServerError
from minio.helpers import sha256_hash
from minio.signer import sign_v4_sts
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from tenant_minio.backends.answer_xml import root_of
from tenant_minio.backends.client import S3Client
from tenant_minio.backends.credentials.hidden import HiddenCredentials
from tenant_minio.backends.errors import outage_of_status, remedy_of, translate
from tenant_minio.exceptions import (
    BackendUnavailableError,
    PermissionDeniedError,
    TenantMinioError,
    UnexpectedResponseError,
    UnsupportedFeatureError,
)

# What servers without STS answer to a POST to their root: VersityGW the second.
_NO_STS = frozenset({404, 405, 501})
_REPEATED = 200


def assume_role(
    client: S3Client,
    own: Credentials,
    *,
    policy: str,
    duration: int,
    region: str,
    group: str,
    what: str,
) -> HiddenCredentials:
    """A key of ``duration`` seconds that may do what ``policy`` says.

    Args:
        client: to the cluster, whose time limits count.
        own: of the user whose rights the policy narrows.
        policy: in JSON.
        duration: in seconds.
        region: that the request is signed for.
        group: what MinIO calls its ``TokenRevokeType``: keys of one can be revoked together.
        what: alias, bucket and prefix, for errors.

    Raises:
        UnsupportedFeatureError: the server has no STS.
        PermissionDeniedError: it refuses.
        BackendUnavailableError: it cannot be reached, or failed.
        UnexpectedResponseError: its answer is no key.
    """
    body = urlencode(
        {
            "Action": "AssumeRole",
            "Version": "2011-06-15",
            "DurationSeconds": str(duration),
            "Policy": policy,
            "TokenRevokeType": group,
        }
    )
    url = client._base_url.build(method="POST", region=region)  # noqa: SLF001 -- as minio-py itself builds it
    digest, now = sha256_hash(body), minio_time.utcnow()
    headers = sign_v4_sts(
        method="POST",
        url=url,
        region=region,
        headers={
            "Content-Type": "application/x-www-form-urlencoded",
            "Host": url.netloc,
            "X-Amz-Date": minio_time.to_amz_date(now),
        },
        credentials=own,
        content_sha256=digest,
        date=now,
    )
    target = f"{what}: AssumeRole"

    def send() -> BaseHTTPResponse:
        answer = client._http.urlopen("POST", urlunsplit(url), body=body, headers=headers)  # noqa: SLF001 -- the pool is ours, we gave it
        if outage_of_status(answer.status):
            raise ServerError(str(_refusal(answer, target)), answer.status)
        return answer

    try:
        answer = send() if client.gate is None else client.gate.send(send, target)
    except ServerError as error:
        raise BackendUnavailableError(str(error)) from None
    except HTTPError as error:
        raise translate(error, method="POST", target=target) from error
    if answer.status != 200:
        raise _refusal(answer, target)
    try:
        return _key(root_of(answer.data))
    except ValueError as error:
        # Not chained: what it is about holds a secret.
        raise UnexpectedResponseError(
            f"{target}: the answer is no key ({type(error).__name__}). Look for what stands "
            f"between here and the cluster."
        ) from None


def _key(root: ElementTree.Element) -> HiddenCredentials:
    """The key in an answer. Raises ValueError where it is not whole."""
    found = root.find(".//{*}Credentials")
    if found is None:
        raise ValueError("no credentials")
    return HiddenCredentials(
        found.findtext("{*}AccessKeyId") or "",
        found.findtext("{*}SecretAccessKey") or "",
        session_token=found.findtext("{*}SessionToken"),
        expiration=datetime.fromisoformat(found.findtext("{*}Expiration") or ""),
    )


def _refusal(answer: BaseHTTPResponse, target: str) -> TenantMinioError:
    code, message = _reason(answer)
    said = f"{answer.status} {code}".strip()
    if answer.status in _NO_STS:
        return UnsupportedFeatureError(
            f"{target}: this server has no STS ({said}), so it gives no key for a tenant alone. "
            f"Give each tenant a key of its own: set 'credentials' to a callable from route to "
            f"credentials, or to 'static'."
        )
    if answer.status in {401, 403}:
        remedy = remedy_of(code) or (
            "Check the backend's own key, and that its user is enabled and may use STS."
        )
        return PermissionDeniedError(
            f"{target}: the cluster refused it with {said}: {message} {remedy}"
        )
    if answer.status >= 500 or answer.status == 429:
        return BackendUnavailableError(
            f"{target}: the cluster failed with {said}. Try again; if it stays, look at the "
            f"cluster."
        )
    return UnexpectedResponseError(f"{target}: the cluster answered {said}: {message}")


def _reason(answer: BaseHTTPResponse) -> tuple[str, str]:
    try:
        root = root_of(answer.data)
    except ValueError:
        return "", "without saying why."
    error = root if root.tag.endswith("Error") else root.find(".//{*}Error")
    if error is None:
        return "", "without saying why."
    code, message = (error.findtext(f"{{*}}{name}") or "" for name in ("Code", "Message"))
    return code[:_REPEATED], message[:_REPEATED]

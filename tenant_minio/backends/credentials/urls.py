"""URLs that are signed with a key that has an end."""

from __future__ import annotations

from tenant_minio.backends.credentials.credential import Credential
from tenant_minio.backends.credentials.kinds import Kind, kind_of
from tenant_minio.backends.options import BackendOptions
from tenant_minio.backends.signer import Signer


def exceeds_key(life: int, options: BackendOptions) -> bool:
    """Whether no key of STS would live as long as a URL of ``life`` seconds."""
    return life > options.sts_duration and kind_of(options.credentials) is Kind.STS


def signed_by(credential: Credential, at: int, life: int) -> tuple[Signer, int, int]:
    """What signs a URL, when (as given), and how many seconds it lives.

    The key is renewed before where it ends earlier than the URL would; where its source has none
    that lasts, the URL is shortened, so that it says the truth.

    Args:
        credential: gives the key.
        at: the signing time, in seconds since the epoch.
        life: that was asked for, in seconds.
    """
    grant = credential.grant(until=at + life)
    if at + life > grant.ends:
        life = max(int(grant.ends) - at, 1)
    return grant.signer, at, life

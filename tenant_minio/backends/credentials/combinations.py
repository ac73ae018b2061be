"""Options about keys that are right one by one, and wrong together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tenant_minio.backends.credentials.kinds import (
    MAX_DURATION,
    TENANT,
    Kind,
    imported,
    kind_of,
)
from tenant_minio.problems import Problem

OWN_KEY = ("access_key", "secret_key", "session_token")
# Clusters whose S3 endpoint answers no AssumeRole without a role and an endpoint of its own.
_NO_STS = (".amazonaws.com", ".amazonaws.com.cn")
# A key that outlives a URL by less would be renewed for nearly each URL.
_LEAST_MARGIN = 60


def needs_fixed_key(given: Mapping[str, Any]) -> bool:
    """Whether the backend's own key must stand in the options, since no provider gives it."""
    if given.get("own_credentials") is not None:
        return False
    try:
        return kind_of(imported(given.get("credentials"))) is not Kind.PROVIDER
    except ImportError:
        return False  # what it is, nobody knows; that is the problem to tell


def key_problems(alias: str, given: Mapping[str, Any], options: Any) -> Iterator[Problem]:
    """What is wrong.

    Args:
        alias: the entry.
        given: what the settings say.
        options: the same with all defaults, as BackendOptions.
    """
    kind = kind_of(imported(options.credentials))

    def problem(code: str, message: str, hint: str) -> Problem:
        return Problem(code, (alias,), f"STORAGES[{alias!r}] {message}", hint)

    gives_own = kind is Kind.PROVIDER or options.own_credentials is not None
    fixed = [name for name in OWN_KEY if given.get(name)]
    if gives_own and (fixed or (kind is Kind.PROVIDER and options.own_credentials is not None)):
        names = ", ".join(repr(name) for name in (*fixed, "own_credentials") if given.get(name))
        yield problem(
            "E023",
            f"names the backend's own key twice: by {names}, and by a provider.",
            "Take one of them away.",
        )
    if kind is Kind.STS and options.session_token:
        yield problem(
            "E020",
            "option 'credentials': 'sts' does not go with 'session_token', since STS gives no key "
            "to a temporary one.",
            "Give 'access_key' and 'secret_key' of a user of the cluster.",
        )
    host = options.endpoint.rpartition(":")[0] or options.endpoint
    if kind is Kind.STS and host.endswith(_NO_STS):
        yield problem(
            "E020",
            f"option 'credentials': {host!r} answers no AssumeRole of 'sts', which MinIO does.",
            "Give each tenant a key of its own through a callable; see docs/credentials.md.",
        )
    if options.url_credentials != TENANT:
        return
    if kind in {Kind.OWN, Kind.PROVIDER}:
        yield problem(
            "E022",
            "option 'url_credentials': 'tenant' is not valid where no tenant has a key.",
            "Set 'credentials' to 'sts' or a callable, or 'url_credentials' to 'own'.",
        )
    if kind is Kind.STS:
        window = min(options.url_window, options.url_expiry // 4)
        least = options.url_expiry + max(window, _LEAST_MARGIN)
        if options.sts_duration < least:
            yield problem(
                "E022",
                f"option 'sts_duration': with {options.sts_duration} seconds, the tenant's key "
                f"ends before a URL of {options.url_expiry} seconds ('url_expiry') that it signs.",
                f"Set 'sts_duration' to at least {least}."
                if least <= MAX_DURATION
                else f"Keys of STS live up to {MAX_DURATION} seconds: shorten 'url_expiry'.",
            )

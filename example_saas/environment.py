"""Reads the settings' values from the environment and names what is missing or wrong.

No message repeats a value: each of them may hold a password.
"""

import json
import os
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

_MINIO_EXAMPLE = "http://ACCESS:SECRET@127.0.0.1:9000"
_POSTGRES_EXAMPLE = "postgresql://USER:PASSWORD@127.0.0.1:5432/vault"


def required(name: str, example: str) -> str:
    """The value of ``name``.

    :raises ImproperlyConfigured: it is unset or empty.
    """
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(f"Set the environment variable {name}, for example {example}")
    return value


def flag(name: str) -> bool:
    """Whether ``name`` is set to 1, true, yes or on."""
    return os.environ.get(name, "").lower() in {"1", "true", "yes", "on"}


def integer(name: str, default: int) -> int:
    """The whole number in ``name``, or ``default`` where it is unset.

    :raises ImproperlyConfigured: it is no positive whole number.
    """
    value = os.environ.get(name, "")
    if not value:
        return default
    if not (value.isascii() and value.isdigit() and int(value) > 0):
        raise ImproperlyConfigured(f"The environment variable {name} must be a positive number.")
    return int(value)


def logins(name: str) -> dict[str, list[str]]:
    """User and password by customer, from a JSON object; empty where ``name`` is unset.

    :raises ImproperlyConfigured: it holds something else.
    """
    try:
        found = json.loads(os.environ.get(name) or "{}")
        return {
            tenant: [str(username), str(password)] for tenant, (username, password) in found.items()
        }
    except (ValueError, TypeError, AttributeError):
        raise ImproperlyConfigured(
            f'The environment variable {name} must look like {{"acme": ["ada", "PASSWORD"]}}'
        ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """One MinIO cluster, as an address with credentials in it."""

    endpoint: str
    secure: bool
    access_key: str
    secret_key: str = field(repr=False)

    @classmethod
    def from_env(cls, name: str) -> "Cluster":
        """Reads ``scheme://access:secret@host:port`` from the variable ``name``.

        :raises ImproperlyConfigured: it is missing or has another form.
        """
        wrong = ImproperlyConfigured(
            f"The environment variable {name} must look like {_MINIO_EXAMPLE}: "
            "http or https, both credentials (percent-encoded), a host, no path."
        )
        try:
            url = urlsplit(required(name, _MINIO_EXAMPLE))
            port = f":{url.port}" if url.port else ""
        except ValueError:
            raise wrong from None
        complete = url.username and url.password and url.hostname
        if url.scheme not in {"http", "https"} or not complete or url.path.strip("/"):
            raise wrong
        host = f"[{url.hostname}]" if ":" in (url.hostname or "") else url.hostname
        return cls(
            endpoint=f"{host}{port}",
            secure=url.scheme == "https",
            access_key=unquote(url.username or ""),
            secret_key=unquote(url.password or ""),
        )

    @property
    def options(self) -> dict[str, Any]:
        """OPTIONS of ``tenant_minio.MinioStorage``; without a bucket, it serves routes only."""
        return {
            "endpoint": self.endpoint,
            "access_key": self.access_key,
            "secret_key": self.secret_key,
            "secure": self.secure,
        }

    @property
    def origin(self) -> str:
        """Where browsers fetch files from, as a Content-Security-Policy source."""
        return f"{'https' if self.secure else 'http'}://{self.endpoint}"


def database(*names: str) -> dict[str, Any]:
    """A DATABASES entry from the first of these variables that is set.

    :raises ImproperlyConfigured: none is set, or PostgreSQL's library cannot read it.
    """
    name = next((name for name in names if os.environ.get(name)), names[0])
    try:
        dsn = conninfo_to_dict(required(name, _POSTGRES_EXAMPLE))
    except ProgrammingError:
        raise ImproperlyConfigured(
            f"The environment variable {name} must look like {_POSTGRES_EXAMPLE}"
        ) from None
    return {
        "ENGINE": "django_tenants.postgresql_backend",
        "NAME": dsn.pop("dbname", "vault"),
        "USER": dsn.pop("user", ""),
        "PASSWORD": dsn.pop("password", ""),
        "HOST": dsn.pop("host", ""),
        "PORT": dsn.pop("port", ""),
        "OPTIONS": dsn,
    }

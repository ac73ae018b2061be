"""What stands in ``private_storage.storage.s3boto3``: the settings ``AWS_PRIVATE_*``, by minio-py.

Where django-private-storage falls back to ``AWS_*``, and only there, so does this: for the keys,
the region, and what django-storages itself reads.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from tenant_minio.backends.write_options import WriteOptions
from tenant_minio.compat.private_storage import appconfig
from tenant_minio.compat.private_storage.storage.settled import SettledStorage, declare, setting

# Of AWS_PRIVATE_S3_OBJECT_PARAMETERS: boto3's words, and the header that each is.
_HEADERS = {
    "CacheControl": "Cache-Control",
    "ContentDisposition": "Content-Disposition",
    "ContentEncoding": "Content-Encoding",
    "ContentLanguage": "Content-Language",
    "Expires": "Expires",
}
_ENCRYPTED = {"type": "S3"}
_EXTRA_HEADERS = {
    "StorageClass": "x-amz-storage-class",
    "WebsiteRedirectLocation": "x-amz-website-redirect-location",
}
# Nothing becomes public here, whatever they say.
_NO_EFFECT = frozenset({"ACL", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWriteACP"})


class PrivateS3BotoStorage(SettledStorage):
    """The bucket that ``AWS_PRIVATE_STORAGE_BUCKET_NAME`` names, which is private."""

    settled_alias = "private_storage_s3"

    @classmethod
    def settled(cls) -> tuple[dict[str, Any], dict[str, str]]:
        """See :meth:`SettledStorage.settled`."""
        bucket = setting("AWS_PRIVATE_STORAGE_BUCKET_NAME")
        if bucket is None:
            return {}, {}
        region = setting("AWS_PRIVATE_S3_REGION_NAME", "AWS_S3_REGION_NAME", default="us-east-1")
        prefix = str(setting("AWS_PRIVATE_LOCATION", default="")).strip("/")
        written, refused = _object_parameters(setting("AWS_PRIVATE_S3_OBJECT_PARAMETERS"))
        if setting("AWS_PRIVATE_S3_ENCRYPTION"):
            written.setdefault("sse", _ENCRYPTED)
        if setting("AWS_PRIVATE_REDUCED_REDUNDANCY"):
            extra = written.setdefault("extra_headers", {})
            extra.setdefault("x-amz-storage-class", "REDUCED_REDUNDANCY")
        return {
            **_endpoint(region),
            **_keys(),
            **_way(),
            "region": region,
            "bucket": bucket,
            "prefix": f"{prefix}/" if prefix else "",
            "url_expiry": setting("AWS_PRIVATE_QUERYSTRING_EXPIRE", default=3600),
            "replace_existing": setting("AWS_PRIVATE_S3_FILE_OVERWRITE", default=False),
            "check_bucket_on_save": setting("AWS_PRIVATE_AUTO_CREATE_BUCKET", default=False),
            **written,
        }, refused

    def url(self, name: str | None, **options: Any) -> str:
        """A signed URL; that of the view with ``PRIVATE_STORAGE_S3_REVERSE_PROXY``.

        So too where ``AWS_PRIVATE_QUERYSTRING_AUTH`` is False, since a URL without a signature
        leads nowhere.
        """
        signs = setting("AWS_PRIVATE_QUERYSTRING_AUTH", default=True)
        if (appconfig.PRIVATE_STORAGE_S3_REVERSE_PROXY or not signs) and not options:
            return self.view_url(name)
        return super().url(name, **options)


class PrivateEncryptedS3BotoStorage(PrivateS3BotoStorage):
    """The same place, where every file is encrypted by the server: SSE-S3, if nothing else is said.

    Nothing is stored by a server that does not encrypt.
    """

    _laid: tuple[WriteOptions, WriteOptions] | None = None

    def write_options(self, backend_alias: str) -> WriteOptions:
        """Those of the settings, encrypted. Raises InvalidBackendError."""
        base = super().write_options(backend_alias)
        if base.sse is not None:
            return base
        if self._laid is None or self._laid[0] is not base:
            self._laid = base, base.over(sse=_ENCRYPTED)
        return self._laid[1]


def _endpoint(region: str) -> dict[str, Any]:
    given = setting("AWS_PRIVATE_S3_ENDPOINT_URL")
    if given is None:
        return {"endpoint": f"s3.{region}.amazonaws.com"}
    parts = urlsplit(given if "://" in given else f"//{given}")
    secure: bool = setting("AWS_PRIVATE_S3_USE_SSL", default=True)
    if parts.scheme:
        secure = parts.scheme == "https"
    return {"endpoint": parts.netloc + parts.path.rstrip("/"), "secure": secure}


def _keys() -> dict[str, Any]:
    own = ("AWS_PRIVATE_S3_ACCESS_KEY_ID", "AWS_PRIVATE_ACCESS_KEY_ID")
    secrets = ("AWS_PRIVATE_S3_SECRET_ACCESS_KEY", "AWS_PRIVATE_SECRET_ACCESS_KEY")
    everyones = ("AWS_S3_ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID")
    everyones_secrets = ("AWS_S3_SECRET_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY")
    found = {
        "access_key": setting(*own, *everyones) or _of_the_machine(*everyones),
        "secret_key": setting(*secrets, *everyones_secrets) or _of_the_machine(*everyones_secrets),
    }
    if setting(*own) is None:
        # It belongs to the keys that everyone has.
        tokens = ("AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")
        found["session_token"] = setting(*tokens) or _of_the_machine(*tokens)
    return {name: value for name, value in found.items() if value}


def _of_the_machine(*names: str) -> str | None:
    return next((os.environ[name] for name in names if os.environ.get(name)), None)


def _way() -> dict[str, Any]:
    """Proxy and certificate, which django-storages reads for all storages."""
    found: dict[str, Any] = {}
    proxies = setting("AWS_S3_PROXIES")
    if isinstance(proxies, Mapping) and (proxy := proxies.get("https") or proxies.get("http")):
        found["proxy"] = proxy
    verify = setting("AWS_S3_VERIFY")
    if isinstance(verify, str):
        found["ca_certs"] = verify
    elif verify is not None:
        found["verify"] = verify
    return found


def _object_parameters(given: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """The options that boto3's parameters of an upload are, and those that are none."""
    options: dict[str, Any] = {}
    refused: dict[str, str] = {}
    for name, value in (given or {}).items():
        if name in _HEADERS:
            options.setdefault("headers", {})[_HEADERS[name]] = value
        elif name in _EXTRA_HEADERS:
            options.setdefault("extra_headers", {})[_EXTRA_HEADERS[name]] = value
        elif name == "ContentType":
            options["content_type"] = value
        elif name == "Metadata":
            options["metadata"] = value
        elif name == "ServerSideEncryption":
            kms = {"type": "KMS", "key_id": given.get("SSEKMSKeyId", "")}
            options["sse"] = _ENCRYPTED if value == "AES256" else kms
        elif name not in _NO_EFFECT and name != "SSEKMSKeyId":
            refused[f"AWS_PRIVATE_S3_OBJECT_PARAMETERS[{name!r}]"] = "no option says it"
    return options, refused


declare(PrivateS3BotoStorage, prefixes=("AWS_",))

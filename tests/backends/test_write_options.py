"""Options of writing are checked before anything is sent, and tell no secret."""

import base64
import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from minio.retention import Retention as MinioRetention

from tenant_minio.backends import checksums
from tenant_minio.backends.write_headers import creation_headers
from tenant_minio.backends.write_options import WRITE_OPTIONS, WriteOptions, parse_write
from tenant_minio.exceptions import InvalidBackendError
from tests.conftest import MEMORY

SECRET = "TopSecret99"
MIB = 1024**2


class _Progress:
    def set_meta(self, object_name: str, total_length: int) -> None: ...

    def update(self, length: int) -> None: ...


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("replace_existing", "yes", "True or False"),
        ("replace_existing", 1, "True or False"),
        ("metadata", ["a"], "dict"),
        ("metadata", {"a": 1}, "dict"),
        ("metadata", {"tm-write": "x"}, "tm-write"),
        ("metadata", {"X-Amz-Meta-Tm-Write": "x"}, "tm-write"),
        ("metadata", {"a b": "x"}, "'a b'"),
        ("metadata", {"ä": "x"}, "'ä'"),
        ("metadata", {"a": "x\ny"}, "control"),
        ("metadata", {"a": "x" * 2000}, "bytes"),
        ("metadata", {"a": "ä" * 1000}, "bytes"),
        ("content_type", "plain", "media type"),
        ("content_type", "text/plain\r\nX: y", "media type"),
        ("headers", {"X-Own": "x"}, "'X-Own'"),
        ("headers", {"Content-Type": "text/plain"}, "'Content-Type'"),
        ("headers", {"Cache-Control": "a\r\nb"}, "Cache-Control"),
        ("headers", {"Cache-Control": ""}, "Cache-Control"),
        ("tags", {str(n): "" for n in range(11)}, "11"),
        ("tags", {"": "x"}, "too long"),
        ("tags", {"k" * 129: "x"}, "too long"),
        ("tags", {"k": "v" * 257}, "too long"),
        ("tags", {"k": "a&b"}, "characters"),
        ("tags", {"aws:k": "x"}, "reserves"),
        ("sse", {"type": "X"}, "type"),
        ("sse", True, "type"),
        ("sse", {"type": "S3", "key": SECRET}, "'key'"),
        ("sse", {"type": "C", "key": SECRET}, "'key'"),
        ("sse", {"type": "C", "key": b"short"}, "32 bytes"),
        ("sse", {"type": "C"}, "32 bytes"),
        ("sse", {"type": "KMS", "key_id": ""}, "key_id"),
        ("sse", {"type": "KMS", "key_id": "k", "context": {"a": 1}}, "context"),
        ("retention", {"mode": "GOVERNANCE"}, "'days'"),
        ("retention", {"mode": "SOFT", "days": 1}, "GOVERNANCE"),
        ("retention", {"mode": "GOVERNANCE", "days": 0}, "days"),
        ("retention", {"mode": "GOVERNANCE", "days": True}, "days"),
        ("legal_hold", "ON", "True or False"),
        ("checksum", "MD5", "CRC32"),
        ("progress", 5, "callable"),
        ("progress", _Progress, "callable"),
        ("parallel_uploads", 0, "whole number"),
        ("parallel_uploads", True, "whole number"),
        ("extra_headers", {"If-None-Match": "*"}, "'If-None-Match'"),
        ("extra_headers", {"x-amz-meta-a": "b"}, "'x-amz-meta-a'"),
        ("extra_headers", {"X-Amz-Server-Side-Encryption": "AES256"}, "Encryption"),
        ("extra_headers", {"Host": "x"}, "'Host'"),
        ("extra_headers", {"x y": "x"}, "'x y'"),
        ("extra_query", {"uploadId": "x"}, "'uploadId'"),
        ("extra_query", {"acl": ""}, "'acl'"),
        ("extra_query", {"X-Amz-Signature": ""}, "X-Amz-Signature"),
        ("multipart", None, "True or False"),
        ("multipart_threshold", 5 * MIB - 1, "5 MiB"),
        ("part_size", 5 * 1024 * MIB + 1, "5 GiB"),
        ("check_bucket_on_save", 0, "True or False"),
    ],
)
def test_what_cannot_be_sent_is_a_problem(name: str, value: object, word: str) -> None:
    read, problems = parse_write("eu", {name: value})
    assert read == {}
    assert [(problem.code, problem.aliases) for problem in problems] == [("E005", ("eu",))]
    text = f"{problems[0].message} {problems[0].hint}"
    assert repr(name) in text
    assert word in text
    assert SECRET not in text


@pytest.mark.parametrize("name", ["sse", "progress"])
def test_a_path_that_leads_nowhere_is_a_problem(name: str) -> None:
    _read, problems = parse_write("eu", {name: "tenant_minio.nowhere.thing"})
    assert [problem.code for problem in problems] == ["E011"]


def test_every_option_is_checked_and_has_a_default() -> None:
    options = WriteOptions()
    assert {name for name in WRITE_OPTIONS if not hasattr(options, name)} == set()


def test_wrong_options_are_told_by_the_checks_and_raised_at_use(
    use_storages: Callable[..., None],
) -> None:
    use_storages(plain={**MEMORY, "OPTIONS": {"bucket": "media", "part_size": 1, "partsize": 1}})
    told = [str(message.msg) + str(message.hint) for message in run_checks() if message.id]
    assert any("'part_size'" in text for text in told)
    assert any("'partsize'" in text and "Did you mean 'part_size'" in text for text in told)
    with pytest.raises(InvalidBackendError, match="plain"):
        storages["plain"].save("f", ContentFile(b""))


def test_options_that_are_too_much_together_are_told(use_storages: Callable[..., None]) -> None:
    route = {"backend": "eu", "bucket": "media", "prefix": "{tenant}/"}
    tags = {f"a{n}": "" for n in range(6)}
    use_storages(
        default={
            "BACKEND": "tenant_minio.RoutingStorage",
            "OPTIONS": {**route, "tags": {f"b{n}": "" for n in range(6)}},
        },
        eu={**MEMORY, "OPTIONS": {"tags": tags}},
    )
    told = [str(message.msg) for message in run_checks() if message.id == "tenant_minio.E005"]
    assert any("'default'" in text and "'tags'" in text and "12" in text for text in told)
    with pytest.raises(InvalidBackendError, match="tags"):
        storages["default"].for_tenant("acme").save("f", ContentFile(b""))


def test_a_key_that_would_go_in_clear_text_is_told(use_storages: Callable[..., None]) -> None:
    server = {"endpoint": "eu.example.com", "access_key": "a", "secret_key": SECRET}
    backend = "tenant_minio.MinioStorage"
    sse = {"type": "C", "key": b"k" * 32}
    route = {"backend": "clear", "bucket": "media", "prefix": "{tenant}/"}
    use_storages(
        default={"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": {**route, "sse": sse}},
        clear={"BACKEND": backend, "OPTIONS": {**server, "secure": False}},
        both={"BACKEND": backend, "OPTIONS": {**server, "secure": False, "sse": sse}},
        good={"BACKEND": backend, "OPTIONS": {**server, "sse": sse}},
    )
    told = [str(message.msg) for message in run_checks() if message.id == "tenant_minio.E005"]
    assert sorted(text.split("'")[1] for text in told) == ["both", "default"]
    with pytest.raises(InvalidBackendError, match="'secure'"):
        storages["default"].for_tenant("acme").exists("f")


def test_values_are_laid_over_one_another() -> None:
    base = WriteOptions().over(metadata={"a": "1", "b": "1"}, part_size=6 * MIB)
    over = base.over(metadata={"B": "2"}, legal_hold=True)
    assert over.metadata == {"a": "1", "b": "2"}
    assert (over.part_size, over.legal_hold, base.legal_hold) == (6 * MIB, True, False)
    assert over.constant_headers["x-amz-meta-b"] == "2"
    assert over.over(sse={"type": "S3"}).over(sse=None).sse is None
    with pytest.raises(InvalidBackendError, match="'parts'"):
        base.over(parts=3)


def test_options_are_not_pickled() -> None:
    with pytest.raises(TypeError, match="key"):
        pickle.dumps(WriteOptions())


def test_a_retention_ends_in_utc() -> None:
    now = datetime(2026, 1, 31, 12, tzinfo=timezone(timedelta(hours=2)))
    date = datetime(2027, 1, 1, tzinfo=UTC)
    for given, end in (
        ({"mode": "COMPLIANCE", "days": 1}, "2026-02-01T10:00:00Z"),
        (MinioRetention("COMPLIANCE", date), "2027-01-01T00:00:00Z"),
        (MinioRetention("COMPLIANCE", date.replace(tzinfo=None)), "2027-01-01T00:00:00Z"),
    ):
        options = WriteOptions().over(retention=given)
        headers = creation_headers(options, None, {}, content_type="a/b", token="t", now=now)
        assert headers["x-amz-object-lock-mode"] == "COMPLIANCE"
        assert headers["x-amz-object-lock-retain-until-date"] == end


def test_what_is_locked_has_a_checksum() -> None:
    """S3 refuses a locked object that nothing vouches for."""
    assert WriteOptions().sent_checksum is None
    assert WriteOptions().over(legal_hold=True).sent_checksum == "CRC32"
    assert WriteOptions().over(legal_hold=True, checksum="SHA1").sent_checksum == "SHA1"


@pytest.mark.parametrize(
    ("kind", "value"),
    [  # of "123456789": https://reveng.sourceforge.io/crc-catalogue/
        ("CRC32", bytes.fromhex("CBF43926")),
        ("CRC32C", bytes.fromhex("E3069283")),
        ("CRC64NVME", bytes.fromhex("AE8B14860A799888")),
    ],
)
def test_checksums_are_those_of_the_catalogue(kind: str, value: bytes) -> None:
    assert checksums.checksum(kind, b"123456789") == base64.b64encode(value).decode()


def test_a_checksum_without_its_library_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(checksums, "import_module", missing)
    for kind in ("CRC32C", "CRC64NVME"):
        _read, problems = parse_write("eu", {"checksum": kind})
        assert "pip install '.[checksums]'" in problems[0].message
    assert parse_write("eu", {"checksum": "CRC32"})[1] == []

"""How objects are written: the options of STORAGES that lie over one another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, NoReturn

from tenant_minio.backends import checksums, write_rules
from tenant_minio.backends.encryption import Encryption
from tenant_minio.backends.write_rules import Retention
from tenant_minio.exceptions import InvalidBackendError
from tenant_minio.problems import Problem

_MIB = 1024 * 1024
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
MIN_PART = 5 * _MIB
MAX_PART = 5 * 1024 * _MIB
PART_SIZE = 8 * _MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOptions:
    """How the objects of one storage on one backend are written. Sizes are in bytes.

    Args:
        replace_existing: ``save()`` replaces a file of that name, which stays until the new one
            is whole, instead of taking another name.
        metadata: user metadata, sent as ``x-amz-meta-*``.
        content_type: of every object; guessed from its name if None.
        headers: Cache-Control, Content-Disposition, Content-Encoding, Content-Language, Expires;
            by lower-case name.
        tags: object tags, at most 10.
        sse: server-side encryption, or a callable that gives it at each request.
        retention: how long an object is locked.
        legal_hold: lock it until the hold is lifted.
        checksum: CRC32, CRC32C, CRC64NVME, SHA1 or SHA256; made here, verified by the server.
        progress: told how far an upload is.
        parallel_uploads: parts that are on their way at once.
        extra_headers, extra_query: sent as they are with the request that makes an object.
        multipart: False sends every file whole.
        multipart_threshold: files up to this go whole; it is held in memory.
        part_size: of the first parts; later ones are larger, so that 10,000 are enough.
        check_bucket_on_save: ask for the bucket before each save, and make it where the settings
            declare it.
        verify_on_read: compare what is read from beginning to end with the checksum that the
            cluster keeps.
    """

    replace_existing: bool = False
    metadata: Mapping[str, str] = field(default_factory=dict)
    content_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    sse: Encryption | Callable[[], Any] | None = field(default=None, repr=False)
    retention: Retention | None = None
    legal_hold: bool = False
    checksum: str | None = None
    progress: Any = field(default=None, repr=False)
    parallel_uploads: int = 3
    extra_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    extra_query: Mapping[str, str] = field(default_factory=dict, repr=False)
    multipart: bool = True
    multipart_threshold: int = PART_SIZE
    part_size: int = PART_SIZE
    check_bucket_on_save: bool = False
    verify_on_read: bool = False
    # Of the request that makes an object, worked out once: what is the same for all objects.
    constant_headers: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        headers = {**self.extra_headers, **self.headers}
        if self.content_type is not None:
            headers["content-type"] = self.content_type
        for name, value in self.metadata.items():
            headers[write_rules.METADATA_PREFIX + name] = write_rules.encoded(value)
        if self.tags:
            headers["x-amz-tagging"] = write_rules.tag_header(self.tags)
        if self.legal_hold:
            headers["x-amz-object-lock-legal-hold"] = "ON"
        object.__setattr__(self, "constant_headers", headers)

    @property
    def sent_checksum(self) -> str | None:
        """The kind of checksum that writes carry: S3 wants one with whatever is locked."""
        return self.checksum or ("CRC32" if self.retention or self.legal_hold else None)

    def __reduce__(self) -> NoReturn:
        """Refuse: a pickle holds the secrets, and wanders into caches and queues."""
        raise TypeError("WriteOptions may hold a key and cannot be pickled; send the alias.")

    def over(self, **values: Any) -> WriteOptions:
        """These options with others laid over them: mappings merged, all else replaced.

        Args:
            values: as STORAGES takes them.

        Raises:
            InvalidBackendError: one is unknown or wrong.
        """
        read, problems = parse_write("", values)
        if problems:
            raise problems[0].error()
        return layered([_values(self), read])

    def encryption(self) -> Encryption | None:
        """What encrypts now. Raises InvalidBackendError where the callable gave nothing usable."""
        if self.sse is None or isinstance(self.sse, Encryption):
            return self.sse
        try:
            return Encryption.read(self.sse())
        except ValueError as error:
            name = getattr(self.sse, "__qualname__", type(self.sse).__qualname__)
            raise InvalidBackendError(
                f"The option 'sse' asked {name}, and its answer is not usable: {error}. It "
                f"returns {_SSE}."
            ) from None


_SSE = (
    "{'type': 'S3'}, {'type': 'KMS', 'key_id': ..., 'context': {...}}, {'type': 'C', 'key': 32 "
    "bytes or their base64}, one of minio.sse"
)


def _flag(given: Any) -> bool:
    if given is not True and given is not False:
        raise ValueError("it is neither True nor False")
    return bool(given)


def _whole(least: int, most: int) -> Callable[[Any], int]:
    def read(given: Any) -> int:
        if not isinstance(given, int) or isinstance(given, bool) or not least <= given <= most:
            raise ValueError(f"it is no whole number from {least} to {most}")
        return given

    return read


def _checksum(given: Any) -> str:
    fault = checksums.fault(given)
    if fault is not None:
        raise ValueError(fault)
    return str(given)


_A_FLAG = (_flag, "True or False (not text, such as an environment variable gives)")
_A_SIZE = (_whole(MIN_PART, MAX_PART), f"bytes, from {MIN_PART} (5 MiB) to {MAX_PART} (5 GiB)")

_READERS: Mapping[str, tuple[Callable[[Any], Any], str]] = {
    "replace_existing": _A_FLAG,
    "metadata": (write_rules.metadata, "a dict of texts, 2 KB at most"),
    "content_type": (write_rules.content_type, "a media type such as 'text/plain'"),
    "headers": (write_rules.headers, "a dict of standard headers to texts"),
    "tags": (write_rules.tags, "a dict of at most 10 texts"),
    "sse": (write_rules.encryption, f"{_SSE}, or a callable (or its dotted path) giving one"),
    "retention": (
        write_rules.retention,
        "{'mode': 'GOVERNANCE' or 'COMPLIANCE', 'days': ...} or a minio.retention.Retention",
    ),
    "legal_hold": _A_FLAG,
    "checksum": (_checksum, f"one of {', '.join(checksums.CHECKSUMS)}, or None"),
    "progress": (
        write_rules.progress,
        "a callable (name, done, total), its dotted path, or an object with set_meta and update",
    ),
    "parallel_uploads": (_whole(1, 64), "a whole number from 1 to 64"),
    "extra_headers": (write_rules.extra_headers, "a dict of headers that nothing else sets"),
    "extra_query": (write_rules.extra_query, "a dict of query parameters that nothing else sets"),
    "multipart": _A_FLAG,
    "multipart_threshold": _A_SIZE,
    "part_size": _A_SIZE,
    "check_bucket_on_save": _A_FLAG,
    "verify_on_read": _A_FLAG,
}
_NONE_ALLOWED = frozenset(f.name for f in fields(WriteOptions) if f.default is None)
_MERGED = frozenset(f.name for f in fields(WriteOptions) if f.default_factory is dict)
WRITE_OPTIONS = frozenset(_READERS)


def parse_write(alias: str, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """Read the values of one entry of STORAGES; those that are wrong are left out.

    Args:
        alias: of the entry, for the problems.
        given: names in :data:`WRITE_OPTIONS` and their values.
    """
    read: dict[str, Any] = {}
    problems = []
    where = f"STORAGES[{alias!r}] option" if alias else "The option"
    for name, value in given.items():
        if name not in _READERS:
            known = ", ".join(sorted(_READERS))
            problems.append(
                Problem("E002", (alias,), f"{where} {name!r} is unknown.", f"Known: {known}.")
            )
            continue
        reader, what = _READERS[name]
        if value is None and name in _NONE_ALLOWED:
            read[name] = None
            continue
        try:
            read[name] = reader(value)
        except ImportError as error:
            message = f"{where} {name!r} cannot be imported: {error}."
            problems.append(Problem("E011", (alias,), message, "Correct the dotted path."))
        except ValueError as error:
            message = f"{where} {name!r} is not valid: {error}."
            problems.append(Problem("E005", (alias,), message, f"It takes {what}."))
    return read, problems


def layered(layers: Iterable[Mapping[str, Any]]) -> WriteOptions:
    """Values that were read, each laid over those before.

    Raises:
        InvalidBackendError: together they are more than S3 takes.
    """
    merged: dict[str, Any] = {}
    for layer in layers:
        for name, value in layer.items():
            merged[name] = {**merged.get(name, {}), **value} if name in _MERGED else value
    for name in _MERGED & merged.keys():
        try:
            _READERS[name][0](merged[name])
        except ValueError as error:
            raise InvalidBackendError(
                f"The option {name!r} of the storage, laid over that of its backend, is not valid: "
                f"{error}. It takes {_READERS[name][1]}."
            ) from None
    return WriteOptions(**merged)


def _values(options: WriteOptions) -> dict[str, Any]:
    return {f.name: getattr(options, f.name) for f in fields(options) if f.init}

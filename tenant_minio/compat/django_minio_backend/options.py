"""The options of django-minio-backend in this package's words. Pure: no settings, no network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from typing import Any

from tenant_minio.backends.declared.translation import Translation
from tenant_minio.backends.write_options import MIN_PART, WRITE_OPTIONS
from tenant_minio.backends.write_rules import METADATA_PREFIX, OBJECT_HEADERS
from tenant_minio.problems import Problem

MEDIA_BUCKET = "auto-generated-bucket-media-files"
STATIC_BUCKET = "auto-generated-bucket-static-files"
_WEEK = 7 * 24 * 3600
_TRUE = frozenset({"1", "true", "t", "yes", "y", "on"})
_FALSE = frozenset({"0", "false", "f", "no", "n", "off"})


def _as_given(value: Any) -> Any:
    return value


def _flag(value: Any) -> bool:
    """Text as environment variables give it counts by what it says."""
    text = str(value).strip().lower()
    if text not in _TRUE | _FALSE:
        raise ValueError("It takes True or False, or text that says so, such as 'true' or '0'.")
    return text in _TRUE


def _buckets(value: Any) -> list[str]:
    """A list, or text with commas; the empty text that ``"".split(",")`` leaves is nobody."""
    if not isinstance(value, str | list | tuple | set | frozenset):
        raise ValueError("It takes a list of buckets.")  # noqa: TRY004 -- collected, not raised
    names = value.split(",") if isinstance(value, str) else value
    return [name for name in names if name != ""]


def _cache_size(value: Any) -> int | None:
    return None if _flag(value) else 0


def _multipart(value: Any) -> bool | None:
    """False said that files of any size are read into memory: the default is what is meant."""
    return _flag(value) or None


def _bytes(value: Any) -> Any:
    """What S3 would not take as a part's size never had an effect."""
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value)
    return max(value, MIN_PART) if isinstance(value, int) else value


def _checksum(value: Any) -> Any:
    """From minio-py's ``Algorithm``, an enumeration of the names."""
    return getattr(value, "name", value)


def _seconds(value: Any) -> int:
    """From a timedelta, or a number of hours, as the option's name says."""
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    try:
        return int(float(value) * 3600)
    except (TypeError, ValueError, OverflowError):
        raise ValueError("It takes a timedelta or a number of hours.") from None


@dataclass(frozen=True, slots=True)
class _Word:
    """What an option is called here, and how its value is read.

    ``read`` raises ValueError with what it takes, and gives None for the default.
    """

    ours: str
    read: Callable[[Any], Any] = _as_given


_ON_START = "MINIO_CONSISTENCY_CHECK_ON_START"
# Where two mean one option, the later one wins.
_CLUSTER: Mapping[str, _Word] = {
    "MINIO_ENDPOINT": _Word("endpoint"),
    "MINIO_ACCESS_KEY": _Word("access_key"),
    "MINIO_SECRET_KEY": _Word("secret_key"),
    "MINIO_USE_HTTPS": _Word("secure", _flag),
    "MINIO_EXTERNAL_ENDPOINT": _Word("external_endpoint"),
    "MINIO_EXTERNAL_ENDPOINT_USE_HTTPS": _Word("external_secure", _flag),
    "MINIO_REGION": _Word("region"),
    "MINIO_HTTP_CLIENT": _Word("http_client"),
    "MINIO_URL_CACHING_ENABLED": _Word("url_cache_size", _cache_size),
    _ON_START: _Word(_ON_START, _flag),
}
_MEDIA: Mapping[str, _Word] = {
    "MINIO_MEDIA_FILES_BUCKET": _Word("bucket"),
    "MINIO_DEFAULT_BUCKET": _Word("bucket"),
    "bucket_name": _Word("bucket"),
    "MINIO_PRIVATE_BUCKETS": _Word("private_buckets", _buckets),
    "MINIO_PUBLIC_BUCKETS": _Word("public_buckets", _buckets),
    "MINIO_POLICY_HOOKS": _Word("policy_hooks"),
}
_STATIC: Mapping[str, _Word] = {"MINIO_STATIC_FILES_BUCKET": _Word("bucket")}
# What one storage may have otherwise than its entry.
_OWN: Mapping[str, _Word] = {
    "MINIO_URL_EXPIRY_HOURS": _Word("url_expiry", _seconds),
    "MINIO_BUCKET_CHECK_ON_SAVE": _Word("check_bucket_on_save", _flag),
    "MINIO_MULTIPART_UPLOAD": _Word("multipart", _multipart),
    "MINIO_MULTIPART_THRESHOLD": _Word("multipart_threshold", _bytes),
    "MINIO_MULTIPART_PART_SIZE": _Word("part_size", _bytes),
    "replace_existing": _Word("replace_existing"),
    "sse": _Word("sse"),
    "progress": _Word("progress"),
    "checksum": _Word("checksum", _checksum),
    "num_parallel_uploads": _Word("parallel_uploads"),
    "tags": _Word("tags"),
    "retention": _Word("retention"),
    "legal_hold": _Word("legal_hold"),
    "extra_query_params": _Word("extra_query"),
}
# Whatever minio-py made headers of, each its own way.
_HEADERS = ("extra_headers", "headers", "metadata", "user_metadata")
# Of the cache that django-minio-backend kept signed URLs in.
_WITHOUT_EFFECT = ("MINIO_URL_CACHE_TIMEOUT", "MINIO_URL_CACHE_PREFIX")
ALL_OPTIONS = frozenset(
    {*_CLUSTER, *_MEDIA, *_STATIC, *_OWN, *_HEADERS, *_WITHOUT_EFFECT, "http_client", "region"}
    | {"storage_name"}
)
# What an entry alone can say: the checks compare entries.
_OF_THE_ENTRY = frozenset(
    {*_CLUSTER, "MINIO_PRIVATE_BUCKETS", "MINIO_PUBLIC_BUCKETS", "MINIO_POLICY_HOOKS"}
    | {"http_client", "region"}
)
_OF_ITS_BUCKET = frozenset({"MINIO_DEFAULT_BUCKET", "MINIO_MEDIA_FILES_BUCKET", *_STATIC})
# Those that a v3 project has at the top level of its settings.
TOP_LEVEL = tuple(name for name in sorted(ALL_OPTIONS) if name.startswith("MINIO_"))


def translate(
    alias: str, given: Mapping[str, Any], known: Iterable[str], *, static: bool = False
) -> Translation:
    """The options of an entry in this package's words, which may stand beside the old ones.

    Args:
        alias: of the entry, for messages.
        given: as the settings have them. None and the empty text are as good as nothing, since
            ``os.getenv`` leaves them so.
        known: this package's options.
        static: of static files, whose bucket is always public.
    """
    words = {**_CLUSTER, **(_STATIC if static else _MEDIA), **_OWN}
    options, problems = _read(alias, given, words, frozenset(known))
    names = {word.ours: name for name, word in words.items() if word.ours not in given}
    names |= {word.ours: name for name, word in words.items() if name in given}
    options = {
        "bucket": STATIC_BUCKET if static else MEDIA_BUCKET,
        "secure": False,
        "url_expiry": _WEEK,
        **options,
    }
    if static:
        options["public"] = True
    else:
        _declare_hooked(options)
    options.pop(_ON_START, None)  # it makes buckets, which no option of this package does
    problems += _external_problems(alias, options)
    problems += [_without_effect(alias, name) for name in _WITHOUT_EFFECT if name in given]
    return Translation(options, names, problems)


def asks_for_buckets(given: Mapping[str, Any]) -> bool:
    """Whether an entry wants its buckets made when the process starts."""
    value = given.get(_ON_START)
    if value is None or value == "":
        return False
    try:
        return _flag(value)
    except ValueError:
        return False  # which the checks tell


def own_options(
    alias: str, given: Mapping[str, Any], entry: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Problem]]:
    """What a storage asks for otherwise than its entry, in this package's words.

    Args:
        alias: of the entry.
        given: the arguments of the storage.
        entry: the entry's options as the settings have them; an argument that repeats one says
            nothing.
    """
    repeated = {"region": "us-east-1", **entry}
    for short, name in (("region", "MINIO_REGION"), ("http_client", "MINIO_HTTP_CLIENT")):
        if entry.get(name):
            repeated[short] = entry[name]
    given = {
        name: value
        for name, value in given.items()
        if name not in _OF_ITS_BUCKET and (name not in repeated or repeated[name] != value)
    }
    options, problems = _read(alias, given, _OWN, WRITE_OPTIONS)
    if not 1 <= options.get("url_expiry", 1) <= _WEEK:
        message = "MINIO_URL_EXPIRY_HOURS of a MinioBackend is not valid."
        problems.append(Problem("E005", (alias,), message, "A URL lives 7 days at most."))
    problems += [
        Problem(
            "E005",
            (alias,),
            f"A MinioBackend in STORAGES[{alias!r}] has a {name!r} of its own.",
            "Give it an entry of its own in STORAGES, and name that in storage_name.",
        )
        for name in given
        if name in _OF_THE_ENTRY
    ]
    return options, problems


def _read(
    alias: str, given: Mapping[str, Any], words: Mapping[str, _Word], known: frozenset[str]
) -> tuple[dict[str, Any], list[Problem]]:
    options = {
        name: value
        for name, value in given.items()
        if name in known and name not in words and name not in _HEADERS
    }
    problems = [
        _unknown(alias, name, known)
        for name in given
        if name not in options and name not in ALL_OPTIONS
    ]
    options |= _headers(given)
    for name, word in words.items():
        value = given.get(name)
        if value is None or value == "":
            continue
        try:
            value = word.read(value)
        except ValueError as error:
            message = f"STORAGES[{alias!r}] option {name!r}: its value is not valid."
            problems.append(Problem("E005", (alias,), message, str(error)))
            continue
        if value is not None:
            options[word.ours] = value
    return options, problems


def _headers(given: Mapping[str, Any]) -> dict[str, Any]:
    """The four options of headers, each of which could hold what belongs to another."""
    sorted_out: dict[str, Any] = {}
    for option in _HEADERS:
        values = given.get(option)
        if not isinstance(values, Mapping):
            if values:
                sorted_out[option.removeprefix("user_")] = values  # refused where it is read
            continue
        for name, value in values.items():
            low = str(name).lower()
            if option == "user_metadata" or low.startswith(METADATA_PREFIX):
                sorted_out.setdefault("metadata", {})[name] = value
            elif low == "content-type":
                sorted_out["content_type"] = value
            elif low in OBJECT_HEADERS:
                sorted_out.setdefault("headers", {})[name] = value
            elif option == "metadata" and not low.startswith("x-amz-"):
                sorted_out.setdefault("metadata", {})[name] = value
            else:
                sorted_out.setdefault("extra_headers", {})[name] = value
    return sorted_out


def _unknown(alias: str, name: str, known: Iterable[str]) -> Problem:
    near = get_close_matches(name.upper(), sorted(ALL_OPTIONS), n=1) or get_close_matches(
        name, known, n=1
    )
    hint = f"Did you mean {near[0]!r}?" if near else "docs/migrating-from-django-minio-backend.md"
    return Problem("E002", (alias,), f"STORAGES[{alias!r}] has the unknown option {name!r}.", hint)


def _declare_hooked(options: dict[str, Any]) -> None:
    """A hook may name a bucket that is declared nowhere else."""
    hooks = options.get("policy_hooks")
    if not isinstance(hooks, list | tuple):
        return
    named = [hook[0] for hook in hooks if isinstance(hook, list | tuple) and len(hook) == 2]
    private, public = options.get("private_buckets", []), options.get("public_buckets", [])
    if not (isinstance(private, list | tuple) and isinstance(public, list | tuple)):
        return  # which the checks tell
    there = [options["bucket"], *private, *public]
    options["private_buckets"] = [*private, *(name for name in named if name not in there)]


def _external_problems(alias: str, options: dict[str, Any]) -> list[Problem]:
    if bool(options.get("external_endpoint")) == ("external_secure" in options):
        return []
    if options.get("external_secure") is False:  # as os.getenv's default leaves it
        del options["external_secure"]
        return []
    return [
        Problem(
            "E003",
            (alias,),
            f"STORAGES[{alias!r}] has one of MINIO_EXTERNAL_ENDPOINT and "
            f"MINIO_EXTERNAL_ENDPOINT_USE_HTTPS without the other.",
            "Set both, or neither.",
        )
    ]


def _without_effect(alias: str, name: str) -> Problem:
    return Problem(
        "W040",
        (),  # a storage with it works
        f"STORAGES[{alias!r}] option {name!r} has no effect.",
        "A signed URL is kept for a quarter of its life at most, in the process. Take it out.",
    )

"""Names that could lead out of a tenant, each in every spelling that some reader understands."""

import sys
import unicodedata

import pytest
from django.core.exceptions import SuspiciousFileOperation

from tenant_minio.exceptions import TenantMinioError, UnsafeNameError
from tenant_minio.routing import safe_directory, safe_name

UPWARD = [
    *["/", "/etc/passwd", "//host/share", "a//b", "a/", "a//", "./a", "a/.", "a/./b", "."],
    *["..", "../a", "a/..", "a/../b", "a/../../b", "../../globex/plan.pdf", "docs/.."],
]
BACKSLASHES = ["\\", "a\\b", "..\\a", "a/..\\b", "C:\\a", "\\\\host\\share", "a\\"]
ENCODED = [
    *["%2e", "%2E", "%2e%2e", "%2E%2e", ".%2e", "%2e.", "%2e%2e/a", "a/%2e%2e/b", "a/.%2E/b"],
    *["a%2fb", "a%2Fb", "..%2fa", "%2e%2e%2fa", "%2f", "a%5cb", "a%5Cb", "..%5c..%5ca", "%2fetc"],
    *["%252e%252e/a", "%252e%252e%252fa", "a%252fb", "a%255cb", "%25252e%25252e", "%2%35%32e/a"],
    *["a%00b", "a%0ab", "a%0d%0ab", "a%7fb", "a%2500b", "%20", "a/%20/b", "%c2%85", "a%c2%80"],
    *[
        "\uff05\uff12\uff45",
        "\uff052e\uff052e/a",
        "\ufe6a2e\ufe6a2e/a",
        "a\uff052fb",
        "a\uff05\uff12\uff26b",
    ],
    *["%e2%80%a4", "%E2%80%A5/a", "a%ef%bc%8fb", "a%EF%BC%BCb", "%ef%bc%852e", "%25e2%2580%25a4"],
]
# NFKC would join the hex digit with the accent, so whoever decodes first sees a slash.
DECODED_BEFORE_NORMALISED = [
    *[
        "..%2f\u0307/a",
        "..%2F\u0307a",
        "a%2f\u0307",
        "a%5c\u0301b",
        "a%5C\u0327b",
        "%2e%2e%2f\u0307",
    ],
    *["a%252f\u0307b", "a%ef%bc%8f\u0307b", "..%2\u1e1fa", "a%5\u0107b"],
]
LOOK_ALIKES = [
    *["\u2024", "\u2024\u2024", "\u2025", "\ufe30", "\ufe52", "\ufe52\ufe52", "\uff0e\uff0e/a"],
    *[
        "a/\u2025/b",
        ".\u2024",
        "\uff0e.",
        "a\uff0fb",
        "\uff0fa",
        "..\uff0fa",
        "a\uff3cb",
        "a\ufe68b",
    ],
    *["\u2105", "a\u2100b", "\u3000", "a/\u00a0/b", "\u2003"],
]
BLANK = ["", " ", "   ", "a/ ", " /a", "a/ /b", "\u2009/a"]
CONTROLS = [f"a{chr(code)}b" for code in [*range(0x20), *range(0x7F, 0xA0)]]
ENDINGS = ["a\n", "a.txt\n", "\na", "a/b\n", "a\r\n", "a\x00", "a\x85"]
SURROGATES = ["\ud800", "a\udfff.txt", "\udc80", "docs/\ud83d/a", "\ud83d\ude00"]
MINIO_DIRECTORIES = ["__XLDIR__", "a__XLDIR__", "a/b__XLDIR__", "a__XLDIR__/b", "é__XLDIR__/b"]


@pytest.mark.parametrize(
    "name",
    [
        *UPWARD,
        *BACKSLASHES,
        *ENCODED,
        *DECODED_BEFORE_NORMALISED,
        *LOOK_ALIKES,
        *BLANK,
        *CONTROLS,
        *ENDINGS,
        *SURROGATES,
        *MINIO_DIRECTORIES,
    ],
    ids=ascii,
)
def test_dangerous_name_is_refused(name: str) -> None:
    with pytest.raises(UnsafeNameError):
        safe_name(name, "tenants/acme/")
    with pytest.raises(UnsafeNameError):
        safe_name(f"docs/{name}/plan.pdf", "tenants/acme/")


@pytest.mark.parametrize(
    "path",
    sorted({*UPWARD, *BACKSLASHES, *ENCODED, *LOOK_ALIKES, *SURROGATES} - {".", "a/"}),
    ids=ascii,
)
def test_dangerous_directory_is_refused(path: str) -> None:
    with pytest.raises(UnsafeNameError):
        safe_directory(path, "tenants/acme/")


def test_every_character_that_nfkc_turns_into_a_slash_or_backslash_is_refused() -> None:
    hidden = [
        character
        for character in map(chr, range(sys.maxunicode + 1))
        if character != "/" and {"/", "\\"} & set(unicodedata.normalize("NFKC", character))
    ]
    assert len(hidden) >= 8
    for character in hidden:
        with pytest.raises(UnsafeNameError):
            safe_name(f"a{character}b")


def test_every_character_that_nfkc_turns_into_dots_is_refused_as_a_segment() -> None:
    hidden = [
        character
        for character in map(chr, range(sys.maxunicode + 1))
        if unicodedata.normalize("NFKC", character) in {".", ".."}
    ]
    assert {".", "\u2024", "\u2025", "\ufe30", "\ufe52", "\uff0e"} <= set(hidden)
    for character in hidden:
        with pytest.raises(UnsafeNameError):
            safe_name(f"a/{character}/b")


@pytest.mark.parametrize("depth", range(1, 12))
def test_no_depth_of_percent_encoding_hides_a_way_up(depth: int) -> None:
    with pytest.raises(UnsafeNameError):
        safe_name(f"%{'25' * depth}2e%2e/a")
    with pytest.raises(UnsafeNameError):
        safe_name(f"a%{'25' * depth}2fb")


def test_error_is_also_djangos_and_says_what_is_wrong() -> None:
    with pytest.raises(
        SuspiciousFileOperation, match=r"'\.\./a'.*leads to another directory"
    ) as told:
        safe_name("../a")
    assert isinstance(told.value, TenantMinioError)


def test_error_of_a_very_long_name_does_not_repeat_it() -> None:
    with pytest.raises(UnsafeNameError) as told:
        safe_name("x" * 100_000)
    assert len(str(told.value)) < 300


@pytest.mark.parametrize("character", ["x", "é", "文", "\U0001f389"])
@pytest.mark.parametrize("prefix", ["", "tenants/acme/"])
def test_key_may_have_1024_bytes_of_utf8_with_its_prefix(character: str, prefix: str) -> None:
    width = len(character.encode())
    # Segments of 199 or 200 bytes, filled up with what is left.
    room = 1024 - len(prefix)
    segment = character * (200 // width)
    name = "/".join([segment] * 4) + "/"
    fits = name + "y" * (room - len(name.encode()))
    assert len((prefix + fits).encode()) == 1024
    assert safe_name(fits, prefix) == fits
    with pytest.raises(UnsafeNameError, match="1025 bytes"):
        safe_name(fits + "y", prefix)


@pytest.mark.parametrize(
    "name", ["x" * 255, "é" * 127, "文" * 85, f"a/{'x' * 255}/b", "\U0001f389" * 63]
)
def test_segment_may_have_255_bytes(name: str) -> None:
    assert safe_name(name, "tenants/acme/") == name


@pytest.mark.parametrize(
    "name", ["x" * 256, "é" * 128, "文" * 86, f"a/{'x' * 256}/b", "\U0001f389" * 64]
)
def test_segment_of_more_than_255_bytes_is_refused(name: str) -> None:
    with pytest.raises(UnsafeNameError, match="more than 255 bytes"):
        safe_name(name)

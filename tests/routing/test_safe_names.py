"""Names that are fine, and what holds for every name that is let through."""

import posixpath
import unicodedata
from itertools import product
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tenant_minio.exceptions import UnsafeNameError
from tenant_minio.routing import names as names_module
from tenant_minio.routing import safe_directory, safe_name

from .strategies import names, plain_names, prefixes, prove

ORDINARY = [
    *[
        "plan.pdf",
        "docs/2026/plan.pdf",
        "a",
        "a b.txt",
        " a",
        "a ",
        "a+b",
        "a&b=c",
        "~",
        "~/a",
        "a~",
    ],
    *["%", "100%.pdf", "50% off.txt", "%zz", "a%2", "100%25.pdf", "%41", "a%20b.txt", "%%"],
    *[
        "...",
        "...a",
        "..a",
        "a..",
        ".hidden",
        ".well-known/x",
        "a...b",
        ". .",
        "a.b.c",
        "-rf",
        "\u2026",
    ],
    *[
        "naïve.txt",
        "e\u0301.txt",
        "é.txt",
        "日本語/文書.txt",
        "emoji \U0001f389.txt",
        "\u202etxt.exe",
    ],
    *[
        "'",
        '"',
        "it's.txt",
        '<a href="x">',
        "a;b",
        "a,b",
        "a@b",
        "a:b",
        "C:a",
        "a#b?c",
        "*",
        "{tenant}",
    ],
    *[
        "\u2215",
        "a\u2044b",
        "a\u29f5b",
        "\ufb01le",
        "①",
        "a__XLDIR__b",
        "__XLDIR__.txt",
        "__xldir__",
    ],
    *["\ufffd", "\ufeff", "|", "^", "`", "$(id)", "a=b", "nul", "con.txt", "100%é", "…/a"],
]


@pytest.mark.parametrize("name", ORDINARY, ids=ascii)
@pytest.mark.parametrize("prefix", ["", "tenants/acme/"])
def test_ordinary_odd_name_is_kept_as_it_is(name: str, prefix: str) -> None:
    assert safe_name(name, prefix) == name
    assert safe_name(f"docs/{name}/x", prefix) == f"docs/{name}/x"
    assert safe_directory(f"{name}/", prefix) == name


@pytest.mark.parametrize(
    ("path", "directory"),
    [("", ""), (".", ""), ("docs", "docs"), ("docs/", "docs"), ("docs/a b/", "docs/a b")],
)
def test_directory_takes_one_trailing_slash(path: str, directory: str) -> None:
    assert safe_directory(path) == directory


@pytest.mark.parametrize(
    "path", ["/", "//", "docs//", "./", "../", "..", "/docs", "docs/.", "docs/../"]
)
def test_directory_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(UnsafeNameError):
        safe_directory(path)


def _readings(name: str, depth: int = 5) -> set[str]:
    """What readers make of a name that decode and normalise it, in any order."""
    readings = {name}
    for _ in range(depth):
        readings |= {unquote(reading) for reading in readings} | {
            unicodedata.normalize(form, reading)
            for form, reading in product(("NFC", "NFD", "NFKC", "NFKD"), readings)
        }
    return readings


@prove
@given(names, prefixes)
@example("..%2f\u0307", "acme/")
@example("a%5c\u0301b", "")
def test_accepted_name_stays_strictly_below_its_prefix(name: str, prefix: str) -> None:
    try:
        accepted = safe_name(name, prefix)
    except UnsafeNameError:
        return
    assert accepted == name
    assert len((prefix + name).encode()) <= 1024
    root = posixpath.normpath("/bucket/" + prefix)
    for reading in _readings(name):
        assert "\\" not in reading
        assert not [c for c in reading if unicodedata.category(c) == "Cc"]
        assert reading.count("/") == name.count("/")
        path = posixpath.normpath(f"{root}/{reading}")
        assert path == f"{root}/{reading}"
        assert path.startswith(root.rstrip("/") + "/")


def _slow(name: str, prefix: str) -> str:
    """What safe_name says where the pattern for nearly every name matches nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(names_module, "_PLAIN", names_module.re.compile(r"(?!)"))
        return safe_name(name, prefix)


def _verdict(judge: object, name: str, prefix: str) -> bool:
    try:
        return judge(name, prefix) == name  # type: ignore[operator]
    except UnsafeNameError:
        return False


STAGED = [
    ".tm-staging",
    ".TM-Staging",
    ".tm%2dstaging",
    "%2etm-staging",
    "．tm-staging",
    ".tm－staging",
]


@pytest.mark.parametrize("segment", STAGED, ids=ascii)
def test_what_is_kept_for_uploads_is_no_name_in_any_spelling(segment: str) -> None:
    for name in (segment, f"{segment}/x", f"docs/{segment}/x", f"docs/{segment}"):
        with pytest.raises(UnsafeNameError, match="kept for uploads"):
            safe_name(name)
        with pytest.raises(UnsafeNameError, match="kept for uploads"):
            safe_directory(f"{name}/")
    for name in (f"{segment}s", f"x{segment}", ".tm-", ".tm-x/y"):
        assert safe_name(name) == name


@prove
@given(names | plain_names | st.text(alphabet="a./", max_size=8), prefixes)
@example("a\n", "")
@example("a__XLDIR__/b", "")
@example("a/..", "")
@example(".tm-staging/a", "")
@example(".TM-a/b", "")
@example(" ", "")
def test_short_way_and_long_way_agree(name: str, prefix: str) -> None:
    assert _verdict(safe_name, name, prefix) == _verdict(_slow, name, prefix)


def test_short_way_and_long_way_agree_on_every_short_path() -> None:
    for size in range(1, 6):
        for characters in product("./a %\\", repeat=size):
            name = "".join(characters)
            assert _verdict(safe_name, name, "p/") == _verdict(_slow, name, "p/"), name


@pytest.mark.parametrize("size", [250, 255, 256, 1012, 1018, 1019, 1024, 1025])
@pytest.mark.parametrize("segment", [100, 255, 256])
def test_short_way_and_long_way_agree_on_lengths(size: int, segment: int) -> None:
    name = "/".join(["x" * segment] * 12)[:size].rstrip("/")
    assert _verdict(safe_name, name, "acme/") == _verdict(_slow, name, "acme/")

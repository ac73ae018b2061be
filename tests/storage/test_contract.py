"""What every storage does, on MinIO, on VersityGW and in memory."""

import io
from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import Any

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile, File
from django.core.files.uploadedfile import SimpleUploadedFile

from tenant_minio import use_tenant
from tenant_minio.exceptions import NoTenantError, UnsafeNameError

ODD_NAMES = [
    "plain.txt",
    "docs/2026/report.pdf",
    "with space.txt",
    "plus+sign.txt",
    "percent%.txt",
    "tilde~.txt",
    "Umlaut ä ö ü.txt",
    "日本語/文書.txt",
    "quote'\"&<>.txt",
    "hash#question?.txt",
    "emoji 🎉.txt",
    "semi;colon,comma=at@.txt",
    "...leading",
    "e\u0301 decomposed.txt",
]


def test_saved_file_is_read_back_and_measured(plain: Any) -> None:
    name = plain.save("docs/plan.txt", ContentFile(b"the plan"))
    assert name == "docs/plan.txt"
    assert plain.exists(name)
    assert plain.size(name) == 8
    with plain.open(name) as file:
        assert file.read() == b"the plan"


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_survive_every_method(plain: Any, name: str) -> None:
    assert plain.save(name, ContentFile(b"x")) == name
    assert plain.exists(name)
    assert plain.size(name) == 1
    with plain.open(name) as file:
        assert file.read() == b"x"
    directory, _, last = name.rpartition("/")
    assert plain.listdir(directory)[1] == [last]
    plain.delete(name)
    assert not plain.exists(name)


def test_a_taken_name_gets_another(plain: Any) -> None:
    first = plain.save("a.tar.gz", ContentFile(b"1"))
    second = plain.save("a.tar.gz", ContentFile(b"2"))
    assert first == "a.tar.gz"
    assert second != first
    assert second.startswith("a_")
    assert second.endswith(".tar.gz")
    assert plain.open(first).read() == b"1"
    assert plain.open(second).read() == b"2"


def test_identical_content_is_still_two_files(plain: Any) -> None:
    names = {plain.save("same.txt", ContentFile(b"same")) for _ in range(3)}
    assert len(names) == 3


def test_max_length_shortens_the_name(plain: Any) -> None:
    name = plain.save("docs/" + "x" * 60 + ".txt", ContentFile(b"1"), max_length=30)
    assert len(name) <= 30
    assert name.startswith("docs/xx")
    assert name.endswith(".txt")


def test_max_length_that_leaves_nothing_is_refused(plain: Any) -> None:
    with pytest.raises(SuspiciousFileOperation):
        plain.save("a.txt" * 10, ContentFile(b"1"), max_length=5)


def test_name_defaults_to_that_of_the_content(plain: Any) -> None:
    assert plain.save(None, ContentFile(b"1", name="own.txt")) == "own.txt"


def test_saving_starts_at_the_beginning_and_leaves_the_file_open(plain: Any) -> None:
    content = io.BytesIO(b"0123456789")
    content.seek(5)
    plain.save("f", File(content, name="f"))
    assert not content.closed
    assert plain.open("f").read() == b"0123456789"


def test_text_is_stored_in_utf8(plain: Any) -> None:
    plain.save("t.txt", ContentFile("grüße"))
    assert plain.open("t.txt").read() == "grüße".encode()


def test_uploaded_files_are_saved(plain: Any) -> None:
    upload = SimpleUploadedFile("u.txt", b"uploaded", content_type="text/html")
    plain.save("u.txt", upload)
    assert plain.open("u.txt").read() == b"uploaded"


def test_content_that_cannot_be_rewound_is_saved_and_renamed(plain: Any) -> None:
    class Pipe(io.RawIOBase):
        def __init__(self, data: bytes) -> None:
            self.data = data

        def read(self, size: int = -1) -> bytes:
            piece, self.data = self.data[:3], self.data[3:]
            return piece

    plain.save("pipe", ContentFile(b"first"))
    name = plain.save("pipe", File(Pipe(b"0123456789"), name="pipe"))
    assert name != "pipe"
    assert plain.open(name).read() == b"0123456789"


def test_an_empty_file_is_a_file(plain: Any) -> None:
    plain.save("empty", ContentFile(b""))
    assert plain.exists("empty")
    assert plain.size("empty") == 0
    with plain.open("empty") as file:
        assert file.read() == b""
        assert file.size == 0


def test_missing_files_are_missing_everywhere(plain: Any) -> None:
    assert plain.exists("nope") is False
    for call in (plain.open, plain.size, plain.get_modified_time):
        with pytest.raises(FileNotFoundError, match="nope"):
            call("nope")
    plain.delete("nope")


def test_delete_wants_a_name(plain: Any) -> None:
    with pytest.raises(ValueError, match="empty"):
        plain.delete("")


def test_listdir_tells_directories_from_files(plain: Any) -> None:
    for name in ("a.txt", "d/b.txt", "d/e/c.txt", "dd/x"):
        plain.save(name, ContentFile(b"1"))
    for root in ("", "."):
        directories, files = plain.listdir(root)
        assert sorted(directories) == ["d", "dd"]
        assert files == ["a.txt"]
    assert plain.listdir("d") == plain.listdir("d/") == (["e"], ["b.txt"])
    assert plain.listdir("none") == ([], [])


def test_the_root_exists(plain: Any) -> None:
    assert plain.exists("")
    assert plain.exists(".")


def test_modified_time_follows_use_tz(plain: Any, settings: Any) -> None:
    plain.save("f", ContentFile(b"1"))
    aware = plain.get_modified_time("f")
    assert abs(datetime.now(UTC) - aware) < timedelta(minutes=5)
    settings.USE_TZ = False
    settings.TIME_ZONE = "UTC"
    assert plain.get_modified_time("f") == aware.replace(tzinfo=None)


def test_what_the_cluster_cannot_tell_is_not_implemented(plain: Any) -> None:
    for call in (plain.path, plain.get_accessed_time, plain.get_created_time):
        with pytest.raises(NotImplementedError):
            call("f")


def test_save_under_underscore_replaces(plain: Any) -> None:
    plain.save("f", ContentFile(b"old"))
    assert plain._save("f", ContentFile(b"new")) == "f"
    assert plain.open("f").read() == b"new"


@pytest.mark.parametrize(
    "name", ["", ".", "..", "/a", "a//b", "a/../b", "a\\b", "a\x00", "%2e%2e/x", "a/", "a\n"]
)
def test_unsafe_names_are_refused_by_every_method(plain: Any, name: str) -> None:
    calls = [
        lambda: plain.save(name, ContentFile(b"1")),
        lambda: plain._save(name, ContentFile(b"1")),
        lambda: plain.open(name),
        lambda: plain.open(name, "wb"),
        lambda: plain.size(name),
        lambda: plain.get_modified_time(name),
        lambda: plain.url(name),
        lambda: plain.urls([name]),
    ]
    if name not in {"", "."}:
        calls += [lambda: plain.exists(name)]
        calls += [lambda: plain.listdir(name)] if name != "a/" else []
    if name:
        calls += [lambda: plain.delete(name)]
    for call in calls:
        with pytest.raises(UnsafeNameError):
            call()
    assert plain.listdir("") == ([], [])


def test_url_arguments_are_checked(plain: Any) -> None:
    with pytest.raises(ValueError, match="GET or HEAD"):
        plain.url("f", method="PUT")
    with pytest.raises(ValueError, match="x-amz-acl"):
        plain.url("f", response_headers={"x-amz-acl": "public-read"})
    for expires in (0, -1, 8 * 24 * 3600, timedelta(days=8)):
        with pytest.raises(ValueError, match="604800"):
            plain.url("f", expires=expires)


def test_two_tenants_keep_the_same_name_apart(routed: Any) -> None:
    for key in ("acme", "globex"):
        with use_tenant(key):
            assert routed.save("docs/plan.pdf", ContentFile(key.encode())) == "docs/plan.pdf"
    for key in ("acme", "globex"):
        with use_tenant(key):
            assert routed.open("docs/plan.pdf").read() == key.encode()
            assert routed.listdir("") == (["docs"], [])
        bound = routed.for_tenant(key)
        assert bound.open("docs/plan.pdf").read() == key.encode()
    with use_tenant("acme"):
        routed.delete("docs/plan.pdf")
        assert not routed.exists("docs/plan.pdf")
    assert routed.for_tenant("globex").exists("docs/plan.pdf")


def test_nothing_works_outside_a_tenant(routed: Any) -> None:
    calls = [
        lambda: routed.save("f", ContentFile(b"1")),
        lambda: routed._save("f", ContentFile(b"1")),
        lambda: routed.open("f"),
        lambda: routed.open("f", "wb"),
        lambda: routed.delete("f"),
        lambda: routed.exists("f"),
        lambda: routed.exists(""),
        lambda: routed.listdir(""),
        lambda: routed.size("f"),
        lambda: routed.get_modified_time("f"),
        lambda: routed.url("f"),
        lambda: routed.urls([]),
        lambda: routed.get_available_name("f"),
    ]
    for call in calls:
        with pytest.raises(NoTenantError, match="use_tenant"):
            call()
    assert routed.generate_filename("docs/a b.txt") == "docs/a_b.txt"
    assert routed.get_valid_name("a b.txt") == "a_b.txt"


def test_an_open_file_keeps_its_tenant(routed: Any) -> None:
    for key in ("acme", "globex"):
        with use_tenant(key):
            routed.save("f", ContentFile(key.encode() * 200_000))
    with use_tenant("acme"):
        file = routed.open("f")
    with use_tenant("globex"):
        assert file.read() == b"acme" * 200_000
        file.seek(400_000)
        assert file.read(4) == b"acme"
    file.close()
    assert file.open().read(4) == b"acme"
    file.close()


def test_times_have_whole_seconds(plain: Any) -> None:
    """As HTTP's dates have."""
    plain.save("a", ContentFile(b"1"))
    assert plain.get_modified_time("a").microsecond == 0
    assert plain.stat("a").modified.microsecond == 0


def test_the_etag_of_what_came_in_parts_counts_them(plain: Any) -> None:
    data = b"x" * (8 * 2**20 + 1)
    plain.save("a", ContentFile(data))
    halves = (data[: 8 * 2**20], data[8 * 2**20 :])
    digest = md5(b"".join(md5(half).digest() for half in halves)).hexdigest()
    assert plain.stat("a").etag == f"{digest}-2"
    plain.save("b", ContentFile(b"1"))
    assert plain.stat("b").etag == md5(b"1").hexdigest()

"""What a browser that means no harm does: begin, send, finish, and save with the form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile

from tenant_minio import use_tenant
from tenant_minio.exceptions import InvalidBackendError, UploadRefusedError
from tenant_minio.storage.staging import StagingLocation, sealed_name
from tenant_minio.testing import assert_no_leak
from tenant_minio.uploads.targets import Target, named, sign
from tests.uploads.browser import Browser
from tests.uploads.conftest import keys


def staged(browser: Browser) -> list[str]:
    """What lies in staging."""
    place = browser.place()
    return [
        one.key
        for page in place.backend.walk(place.route.bucket, place.root)
        for one in page.objects
    ]


@pytest.mark.parametrize("data", [b"hello", b""], ids=["some", "empty"])
def test_small_file_goes_by_a_form(browser: Browser, site: Any, data: bytes) -> None:
    begun = browser.begin("plan.pdf", len(data))
    assert begun.keys() == {"token", "form"}
    browser.send(begun, data)
    done = browser.finish(begun["token"])
    assert {name: done[name] for name in ("name", "size", "type")} == {
        "name": "plan.pdf",
        "size": len(data),
        "type": "application/pdf",
    }
    file = browser.claim(done["value"])
    with use_tenant("acme"):
        assert site.save("docs/plan.pdf", file) == "docs/plan.pdf"
        with site.open("docs/plan.pdf") as saved:
            assert saved.read() == data
        assert keys(site) == ["docs/plan.pdf"]


def test_large_file_goes_by_parts(browser: Browser, site: Any, in_parts: int) -> None:
    data = b"ab" * in_parts + b"end"
    begun = browser.begin("film.mp4", len(data))
    assert begun["parts"] == {"size": in_parts, "count": 3}
    browser.send(begun, data)
    file = browser.claim(browser.finish(begun["token"])["value"])
    with use_tenant("acme"):
        site.save("film.mp4", file)
        with site.open("film.mp4") as saved:
            assert saved.read() == data
        assert site.stat("film.mp4").content_type == "video/mp4"
        assert keys(site) == ["film.mp4"]


def test_upload_goes_on_after_a_reload(browser: Browser, in_parts: int) -> None:
    data = b"ab" * in_parts + b"end"
    begun = browser.begin("film.mp4", len(data))
    browser.send_parts(begun["token"], {2: data[in_parts : 2 * in_parts]})
    status, state = browser.ask("parts", token=begun["token"], numbers=[])
    assert status == 200
    assert state["urls"] == {}
    assert [(number, part["size"]) for number, part in state["stored"].items()] == [("2", in_parts)]
    assert browser.refusal("finish", token=begun["token"]) == "missing"
    browser.send_parts(begun["token"], {1: data[:in_parts], 3: data[2 * in_parts :]})
    file = browser.claim(browser.finish(begun["token"])["value"])
    assert file.read() == data
    file.close()


def test_list_of_parts_is_made_once_and_not_with_each_url(
    browser: Browser, in_parts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have 10,000 entries, and a browser asks for 20 URLs at a time."""
    begun = browser.begin(size=in_parts * 2)
    browser.send_parts(begun["token"], {1: b"a" * in_parts, 2: b"b" * in_parts})
    listed = []
    arrived_parts = StagingLocation.arrived_parts

    def arrived(self: StagingLocation, *args: Any, **options: Any) -> Any:
        listed.append(arrived_parts(self, *args, **options))
        return listed[-1]

    monkeypatch.setattr(StagingLocation, "arrived_parts", arrived)
    status, state = browser.ask("parts", token=begun["token"], numbers=[2])
    assert (status, state.keys(), state["urls"].keys()) == (200, {"urls"}, {"2"})
    status, state = browser.ask("parts", token=begun["token"], numbers=[])
    assert (status, state["urls"], state["stored"].keys()) == (200, {}, {"1", "2"})
    assert [[part.number for part in parts] for parts in listed] == [[1], [1, 2]]
    assert browser.ask("cancel", token=begun["token"]) == (200, {})
    for numbers in ([], [2]):
        answer = browser.refusal("parts", token=begun["token"], numbers=numbers)
        assert answer == "missing"


def test_part_is_sent_again_as_often_as_need_be(browser: Browser, in_parts: int) -> None:
    begun = browser.begin(size=3)
    for data in (b"bad", b"new"):
        browser.send_parts(begun["token"], {1: data})
    assert browser.claim(browser.finish(begun["token"])["value"]).read() == b"new"


@pytest.mark.parametrize("way", ["form", "parts"])
def test_finish_whose_answer_was_lost_is_asked_again(
    browser: Browser, site: Any, uploads: Callable[..., None], way: str
) -> None:
    uploads(FORM_MAX_SIZE=100 if way == "form" else 0)
    begun = browser.begin()
    browser.send(begun, b"hello")
    values = [browser.finish(begun["token"])["value"] for _ in range(3)]
    assert len({browser.claim(value).staged for value in values}) == 1
    if way == "parts":
        status, state = browser.ask("parts", token=begun["token"], numbers=[1])
        assert (status, state["urls"], [*state["stored"]]) == (200, {}, ["1"])
    with use_tenant("acme"):
        site.save("a.txt", browser.claim(values[0]))
    assert browser.refusal("finish", token=begun["token"]) == "missing"


@pytest.mark.parametrize("way", ["form", "parts"])
def test_cancel_throws_away_what_there_is(
    browser: Browser, uploads: Callable[..., None], way: str
) -> None:
    uploads(FORM_MAX_SIZE=100 if way == "form" else 0)
    for finishes in (False, True):
        begun = browser.begin()
        browser.send(begun, b"hello")
        if finishes:
            browser.finish(begun["token"])
        for _ in range(2):
            assert browser.ask("cancel", token=begun["token"]) == (200, {})
        assert staged(browser) == []
        assert browser.refusal("finish", token=begun["token"]) == "missing"
        if way == "parts":
            answer = browser.refusal("parts", token=begun["token"], numbers=[])
            assert answer == "missing"


def test_cancel_leaves_nothing_of_a_finish_beside_it(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It copies the form after cancel has looked what there is."""
    begun = browser.begin()
    browser.send(begun, b"hello")
    delete = StagingLocation.delete

    def copied_meanwhile(self: StagingLocation, name: str) -> None:
        if name.endswith(".form"):
            headers = {"content-type": "text/plain"}
            self.copy(name, sealed_name(name.removesuffix(".form")), self.head(name).etag, headers)
        delete(self, name)

    monkeypatch.setattr(StagingLocation, "delete", copied_meanwhile)
    assert browser.ask("cancel", token=begun["token"]) == (200, {})
    assert staged(browser) == []


def test_finish_beside_one_that_was_faster_gives_the_same_file(
    browser: Browser, site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = browser.begin()
    browser.send(begun, b"hello")
    copy = StagingLocation.copy
    values: list[str] = []

    def beside(self: StagingLocation, *args: Any) -> None:
        monkeypatch.setattr(StagingLocation, "copy", copy)
        copy(self, *args)
        values.append(browser.finish(begun["token"])["value"])

    monkeypatch.setattr(StagingLocation, "copy", beside)
    values.append(browser.finish(begun["token"])["value"])
    files = [browser.claim(value) for value in values]
    with use_tenant("acme"):
        site.save("a.txt", files[0])
        with pytest.raises(UploadRefusedError):
            site.save("b.txt", files[1])
    assert staged(browser) == []


def test_cancel_leaves_what_is_being_saved(browser: Browser, site: Any) -> None:
    """As a browser may ask that leaves the page because its form was sent."""
    begun = browser.begin()
    browser.send(begun, b"hello")
    file = browser.claim(browser.finish(begun["token"])["value"])

    class Content(type(site)):  # type: ignore[misc]
        def _save(self, name: str, content: Any) -> str:
            assert browser.ask("cancel", token=begun["token"]) == (200, {})
            return super()._save(name, content)

    own = site.for_tenant("acme")
    own.__class__ = Content
    assert own.save("a.txt", file) == "a.txt"
    assert own.open("a.txt").read() == b"hello"


def test_nothing_of_another_tenant_is_touched(browser: Browser, site: Any, in_parts: int) -> None:
    with assert_no_leak("acme") as seen:
        done = browser.upload(b"ab" * in_parts)
        file = browser.claim(done["value"])
        with use_tenant("acme"):
            site.save("a.txt", file)
    assert {"create_upload", "presign_part", "arrived_parts", "copy_part"} <= {
        one.operation for one in seen
    }


def test_what_is_staged_is_in_no_listing(browser: Browser, site: Any) -> None:
    with use_tenant("acme"):
        site.save("a.txt", ContentFile(b"1"))
    begun = browser.begin()
    browser.send(begun, b"hello")
    assert len(staged(browser)) == 1
    with use_tenant("acme"):
        assert site.listdir("") == ([], ["a.txt"])


def test_size_is_bounded_by_the_target(browser: Browser, site: Any) -> None:
    browser.target = Target.of_storage(site, max_file_size=1000)
    browser.begin(size=1000)
    status, answer = browser.ask(
        "begin", target=sign(browser.target), name="a.txt", size=1001, type=""
    )
    assert (status, answer["error"]["code"]) == (413, "too_large")
    assert "1000" in answer["error"]["message"]


def test_size_is_bounded_by_the_settings_and_by_s3(
    browser: Browser, uploads: Callable[..., None]
) -> None:
    five_tib = 5 * 1024**4
    asked = {"target": sign(browser.target), "name": "a.txt", "type": ""}
    assert browser.refusal("begin", size=five_tib + 1, **asked) == "too_large"
    uploads(MAX_FILE_SIZE=10)
    assert browser.refusal("begin", size=11, **asked) == "too_large"


def test_five_tib_go_in_ten_thousand_parts(browser: Browser) -> None:
    parts = browser.begin(size=5 * 1024**4)["parts"]
    assert parts["count"] <= 10_000
    assert parts["size"] <= 5 * 1024**3
    assert parts["size"] * (parts["count"] - 1) < 5 * 1024**4 <= parts["size"] * parts["count"]


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("a.pdf", True),
        ("a.PNG", True),
        ("a.jpg", True),
        ("a.txt", False),
        ("a.pdf.exe", False),
        ("a.tar.gz", False),
        ("a.png.gz", False),
        ("pdf", False),
    ],
)
def test_type_is_the_one_of_the_name(browser: Browser, site: Any, name: str, fits: bool) -> None:
    browser.target = Target.of_storage(site, content_types=["application/pdf", "image/*"])
    asked = {"target": sign(browser.target), "size": 1, "type": "application/pdf"}
    if fits:
        assert browser.ask("begin", name=name, **asked)[0] == 200
    else:
        assert browser.refusal("begin", name=name, **asked) == "wrong_type"


def test_declared_target_is_used_by_its_name(
    browser: Browser, uploads: Callable[..., None]
) -> None:
    declared = {"storage": "default", "content_types": ["text/plain"], "max_file_size": 9}
    uploads(TARGETS={"notes": declared})
    begun = browser.begin(target="notes")
    browser.send(begun, b"hello")
    value = browser.finish(begun["token"])["value"]
    assert browser.claim(value, named("notes")).read() == b"hello"
    assert browser.refusal("begin", target="notes", name="a.pdf", size=1) == "wrong_type"


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"name": "a", "size": 1},
        {"target": 1},
        {"size": -1},
        {"size": True},
        {"size": "1"},
        {"size": 1.5},
        {"name": ""},
        {"name": ".."},
        {"name": "a/b"},
        {"name": "###"},
        {"name": ".tm-staging"},
        {"name": "x" * 2000},
        {"name": ["a"]},
    ],
    ids=repr,
)
def test_what_is_not_understood_is_said_so(browser: Browser, data: dict[str, Any]) -> None:
    whole = {"target": sign(browser.target), "name": "a.txt", "size": 1, "type": ""}
    asked = {**whole, **data} if data and data.keys() != {"name", "size"} else data
    assert browser.refusal("begin", **asked) == "bad_request"


@pytest.mark.parametrize("numbers", [None, "1", [0], [2], [-1], ["1"], [True], [1] * 101])
def test_parts_that_are_none_are_refused(browser: Browser, in_parts: int, numbers: Any) -> None:
    begun = browser.begin()
    answer = browser.refusal("parts", token=begun["token"], numbers=numbers)
    assert answer == "bad_request"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b"[" * 100_000, b"\xff"])
def test_what_is_no_json_is_refused(browser: Browser, body: bytes) -> None:
    answer = browser.client.post(
        "/uploads/begin/",
        data=body,
        content_type="application/json",
        headers={"Host": "acme.localhost"},
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")


def test_only_post_is_answered(browser: Browser) -> None:
    for step in ("begin", "parts", "finish", "cancel"):
        host = {"Host": "acme.localhost"}
        assert browser.client.get(f"/uploads/{step}/", headers=host).status_code == 405


def test_answers_are_kept_by_no_cache(browser: Browser) -> None:
    answer = browser.client.post(
        "/uploads/begin/", headers={"Host": "acme.localhost"}, content_type="application/json"
    )
    assert "no-store" in answer["Cache-Control"]


def test_nothing_is_staged_where_anyone_may_read(
    site: Any, use_storages: Callable[..., None]
) -> None:
    entries = {name: settings.STORAGES[name] for name in ("default", "eu")}
    options = {**entries["default"]["OPTIONS"], "public": True}
    use_storages(**{**entries, "default": {**entries["default"], "OPTIONS": options}})
    with use_tenant("acme"), pytest.raises(InvalidBackendError, match="public"):
        Target.of_storage("default").locate()

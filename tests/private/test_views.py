"""A view gives a file to who may have it, and to others the same answer as for none."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.http import Http404, HttpResponse
from django.test import AsyncRequestFactory, RequestFactory, override_settings
from django.urls import include, path
from django.utils.functional import SimpleLazyObject

from tenant_minio import registry, use_tenant
from tenant_minio.backends.breaker import State
from tenant_minio.exceptions import BackendUnavailableError, InvalidBackendError, NoTenantError
from tenant_minio.private import PrivateFile, PrivateFileField
from tenant_minio.private.permissions import allow_authenticated
from tenant_minio.private.views import PrivateStorageDetailView, PrivateStorageView
from tests.conftest import entry
from tests.faults import FaultyProxy
from tests.private.test_fields import row

from .conftest import MEMBER, ROOT, STRANGER, asking

DATA = bytes(range(256)) * 2000

urlpatterns = [path("files/", include("tenant_minio.private.urls"))]


def get(storage: Any, name: str, user: Any = ROOT, method: str = "GET", **headers: str) -> Any:
    return PrivateStorageView.as_view(storage=storage)(asking(user, method, **headers), path=name)


def body(answer: Any) -> bytes:
    content = b"".join(answer) if answer.streaming else answer.content
    answer.close()
    return bytes(content)


def test_whole_file_is_sent_with_what_is_known_of_it(storage: Any) -> None:
    name = storage.save("docs/plan.pdf", ContentFile(DATA))
    answer = get(storage, name)
    assert answer.status_code == 200
    facts = PrivateFile(asking(), storage, name)
    assert dict(answer.headers) == {
        "Content-Type": "application/pdf",
        "Content-Length": str(len(DATA)),
        "Content-Disposition": 'inline; filename="plan.pdf"',
        "Accept-Ranges": "bytes",
        "ETag": facts.etag,
        "Last-Modified": answer["Last-Modified"],
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    assert body(answer) == DATA


@pytest.mark.parametrize(
    ("asked", "status", "start", "end"),
    [
        ("bytes=0-0", 206, 0, 1),
        ("bytes=100-199", 206, 100, 200),
        ("bytes=511000-", 206, 511_000, 512_000),
        ("bytes=-10", 206, 511_990, 512_000),
        ("bytes=0-999999999", 206, 0, 512_000),
        ("bytes=0-1,5-6", 200, 0, 512_000),
        ("nonsense", 200, 0, 512_000),
        ("bytes=512000-", 416, 0, 0),
        ("bytes=-0", 416, 0, 0),
    ],
)
def test_range_is_sent_as_it_is_asked_for(
    storage: Any, asked: str, status: int, start: int, end: int
) -> None:
    name = storage.save("a.bin", ContentFile(DATA))
    answer = get(storage, name, Range=asked)
    assert answer.status_code == status
    assert answer.get("Content-Range") == {
        206: f"bytes {start}-{end - 1}/512000",
        416: "bytes */512000",
        200: None,
    }.get(status)
    assert body(answer) == DATA[start:end]
    if status != 416:
        assert answer["Content-Length"] == str(end - start)


def test_empty_file_is_sent_and_has_no_range(storage: Any) -> None:
    name = storage.save("empty.txt", ContentFile(b""))
    answer = get(storage, name)
    assert (answer.status_code, body(answer), answer["Content-Length"]) == (200, b"", "0")
    answer = get(storage, name, Range="bytes=0-")
    assert (answer.status_code, answer["Content-Range"]) == (416, "bytes */0")


def test_head_tells_the_same_and_sends_nothing(storage: Any) -> None:
    name = storage.save("a.bin", ContentFile(DATA))
    whole = get(storage, name)
    whole.close()
    # A range is for GET alone (RFC 9110, 14.2).
    answer = get(storage, name, method="HEAD", Range="bytes=0-9")
    assert (answer.status_code, body(answer)) == (200, b"")
    assert dict(answer.headers) == dict(whole.headers)


def test_conditions_are_held(storage: Any) -> None:
    name = storage.save("a.bin", ContentFile(DATA))
    answer = get(storage, name)
    answer.close()
    etag, modified = answer["ETag"], answer["Last-Modified"]
    old = "Sun, 01 Mar 2020 12:00:00 GMT"
    for headers, status in [
        ({"If_None_Match": etag}, 304),
        ({"If_None_Match": f'W/{etag}, "other"'}, 304),
        ({"If_None_Match": "*"}, 304),
        ({"If_None_Match": '"other"'}, 200),
        ({"If_Modified_Since": modified}, 304),
        ({"If_Modified_Since": old}, 200),
        ({"If_Modified_Since": modified, "If_None_Match": '"other"'}, 200),
        ({"If_Match": etag}, 200),
        ({"If_Match": '"other"'}, 412),
        ({"If_Unmodified_Since": modified}, 200),
        ({"If_Unmodified_Since": old}, 412),
        ({"If_None_Match": etag, "Range": "bytes=0-9"}, 304),
        ({"If_Match": etag, "Range": "bytes=0-9"}, 206),
        ({"If_Range": etag, "Range": "bytes=0-9"}, 206),
        ({"If_Range": modified, "Range": "bytes=0-9"}, 200),
        ({"If_Range": '"other"', "Range": "bytes=0-9"}, 200),
        ({"If_Range": old, "Range": "bytes=0-9"}, 200),
        ({"If_Range": '"other"', "Range": "bytes=999999999-"}, 200),
    ]:
        for method in ("GET", "HEAD"):
            expected = 200 if method == "HEAD" and status == 206 else status
            answer = get(storage, name, method=method, **headers)
            assert answer.status_code == expected, headers
            if status == 304:
                assert answer["ETag"] == etag
                assert answer["Cache-Control"] == "private, no-cache"
            sent = body(answer)
            length = {200: len(DATA), 206: 10}.get(expected, 0)
            assert len(sent) == (length if method == "GET" else 0), headers


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-9"}])
def test_condition_holds_for_the_very_version_that_is_sent(
    storage: Any, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is replaced after its condition was looked at."""
    name = storage.save("a.bin", ContentFile(DATA))
    etag = get(storage, name, method="HEAD")["ETag"]
    really = PrivateFile.open_part

    def replaced(private_file: PrivateFile, *args: Any) -> Any:
        with storage.open(name, "wb") as file:
            file.write(DATA + b"another")
        return really(private_file, *args)

    monkeypatch.setattr(PrivateFile, "open_part", replaced)
    answer = get(storage, name, if_match=etag, **headers)
    assert (answer.status_code, body(answer)) == (412, b"")


def test_answer_without_a_body_says_so(storage: Any) -> None:
    name = storage.save("a.bin", ContentFile(DATA))
    for headers, status in [({"Range": "bytes=9999999-"}, 416), ({"If_Match": '"other"'}, 412)]:
        answer = get(storage, name, **headers)
        assert (answer.status_code, answer["Content-Length"]) == (status, "0")
        assert "Content-Disposition" not in answer


@pytest.mark.parametrize("kind", ["minio", "versitygw"])
def test_get_costs_one_request_and_so_does_what_is_not_modified(
    request: pytest.FixtureRequest,
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
    kind: str,
) -> None:
    server = request.getfixturevalue(f"{kind}_server")
    proxy = FaultyProxy(server.endpoint)
    use_storages(plain=entry(server))
    bucket = new_bucket("plain")
    use_storages(plain=entry(server, bucket=bucket, endpoint=proxy.endpoint))
    storage = storages["plain"]
    name = storage.save("a.bin", ContentFile(DATA))

    def requests(method: str = "GET", **headers: str) -> list[str]:
        proxy.heads.clear()
        body(get(storage, name, method=method, **headers))
        return [head.partition(" ")[0] for head in proxy.heads]

    etag = PrivateFile(asking(), storage, name).etag
    assert requests() == ["GET"]
    assert requests(Range="bytes=5-400000") == ["GET"]
    assert requests(Range="bytes=5-400000", If_Range=etag) == ["GET"]
    assert requests("HEAD") == ["HEAD"]
    assert requests(If_None_Match=etag) == ["HEAD"]
    assert requests(If_None_Match='"other"') == ["HEAD", "GET"]
    proxy.heads.clear()
    assert get(storage, name, STRANGER).status_code == 404
    assert proxy.heads == []
    proxy.close()


# Who may not, and what is not there


@pytest.mark.parametrize(
    ("name", "user"),
    [
        ("docs/plan.pdf", STRANGER),
        ("docs/plan.pdf", None),
        ("nothing.pdf", STRANGER),
        ("nothing.pdf", ROOT),
        ("docs", ROOT),
        ("", ROOT),
        ("../docs/plan.pdf", ROOT),
        ("/etc/passwd", ROOT),
        ("docs/plan.pdf\0", ROOT),
        ("docs/%2e%2e/plan.pdf", ROOT),
        ("docs/../docs/plan.pdf", ROOT),
        ("docs//plan.pdf", ROOT),
        ("docs/./plan.pdf", ROOT),
        ("docs/plan.pdf/", ROOT),
        ("x" * 2000, ROOT),
    ],
)
def test_refused_missing_and_unsafe_are_one_answer(storage: Any, name: str, user: Any) -> None:
    storage.save("docs/plan.pdf", ContentFile(DATA))
    for method in ("GET", "HEAD"):
        missing = get(storage, "nothing.pdf", ROOT, method)
        answer = get(storage, name, user, method, Range="bytes=0-1", If_None_Match="*")
        assert answer.status_code == 404
        assert (answer.headers, answer.content) == (missing.headers, missing.content)


def test_no_cache_keeps_the_one_answer_for_who_may_have_the_file(memory: Any) -> None:
    class Own(PrivateStorageView):
        def serve_file_not_found(self, private_file: PrivateFile) -> HttpResponse:
            return HttpResponse(status=410, headers={"Cache-Control": "private, max-age=5"})

    with use_tenant("acme"):
        memory.save("a.txt", ContentFile(b"x"))
        for name, user in [("a.txt", STRANGER), ("b.txt", ROOT)]:
            answer = get(memory, name, user)
            assert (answer.status_code, answer["Cache-Control"]) == (404, "no-store")
            own = Own.as_view(storage=memory)(asking(user), path=name)
            assert own["Cache-Control"] == "private, max-age=5"


def test_project_says_what_the_one_answer_is(memory: Any) -> None:
    class Own(PrivateStorageView):
        storage = memory

        def serve_file_not_found(self, private_file: PrivateFile) -> HttpResponse:
            return HttpResponse("gone", status=410)

    class OwnDetail(Own, PrivateStorageDetailView):
        def get_object(self, queryset: Any = None) -> Any:
            raise Http404("No Document found")

    with use_tenant("acme"):
        memory.save("a.txt", ContentFile(b"x"))
        refused = Own.as_view()(asking(STRANGER), path="a.txt")
        missing = Own.as_view()(asking(ROOT), path="b.txt")
        no_row = OwnDetail.as_view()(asking(ROOT))
    for answer in (refused, missing, no_row):
        assert (answer.status_code, answer.content) == (410, b"gone")
        assert dict(answer.headers) == dict(refused.headers)


class Sessioned(SessionBase):
    """A session whose cookie may be of one that has ended."""

    def load(self) -> dict[str, Any]:
        self._session_key = None
        return {}


@pytest.mark.parametrize("cookie", ["", "sessionid=ended-long-ago"])
@pytest.mark.parametrize("reads", ["user", "session", "nothing"])
def test_row_that_is_refused_and_none_have_the_same_headers(
    memory: Any, reads: str, cookie: str
) -> None:
    """No rule is asked about a row that is not there, so it reads no session."""

    def rule(file: Any) -> bool:
        if reads == "user":
            return bool(file.user.is_staff)
        return reads == "session" and "vip" in file.request.session

    def headers(there: bool) -> dict[str, str]:
        class View(PrivateStorageDetailView):
            can_access_file = staticmethod(rule)

            def get_object(self, queryset: Any = None) -> Any:
                if not there:
                    raise Http404("No Document found")
                return SimpleNamespace(file=SimpleNamespace(name="a.txt", storage=memory))

        request: Any = RequestFactory().get("/", headers={"Cookie": cookie} if cookie else {})
        request.session = Sessioned(request.COOKIES.get("sessionid"))

        def who() -> Any:
            return SimpleNamespace(is_staff="staff" in request.session, pk=None)

        request.user = SimpleLazyObject(who)
        answer = View.as_view()(request)
        assert answer.status_code == 404
        middleware = SessionMiddleware(lambda _request: answer)
        answer = middleware.process_response(request, answer)
        return {**answer.headers, "cookies": answer.cookies.output()}

    with use_tenant("acme"):
        assert headers(there=True) == headers(there=False)
        assert headers(there=True)["Vary"] == "Cookie"


@pytest.mark.parametrize("error", [PermissionDenied, Http404])
def test_rule_that_raises_it_refuses(memory: Any, error: type[Exception]) -> None:
    def rule(_file: Any) -> bool:
        raise error

    view = PrivateStorageView.as_view(storage=memory, can_access_file=rule)
    with use_tenant("acme"):
        memory.save("a.txt", ContentFile(b"x"))
        assert view(asking(), path="a.txt").status_code == 404


def test_coroutine_rule_lets_nobody_in(memory: Any) -> None:
    async def rule(_file: Any) -> bool:
        return True

    with use_tenant("acme"), pytest.raises(InvalidBackendError, match="coroutine"):
        PrivateStorageView.as_view(storage=memory, can_access_file=rule)(asking(), path="a.txt")


def test_another_tenant_gets_nothing_whatever_its_rule(routed: Any) -> None:
    with use_tenant("acme"):
        name = routed.save("a.txt", ContentFile(b"acme's"))
        assert body(get(routed, name)) == b"acme's"
    with use_tenant("globex"):
        for tried in (name, f"../acme/{name}", f"tenants/acme/{name}", f"/tenants/acme/{name}"):
            assert get(routed, tried).status_code == 404
    with pytest.raises(NoTenantError):
        get(routed, name)


def test_body_that_is_begun_stays_its_tenants(routed: Any) -> None:
    with use_tenant("acme"):
        name = routed.save("a.bin", ContentFile(DATA))
        answer = get(routed, name)
    with use_tenant("globex"):
        routed.save("a.bin", ContentFile(b"globex's"))
        assert body(answer) == DATA


def test_name_that_a_rule_would_take_for_another_is_missing(storage: Any) -> None:
    """To a local storage it is a file, and the rule sees how it begins."""

    def rule(file: Any) -> bool:
        return bool(file.relative_name.startswith("open/"))

    storage.save("open/a.txt", ContentFile(b"open"))
    storage.save("secret.txt", ContentFile(b"secret"))
    for server in ("streaming", "x-accel", "x-sendfile"):
        options = {"storage": storage, "can_access_file": rule, "server_class": server}
        view = PrivateStorageView.as_view(**options)
        assert view(asking(STRANGER), path="open/../secret.txt").status_code == 404
    answer = PrivateStorageView.as_view(storage=storage, can_access_file=rule)(
        asking(STRANGER), path="open/a.txt"
    )
    assert body(answer) == b"open"


@pytest.fixture
def dead(use_storages: Callable[..., None]) -> Any:
    """A storage on a cluster that nobody reaches."""
    options = {"endpoint": "127.0.0.1:9", "access_key": "a", "secret_key": "secret-key"}
    options |= {"secure": False, "bucket": "media", "retries": 0}
    options |= {"breaker_failures": 4, "breaker_reset": 30.0}
    use_storages(plain={"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": options})
    return storages["plain"]


@pytest.mark.parametrize("server", ["streaming", "redirect", "x-accel-cluster"])
def test_outage_is_no_missing_file_and_says_when_to_ask_again(dead: Any, server: str) -> None:
    view = PrivateStorageView.as_view(storage=dead, server_class=server)
    waits = []
    for method in ("GET", "HEAD") * 3:
        answer = view(asking(method=method), path="a.txt")
        assert answer.status_code == 503
        assert answer["Cache-Control"] == "no-store"
        waits.append(int(answer["Retry-After"]))
    assert registry["plain"].breakers.reads.state is State.OPEN
    # Until the cluster is tried again, there is no use in asking.
    assert waits[0] == 1
    assert 1 < waits[-1] <= 30


def test_outage_is_told_to_nobody_whom_the_rule_refuses(dead: Any) -> None:
    for user in (STRANGER, None):
        assert get(dead, "a.txt", user).status_code == 404


def test_project_says_what_an_outage_looks_like(dead: Any) -> None:
    class View(PrivateStorageView):
        def serve_unavailable(self, private_file: PrivateFile, error: Any) -> Any:
            raise error

    with pytest.raises(BackendUnavailableError):
        View.as_view(storage=dead)(asking(), path="a.txt")


def test_outage_is_logged_without_the_files_name(
    dead: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "tenant_minio.private")
    get(dead, "divorce.pdf")
    [record] = [one for one in caplog.records if one.name == "tenant_minio.private"]
    assert "'plain'" in record.getMessage()
    assert "BackendUnavailableError" in record.getMessage()
    assert "divorce" not in caplog.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(memory: Any, method: str) -> None:
    assert get(memory, "a.txt", method=method).status_code == 405


# Names, active content


@pytest.mark.parametrize(
    ("options", "header"),
    [
        ({}, 'inline; filename="a\'b.txt"'),
        ({"content_disposition": None}, None),
        ({"content_disposition": "attachment"}, 'attachment; filename="a\'b.txt"'),
        ({"content_disposition_filename": 'x"y.txt'}, 'inline; filename="x\\"y.txt"'),
        (
            {"content_disposition": "attachment", "content_disposition_filename": "Übung 1.txt"},
            "attachment; filename*=utf-8''%C3%9Cbung%201.txt",
        ),
        (
            {"content_disposition_filename": "a\r\nSet-Cookie: x=1.txt"},
            "inline; filename*=utf-8''a%0D%0ASet-Cookie%3A%20x%3D1.txt",
        ),
    ],
)
def test_name_is_told_as_rfc_6266_has_it(
    memory: Any, options: dict[str, Any], header: str | None
) -> None:
    with use_tenant("acme"):
        name = memory.save("docs/a'b.txt", ContentFile(b"x"))
        answer = PrivateStorageView.as_view(storage=memory, **options)(asking(), path=name)
    assert answer.get("Content-Disposition") == header
    answer.close()


@pytest.mark.parametrize("name", ["a.html", "a.svg", "a.xml", "a.xhtml", "a.js", "A.HTM", "a.xsl"])
@pytest.mark.parametrize(
    ("mode", "kind", "sandboxed"),
    [("attachment", "attachment", True), ("sandbox", "inline", True), ("inline", "inline", False)],
)
def test_active_content_does_not_act_unless_the_project_says_so(
    memory: Any,
    private_settings: Callable[..., None],
    name: str,
    mode: str,
    kind: str,
    sandboxed: bool,
) -> None:
    private_settings(ACTIVE_CONTENT=mode)
    with use_tenant("acme"):
        stored = memory.save(name, ContentFile(b"<script>"))
        answer = get(memory, stored)
        unwritten = PrivateStorageView.as_view(storage=memory, content_disposition=None)
        silent = unwritten(asking(), path=stored)
    assert answer["Content-Disposition"].startswith(kind)
    assert answer.get("Content-Security-Policy", "").startswith("sandbox;") is sandboxed
    assert answer["X-Content-Type-Options"] == "nosniff"
    scripts_run = mode == "inline" or not name.endswith(".js")
    assert (answer["Content-Type"] != "text/plain") == scripts_run
    assert silent.get("Content-Disposition", "inline").startswith(kind)
    answer.close()
    silent.close()


@pytest.mark.parametrize("server", ["streaming", "redirect"])
@pytest.mark.parametrize("name", ["a.js", "a.mjs", "a.css"])
def test_no_page_of_the_site_can_load_what_somebody_uploaded(
    memory: Any, name: str, server: str
) -> None:
    """``<script src>`` and style sheets pass over attachments and sandboxes; nosniff binds them."""
    view = PrivateStorageView.as_view(storage=memory, server_class=server)
    with use_tenant("acme"):
        memory.save(name, ContentFile(b"alert()"))
        for method in ("GET", "HEAD"):
            answer = view(asking(method=method), path=name)
            answer.close()
            if server == "redirect":
                assert "response-content-type=text%2Fplain" in answer["Location"]
            else:
                assert answer["Content-Type"] == "text/plain"
            assert answer["X-Content-Type-Options"] == "nosniff"


def test_active_content_that_is_sent_elsewhere_without_a_sandbox_is_a_download(memory: Any) -> None:
    """A cluster takes no Content-Security-Policy along with a signed URL."""
    view = PrivateStorageView.as_view(
        storage=memory, server_class="redirect", active_content="sandbox"
    )
    with use_tenant("acme"):
        for name, kind in [("a.html", "attachment"), ("a.png", "inline")]:
            memory.save(name, ContentFile(b"x"))
            location = view(asking(), path=name)["Location"]
            assert f"response-content-disposition={kind}" in location


@pytest.mark.parametrize("name", ["a.png", "a.pdf", "a.txt", "film.mp4", "a.unheard-of"])
def test_other_content_is_shown(memory: Any, name: str) -> None:
    with use_tenant("acme"):
        answer = get(memory, memory.save(name, ContentFile(b"x")))
    assert answer["Content-Disposition"].startswith("inline")
    assert "Content-Security-Policy" not in answer
    answer.close()


def test_type_is_that_of_the_name_whatever_was_stored(plain: Any) -> None:
    moved = plain.at(plain.locate().with_headers({"content-type": "text/html"}))
    name = moved.save("a.png", ContentFile(b"<script>"))
    answer = get(plain, name)
    assert answer["Content-Type"] == "image/png"
    answer.close()


def test_encoding_of_the_stored_bytes_is_told(plain: Any) -> None:
    headers = {"content-encoding": "gzip", "content-language": "de"}
    name = plain.at(plain.locate().with_headers(headers)).save("a.txt", ContentFile(b"zipped"))
    for method in ("GET", "HEAD"):
        answer = get(plain, name, method=method)
        assert (answer["Content-Encoding"], answer["Content-Language"]) == ("gzip", "de")
        answer.close()


@pytest.mark.parametrize("asked", ["bytes=0-499", None])
def test_gzip_middleware_does_not_compress_what_a_range_cuts_out(
    memory: Any, asked: str | None
) -> None:
    from django.middleware.gzip import GZipMiddleware

    with use_tenant("acme"):
        name = memory.save("a.txt", ContentFile(b"text" * 1000))
        headers = {"Accept_Encoding": "gzip"} | ({"Range": asked} if asked else {})
        request = asking(**headers)
        view = PrivateStorageView.as_view(storage=memory)
        answer: Any = GZipMiddleware(lambda given: view(given, path=name))(request)
    assert "Content-Encoding" not in answer
    assert len(body(answer)) == int(answer["Content-Length"])


# Settings, rows, URLs


def test_settings_say_storage_rule_and_cache(
    memory: Any, private_settings: Callable[..., None]
) -> None:
    private_settings(PERMISSION=allow_authenticated, CACHE_CONTROL="private, max-age=60")
    with use_tenant("acme"):
        memory.save("a.txt", ContentFile(b"x"))
        answer = PrivateStorageView.as_view()(asking(MEMBER), path="a.txt")
        assert answer["Cache-Control"] == "private, max-age=60"
        answer.close()
        refused = PrivateStorageView.as_view()(asking(STRANGER), path="a.txt")
        assert refused.status_code == 404


class Rows(PrivateStorageDetailView):
    """Over a row that is not in a database."""

    row: Any = None

    def get_object(self, queryset: Any = None) -> Any:
        return self.row


def test_detail_view_gives_the_file_of_a_row(memory: Any) -> None:
    with use_tenant("acme"):
        made = row(PrivateFileField(), "x", b"")
        made.file.save("a.txt", ContentFile(b"of the row"), save=False)
        seen = []

        def rule(file: Any) -> bool:
            seen.append((file.parent_object, file.relative_name, file.tenant))
            return True

        answer = Rows.as_view(row=made, can_access_file=rule)(asking())
        assert body(answer) == b"of the row"
    assert seen == [(made, "a.txt", "acme")]


def test_detail_view_of_a_row_without_a_file_is_the_one_answer(memory: Any) -> None:
    made = row(PrivateFileField(), "x", b"")
    made.file = ""
    with use_tenant("acme"):
        assert Rows.as_view(row=made)(asking()).status_code == 404


def test_detail_view_binds_the_file_to_the_tenant_of_its_row(memory: Any) -> None:
    from tests.project.docs.models import SharedDocument

    with use_tenant("acme"):
        name = memory.save("a.txt", ContentFile(b"acme's"))
    made = SharedDocument(account_id="acme")
    made.file = name
    seen = []

    def rule(file: Any) -> bool:
        seen.append(file.tenant)
        return True

    assert body(Rows.as_view(row=made, can_access_file=rule)(asking())) == b"acme's"
    assert seen == ["acme"]


def test_urls_lead_to_the_view_and_the_field_to_them(memory: Any) -> None:
    from django.test import Client

    with use_tenant("acme"):
        made = row(PrivateFileField(upload_to="docs"), "x", b"")
        made.file.save("a b%2e.txt", ContentFile(b"x"), save=False)
        without = made.file.url
        assert without.startswith("memory://")
        with override_settings(ROOT_URLCONF=__name__):
            url = made.file.url
            assert url.startswith("/files/docs/")
            rule = {"PRIVATE": {"PERMISSION": lambda _file: True}}
            with override_settings(TENANT_MINIO=rule):
                answer = Client().get(url)
            assert answer.status_code == 200
            assert answer.getvalue() == b"x"
            assert Client().get(url).status_code == 404
        elsewhere = row(PrivateFileField(storage=memory), "x", b"")
        elsewhere.file = "a.txt"
        with override_settings(ROOT_URLCONF=__name__):
            assert elsewhere.file.url.startswith("memory://")


def test_refusal_is_logged_without_the_files_name(
    memory: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "tenant_minio.private")
    user = SimpleNamespace(**vars(MEMBER), pk=7)
    with use_tenant("acme"):
        assert get(memory, "divorce.pdf", user).status_code == 404
    [record] = caplog.records
    assert "refused" in record.getMessage()
    assert "'acme'" in record.getMessage()
    assert "7" in record.getMessage()
    assert "divorce" not in record.getMessage()


def test_request_factory_of_asgi_gets_an_asynchronous_body(memory: Any) -> None:
    with use_tenant("acme"):
        memory.save("a.txt", ContentFile(b"x"))
        view = PrivateStorageView.as_view(storage=memory)
        given = AsyncRequestFactory().get("/")
        given.user = ROOT  # type: ignore[attr-defined]
        asynchronous = view(given, path="a.txt")
        plain_request: Any = RequestFactory().get("/")
        plain_request.user = ROOT
        plain = view(plain_request, path="a.txt")
    assert (asynchronous.is_async, plain.is_async) == (True, False)
    asynchronous.close()
    plain.close()


async def test_another_asgiref_sends_files_too(
    memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What gives the view's thread back is no promise of its."""
    monkeypatch.setattr("tenant_minio.private.servers.bodies.SyncToAsync", SimpleNamespace())
    with use_tenant("acme"):
        memory.save("a.bin", ContentFile(DATA))
        request: Any = AsyncRequestFactory().get("/")
        request.user = ROOT
        answer: Any = PrivateStorageView.as_view(storage=memory)(request, path="a.bin")
    assert b"".join([piece async for piece in answer]) == DATA
    answer.close()

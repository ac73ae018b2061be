"""Custom routers choose backend, bucket and base; what they could get wrong is refused."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tenant_minio import Route, registry
from tenant_minio.exceptions import InvalidBackendError, UnknownTenantError
from tests.conftest import MEMORY

from . import routers

Answer = Callable[[dict[str, object]], None]
TEMPLATE = {"backend": "eu", "bucket": "media", "prefix": "tenants/{tenant}/"}


@pytest.fixture
def answer(use_storages: Callable[..., None]) -> Iterator[Answer]:
    """Have a custom router stand before a template, and answer so."""

    def begin(answers: dict[str, object], *, alone: bool = False, **options: Any) -> None:
        routers.answers.update(answers)
        given = {
            **({} if alone else TEMPLATE),
            "routers": ["tests.routing.routers.listed"],
            **options,
        }
        use_storages(
            default={"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": given},
            eu=MEMORY,
            us=MEMORY,
            static={**MEMORY, "OPTIONS": {"bucket": "static", "prefix": "files/"}},
        )

    yield begin
    routers.answers.clear()
    routers.asked.clear()


def route(tenant: str) -> Route:
    return registry.route("default", tenant)


def test_segment_of_the_tenant_is_appended_to_the_base(answer: Answer) -> None:
    answer({"acme": Route("us", "big", "vip/"), "Ümlaut": Route("us", "big", "vip/")})
    assert route("acme") == Route("us", "big", "vip/acme/")
    assert route("Ümlaut") == Route("us", "big", "vip/_c3_9cmlaut/")


def test_empty_base_gets_the_segment_too(answer: Answer) -> None:
    answer({"acme": Route("us", "big")})
    assert route("acme").prefix == "acme/"


def test_public_is_passed_on(answer: Answer) -> None:
    answer({"acme": Route("us", "acme-open", own_bucket=True, public=True)})
    assert route("acme").public


def test_a_public_answer_needs_a_bucket_that_is_public(answer: Answer) -> None:
    """One policy stands for a whole bucket, and what else is in it is not known."""
    answer({"acme": Route("us", "big", "vip/", public=True)})
    with pytest.raises(InvalidBackendError, match=r"public.*'big'.*own_bucket"):
        route("acme")


def test_an_answer_is_as_public_as_its_bucket(answer: Answer) -> None:
    answer({"acme": Route("eu", "open", "vip/")}, bucket="open", public=True)
    with pytest.raises(InvalidBackendError, match=r"private.*'open'"):
        route("acme")
    answer({"acme": Route("eu", "open", "vip/", public=True)}, bucket="open", public=True)
    assert route("acme").public
    answer({"acme": Route("eu", "media", "vip/", public=True)})
    with pytest.raises(InvalidBackendError, match=r"public.*'media'"):
        route("acme")


def test_own_bucket_gets_no_segment(answer: Answer) -> None:
    answer(
        {
            "acme": Route("us", "acme-own", own_bucket=True),
            "b": Route("us", "b-own", "x/", own_bucket=True),
        }
    )
    assert (route("acme").bucket, route("acme").prefix) == ("acme-own", "")
    assert (route("b").bucket, route("b").prefix) == ("b-own", "x/")


def test_none_leaves_the_tenant_to_routes_and_template(answer: Answer) -> None:
    answer({}, routes={"globex": {"bucket": "globex-media", "prefix": ""}})
    assert route("acme").prefix == "tenants/acme/"
    assert route("globex").bucket == "globex-media"
    assert {"acme", "globex"} <= set(routers.asked)


def test_router_is_asked_before_a_route_of_the_settings(answer: Answer) -> None:
    answer({"acme": Route("us", "big")}, routes={"acme": {"bucket": "small", "prefix": ""}})
    assert route("acme").bucket == "big"


def test_first_answer_that_is_not_none_wins(answer: Answer) -> None:
    paths = [
        f"tests.routing.routers.{name}" for name in ("silent", "ByClass", "listed", "stubborn")
    ]
    answer({"acme": Route("us", "never"), "globex": Route("us", "second")}, routers=paths)
    assert route("acme") == Route("eu", "classy", "base/acme/")
    assert route("globex") == Route("us", "second", "globex/")
    assert route("initech") == Route("eu", "media", "stubborn/initech/")


def test_router_is_asked_anew_each_time(answer: Answer) -> None:
    answer({"acme": Route("us", "before")})
    assert route("acme").bucket == "before"
    routers.answers["acme"] = Route("us", "after")
    assert route("acme").bucket == "after"


def test_tenant_without_a_route_is_unknown(answer: Answer) -> None:
    answer({"acme": Route("us", "big")}, alone=True)
    assert route("acme").bucket == "big"
    with pytest.raises(
        UnknownTenantError, match=r"STORAGES\['default'\] has no route.*'globex'"
    ) as told:
        route("globex")
    assert isinstance(told.value, LookupError)


@pytest.mark.parametrize(
    "wrong",
    [
        *["eu", 1, False, "", {"backend": "eu"}, ("eu", "media", ""), Route],
        *[
            Route("eu", bucket)
            for bucket in ("", "ab", "Media", "media_x", "m-{tenant}", "1.2.3.4")
        ],
        *[
            Route("eu", "media", base)
            for base in ("x", "/", "/x/", "x//", "../", "x/../", "é/", "a*/")
        ],
        *[
            Route("eu", "media", base)
            for base in ("{tenant}/", "x{tenant}/", "x\\/", "x__XLDIR__/")
        ],
        *[Route("eu", "media", "x/" * 380), Route("eu", "media", "x" * 256 + "/")],
        *[Route("eu", None), Route("eu", 1), Route("eu", "media", None), Route("eu", b"media")],
        *[Route(None, "media"), Route("eu", "media", "x/", "yes"), Route("eu", "media", ["x/"])],
        *[Route("eu", "media", "x", own_bucket=True), Route("eu", "", own_bucket=True)],
        Route("eu", "media", "{tenant}/", own_bucket=True),
    ],
    ids=lambda wrong: repr(wrong)[:80],
)
def test_wrong_answer_is_refused_by_the_name_of_the_router(answer: Answer, wrong: object) -> None:
    answer({"acme": wrong})
    with pytest.raises(
        InvalidBackendError, match=r"router listed of STORAGES\['default'\].*'acme'"
    ):
        route("acme")
    assert route("globex").prefix == "tenants/globex/"


@pytest.mark.parametrize("backend", ["ap", "", "default", "staticfiles"])
def test_answer_with_an_unknown_backend_is_refused(answer: Answer, backend: str) -> None:
    answer({"acme": Route(backend, "media", "x/")})
    with pytest.raises(
        InvalidBackendError, match=rf"'acme' in STORAGES\['default'\].*{backend!r}.*eu, us"
    ):
        route("acme")


@pytest.mark.parametrize("tenant", ["t1", "T 1", "a_b", "x" * 300])
def test_base_inside_the_location_of_another_tenant_is_refused(answer: Answer, tenant: str) -> None:
    answer({tenant: Route("us", "big", "x/")})
    inside = route(tenant).prefix
    routers.answers["t2"] = Route("us", "big", inside)
    with pytest.raises(InvalidBackendError, match="'t2'"):
        route("t2")
    routers.answers["t2"] = Route("us", "big", f"{inside}deep/")
    with pytest.raises(InvalidBackendError, match="'t2'"):
        route("t2")


def test_bases_that_share_their_beginning_are_fine(answer: Answer) -> None:
    answer(
        {"t1": Route("us", "big", "x/"), "t2": Route("us", "big", "x/y/"), "t3": Route("us", "big")}
    )
    assert [route(t).prefix for t in ("t1", "t2", "t3")] == ["x/t1/", "x/y/t2/", "t3/"]


def test_base_that_is_named_as_a_tenant_elsewhere_is_fine(answer: Answer) -> None:
    answer({"t1": Route("us", "big", "x/"), "t2": Route("us", "other", "x/t1/")})
    assert route("t2").prefix == "x/t1/t2/"


@pytest.mark.parametrize(
    "wrong",
    [
        Route("eu", "media", "tenants/globex/"),
        Route("eu", "media", "tenants/globex/deep/"),
        Route("eu", "media", own_bucket=True),
        Route("eu", "media", "tenants/", own_bucket=True),
        Route("eu", "media", "tenants/globex/", own_bucket=True),
        Route("eu", "globex-media"),
        Route("eu", "globex-media", "x/", own_bucket=True),
        Route("static", "static", "files/"),
        Route("static", "static", "files/x/"),
        Route("static", "static", own_bucket=True),
    ],
    ids=repr,
)
def test_answer_that_overlaps_what_is_declared_is_refused(answer: Answer, wrong: Route) -> None:
    routes = {"initech": {"bucket": "globex-media", "prefix": ""}}
    answer({"acme": wrong}, routes=routes)
    with pytest.raises(InvalidBackendError, match=r"'acme'.*overlaps"):
        route("acme")


@pytest.mark.parametrize(
    "fine",
    [
        Route("eu", "media", "tenants/"),
        Route("eu", "media", "tenants/acme/"),
        Route("eu", "media", "tenants/acme/", own_bucket=True),
        Route("us", "media", "tenants/globex/"),
        Route("static", "static"),
        Route("static", "static", "files2/"),
    ],
    ids=repr,
)
def test_answer_in_the_tenants_own_place_or_beside_others_is_fine(
    answer: Answer, fine: Route
) -> None:
    answer({"acme": fine})
    segment = "" if fine.own_bucket else "acme/"
    assert route("acme") == Route(
        fine.backend, fine.bucket, fine.prefix + segment, own_bucket=fine.own_bucket
    )


def test_router_that_cannot_be_imported_or_called_is_named(answer: Answer) -> None:
    answer({}, routers=["tests.routing.routers.absent", "tests.routing.routers.answers"])
    assert [problem.code for problem in registry.declared.problems] == ["E011", "E005"]
    with pytest.raises(InvalidBackendError, match=r"'tests\.routing\.routers\.absent'"):
        route("acme")


def test_a_router_that_knows_its_tenants_only_is_not_asked_to_guess(
    use_storages: Callable[..., None],
) -> None:
    """The segments of a base are no tenants to it, and it may say so with a KeyError."""
    bases = {"acme": Route("eu", "big", "media/files/")}
    use_storages(
        default={
            "BACKEND": "tenant_minio.RoutingStorage",
            "OPTIONS": {"routers": [bases.__getitem__]},
        },
        eu={"BACKEND": "tenant_minio.MemoryStorage"},
    )
    assert registry.route("default", "acme") == Route("eu", "big", "media/files/acme/")


def test_a_router_that_answers_a_guess_with_an_unknown_backend(
    use_storages: Callable[..., None],
) -> None:
    def router(tenant: str) -> Route:
        return Route("eu" if tenant == "acme" else "nowhere", "big", "media/")

    use_storages(
        default={"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": {"routers": [router]}},
        eu={"BACKEND": "tenant_minio.MemoryStorage"},
    )
    assert registry.route("default", "acme") == Route("eu", "big", "media/acme/")

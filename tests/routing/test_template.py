"""Templates: one location for each tenant, and none inside another."""

import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tenant_minio.exceptions import InvalidBackendError
from tenant_minio.routing import Route, safe_name
from tenant_minio.routing.buckets import bucket_fault
from tenant_minio.routing.template import Template, bucket_template_fault, prefix_fault

from .strategies import keys, prove

SHORTENED = r"[a-z0-9]{1,20}%sh[a-z2-7]{32}"


def _patterns(static: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """A text with ``{tenant}`` once or more."""
    return st.lists(static, min_size=2, max_size=3).map("{tenant}".join)


buckets = _patterns(
    st.sampled_from(
        ["", "a", "m-", "-m", ".", "b.c", "s", "sth", "xn", "amzn-s3-", "my-company-", "x" * 28]
    )
).filter(lambda bucket: bucket_template_fault(bucket) is None)
segments = st.text(alphabet="aB1_.=-", max_size=6) | st.just("x" * 190)
prefixes = (
    st.lists(_patterns(segments) | segments, min_size=1, max_size=4)
    .map(lambda found: "/".join(found) + "/")
    .filter(lambda prefix: prefix_fault(prefix) is None)
)
templates = (
    st.builds(Template, st.just("eu"), buckets, st.just(""))
    | st.builds(Template, st.just("eu"), st.just("media"), prefixes)
    | st.builds(Template, st.just("eu"), buckets, prefixes)
).filter(lambda template: template.names_tenant)


def _location(route: Route) -> list[str]:
    return [route.bucket, *route.prefix.split("/")[:-1]]


@prove
@given(templates, keys, keys)
@example(Template("eu", "media", "{tenant}/"), "a", "a/b")
@example(Template("eu", "media", "x{tenant}/{tenant}y/"), "", "x")
@example(Template("eu", "media", "tenants/{tenant}/"), "A", "_41")
@example(Template("eu", "{tenant}"), "A", "a")
def test_locations_of_two_tenants_never_contain_one_another(
    template: Template, one: str, other: str
) -> None:
    assume(one != other and one and other)
    first, second = _location(template.render(one)), _location(template.render(other))
    assert first != second
    shorter, longer = sorted([first, second], key=len)
    assert longer[: len(shorter)] != shorter


@prove
@given(templates, keys, keys)
def test_no_key_of_one_tenant_begins_with_the_prefix_of_another(
    template: Template, one: str, other: str
) -> None:
    assume(one != other)
    first, second = template.render(one), template.render(other)
    assert first.bucket != second.bucket or not second.prefix.startswith(first.prefix)


@prove
@given(templates, keys)
@example(Template("eu", "{tenant}"), "STHREE")
@example(Template("eu", "{tenant}"), "sthree_")
@example(Template("eu", "s{tenant}"), "three-x")
@example(Template("eu", "amzn-s3-dem{tenant}"), "O")
@example(Template("eu", "{tenant}"), "amzn-s3-demo-")
@example(Template("eu", "{tenant}"), "xn-")
@example(Template("eu", "{tenant}"), "a-s3alias")
def test_bucket_is_one_that_s3_takes_whatever_the_key(template: Template, key: str) -> None:
    assert bucket_fault(template.render(key).bucket) is None


@prove
@given(templates, keys)
@example(Template("eu", "media", "{tenant}/"), "__XLDIR__")
@example(Template("eu", "media", "a__XLDI{tenant}/"), "R__")
def test_prefix_is_a_safe_path_that_leaves_room_for_a_name(template: Template, key: str) -> None:
    prefix = template.render(key).prefix
    assert len(prefix) <= 768
    assert safe_name("x" * 255, prefix)
    if prefix:
        assert prefix.endswith("/")
        assert safe_name(prefix[:-1]) == prefix[:-1]


@pytest.mark.parametrize("key", ["x" * 256, "A" * 100, "é" * 5000, "../" * 100, "\x00" * 300])
def test_key_that_does_not_fit_is_shortened(key: str) -> None:
    route = Template("eu", "m-{tenant}", "tenants/{tenant}/").render(key)
    assert re.fullmatch("m-" + SHORTENED % "-", route.bucket)
    assert re.fullmatch(f"tenants/{SHORTENED % '_'}/", route.prefix)


def test_location_is_the_same_in_every_process() -> None:
    """A location is found from the key alone for years: this text must never change."""
    route = Template("eu", "m-{tenant}", "tenants/{tenant}/").render("Acme" * 70)
    assert route.bucket == "m-acmeacmeacmeacmeacme-hphrnec625g2asxm6mz3bznyptga5iz2d"
    assert route.prefix == "tenants/acmeacmeacmeacmeacme_hphrnec625g2asxm6mz3bznyptga5iz2d/"


def test_key_of_the_last_length_that_fits_stands_as_it_is() -> None:
    template = Template("eu", "m-{tenant}", "{tenant}/")
    assert template.render("x" * 61).bucket == "m-" + "x" * 61
    assert template.render("x" * 62).bucket != "m-" + "x" * 62
    assert template.render("x" * 254).prefix == "x" * 254 + "/"
    assert template.render("x" * 256).prefix != "x" * 256 + "/"


def test_template_passes_backend_and_public_on() -> None:
    route = Template("us", "m-{tenant}", public=True).render("acme")
    assert route == Route("us", "m-acme", "", public=True)


def test_bucket_template_that_was_not_checked_is_refused_at_rendering() -> None:
    with pytest.raises(InvalidBackendError, match="no room for the tenant"):
        Template("eu", "x" * 60 + "{tenant}").render("acme")


@pytest.mark.parametrize(
    "bucket",
    [
        "",
        "-{tenant}",
        "{tenant}-",
        "x" * 29 + "{tenant}",
        "Media-{tenant}",
        "m_{tenant}",
        "{Tenant}",
    ],
)
def test_wrong_bucket_template_is_named(bucket: str) -> None:
    assert bucket_template_fault(bucket) is not None


@pytest.mark.parametrize(
    "prefix",
    [
        *[
            "x",
            "/",
            "/x/",
            "x//y/",
            "../",
            "x/../y/",
            "./",
            "x/./",
            "x\\y/",
            "é/",
            "a b/",
            "x%2fy/",
            "x\n/",
        ],
        *[
            "{tenant}",
            "{tenant}/x",
            "{ten{tenant}ant}/",
            "{schema}/",
            "{}/",
            "*/",
            "{tenant}?/",
            "x\x00/",
        ],
        *["x__XLDIR__/", "{tenant}__XLDIR__/", "__XLDIR{tenant}/", "_{tenant}XLDIR__/y/"],
        *["x" * 256 + "/", "x" * 202 + "{tenant}/", "x/" * 400, "{tenant}/" * 14],
    ],
    ids=ascii,
)
def test_wrong_prefix_is_named(prefix: str) -> None:
    assert prefix_fault(prefix) is not None


@pytest.mark.parametrize(
    "prefix", ["", "x/", "tenants/{tenant}/", "{tenant}/", "v1.0/x=y/A_b-c/", "...{tenant}/"]
)
def test_good_prefix_has_no_fault(prefix: str) -> None:
    assert prefix_fault(prefix) is None


def test_tenant_called_minio_does_not_get_the_servers_own_path() -> None:
    """MinIO's admin API is ``/minio/admin/``: in a bucket of that name, a file name reads it."""
    route = Template("eu", "{tenant}", "").render("minio")
    assert re.fullmatch(r"minio-h[a-z2-7]{32}", route.bucket), route

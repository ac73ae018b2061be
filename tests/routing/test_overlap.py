"""Whether places may overlap, against every tenant tried one by one."""

from itertools import combinations

from hypothesis import assume, given
from hypothesis import strategies as st

from tenant_minio.routing.escape import IN_BUCKET, IN_PREFIX
from tenant_minio.routing.overlap import Place, may_overlap, overlaps
from tenant_minio.routing.template import Template, bucket_template_fault, prefix_fault

from .strategies import prove

LONG = "b" * 300
KEYS = [
    *["a", "ab", "abc", "a-b", "a_b", "-", "_", "A", "media", "x", "xa", "ax", "1", "t", LONG],
    *[IN_PREFIX.encode("a_b"), IN_PREFIX.encode("A"), IN_BUCKET.encode("a-b")],
    *[alphabet.shorten(key) for alphabet in (IN_PREFIX, IN_BUCKET) for key in (LONG, "A", "a")],
]
PLAIN = object()

_bucket_texts = st.sampled_from(
    [
        *[
            "media",
            "abc",
            "xab",
            "abx",
            "m-abc",
            "m-a--b",
            "m-a-41",
            "a-b",
            "{tenant}",
            "m-{tenant}",
        ],
        *["x{tenant}", "{tenant}x", "{tenant}-{tenant}", "m-{tenant}-x", "m{tenant}", "{tenant}.b"],
        *[IN_BUCKET.shorten("A"), IN_BUCKET.shorten("a"), f"m-{IN_BUCKET.shorten(LONG)}"],
    ]
)
_segment_texts = st.sampled_from(
    [
        *[
            "a",
            "ab",
            "x",
            "xa",
            "ax",
            "a__b",
            "_41",
            "a-a",
            "_2d",
            "{tenant}",
            "x{tenant}",
            "{tenant}x",
        ],
        *["{tenant}-{tenant}", "xx{tenant}", IN_PREFIX.shorten(LONG), IN_PREFIX.shorten("a"), "A"],
    ]
)
_prefixes = st.lists(_segment_texts, max_size=3).map(lambda found: "".join(f"{s}/" for s in found))
_templates = st.builds(Template, st.just("eu"), _bucket_texts, _prefixes).filter(
    lambda template: (
        bucket_template_fault(template.bucket) is None and prefix_fault(template.prefix) is None
    )
)


def _place(
    template: Template, owner: object = None, elsewhere: frozenset[str] = frozenset()
) -> Place:
    return Place("eu:443", template.bucket, template.prefix, "a place", owner, elsewhere)


def _route_place(template: Template, tenant: str) -> Place:
    route = template.render(tenant)
    return Place("eu:443", route.bucket, route.prefix, "a route", tenant)


_families = st.builds(
    _place,
    _templates.filter(lambda template: template.names_tenant),
    st.none(),
    st.frozensets(st.sampled_from(KEYS), max_size=3),
)
_routes = st.builds(_route_place, _templates, st.sampled_from(KEYS))
_plain = st.builds(
    _place, _templates.filter(lambda template: not template.names_tenant), st.just(PLAIN)
)
_places = _families | _routes | _plain


def _locations(place: Place) -> dict[object, list[str]]:
    """Owner -> the segments of its location, for every tenant of KEYS that lives here."""
    if place.owner is not None:
        return {place.owner: place.segments}
    template = Template("eu", place.bucket, place.prefix)
    rendered = {key: template.render(key) for key in KEYS if key not in place.elsewhere}
    return {key: [route.bucket, *route.prefix.split("/")[:-1]] for key, route in rendered.items()}


def _do_overlap(one: Place, other: Place) -> bool:
    """Whether two different owners of KEYS really share a key: by trying them all."""
    return any(
        owner != neighbour and segments[: len(theirs)] == theirs[: len(segments)]
        for owner, segments in _locations(one).items()
        for neighbour, theirs in _locations(other).items()
    )


@prove
@given(_places, _places)
def test_places_that_overlap_are_found(one: Place, other: Place) -> None:
    if _do_overlap(one, other):
        assert may_overlap(one, other)


@prove
@given(_places, _places)
def test_order_does_not_matter(one: Place, other: Place) -> None:
    assert may_overlap(one, other) == may_overlap(other, one)


@prove
@given(_routes | _plain, _routes | _plain)
def test_two_single_places_are_judged_exactly(one: Place, other: Place) -> None:
    assert may_overlap(one, other) == _do_overlap(one, other)


@prove
@given(_families, st.sampled_from(KEYS))
def test_a_route_in_its_own_place_of_the_template_is_fine(family: Place, tenant: str) -> None:
    assert not may_overlap(
        family, _route_place(Template("eu", family.bucket, family.prefix), tenant)
    )


@prove
@given(_families, st.sampled_from(KEYS), st.sampled_from(KEYS))
def test_a_route_in_the_place_of_another_tenant_is_found(
    family: Place, tenant: str, other: str
) -> None:
    assume(tenant != other and other not in family.elsewhere)
    route = Template("eu", family.bucket, family.prefix).render(other)
    stolen = Place("eu:443", route.bucket, route.prefix, "a theft", tenant)
    assert may_overlap(family, stolen)
    below = Place("eu:443", route.bucket, f"{route.prefix}thumbs/", "a theft", tenant)
    assert may_overlap(family, below)


@prove
@given(st.lists(_places, max_size=8))
def test_all_pairs_that_may_overlap_are_listed_once(places: list[Place]) -> None:
    places = list({id(place): place for place in places}.values())
    expected = [{id(a), id(b)} for a, b in combinations(places, 2) if may_overlap(a, b)]
    listed = [{id(a), id(b)} for a, b in overlaps(places)]
    assert sorted(map(sorted, listed)) == sorted(map(sorted, expected))


@prove
@given(_places, _places)
def test_places_on_two_clusters_never_overlap(one: Place, other: Place) -> None:
    elsewhere = Place(
        "us:443", other.bucket, other.prefix, "elsewhere", other.owner, other.elsewhere
    )
    assert not may_overlap(one, elsewhere)

"""The comparison, held against sets; and the limit."""

from hypothesis import given
from hypothesis import strategies as st

from tenant_minio.orphans import Rules
from tenant_minio.orphans.ledger import Ledger, Row
from tenant_minio.orphans.spelling import fold, is_own_name
from tenant_minio.orphans.values import refusal

names = st.lists(st.sampled_from("abcé/.% A\\"), min_size=1, max_size=6).map("".join)
keys = st.sets(names.filter(lambda name: is_own_name(name, "p/")), max_size=12)


@given(held=keys, referred=st.sets(names, max_size=12))
def test_an_orphan_is_what_no_reference_may_mean(held: set[str], referred: set[str]) -> None:
    with Ledger("p/") as ledger:
        ledger.add(Row(name, len(name), "e", 5.0) for name in held)
        ledger.hold(fold("p/" + name) for name in referred)
        orphans = ledger.orphans(5.0, 100)
        assert set(orphans.names) == {
            name
            for name in held
            if fold("p/" + name) not in {fold("p/" + other) for other in referred}
        }
        assert not set(orphans.names) & referred
        assert orphans.count + ledger.referenced().count == ledger.objects().count == len(held)
        assert ledger.orphans(4.9, 100).count == 0
        batches = list(ledger.batches_of_orphans(5.0, 3))
        assert [row.name for batch in batches for row in batch] == list(orphans.names)
        assert all(len(batch) <= 3 for batch in batches)


@given(held=keys, start=names)
def test_a_pattern_holds_what_is_below_it_and_nothing_else(held: set[str], start: str) -> None:
    with Ledger("p/") as ledger:
        ledger.add(Row(name, 1, "e", 0.0) for name in held)
        begin = fold("p/" + start)
        ledger.hold_below(begin)
        orphans = set(ledger.orphans(0.0, 100).names)
    assert orphans == {
        name for name in held if begin and not fold("p/" + name).startswith(begin + b"/")
    }


@given(referenced=st.integers(0, 1000), orphans=st.integers(0, 1000), limit=st.floats(0, 100))
def test_the_limit_is_never_passed(referenced: int, orphans: int, limit: float) -> None:
    why = refusal(referenced, orphans, Rules(max_orphans=limit))
    if orphans and not referenced:
        assert "Nothing refers" in why
    else:
        too_many = bool(orphans) and 100 * orphans / (referenced + orphans) > limit
        assert bool(why) == too_many


def test_a_few_orphans_of_a_few_objects_are_many() -> None:
    """Over many small tenants, one object of each is a catastrophe."""
    assert "50.0 %" in refusal(1, 1, Rules())
    assert not refusal(4, 1, Rules())

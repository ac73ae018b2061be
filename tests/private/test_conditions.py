"""What a request asks beside the file is read as RFC 9110 has it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenant_minio.backends.base import ByteRange
from tenant_minio.private.conditions import is_same_version, wanted_range
from tenant_minio.private.facts import Facts

FACTS = Facts(100, '"abc"', datetime(2026, 3, 1, 12, 0, 0, 500_000, UTC))


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("bytes=0-0", ByteRange(0, 0)),
        ("bytes=5-", ByteRange(5, None)),
        ("bytes=-5", ByteRange(None, 5)),
        ("bytes=-0", ByteRange(None, 0)),
        ("Bytes= 0-9 ", ByteRange(0, 9)),
        ("bytes=0-" + "9" * 40, ByteRange(0, 10**18)),
        ("bytes=" + "0" * 40 + "5-" + "0" * 40 + "9", ByteRange(5, 9)),
        ("bytes=-" + "0" * 40 + "5", ByteRange(None, 5)),
        ("bytes=-" + "9" * 40, ByteRange(None, 10**18)),
        ("bytes=" + "9" * 6000 + "-", ByteRange(10**18, None)),
        (None, None),
        ("", None),
        ("bytes=-", None),
        ("bytes=9-5", None),
        ("bytes=0-1,5-6", None),
        ("bytes=a-b", None),
        ("bytes=1-2x", None),
        ("bytes 0-1", None),
        ("pages=0-1", None),
        ("bytes=٣-٤", None),
    ],
)
def test_one_range_is_read_and_anything_else_means_all(
    header: str | None, wanted: ByteRange | None
) -> None:
    assert wanted_range(header) == wanted


@given(st.integers(0, 200), st.integers(0, 200), st.integers(0, 150))
def test_extent_is_what_slicing_gives(first: int, last: int, size: int) -> None:
    data = bytes(size)
    if first <= last:
        start, end = ByteRange(first, last).extent(size)
        assert 0 <= start <= end <= size
        assert end - start == len(data[first : last + 1])
    start, end = ByteRange(None, last).extent(size)
    assert end - start == len(data[-last:] if last else b"")


@pytest.mark.parametrize(
    ("if_range", "same"),
    [
        (None, True),
        ('"abc"', True),
        ('"abd"', False),
        ('W/"abc"', False),
        ("Sun, 01 Mar 2026 12:00:00 GMT", False),
        ("Sun, 01 Mar 2026 12:00:01 GMT", False),
        ("Sun, 01 Mar 2026 11:59:59 GMT", False),
        ("yesterday", False),
    ],
)
def test_a_part_is_of_the_very_version_that_the_browser_has(
    if_range: str | None, same: bool
) -> None:
    assert is_same_version(if_range, FACTS) is same

"""The policy of a tenant's key: short, exact, and without a pattern that came from a name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenant_minio.backends.credentials.session_policy import MAX_CHARACTERS, session_policy
from tenant_minio.exceptions import InvalidBackendError, UnsafeNameError
from tenant_minio.routing.template import Template


def test_it_opens_one_prefix_of_one_bucket() -> None:
    objects, listing = json.loads(session_policy("media", "t/acme/"))["Statement"]
    assert objects["Resource"] == "arn:aws:s3:::media/t/acme/*"
    assert listing == {
        "Effect": "Allow",
        "Action": "s3:ListBucket",
        "Resource": "arn:aws:s3:::media",
        "Condition": {"StringLike": {"s3:prefix": "t/acme/*"}},
    }
    assert all("*" not in action for action in objects["Action"])


def test_a_whole_bucket_has_no_condition() -> None:
    objects, listing = json.loads(session_policy("media", ""))["Statement"]
    assert objects["Resource"] == "arn:aws:s3:::media/*"
    assert "Condition" not in listing


@given(st.text(min_size=1, max_size=70))
def test_the_only_pattern_is_the_one_at_the_end(tenant: str) -> None:
    """Whatever the tenant's key is."""
    route = Template("eu", "media", "t/{tenant}/").render(tenant)
    text = session_policy(route.bucket, route.prefix)
    assert len(text) <= MAX_CHARACTERS
    found: list[Any] = json.loads(text)["Statement"]
    patterns = [found[0]["Resource"], found[1]["Condition"]["StringLike"]["s3:prefix"]]
    for pattern in patterns:
        assert pattern.endswith("/*")
        assert not set(pattern[:-1]) & set("*?$")


@pytest.mark.parametrize(
    ("bucket", "prefix"),
    [
        ("media", "t/a*/"),
        ("media", "t/?/"),
        ("media", "t/${aws:username}/"),
        ("media*", "t/a/"),
        ("media/t", "a/"),
        ("", "a/"),
        ("media", 't/a"/'),
        ("media", "t/ä/"),
        ("media", "t/a\n/"),
    ],
)
def test_what_a_policy_reads_as_a_pattern_is_refused(bucket: str, prefix: str) -> None:
    with pytest.raises(UnsafeNameError, match="policy"):
        session_policy(bucket, prefix)


def test_a_prefix_that_begins_another_is_refused() -> None:
    with pytest.raises(UnsafeNameError, match="opens every prefix that begins so"):
        session_policy("media", "t/a")


def test_what_servers_do_not_take_is_refused() -> None:
    session_policy("b" * 63, "p" * 720 + "/")
    with pytest.raises(InvalidBackendError, match="2048"):
        session_policy("b" * 63, "p" * 767 + "/")

"""The policy of a tenant's key: short, exact, and without a pattern that came from a name."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenant_minio.backends.credentials.session_policy import session_policy
from tenant_minio.exceptions import UnsafeNameError
from tenant_minio.routing.names import MAX_SEGMENT_BYTES
from tenant_minio.routing.template import MAX_PREFIX, Template

# What MinIO and AWS take at most.
MAX_CHARACTERS = 2048


def test_it_opens_the_objects_of_one_prefix_and_lists_nothing() -> None:
    (objects,) = json.loads(session_policy("media", "t/acme/"))["Statement"]
    assert objects["Resource"] == "arn:aws:s3:::media/t/acme/*"
    assert not any("*" in action or "ListBucket" in action for action in objects["Action"])


def test_a_whole_bucket_is_listed() -> None:
    objects, listing = json.loads(session_policy("media", ""))["Statement"]
    assert objects["Resource"] == "arn:aws:s3:::media/*"
    assert listing == {
        "Effect": "Allow",
        "Action": "s3:ListBucket",
        "Resource": "arn:aws:s3:::media",
    }


@given(st.text(min_size=1, max_size=70))
def test_the_only_pattern_is_the_one_at_the_end(tenant: str) -> None:
    """Whatever the tenant's key is."""
    route = Template("eu", "media", "t/{tenant}/").render(tenant)
    text = session_policy(route.bucket, route.prefix)
    assert len(text) <= MAX_CHARACTERS
    (objects,) = json.loads(text)["Statement"]
    pattern: str = objects["Resource"]
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


def test_every_place_that_settings_can_name_fits() -> None:
    """Of the longest bucket, and the longest prefix that a base and a tenant's segment make."""
    prefix = "p" * MAX_PREFIX + "/" + "x" * MAX_SEGMENT_BYTES + "/"
    assert len(session_policy("b" * 63, prefix)) <= MAX_CHARACTERS

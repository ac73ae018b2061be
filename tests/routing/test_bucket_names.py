"""Bucket names as S3's rules have them."""

import pytest

from tenant_minio.routing.buckets import bucket_fault


@pytest.mark.parametrize(
    "name", ["abc", "a-b", "a.b", "1ab", "x" * 63, "a--b", "1.2.3", "1.2.3.4.5", "xn-a", "minio1"]
)
def test_good_name(name: str) -> None:
    assert bucket_fault(name) is None


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        *[
            (name, "3 to 63")
            for name in ["", "ab", "x" * 64, "Abc", "a_b", "-ab", "ab-", ".ab", "ab."]
        ],
        *[
            (name, "3 to 63")
            for name in ["abc\n", "a b", "a/b", "äbc", "ab*", "٣٣٣", "a\x00b", "{tenant}"]
        ],
        *[(name, "dot beside") for name in ["a..b", "a.-b", "a-.b"]],
        ("192.168.1.1", "IP address"),
        ("999.999.999.999", "IP address"),
        ("minio", "admin API"),
        *[(name, "reserves") for name in ["xn--abc", "sthree-abc", "amzn-s3-demo-abc"]],
        *[
            (name, "reserves")
            for name in ["a-s3alias", "a--ol-s3", "a.mrap", "a--x-s3", "a--table-s3"]
        ],
    ],
)
def test_name_that_s3_refuses(name: str, fault: str) -> None:
    assert fault in (bucket_fault(name) or "")

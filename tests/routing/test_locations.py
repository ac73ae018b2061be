"""What STORAGES may declare beside one another, by the examples of DESIGN."""

from collections.abc import Callable
from typing import Any

import pytest

from tenant_minio import registry
from tenant_minio.exceptions import InvalidBackendError
from tests.conftest import MEMORY

Use = Callable[..., None]
TEMPLATE = {"backend": "eu", "bucket": "media", "prefix": "tenants/{tenant}/"}


def routing(**options: Any) -> dict[str, Any]:
    return {"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": options}


def plain(**options: Any) -> dict[str, Any]:
    return {**MEMORY, "OPTIONS": options}


def cluster(endpoint: str, **options: Any) -> dict[str, Any]:
    keys = {"access_key": "key", "secret_key": "secret"}
    return {
        "BACKEND": "tenant_minio.MinioStorage",
        "OPTIONS": {"endpoint": endpoint, **keys, **options},
    }


def codes() -> list[str]:
    return [problem.code for problem in registry.declared.problems]


def in_bucket(bucket: str = "media", prefix: str = "", **values: Any) -> dict[str, Any]:
    return {"backend": "eu", "bucket": bucket, "prefix": prefix, **values}


@pytest.mark.parametrize(
    "routes",
    [
        {"acme": {"backend": "us", "bucket": "acme-media", "prefix": ""}},
        {"acme": {"bucket": "acme-media", "prefix": ""}, "globex": {"bucket": "globex-media"}},
        {"acme": {"prefix": "tenants/acme/"}},
        {"acme": {}},
        {"Acme": {"prefix": "tenants/_41cme/"}},
        {"x" * 300: {}},
        {"acme": {"prefix": "other/"}, "globex": {"prefix": "others/"}},
        {"acme": {"prefix": "tenants/Globex/"}},
        {"acme": {"backend": "us", "prefix": ""}},
        # Globex's place in the template stands empty, since it lives elsewhere.
        {"globex": {"bucket": "globex-media"}, "acme": {"prefix": "tenants/globex/"}},
    ],
    ids=str,
)
def test_routes_that_share_nothing_are_fine(use_storages: Use, routes: dict[str, Any]) -> None:
    use_storages(default=routing(**TEMPLATE, routes=routes), eu=MEMORY, us=MEMORY)
    assert codes() == []


@pytest.mark.parametrize(
    "routes",
    [
        {"acme": {"prefix": ""}},
        {"acme": {"prefix": "tenants/"}},
        {"acme": {"prefix": "tenants/globex/"}},
        {"acme": {"prefix": "tenants/globex/thumbs/"}},
        {"acme": {"prefix": "tenants/_47lobex/"}},
        {"acme": {"bucket": "own", "prefix": ""}, "globex": {"bucket": "own", "prefix": "x/"}},
        {"acme": {"bucket": "own", "prefix": "x/"}, "globex": {"bucket": "own", "prefix": "x/"}},
        {
            "acme": {"bucket": "own", "prefix": "x/"},
            "globex": {"bucket": "own", "prefix": "x/y/z/"},
        },
        {"acme": {"prefix": "other/{tenant}/"}, "globex": {"prefix": "other/acme/"}},
        {
            "acme": {"prefix": "other/"},
            "globex": {"prefix": "other/a/"},
            "c": {"prefix": "other/a/c/"},
        },
    ],
    ids=str,
)
def test_routes_that_share_a_location_are_refused(
    use_storages: Use, routes: dict[str, Any]
) -> None:
    use_storages(default=routing(**TEMPLATE, routes=routes), eu=MEMORY)
    assert set(codes()) == {"E009"}
    with pytest.raises(InvalidBackendError, match="can hold the same files"):
        registry.route("default", "globex")


@pytest.mark.parametrize(
    ("bucket", "prefix"),
    [
        *[
            ("media", ""),
            ("media", "tenants/"),
            ("media", "tenants/acme/"),
            ("media", "tenants/acme/x/"),
        ],
        ("media", "tenants/_41cme/"),
    ],
)
def test_plain_storage_in_the_place_of_tenants_is_refused(
    use_storages: Use, bucket: str, prefix: str
) -> None:
    use_storages(default=routing(**TEMPLATE), eu=plain(bucket=bucket, prefix=prefix))
    assert codes() == ["E009"]
    with pytest.raises(InvalidBackendError):
        registry.plain_route("eu")


@pytest.mark.parametrize(
    ("bucket", "prefix"),
    [("other", ""), ("media", "static/"), ("media", "tenants2/"), ("media", "tenants/Acme/")],
)
def test_plain_storage_beside_tenants_is_fine(use_storages: Use, bucket: str, prefix: str) -> None:
    use_storages(default=routing(**TEMPLATE), eu=plain(bucket=bucket, prefix=prefix))
    assert codes() == []


def test_bucket_template_that_could_give_the_bucket_of_a_plain_storage_is_refused(
    use_storages: Use,
) -> None:
    use_storages(default=routing(**in_bucket("m-{tenant}")), eu=plain(bucket="m-static"))
    assert codes() == ["E009"]


@pytest.mark.parametrize("bucket", ["static", "m-a-b", "mm-static", "m.static", "m-a.b", "m-a-61"])
def test_bucket_that_no_tenant_gets_is_free(use_storages: Use, bucket: str) -> None:
    """``m-a-b`` would need a key that is written as ``a-b``, and there is none."""
    use_storages(default=routing(**in_bucket("m-{tenant}")), eu=plain(bucket=bucket))
    assert codes() == []


def test_two_templates_in_one_bucket_part_where_their_text_differs(use_storages: Use) -> None:
    use_storages(
        default=routing(**TEMPLATE),
        reports=routing(**in_bucket(prefix="reports/{tenant}/")),
        eu=MEMORY,
    )
    assert codes() == []


@pytest.mark.parametrize(
    "prefix", ["tenants/x{tenant}/", "{tenant}/", "tenants/{tenant}x/", "tenants/acme/{tenant}/"]
)
def test_two_templates_that_could_meet_are_refused(use_storages: Use, prefix: str) -> None:
    use_storages(
        default=routing(**TEMPLATE), reports=routing(**in_bucket(prefix=prefix)), eu=MEMORY
    )
    assert codes() == ["E009"]
    for alias in ("default", "reports"):
        with pytest.raises(InvalidBackendError):
            registry.route(alias, "acme")


def test_two_storages_below_the_same_tenant_are_fine(use_storages: Use) -> None:
    use_storages(
        default=routing(**TEMPLATE),
        thumbs=routing(**in_bucket(prefix="tenants/{tenant}/thumbs/")),
        eu=MEMORY,
    )
    assert codes() == []
    assert registry.route("thumbs", "acme").prefix == "tenants/acme/thumbs/"


@pytest.mark.parametrize("tenant", ["acme", "qa", "QA", "x" * 300])
def test_route_of_a_second_storage_below_its_own_tenant_is_fine(
    use_storages: Use, tenant: str
) -> None:
    own = {tenant: {"prefix": "tenants/{tenant}/thumbs/"}}
    use_storages(
        default=routing(**TEMPLATE),
        thumbs=routing(**in_bucket(prefix="thumbs/{tenant}/"), routes=own),
        buckets=routing(**in_bucket("b-{tenant}")),
        own=routing(routes={tenant: in_bucket("b-{tenant}", "own/")}),
        eu=MEMORY,
    )
    assert codes() == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (cluster("eu.example.com"), cluster("EU.Example.COM")),
        (cluster("eu.example.com"), cluster("eu.example.com:443")),
        (cluster("eu.example.com", secure=False), cluster("eu.example.com:80", secure=False)),
        (cluster("eu.example.com."), cluster("eu.example.com")),
        (cluster("eu.example.com.:443"), cluster("eu.example.com")),
        (cluster("eu.example.com:443", secure=False), cluster("eu.example.com")),
        (cluster("eu.example.com"), cluster("eu.example.com", region="eu-west-1", access_key="b")),
        (cluster("eu.example.com"), cluster("eu.example.com", external_endpoint="cdn.example.com")),
    ],
)
def test_two_aliases_of_one_cluster_are_one_cluster(
    use_storages: Use, one: dict[str, Any], other: dict[str, Any]
) -> None:
    routes = {"acme": {"backend": "us", "prefix": "tenants/globex/"}}
    use_storages(default=routing(**TEMPLATE, routes=routes), eu=one, us=other)
    assert codes() == ["E009"]


@pytest.mark.parametrize(
    "other",
    [
        cluster("us.example.com"),
        cluster("eu.example.com:9000"),
        cluster("eu.example.com", secure=False),
    ],
)
def test_two_clusters_share_nothing(use_storages: Use, other: dict[str, Any]) -> None:
    routes = {"acme": {"backend": "us", "prefix": ""}}
    use_storages(default=routing(**TEMPLATE, routes=routes), eu=cluster("eu.example.com"), us=other)
    assert codes() == []


def test_one_location_for_all_tenants_is_refused(use_storages: Use) -> None:
    use_storages(default=routing(**in_bucket(prefix="files/")), eu=MEMORY)
    assert codes() == ["E008"]
    with pytest.raises(
        InvalidBackendError, match=r"neither 'bucket' nor 'prefix' holds \{tenant\}"
    ):
        registry.route("default", "acme")


def test_wrong_location_is_named_with_alias_and_tenant(use_storages: Use) -> None:
    use_storages(default=routing(**TEMPLATE, routes={"acme": {"prefix": ""}}), eu=MEMORY)
    message = str(registry.declared.problems[0].error())
    assert "STORAGES['default'] route of 'acme'" in message
    assert "tenant_minio.E009" in message

"""An upload that the server completes after its answer was given up for lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from tenant_minio.backends.write_options import MIN_PART
from tenant_minio.exceptions import UploadEndedError, WriteOutcomeUnknownError
from tests.conftest import entry
from tests.faults import FaultyProxy, error_answer

DATA = b"x" * (MIN_PART + 1)


@pytest.fixture(params=["minio_server", "versitygw_server"])
def proxy(request: pytest.FixtureRequest) -> Iterator[Any]:
    proxy = FaultyProxy(request.getfixturevalue(request.param).endpoint)
    proxy.server = request.getfixturevalue(request.param)
    yield proxy
    proxy.close()


@pytest.fixture
def storage(proxy: Any, use_storages: Callable[..., None], new_bucket: Callable[..., str]) -> Any:
    use_storages(plain=entry(proxy.server))
    options = {
        "bucket": new_bucket("plain"),
        "endpoint": proxy.endpoint,
        "multipart_threshold": MIN_PART,
        "part_size": MIN_PART,
    }
    use_storages(plain=entry(proxy.server, **options))
    return storages["plain"]


def write(storage: Any) -> None:
    with storage.open("f", "wb") as file:
        file.write(DATA)


WAYS: dict[str, Callable[[Any], object]] = {
    "save": lambda storage: storage.save("f", ContentFile(DATA)),
    "replace": lambda storage: storage._save("f", ContentFile(DATA)),
    "write": write,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("late", [1, 2])
def test_it_is_stored_once_under_its_own_name(
    storage: Any, proxy: Any, way: str, late: int
) -> None:
    left = [late]

    def fault(head: str) -> str | None:
        if not (is_completion(head) and left[0]):
            return None
        left[0] -= 1
        return "late"

    proxy.fault = fault
    WAYS[way](storage)
    proxy.fault = lambda _head: None
    assert left[0] < late
    assert storage.listdir("") == ([], ["f"])
    assert storage.open("f").read() == DATA


def is_completion(head: str) -> bool:
    return head.startswith("POST") and "uploadId=" in head


def no_such_upload(proxy: Any, from_attempt: int) -> None:
    completions = []

    def fault(head: str) -> str | bytes | None:
        if not is_completion(head):
            return None
        completions.append(head)
        return "lose request" if len(completions) < from_attempt else ended

    ended = error_answer(404, "NoSuchUpload")
    proxy.fault = fault


def test_one_that_has_ended_and_is_not_there_has_an_unknown_outcome(
    storage: Any, proxy: Any
) -> None:
    """It may have been stored, and deleted or replaced by another meanwhile."""
    no_such_upload(proxy, 2)
    with pytest.raises(WriteOutcomeUnknownError, match="'f'"):
        storage._save("f", ContentFile(DATA))
    assert not any(head.startswith("DELETE") for head in proxy.heads)


def test_one_that_has_ended_before_the_first_attempt_is_not_there(storage: Any, proxy: Any) -> None:
    """Somebody has swept it."""
    no_such_upload(proxy, 1)
    with pytest.raises(UploadEndedError, match="has ended"):
        storage._save("f", ContentFile(DATA))
    assert storage.listdir("") == ([], [])


def test_every_kind_of_cluster_says_that_an_upload_has_ended(plain: Any) -> None:
    location = plain.locate()
    upload = location.create_upload("f", {})
    part = location.put_part("f", upload, 1, b"1")
    location.complete_upload("f", upload, [part], {})
    with pytest.raises(UploadEndedError):
        location.complete_upload("g", upload, [part], {})

"""What holds for every storage holds where each route has a key of its own, from STS."""

from typing import Any

import pytest

# The same tests, over another cluster.
from tests.storage.test_contract import *  # noqa: F403
from tests.storage.test_write_options import *  # noqa: F403


@pytest.fixture
def cluster(minio: dict[str, Any]) -> dict[str, Any]:
    """MinIO, with keys of STS."""
    return {**minio, "OPTIONS": {**minio["OPTIONS"], "credentials": "sts"}}

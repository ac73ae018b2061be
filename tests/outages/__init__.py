"""What is done to servers, networks and processes, and what must be so after it."""

import pytest

pytest.register_assert_rewrite("tests.outages.scene")

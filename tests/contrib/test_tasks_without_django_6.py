"""What contrib.tasks says where Django has no tasks."""

from tests.testing.support import start_python


def test_module_says_what_it_needs() -> None:
    code = "import sys; sys.modules['django.tasks'] = None; import tenant_minio.contrib.tasks"
    run = start_python("-c", code)
    _, errors = run.communicate()
    assert run.returncode == 1
    assert "ImportError: tenant_minio.contrib.tasks ties in with django.tasks" in errors
    assert "from 6.0" in errors

"""Settings of a project with django.tasks in a database, on Django 6 and later."""

from tests.isolation.processes.settings import *  # noqa: F403

DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{FOLDER}/db"}}  # noqa: F405
INSTALLED_APPS = ["tenant_minio", "django_tasks_db"]
TASKS = {"default": {"BACKEND": "tests.isolation.processes.tasks.Backend"}}

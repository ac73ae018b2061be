"""Make the site's tables, its bucket and a user of each tenant (``python -m``)."""

import django
from django.core.management import call_command

USERS = {"acme": "ada", "globex": "grace"}
PASSWORD = "correct horse"


def prepare() -> None:
    django.setup()
    from django.contrib.auth.models import User

    call_command("migrate", run_syncdb=True, verbosity=0)
    call_command("initialize_buckets", tenant=list(USERS))
    for name in USERS.values():
        User.objects.create_superuser(name, password=PASSWORD)


if __name__ == "__main__":
    prepare()

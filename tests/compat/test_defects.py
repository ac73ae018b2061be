"""What users of django-minio-backend were bitten by, and what happens here."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command

from tenant_minio import registry
from tenant_minio.buckets import needs_of_storages
from tenant_minio.compat.django_minio_backend import MinioBackend, MinioBackendStatic
from tenant_minio.compat.django_minio_backend.buckets import initialize, make_asked_for
from tenant_minio.compat.django_minio_backend.checks import check_order
from tenant_minio.compat.django_minio_backend.management.commands import (
    clean_orphaned_minio_files,
    initialize_buckets,
    is_minio_available,
)
from tenant_minio.exceptions import (
    BackendUnavailableError,
    InvalidBackendError,
    PermissionDeniedError,
)
from tests.compat.entries import HOME, media, of, static
from tests.conftest import bucket_name, raw_client, remove_bucket

APP = "tenant_minio.compat.django_minio_backend"
DEAD = {"MINIO_ENDPOINT": "127.0.0.1:1"}


@pytest.fixture(params=["minio", "versitygw"])
def server(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(f"{request.param}_server")


@pytest.fixture
def buckets(server: Any, use_storages: Callable[..., None]) -> Any:
    """A private and a public bucket of one entry, made by its own command."""
    private, public = bucket_name(), bucket_name()
    use_storages(
        default=media(
            **of(server),
            MINIO_DEFAULT_BUCKET=private,
            MINIO_PUBLIC_BUCKETS=[public],
        )
    )
    call_command(initialize_buckets.Command(), silenced=True)
    options = registry["default"].options  # type: ignore[attr-defined]
    yield private, public
    for name in (private, public):
        remove_bucket(options, name)


def test_an_outage_is_an_error_and_no_answer(use_storages: Callable[..., None]) -> None:
    use_storages(default=media(**DEAD))
    storage = MinioBackend()
    for ask in (storage.exists, storage.size, storage.stat, storage.get_modified_time):
        with pytest.raises(BackendUnavailableError):
            ask("a.txt")
    assert not storage.is_minio_available()
    assert storage.is_minio_available().status is None
    assert "cannot be reached" in storage.is_minio_available().details


def test_what_is_not_there_is_told_as_before(buckets: tuple[str, str]) -> None:
    storage = MinioBackend()
    assert (storage.exists("nothing"), storage.size("nothing")) == (False, 0)
    with pytest.raises(FileNotFoundError):
        storage.stat("nothing")
    with pytest.raises(FileNotFoundError):
        storage.open("nothing")


def test_urls_of_two_clusters_and_lives_are_not_mixed_up(
    use_storages: Callable[..., None],
) -> None:
    """The old cache knew bucket, name and ETag only."""
    use_storages(
        default=media(MINIO_DEFAULT_BUCKET="media", MINIO_URL_CACHING_ENABLED=True),
        other=media(
            MINIO_ENDPOINT="other:9000",
            MINIO_DEFAULT_BUCKET="media",
            MINIO_URL_CACHING_ENABLED=True,
        ),
    )
    one, other = storages["default"].url("a.txt"), storages["other"].url("a.txt")
    assert "//minio:9000/" in one
    assert "//other:9000/" in other
    short = MinioBackend("media", MINIO_URL_EXPIRY_HOURS=timedelta(minutes=10))
    assert "X-Amz-Expires=600&" in short.url("a.txt")
    assert "X-Amz-Expires=604800&" in storages["default"].url("a.txt")


def test_a_url_asks_nobody(
    use_storages: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    use_storages(default=media(**DEAD, MINIO_URL_CACHING_ENABLED=True))

    def refuse(*_args: Any, **_kwargs: Any) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert storages["default"].url("a.txt") == storages["default"].url("a.txt")


def test_a_listing_stays_in_its_directory(buckets: tuple[str, str]) -> None:
    storage = MinioBackend()
    for name in ("top.txt", "deep/one.txt", "deep/er/two.txt"):
        storage.save(name, ContentFile(b"x"))
    asked: list[str] = []
    original = registry["default"].list

    def listed(bucket: str, prefix: str, **options: Any) -> Any:
        for item in original(bucket, prefix, **options):
            asked.append(item.key)
            yield item

    registry["default"].list = listed  # type: ignore[method-assign]
    assert storage.listdir() == (["deep"], ["top.txt"])
    assert len(asked) == 2


def test_a_file_is_read_in_pieces(buckets: tuple[str, str]) -> None:
    storage = MinioBackend()
    storage.save("large.bin", ContentFile(bytes(3 * 2**20)))
    wanted: list[int] = []
    original = registry["default"].get_window

    def window(bucket: str, key: str, start: int, size: int, *rest: Any, **more: Any) -> Any:
        wanted.append(size)
        return original(bucket, key, start, size, *rest, **more)

    registry["default"].get_window = window  # type: ignore[method-assign]
    with storage.open("large.bin") as file:
        assert file.read(10) == bytes(10)
    assert wanted == [256 * 1024]


def test_replacing_keeps_the_old_file_until_the_new_one_is_whole(
    buckets: tuple[str, str],
) -> None:
    """It used to be deleted first."""
    storage = MinioBackend(replace_existing=True)
    assert storage.save("a.txt", ContentFile(b"old")) == "a.txt"

    class Broken(ContentFile):  # type: ignore[type-arg]
        def read(self, *_args: Any) -> bytes:
            raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        storage.save("a.txt", Broken(b"new"))
    assert storage.open("a.txt").read() == b"old"
    assert storage.save("a.txt", ContentFile(b"new")) == "a.txt"
    assert storage.open("a.txt").read() == b"new"


def test_health_is_what_the_cluster_says(server: Any, buckets: tuple[str, str]) -> None:
    """It used to be true where the console's page was forbidden, on whatever server."""
    status = MinioBackend().is_minio_available()
    assert (bool(status), status.is_available, status.status) == (True, True, 200)
    assert repr(status) == "MinIO is available"
    status.add_message("more")
    assert status.details == f"{status.data}\nmore"
    assert "up" in told(is_minio_available.Command())
    assert told(is_minio_available.Command(), "--silenced") == ""


def told(command: Any, *arguments: str) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out, stderr=out)
    return out.getvalue()


def test_silenced_commands_fail_all_the_same(use_storages: Callable[..., None]) -> None:
    use_storages(default=media(**DEAD), staticfiles=static(**DEAD))
    for command in (initialize_buckets, is_minio_available):
        with pytest.raises(CommandError):
            told(command.Command(), "--silenced")


OLD_POLICY = [
    ("s3:GetBucketLocation", ""),
    ("s3:ListBucket", ""),
    ("s3:GetObject", "/*"),
]


def old_policy(bucket: str) -> dict[str, Any]:
    """As MinioBackend.set_bucket_to_public() of django-minio-backend 4.4.4 writes it."""
    statements = [
        {
            "Sid": "",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": action,
            "Resource": f"arn:aws:s3:::{bucket}{what}",
        }
        for action, what in OLD_POLICY
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def test_nobody_lists_what_django_minio_backend_made_public(buckets: tuple[str, str]) -> None:
    _private, public = buckets
    storage = MinioBackend(public)
    storage.set_bucket_policy(public, old_policy(public))
    assert "s3:ListBucket" in registry["default"].get_policy(public)
    rehearsed = told(initialize_buckets.Command(), "--dry-run")
    assert f"take the right to list from {public}" in rehearsed
    assert "s3:ListBucket" in registry["default"].get_policy(public)
    done = told(initialize_buckets.Command())
    assert f"take the right to list from {public}" in done
    assert "s3:ListBucket" not in registry["default"].get_policy(public)
    assert "s3:GetObject" in registry["default"].get_policy(public)
    # A policy of another kind is somebody's, and told of.
    other = old_policy(public)
    del other["Statement"][0]
    storage.set_bucket_policy(public, other)
    with pytest.raises(CommandError):
        told(initialize_buckets.Command(), "--silenced")
    storage.set_bucket_to_public()
    told(initialize_buckets.Command(), "--silenced")


def test_a_hook_may_let_anyone_list(server: Any, use_storages: Callable[..., None]) -> None:
    public = bucket_name()
    use_storages(
        default=media(
            **of(server),
            MINIO_PUBLIC_BUCKETS=[public],
            MINIO_DEFAULT_BUCKET=public,
            MINIO_POLICY_HOOKS=[(public, old_policy(public))],
            MINIO_CONSISTENCY_CHECK_ON_START=True,
        )
    )
    try:
        for _ in range(2):
            told(initialize_buckets.Command())
            assert "s3:ListBucket" in registry["default"].get_policy(public)
        make_asked_for()
        assert "s3:ListBucket" in registry["default"].get_policy(public)
    finally:
        remove_bucket(registry["default"].options, public)  # type: ignore[attr-defined]


def test_a_policy_that_may_not_be_replaced_is_told_and_stops_nothing(
    buckets: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _private, public = buckets
    MinioBackend().set_bucket_policy(public, old_policy(public))

    def refuse(bucket: str, _policy: str) -> None:
        raise PermissionDeniedError(f"{bucket}: refused")

    monkeypatch.setattr(registry["default"], "set_policy", refuse)
    outcomes = initialize(list(needs_of_storages()))
    assert [outcome.status for outcome in outcomes] == ["ok", "failed"]
    assert public in outcomes[1].error


def test_policies_of_other_entries_are_left_alone(
    buckets: tuple[str, str], server: Any, use_storages: Callable[..., None]
) -> None:
    private, public = buckets
    MinioBackend().set_bucket_policy(public, old_policy(public))
    use_storages(
        default=media(**of(server), MINIO_DEFAULT_BUCKET=private),
        other=media(**of(server), MINIO_DEFAULT_BUCKET=public, MINIO_PUBLIC_BUCKETS=[public]),
    )
    told(initialize_buckets.Command(), "--backend", "default")
    assert "s3:ListBucket" in registry["default"].get_policy(public)


def test_only_the_entries_that_ask_have_their_buckets_made_at_start(
    server: Any, use_storages: Callable[..., None]
) -> None:
    asking, silent = bucket_name(), bucket_name()
    use_storages(
        default=media(
            **of(server), MINIO_DEFAULT_BUCKET=asking, MINIO_CONSISTENCY_CHECK_ON_START="true"
        ),
        other=media(**of(server), MINIO_DEFAULT_BUCKET=silent),
        dead=media(**DEAD),
    )
    make_asked_for()
    try:
        assert MinioBackend().check_bucket_existence() is None
        backend = registry["default"]
        assert (backend.bucket_exists(asking), backend.bucket_exists(silent)) == (True, False)
    finally:
        remove_bucket(registry["default"].options, asking)  # type: ignore[attr-defined]
    use_storages(default=media(**DEAD, MINIO_CONSISTENCY_CHECK_ON_START=True))
    with pytest.raises(InvalidBackendError, match="MINIO_CONSISTENCY_CHECK_ON_START"):
        make_asked_for()


PROGRAM = """
import sys; sys.argv = ["gunicorn"]
import django
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["tenant_minio.compat.django_minio_backend"],
    STORAGES={{"default": {{"BACKEND": {backend!r}, "OPTIONS": {options!r}}}}},
)
django.setup()
from django.core.checks import run_checks
print([str(message.id) for message in run_checks()])
"""


@pytest.mark.parametrize(("asked", "started"), [(False, True), (True, False)])
def test_start_up_contacts_nothing_unless_asked_to(*, asked: bool, started: bool) -> None:
    """And the app checks settings without tenant_minio beside it in INSTALLED_APPS."""
    options = {**media(**DEAD)["OPTIONS"], "MINIO_CONSISTENCY_CHECK_ON_START": asked, "JUNK": 1}
    if asked:
        del options["JUNK"]
    program = PROGRAM.format(backend=f"{HOME}.MinioBackend", options=options)
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode == 0) is started
    assert started or "cannot be reached" in done.stderr
    assert not started or "tenant_minio.E002" in done.stdout


def test_hooks_are_set_once_each(server: Any, use_storages: Callable[..., None]) -> None:
    """They used to be set again for each bucket of the entry."""
    hooked, others = bucket_name(), [bucket_name() for _ in range(3)]
    policy = old_policy(hooked)
    use_storages(
        default=media(
            **of(server),
            MINIO_DEFAULT_BUCKET=others[0],
            MINIO_PRIVATE_BUCKETS=others,
            MINIO_POLICY_HOOKS=[(hooked, policy)],
        )
    )
    backend = registry["default"]
    original, set_for = backend.set_policy, []

    def set_policy(bucket: str, text: str) -> None:
        set_for.append(bucket)
        original(bucket, text)

    backend.set_policy = set_policy  # type: ignore[method-assign]
    try:
        told(initialize_buckets.Command())
        told(initialize_buckets.Command())
        assert set_for == [hooked]
        assert "s3:ListBucket" in json.dumps(json.loads(backend.get_policy(hooked)))
    finally:
        for name in {hooked, *others}:
            remove_bucket(backend.options, name)  # type: ignore[attr-defined]


def test_the_client_is_minio_pys_own(buckets: tuple[str, str]) -> None:
    private, _public = buckets
    storage = MinioBackend()
    storage.save("a.txt", ContentFile(b"x"))
    found = [item.object_name for item in storage.client.list_objects(bucket_name=private)]
    assert found == ["a.txt"]
    assert storage.client_external.stat_object(bucket_name=private, object_name="a.txt").size == 1
    assert storage.stat("a.txt").object_name == "a.txt"
    judge = raw_client(registry["default"].options)  # type: ignore[attr-defined]
    assert judge.stat_object(bucket_name=private, object_name="a.txt").size == 1


def test_metadata_of_a_model_arrives(buckets: tuple[str, str]) -> None:
    storage = MinioBackend(metadata={"kind": "invoice", "Cache-Control": "no-store"})
    storage.save("a.txt", ContentFile(b"x"))
    found = storage.stat("a.txt")
    assert (found.metadata["x-amz-meta-kind"], found.content_type) == ("invoice", "text/plain")
    assert found.metadata["cache-control"] == "no-store"


def test_missing_buckets_are_made_on_request(
    server: Any, use_storages: Callable[..., None]
) -> None:
    names = [bucket_name() for _ in range(3)]
    use_storages(
        default=media(**of(server), MINIO_DEFAULT_BUCKET=names[0], MINIO_PRIVATE_BUCKETS=names[1:])
    )
    backend = registry["default"]
    storage = MinioBackend(names[1])
    try:
        storage.check_bucket_existence()
        assert [backend.bucket_exists(name) for name in names] == [False, True, False]
        storage.check_bucket_existences(max_workers=2)
        assert all(backend.bucket_exists(name) for name in names)
    finally:
        for name in names:
            remove_bucket(backend.options, name)  # type: ignore[attr-defined]
    use_storages(default=media(**DEAD))
    with pytest.raises(BackendUnavailableError):
        MinioBackend().check_bucket_existences()


def test_the_orphan_command_keeps_its_flags_and_takes_care() -> None:
    """Deletion itself, with its grace period and limits, is the package's own command."""
    command = clean_orphaned_minio_files.Command()
    parser = command.create_parser("manage.py", "clean_orphaned_minio_files")
    for arguments, deletes in (([], True), (["--dry-run", "--check-missing"], False)):
        options = vars(parser.parse_args(arguments))
        assert command.wants_deletion(options) is deletes
        assert (options["grace"], options["max_orphans"]) == (3600, 20)


def test_static_files_need_no_declared_bucket(use_storages: Callable[..., None]) -> None:
    use_storages(staticfiles=static(MINIO_STATIC_FILES_BUCKET="site", MINIO_PRIVATE_BUCKETS=["x"]))
    assert MinioBackendStatic().url("a.css") == "http://minio:9000/site/a.css"
    assert MinioBackendStatic().PRIVATE_BUCKETS == []


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["tenant_minio", APP], []),
        ([APP], []),
        ([APP, "tenant_minio"], ["tenant_minio.W042"]),
    ],
)
def test_the_order_that_makes_a_command_delete_is_told(
    monkeypatch: pytest.MonkeyPatch, names: list[str], found: list[str]
) -> None:
    configs = [SimpleNamespace(name=name) for name in names]
    monkeypatch.setattr(apps, "get_app_configs", lambda: configs)
    assert [message.id for message in check_order()] == found

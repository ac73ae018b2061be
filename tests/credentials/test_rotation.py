"""The backend's own key changes without a restart, where a provider gives it."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from minio import Minio
from minio.credentials import AWSConfigProvider, Provider, StaticProvider

from tenant_minio import registry
from tenant_minio.backends.credentials import credential
from tenant_minio.exceptions import (
    BackendUnavailableError,
    InvalidBackendError,
    PermissionDeniedError,
)
from tests.conftest import entry
from tests.credentials.conftest import User, Users, key_of, own_key


class KeyFile:
    """A file of credentials, as an operator or an agent writes it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, user: User) -> None:
        lines = [f"aws_access_key_id={user.access_key}", f"aws_secret_access_key={user.secret_key}"]
        self.path.write_text("\n".join(["[default]", *lines]))

    def provider(self) -> Provider:
        return AWSConfigProvider(filename=str(self.path))


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """These sources are quick, however busy the machine."""
    monkeypatch.setattr(credential, "MOMENT_SECONDS", 20)


@pytest.fixture
def key_file(tmp_path: Path) -> KeyFile:
    return KeyFile(tmp_path / "credentials")


def older(seconds: float = 10) -> None:
    """The backend's own key was asked for so long ago."""
    older_key(registry["eu"].own.provider, seconds)  # type: ignore[attr-defined]


def older_key(credential: Any, seconds: float = 10) -> None:
    """A fake clock: this key was asked for so long ago."""
    clock = credential._clock
    credential._clock = lambda: clock() + seconds


def signed_by(url: str) -> str:
    return parse_qs(urlsplit(url).query)["X-Amz-Credential"][0].partition("/")[0]


def test_the_environment_gives_the_key(
    users: Users, bucket: str, routed_with: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    user = users.add(bucket, f"{bucket}/*")
    monkeypatch.setenv("MINIO_ACCESS_KEY", user.access_key)
    monkeypatch.setenv("MINIO_SECRET_KEY", user.secret_key)
    storage = routed_with(credentials="minio.credentials.EnvMinioProvider").for_tenant("acme")
    assert storage.save("f", ContentFile(b"1")) == "f"
    assert key_of(storage, "acme").access_key == user.access_key
    with urlopen(storage.url("f")) as answer:
        assert answer.read() == b"1"


def test_an_empty_environment_is_told(
    routed_with: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MINIO_ACCESS_KEY", raising=False)
    monkeypatch.delenv("MINIO_SECRET_KEY", raising=False)
    storage = routed_with(credentials="minio.credentials.EnvMinioProvider").for_tenant("acme")
    with pytest.raises(BackendUnavailableError, match="had from EnvMinioProvider: ValueError"):
        storage.save("f", ContentFile(b"1"))


def test_a_factory_that_gives_no_provider_is_told(routed_with: Callable[..., Any]) -> None:
    storage = routed_with(credentials=lambda: "key").for_tenant("acme")
    with pytest.raises(InvalidBackendError, match="gave a str"):
        storage.save("f", ContentFile(b"1"))


@pytest.mark.parametrize("name", ["f", "large"])
def test_a_new_key_in_the_file_takes_effect_when_the_old_is_refused(
    users: Users, bucket: str, routed_with: Callable[..., Any], key_file: KeyFile, name: str
) -> None:
    """For data at once, and with it for URLs: signer, day's key and kept URLs are the new key's."""
    old, new = (users.add(bucket, f"{bucket}/*") for _ in range(2))
    key_file.write(old)
    storage = routed_with(credentials=key_file.provider).for_tenant("acme")
    storage.save("f", ContentFile(b"1"))
    before = storage.url("f")
    assert signed_by(before) == old.access_key
    key_file.write(new)
    users.disable(old)
    data = b"2" * (9 * 1024 * 1024 if name == "large" else 1)
    assert storage.save(f"new {name}", ContentFile(data)) == f"new {name}"
    after = storage.url("f")
    assert signed_by(after) == new.access_key
    with urlopen(after) as answer:
        assert answer.read() == b"1"
    with pytest.raises(OSError, match="403"):
        urlopen(before)


def test_a_new_key_in_the_file_takes_effect_within_the_stated_time(
    users: Users, bucket: str, routed_with: Callable[..., Any], key_file: KeyFile
) -> None:
    """Though nothing was refused: URLs alone ask no server."""
    old, new = (users.add(bucket, f"{bucket}/*") for _ in range(2))
    key_file.write(old)
    storage = routed_with(credentials=key_file.provider, credentials_refresh=60).for_tenant("acme")
    urls = [storage.url("f")]
    key_file.write(new)
    urls.append(storage.url("f"))
    older(61)
    urls += [storage.url("f"), storage.url("f")]
    assert [signed_by(url) for url in urls] == [*[old.access_key] * 2, *[new.access_key] * 2]


def test_a_new_own_key_is_taken_for_sts(
    users: Users, bucket: str, routed_with: Callable[..., Any], key_file: KeyFile
) -> None:
    """The keys that STS gave to the old user end with it."""
    old, new = (users.add(bucket, f"{bucket}/*") for _ in range(2))
    key_file.write(old)
    options = {"credentials": "sts", "own_credentials": key_file.provider}
    storage = routed_with(**options).for_tenant("acme")
    storage.save("f", ContentFile(b"1"))
    first = key_of(storage, "acme")
    key_file.write(new)
    users.remove(old)
    older()
    older_key(registry["eu"].for_route(storage.route()).connection.provider)  # type: ignore[attr-defined]
    assert storage.open("f").read() == b"1"
    assert key_of(storage, "acme") != first
    assert signed_by(storage.url("f")) == new.access_key


def test_keys_of_sts_are_derived_anew_from_a_new_own_key(
    users: Users, bucket: str, routed_with: Callable[..., Any], key_file: KeyFile
) -> None:
    """Also where the old one is still good."""
    old, new = (users.add(bucket, f"{bucket}/*") for _ in range(2))
    key_file.write(old)
    options = {"credentials": "sts", "own_credentials": key_file.provider}
    storage = routed_with(**options)
    first = key_of(storage, "acme")
    assert key_of(storage, "acme") is first
    key_file.write(new)
    older(61)
    second = key_of(storage, "acme")
    users.remove(old)
    assert second.access_key != first.access_key
    assert storage.for_tenant("acme").save("f", ContentFile(b"1")) == "f"


def test_keys_of_sts_stay_while_the_own_key_does(
    users: Users, bucket: str, routed_with: Callable[..., Any], key_file: KeyFile
) -> None:
    """However often its source is asked: each time it makes another object of the same key."""
    user = users.add(bucket, f"{bucket}/*")
    key_file.write(user)
    options = {"credentials": "sts", "own_credentials": key_file.provider}
    storage = routed_with(**options)
    tenants = ["acme", "globex"]
    first = [key_of(storage, tenant) for tenant in tenants]
    asked = registry["eu"].own.provider._answers  # type: ignore[attr-defined]
    older(61)
    assert [key_of(storage, tenant) for tenant in tenants] == first
    assert registry["eu"].own.provider._answers == asked + 1  # type: ignore[attr-defined]


def test_disabling_the_user_ends_all_that_sts_gave(
    users: Users, bucket: str, routed_with: Callable[..., Any]
) -> None:
    user = users.add(bucket, f"{bucket}/*")
    storage = routed_with(
        **own_key(user), credentials="sts", url_credentials="tenant", sts_duration=4500
    )
    for tenant in ("acme", "globex"):
        storage.for_tenant(tenant).save("f", ContentFile(b"1"))
    urls = [storage.for_tenant(tenant).url("f") for tenant in ("acme", "globex")]
    users.disable(user)
    for tenant in ("acme", "globex"):
        with pytest.raises(PermissionDeniedError):
            storage.for_tenant(tenant).open("f")
    for url in urls:
        with pytest.raises(OSError, match="403"):
            urlopen(url)


def test_a_policy_of_the_user_closes_one_tenant_at_once(
    users: Users, bucket: str, routed_with: Callable[..., Any]
) -> None:
    """A key of STS may do what its policy and its user's policy both allow."""
    user = users.add(bucket, f"{bucket}/*")
    storage = routed_with(**own_key(user), credentials="sts")
    for tenant in ("acme", "globex"):
        storage.for_tenant(tenant).save("f", ContentFile(b"1"))
    allowed = {"Effect": "Allow", "Action": ["s3:*"], "Resource": [f"arn:aws:s3:::{bucket}/*"]}
    denied = {**allowed, "Effect": "Deny", "Resource": [f"arn:aws:s3:::{bucket}/t/acme/*"]}
    policy = {"Version": "2012-10-17", "Statement": [allowed, denied]}
    users.admin.policy_add(policy_name=user.access_key, policy=policy)
    with pytest.raises(PermissionDeniedError):
        storage.for_tenant("acme").open("f")
    assert storage.for_tenant("globex").open("f").read() == b"1"


def test_a_fixed_key_that_is_disabled_ends_at_once(
    users: Users, bucket: str, routed_with: Callable[..., Any]
) -> None:
    """And so do the URLs that it signed; another key takes another start."""
    user = users.add(bucket, f"{bucket}/*")
    storage = routed_with(**own_key(user)).for_tenant("acme")
    storage.save("f", ContentFile(b"1"))
    url = storage.url("f")
    users.disable(user)
    with pytest.raises(PermissionDeniedError):
        storage.open("f")
    with pytest.raises(OSError, match="403"):
        urlopen(url)


def work_in_child(storage: Any, results: Any) -> None:
    results.put((storage.open("f").read(), storage.save("g", ContentFile(b"2"))))


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_has_keys_of_its_own(sts: Any, judge: Minio) -> None:
    """Whatever lock another thread of the parent held."""
    storage = sts.for_tenant("acme")
    storage.save("f", ContentFile(b"1"))
    backend = registry["eu"]
    view = backend.for_route(storage.route())
    fork = multiprocessing.get_context("fork")
    results = fork.Queue()
    child = fork.Process(target=work_in_child, args=(storage, results))
    with view.connection.provider._lock, backend._views._lock:  # type: ignore[attr-defined]
        child.start()
    try:
        assert results.get(timeout=20) == (b"1", "g")
    finally:
        child.kill()
        child.join()
    assert storage.open("f").read() == b"1"


def test_a_provider_in_the_settings_is_used_as_it_is(
    users: Users, bucket: str, routed_with: Callable[..., Any]
) -> None:
    user = users.add(bucket, f"{bucket}/*")
    provider = StaticProvider(user.access_key, user.secret_key)
    storage = routed_with(credentials=provider).for_tenant("acme")
    assert storage.save("f", ContentFile(b"1")) == "f"
    key = key_of(storage, "acme")
    assert (key.access_key, key.secret_key) == (user.access_key, user.secret_key)
    assert "secret" not in repr(storage.locate().backend)


def test_a_refusal_that_looks_like_a_missing_file_is_told_from_one(
    versitygw_server: Any,
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
    key_file: KeyFile,
) -> None:
    """VersityGW answers a HEAD with an unknown key with a 404 and no reason."""
    use_storages(plain=entry(versitygw_server))
    bucket = new_bucket("plain")
    registry["plain"].put(bucket, "f", b"1", {})
    options = entry(versitygw_server)["OPTIONS"]
    right = User(options.pop("access_key"), options.pop("secret_key"))
    key_file.write(User("unknown", "secret-of-nobody"))
    options |= {"bucket": bucket, "credentials": key_file.provider}
    use_storages(plain={"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": options})
    storage = storages["plain"]
    with pytest.raises(PermissionDeniedError, match="access key"):
        storage.exists("f")
    older_key(registry["plain"].own.provider)  # type: ignore[attr-defined]
    key_file.write(right)
    assert (storage.exists("f"), storage.exists("g")) == (True, False)

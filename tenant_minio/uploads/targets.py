"""What may be uploaded where.

The browser holds a target as a signed string: nothing in it is secret, nothing in it can be
changed. It is bound to nobody; who may use it, its permission says.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import asdict, dataclass
from typing import Any

from django.core import signing
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import Storage
from django.core.files.uploadedfile import UploadedFile
from django.core.files.utils import validate_file_name
from django.db.models import FileField
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from tenant_minio.conf import load
from tenant_minio.exceptions import InvalidBackendError
from tenant_minio.routing.names import safe_name
from tenant_minio.storage.alias import from_alias
from tenant_minio.storage.base import ObjectStorage
from tenant_minio.storage.content_types import is_allowed, web_type
from tenant_minio.storage.location import Location
from tenant_minio.uploads import conf
from tenant_minio.uploads.refusals import refused

_SALT = "tenant_minio.uploads.target"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What may be uploaded where. The options that are None or empty are those of the settings.

    Args:
        name: of a field (``docs.Document.file``), of a declared target, or of a storage.
        storage: its alias.
        tenant, bucket: that the storage is bound to.
        max_file_size: in bytes.
        content_types: such as ``application/pdf`` and ``image/*``; all if empty.
        permission: dotted path of ``(request, target) -> bool``.
        hook: dotted path of ``(file) -> None``.
    """

    name: str
    storage: str
    tenant: str | None = None
    bucket: str | None = None
    max_file_size: int | None = None
    content_types: tuple[str, ...] = ()
    permission: str | None = None
    hook: str | None = None

    @classmethod
    def of_field(cls, field: FileField, **options: Any) -> Target:
        """For the files of a model's field; ``upload_to`` names them when they are saved.

        Args:
            field: whose ``max_file_size`` and ``content_types`` count where it has such.
            options: ``max_file_size``, ``content_types``, ``permission``, ``hook``, over these.

        Raises:
            InvalidBackendError: its storage is none of this package, or an option is wrong.
        """
        own = {
            name: value
            for name in ("max_file_size", "content_types")
            if (value := getattr(field, name, None))
        }
        if isinstance(own.get("content_types"), Set):
            own["content_types"] = sorted(own["content_types"])  # in all processes alike
        label = f"{field.model._meta.label}.{field.name}"  # noqa: SLF001 -- Django's documented API
        return cls._of(label, field.storage, {**own, **options})

    @classmethod
    def of_storage(cls, storage: Storage | str, **options: Any) -> Target:
        """For a storage, or its alias; for the rest see :meth:`of_field`."""
        found = from_alias(storage) if isinstance(storage, str) else storage
        return cls._of("", found, options)

    @classmethod
    def _of(cls, name: str, storage: Any, options: dict[str, Any]) -> Target:
        if not isinstance(storage, ObjectStorage):
            raise InvalidBackendError(
                f"{name or storage!r} keeps its files in {type(storage).__name__}, which takes no "
                f"direct uploads. Use a storage of tenant_minio."
            )
        _path, (alias,), place = storage.deconstruct()
        bound: dict[str, Any] = {**place}
        found = next(
            conf.target_problems(name="target", options={"storage": alias, **options}), None
        )
        if found is not None:
            raise found.error()
        options["content_types"] = tuple(options.get("content_types") or ())
        return cls(name=name or alias, storage=alias, **bound, **options)

    def locate(self) -> Location:
        """Where its files are at this moment.

        Raises:
            NoTenantError: there is no tenant.
            InvalidBackendError: the settings are wrong, or anyone could read what lies there
                before it was looked at.
        """
        location: Location = self._own_storage().locate()
        if location.route.public:
            raise InvalidBackendError(
                f"The target {self.name!r} uploads into {location.route.backend}:"
                f"{location.route.bucket}/{location.route.prefix}, which is public: anyone could "
                f"get a file before it was looked at. Upload into a private storage, and save from "
                f"there."
            )
        return location

    def _own_storage(self) -> Any:
        return from_alias(self.storage, tenant=self.tenant, bucket=self.bucket)

    def is_permitted(self, request: Any) -> bool:
        """Whether whoever sends this request may upload here."""
        path = self.permission or conf.setting("PERMISSION")
        return load(path, "UPLOADS")(request, self) is True

    @property
    def limit(self) -> int:
        """The most bytes of a file."""
        most: int = conf.setting("MAX_FILE_SIZE")
        return most if self.max_file_size is None else min(self.max_file_size, conf.MAX_OBJECT)

    def check(self, name: str, size: int) -> str:
        """The type of a file, as :meth:`type_of` has it.

        Args:
            name: as its user calls it.
            size: in bytes.

        Raises:
            UploadRefusedError: it is too large or of a wrong type, or its name is none.
        """
        try:
            validate_file_name(name)
        except SuspiciousFileOperation:
            raise refused("bad_request") from None
        try:
            # What a field would call it that saves it; so nothing is sent in vain.
            safe_name(from_alias(self.storage).get_valid_name(name))
        except SuspiciousFileOperation:
            raise refused(
                "bad_request", _("No file can be saved under this name. Rename it.")
            ) from None
        if size > conf.MAX_OBJECT:
            raise refused("too_large")  # it may have more digits than can be told
        if size > self.limit:
            raise refused(
                "too_large",
                _("This file is too large: %(size)s. At most %(limit)s can be uploaded here.")
                % {"size": filesizeformat(size), "limit": filesizeformat(self.limit)},
            )
        content_type = self.type_of(name)
        if not self.takes(content_type):
            raise refused("wrong_type")
        return content_type

    def type_of(self, name: str) -> str:
        """The type of a file, by the name that it will have; it will be stored under that type.

        Django takes some characters out of a name when it is saved, and cuts off the end of a long
        extension. What is left of ``photo.#html`` is ``photo.html``.

        Args:
            name: as its user calls it.

        Raises:
            UploadRefusedError: nothing is left of it.
        """
        try:
            cut = UploadedFile(None, name).name
            return web_type(self._own_storage().get_valid_name(cut))
        except SuspiciousFileOperation:
            raise refused("bad_request") from None

    def takes(self, content_type: str) -> bool:
        """Whether a type is one of those declared."""
        return not self.content_types or is_allowed(content_type, self.content_types)


def named(name: str) -> Target:
    """The target that ``TENANT_MINIO["UPLOADS"]["TARGETS"]`` declares.

    Raises:
        InvalidBackendError: there is none of that name, or it is wrong.
    """
    targets = conf.setting("TARGETS")
    if name not in targets:
        known = ", ".join(targets) or "none"
        raise InvalidBackendError(
            f"TENANT_MINIO['UPLOADS']['TARGETS'] declares no {name!r}. There are: {known}."
        )
    found = next(conf.target_problems(name, targets[name]), None)
    if found is not None:
        raise found.error()
    options = dict(targets[name])
    options["content_types"] = tuple(options.get("content_types") or ())
    return Target(name=name, **options)


def sign(target: Target) -> str:
    """What a page holds of a target."""
    return signing.dumps(as_data(target), salt=_SALT, compress=True)


def read(signed: str) -> Target:
    """The target of a page: a signed one, or the name of a declared one.

    Raises:
        UploadRefusedError: it is neither, which looks the same as one that is not permitted.
    """
    try:
        if signed in conf.setting("TARGETS"):
            return named(signed)
        return from_data(signing.loads(signed, salt=_SALT))
    except (signing.BadSignature, UnicodeEncodeError):
        raise refused("not_permitted") from None


def as_data(target: Target) -> dict[str, Any]:
    """What JSON holds of a target: what it does not say is left out."""
    return {name: value for name, value in asdict(target).items() if value not in (None, ())}


def from_data(data: dict[str, Any]) -> Target:
    """The target that :func:`as_data` gave."""
    return Target(**{**data, "content_types": tuple(data.get("content_types", ()))})

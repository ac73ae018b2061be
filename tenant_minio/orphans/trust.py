"""Whether a class can be taken at its word about where files are.

A field says where its files are by its storage. A class of a project's own may say otherwise: the
recipe for "the storage depends on the row" sets another one in ``FieldFile.__init__``, and a
project on its way to a cluster saves there from a subclass of ``FileSystemStorage``. What such a
class does is not known, so it is not trusted.
"""

from __future__ import annotations

from inspect import getattr_static

from django.core.files.storage import FileSystemStorage, InMemoryStorage
from django.db import models
from django.db.models.fields.files import FieldFile, FileDescriptor

_ANY_ATTRIBUTE = frozenset({"__new__", "__getattribute__", "__getattr__"})
_OF_FIELDS = _ANY_ATTRIBUTE | {"storage", "pre_save"}
_OF_FILES = _ANY_ATTRIBUTE | {
    "__init__", "__setattr__", "storage", "save", "open", "file", "_get_file", "_set_file",
}  # fmt: skip
_OF_DESCRIPTORS = _ANY_ATTRIBUTE | {"__init__", "__get__", "__set__"}
_OF_STORAGES = _ANY_ATTRIBUTE | {"_open", "_save", "open", "save", "exists", "delete"}


def keeps_to_its_storage(model: type[models.Model], field: models.FileField) -> bool:
    """Whether each row's file is in the field's storage, as far as classes can say."""
    descriptor = getattr_static(model, field.attname, None)
    return (
        _leaves_alone(type(field), models.FileField, _OF_FIELDS)
        and _leaves_alone(field.attr_class, FieldFile, _OF_FILES)
        and _leaves_alone(type(descriptor), FileDescriptor, _OF_DESCRIPTORS)
    )


def is_local(kind: type) -> bool:
    """Whether a storage of this class keeps its files on this machine and nowhere else."""
    return any(
        _leaves_alone(kind, known, _OF_STORAGES) for known in (FileSystemStorage, InMemoryStorage)
    )


def _leaves_alone(kind: type, known: type, names: frozenset[str]) -> bool:
    """Whether ``kind`` is ``known``, but for methods that do not decide where files are."""
    return issubclass(kind, known) and not any(
        names & vars(base).keys()
        for base in kind.__mro__
        if base.__module__.partition(".")[0] not in {"builtins", "django", "tenant_minio"}
    )

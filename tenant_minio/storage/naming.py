"""Other names for a file, made without asking the cluster."""

import posixpath
from collections.abc import Callable
from pathlib import PurePosixPath

from tenant_minio.exceptions import UnsafeNameError
from tenant_minio.routing.names import MAX_SEGMENT_BYTES

# What get_alternative_name adds: an underscore and 7 characters.
_SUFFIX_BYTES = 8
_EXTENSION_LENGTH = 32


def shortened(file_name: str) -> str:
    """A file name cut to what S3 servers store as one segment, and its alternatives as well."""
    room = MAX_SEGMENT_BYTES - _SUFFIX_BYTES
    if len(file_name.encode()) <= room:
        return file_name
    extension = "".join(PurePosixPath(file_name).suffixes)[-_EXTENSION_LENGTH:]
    root = file_name.removesuffix(extension).encode()[: room - len(extension.encode())]
    return root.decode(errors="ignore") + extension


def alternative(name: str, max_length: int | None, make: Callable[[str, str], str]) -> str:
    """Another name beside ``name``, cut as Django cuts it in ``Storage.get_available_name``.

    Args:
        name: relative to the tenant.
        max_length: of the result, in characters.
        make: from root and extension of the file name to another file name.

    Raises:
        UnsafeNameError: nothing of the name would be left.
    """
    directory, file_name = posixpath.split(name)
    extension = "".join(PurePosixPath(file_name).suffixes)
    root = file_name.removesuffix(extension)
    found = posixpath.join(directory, make(root, extension))
    if max_length is None or len(found) <= max_length:
        return found
    root = root[: max_length - len(found)]
    if not root:
        raise UnsafeNameError(
            f"No name of at most {max_length} characters can be made from {name!r}. Give the "
            f"field a larger max_length, or shorten the name."
        )
    return posixpath.join(directory, make(root, extension))

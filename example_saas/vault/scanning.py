"""What a project's virus scanner does here: ``TENANT_MINIO["UPLOADS"]["HOOK"]``."""

from django.core.exceptions import ValidationError
from django.core.files import File

# The file that scanners are tested with (https://www.eicar.org/), in two halves: this one is none.
_TEST_FILE = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def scan(file: File) -> None:
    """Looks at an upload while it lies where no name reaches it; what is refused is deleted there.

    :raises ValidationError: it is infected. Who uploads it reads why.
    """
    if file.read(len(_TEST_FILE)) == _TEST_FILE:
        raise ValidationError("A virus was found in this file. It was not kept.")

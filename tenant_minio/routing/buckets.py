"""What S3 takes as the name of a bucket.

Rules: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html, and of MinIO
``isMinioReservedBucket`` (cmd/object-api-utils.go).
"""

import re

_SHAPE = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
_RESERVED_STARTS = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


def bucket_fault(name: str) -> str | None:
    """Why S3 refuses this bucket name, or None if it is a good one."""
    if not _SHAPE.fullmatch(name):
        return (
            "is not 3 to 63 lower-case letters, digits, dots and hyphens that begin and end with "
            "a letter or digit"
        )
    if any(pair in name for pair in ("..", ".-", "-.")):
        return "has a dot beside a dot or a hyphen"
    if _ADDRESS.fullmatch(name):
        return "looks like an IP address"
    if name == "minio":
        # A key below it would reach MinIO's admin API, signed with the backend's own key.
        return "is where MinIO serves its admin API, health and metrics"
    if name.startswith(_RESERVED_STARTS) or name.endswith(_RESERVED_ENDS):
        return "begins or ends with what S3 reserves for itself"
    return None

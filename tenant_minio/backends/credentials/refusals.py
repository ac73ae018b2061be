"""Which answers say that a key is no good (any more).

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

# The key itself is unknown, has ended, or does not fit its secret or token.
KEY_IS_BAD = frozenset(
    {
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "ExpiredToken",
        "InvalidToken",
        # MinIO's word for the same.
        "InvalidTokenId",
        # VersityGW's word for an unknown key.
        "XAdminUserNotFound",
    }
)
# What MinIO says where the parent of a temporary key was disabled or deleted, and what any server
# says where a good key may not do what was asked.
MAY_BE_BAD = "AccessDenied"

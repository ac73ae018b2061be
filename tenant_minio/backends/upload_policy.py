"""The policy of a form that a browser posts to a cluster.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html. Servers refuse
fields that the policy does not name, and every condition here is an exact one: VersityGW
normalises ``..`` in a key after it has compared its beginning.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping

from tenant_minio.backends.signer import Signer


def signed_fields(
    signer: Signer,
    bucket: str,
    key: str,
    *,
    size: int,
    content_type: str,
    at: int,
    expires: int,
    headers: Mapping[str, str],
) -> dict[str, str]:
    """The fields of the form, but for the file.

    Args:
        signer: with the key that the form is sent with.
        bucket, key: where the object goes.
        size: in bytes.
        content_type: of the object.
        at: the signing time, in seconds since the epoch.
        expires: the life of the form in seconds.
        headers: further fields.
    """
    fields = {
        "key": key,
        "Content-Type": content_type,
        "success_action_status": "204",
        **headers,
        **signer.form_fields(at),
    }
    conditions: list[object] = [{"bucket": bucket}, ["content-length-range", size, size]]
    conditions += [["eq", f"${name}", value] for name, value in fields.items()]
    ends = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(at + expires))
    policy = json.dumps({"expiration": ends, "conditions": conditions}).encode()
    encoded = base64.b64encode(policy).decode()
    return {**fields, "policy": encoded, "x-amz-signature": signer.sign_policy(encoded, at)}

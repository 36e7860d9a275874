"""How what Heed posts to a webhook is signed, so that the receiver can tell who sent it and when."""

import hashlib
import hmac


def heed_signature(body: bytes, seconds: int, secret: str) -> str:
    """The value of `Heed-Signature`: `t=SECONDS,v1=HEX`, HMAC-SHA256 over `SECONDS.` and `body` under `secret`."""
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"

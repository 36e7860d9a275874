"""Time-based one-time codes (RFC 6238: SHA-1, 6 digits, 30 seconds), as every authenticator app makes them."""

import hashlib
import hmac
import secrets
import struct
from base64 import b32decode, b32encode
from datetime import datetime
from urllib.parse import quote, urlencode

STEP_SECONDS = 30
DIGITS = 6
STEPS_AROUND = 1  # a phone's clock may be half a minute off, and typing takes a while
SECRET_BYTES = 20


def new_secret() -> str:
    """A fresh secret: 160 random bits in base 32 (32 characters)."""
    return b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def step_at(instant: datetime) -> int:
    """The number of the time step in which `instant` lies."""
    return int(instant.timestamp()) // STEP_SECONDS


def code_at(secret: str, step: int) -> str:
    """The six digits of `secret` (base 32) in time step `step`."""
    digest = hmac.new(b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    start = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def matching_step(secret: str, code: str, now: datetime, after: int) -> int | None:
    """The time step whose code is `code`, close to `now` and later than step `after`; None where there is none."""
    given = "".join(code.split())
    here = step_at(now)
    for step in range(here - STEPS_AROUND, here + STEPS_AROUND + 1):
        if step > after and hmac.compare_digest(code_at(secret, step).encode(), given.encode()):
            return step
    return None


def provisioning_uri(secret: str, email: str) -> str:
    """The `otpauth:` address that an authenticator app reads from a QR code."""
    label = quote(f"Heed:{email}")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': 'Heed'})}"

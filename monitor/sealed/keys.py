"""The keys that seal what was flagged, and the key of the blind index.

They come from the settings `HEED_DATA_KEYS` and `HEED_INDEX_KEY` (or their `_FILE` forms) when several machines
share one database; otherwise they are made once under `HEED_HOME/keys`, readable by their owner only.
"""

import hashlib
import hmac
import os
from functools import lru_cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from monitor.lib.files import write_once

INDEX_KEY_LENGTH = 32  # characters
SEALED_MARK = "sealed:"


class SealBroken(Exception):
    """A sealed value cannot be opened: the key that sealed it is not among the keys given."""


def seal(plain: str) -> bytes:
    """Encrypt `plain` with the newest key."""
    return cipher().encrypt(plain.encode("utf-8"))


def unseal(sealed: bytes) -> str:
    """Decrypt what `seal` made, with any of the keys. Raises `SealBroken` when none fits."""
    try:
        return cipher().decrypt(bytes(sealed)).decode("utf-8")
    except InvalidToken:
        message = "a sealed value does not open with any key in HEED_DATA_KEYS or HEED_HOME/keys/data.keys"
        raise SealBroken(message) from None


def sealed_text(plain: str) -> str:
    """`plain` as text that only this installation can open, for files that people keep."""
    return SEALED_MARK + seal(plain).decode()


def opened_text(text: str) -> str:
    """What `sealed_text` made, opened; any other text as it is. Raises `SealBroken`."""
    return unseal(text.removeprefix(SEALED_MARK).encode()) if text.startswith(SEALED_MARK) else text


def blind_index(value: str) -> str:
    """A keyed hash (hex, 64 characters) by which equal values are found without being readable."""
    return hmac.new(_index_key(), value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def derived_key(purpose: str) -> bytes:
    """A key (32 bytes) for one purpose alone, made of the blind index's key.

    No blind index is ever equal to it, whatever was indexed: an index stands in a table, this must not.
    """
    return HKDF(SHA256(), 32, salt=b"heed", info=purpose.encode("utf-8")).derive(_index_key())


@lru_cache(maxsize=1)
def cipher() -> MultiFernet:
    """The cipher over all data keys, newest first."""
    given = settings.HEED_DATA_KEYS or _kept(settings.HEED_HOME / "keys" / "data.keys", Fernet.generate_key().decode())
    try:
        return MultiFernet([Fernet(key.strip()) for key in given.replace("\n", ",").split(",") if key.strip()])
    except ValueError as error:
        message = (
            "HEED_DATA_KEYS or HEED_HOME/keys/data.keys must hold Fernet keys (32 bytes, url-safe base64), "
            "separated by commas; restore it from the backup, for without the right keys nothing sealed can be opened"
        )
        raise ImproperlyConfigured(message) from error


@lru_cache(maxsize=1)
def _index_key() -> bytes:
    given = settings.HEED_INDEX_KEY or _kept(settings.HEED_HOME / "keys" / "index.key", os.urandom(32).hex())
    if len(given) < INDEX_KEY_LENGTH:
        message = (
            f"HEED_INDEX_KEY or HEED_HOME/keys/index.key must have at least {INDEX_KEY_LENGTH} characters; "
            "restore it from the backup, for with another key known accounts are no longer recognised"
        )
        raise ImproperlyConfigured(message)
    return bytes(given, "utf-8")


def _kept(path: Path, fresh: str) -> str:
    """The contents of `path`, after making it with `fresh` if it was missing; two processes agree on one."""
    if not path.exists():
        write_once(path, fresh)
    return path.read_text(encoding="utf-8").strip()

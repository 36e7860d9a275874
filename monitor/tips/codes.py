"""The code with which a reporter comes back, and the token of a form.

A code is 16 characters of 30 (78 bits): nobody guesses one, whatever the limits on trying. It is made from the form's
own random token under a key, so that somebody who presses twice gets the same code and one tip, and what is kept of it
is a keyed hash.
"""

import hashlib
import hmac
import re
import secrets

from django.core import signing

from monitor.sealed.keys import blind_index, derived_key

ALPHABET = "23456789BCDFGHJKLMNPQRSTVWXYZE"  # no 0 or O, 1 or I; no A or U, so that few words come about
CODE_CHARACTERS = 16
GROUP = 4
SALT = "tips.form"
OLDEST_FORM_SECONDS = 24 * 3600


class StaleForm(Exception):
    """The form's token is missing, altered or too old; the text can be sent again with a fresh one."""


def new_form_token() -> str:
    """A signed random token for one showing of a form."""
    return signing.dumps(secrets.token_hex(16), salt=SALT)


def read_form_token(token: str) -> str:
    """The random part (32 hex characters) of a token that this installation signed in the last day, or `StaleForm`."""
    try:
        nonce = signing.loads(token, salt=SALT, max_age=OLDEST_FORM_SECONDS)
    except signing.BadSignature:
        raise StaleForm from None
    return str(nonce)


def code_of(nonce: str) -> str:
    """The code that belongs to the form with this token, in groups: `7KQX-…`."""
    digest = hmac.new(derived_key("tip code"), nonce.encode(), hashlib.sha256).digest()
    number = int.from_bytes(digest, "big")
    letters = []
    for _ in range(CODE_CHARACTERS):
        number, rest = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[rest])
    return "-".join("".join(letters[start : start + GROUP]) for start in range(0, CODE_CHARACTERS, GROUP))


def code_index(code: str) -> str | None:
    """The keyed hash under which the tip of `code` is found, whatever its case and spacing; None if it is no code."""
    plain = re.sub(r"[\s-]", "", code).upper()
    if len(plain) != CODE_CHARACTERS or not set(plain) <= set(ALPHABET):
        return None
    return blind_index(f"tip code:{plain}")

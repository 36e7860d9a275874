"""Mail addresses in words that were not written by us: an error of Google's or of a mail server may name a person."""

import re

ADDRESS = re.compile(r"[^\s@<>\"'(),;:]+@[^\s@<>\"'(),;:]+")


def without_addresses(text: str, instead: str = "[address]") -> str:
    """`text` with `instead` in place of each address."""
    return ADDRESS.sub(instead, text)

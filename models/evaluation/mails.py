"""Plain text of raw mails in an archive, read in memory with the standard library alone. Every mail is hostile."""

import email
import email.policy
import tarfile
from collections.abc import Iterator
from email.message import EmailMessage, Message
from pathlib import Path

MAIL_LIMIT = 2_000_000
"""Bytes of one raw mail; a larger one is left out."""


def read_mails(archive: Path) -> Iterator[str]:
    """Subject line and text/plain parts of each mail that has any letter, in archive order.

    Nothing is unpacked to disk; members that are not plain files, too large or unreadable are left out.
    """
    try:
        with tarfile.open(archive, "r:gz") as packed:
            for member in packed:
                if member.isfile() and member.size <= MAIL_LIMIT:
                    stream = packed.extractfile(member)
                    text = plain_text(stream.read()) if stream else ""
                    if any(map(str.isalpha, text)):
                        yield text
    except (tarfile.TarError, OSError, EOFError):
        return


def plain_text(content: bytes) -> str:
    """Subject and text/plain parts of one raw mail, whatever is wrong with it; empty where there is none."""
    message: Message = email.message_from_bytes(content, policy=email.policy.default)
    parts = [_body(part) for part in message.walk() if part.get_content_type() == "text/plain"]
    body = "\n".join(part for part in parts if part)
    return f"{_subject(message)}\n{body}".strip() if body else ""


def _subject(message: Message) -> str:
    try:
        return str(message["subject"] or "")
    except (ValueError, TypeError, AttributeError, IndexError):  # the header parser stumbles over some garbage
        return ""


def _body(part: Message) -> str:
    try:
        content = part.get_content() if isinstance(part, EmailMessage) else ""
    except (KeyError, LookupError, ValueError, AssertionError):  # an unknown charset or broken encoding
        raw = part.get_payload(decode=True)
        return raw.decode("latin-1") if isinstance(raw, bytes) else ""
    return content if isinstance(content, str) else ""

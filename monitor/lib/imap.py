"""Reads a mailbox by IMAP: what is new since last time, oldest first, bounded in number, bytes and time.

The mailbox is only looked at: it is opened read-only and no mail is marked, moved or removed. Of a mail that is no
report only a few headers are fetched.
"""

import imaplib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from email import message_from_bytes
from enum import StrEnum

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MOST_MAILS = 200
MAIL_BYTES = 262_144  # the beginning of a mail; what a report says stands before the copy of the mail
SESSION_BYTES = 24_000_000
HEADER_BATCH = 50
_UID = re.compile(rb"\bUID (\d+)", re.IGNORECASE)


class Encryption(StrEnum):
    """How the connection is protected. `none` is for a server on this machine."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class MailboxError(Exception):
    """The mailbox could not be read; the message says what went wrong, in one line without a password."""


@dataclass(frozen=True, slots=True)
class MailboxAt:
    """Where a mailbox is. `seconds` is for everything together, `pause` for one answer of the server.

    Where there is a `token`, it is called at each sign-in for an OAuth access token (XOAUTH2), and no password is sent.
    It raises `MailboxError`.
    """

    host: str
    port: int
    user: str
    password: str = ""
    folder: str = "INBOX"
    encryption: Encryption = Encryption.TLS
    seconds: float = 90.0
    pause: float = 20.0
    token: Callable[[], str] | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """Up to which mail a mailbox was read. Numbers of another `validity` mean other mails."""

    validity: int
    last: int


@dataclass(frozen=True, slots=True)
class Look:
    """What one look found. `mails` are those worth reading; `position` is behind the last one looked at."""

    position: Position
    mails: tuple[bytes, ...]
    has_more: bool


def mails_since(
    place: MailboxAt,
    position: Position | None,
    since: date,
    is_wanted: Callable[[Mapping[str, str]], bool],
    headers: Sequence[str],
    limit: int = MOST_MAILS,
) -> Look:
    """The mails after `position` that arrived on `since` or later and whose `headers` are wanted.

    A mailbox whose numbers changed their meaning is read anew from `since`. Raises `MailboxError`.
    """
    with _opened(place) as connection:
        validity = _validity(connection)
        last = position.last if position is not None and position.validity == validity else 0
        found = [uid for uid in _search(connection, last + 1, since) if uid > last]
        uids = sorted(found)[:limit]
        wanted = [
            uid
            for start in range(0, len(uids), HEADER_BATCH)
            for uid, fields in _headers(connection, uids[start : start + HEADER_BATCH], headers)
            if is_wanted(fields)
        ]
        mails = tuple(mail for uid in sorted(wanted) if (mail := _beginning(connection, uid)))
        return Look(Position(validity, uids[-1] if uids else last), mails, has_more=len(found) > len(uids))


def count_mails(place: MailboxAt) -> int:
    """How many mails lie in the mailbox; so that it can be read is known, too. Raises `MailboxError`."""
    with _opened(place) as connection:
        _validity(connection)
        _, data = connection.response("EXISTS")
        return int(data[-1]) if data and data[-1] else 0


class _Bounded(imaplib.IMAP4):
    """A client that reads only so much in one session: a server may announce any length."""

    left = SESSION_BYTES

    def read(self, size: int) -> bytes:
        self._spend(size)
        return super().read(size)

    def readline(self) -> bytes:
        line = super().readline()
        self._spend(len(line))
        return line

    def _spend(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            message = "the server sends more than is read at once"
            raise self.abort(message)


class _BoundedTls(_Bounded, imaplib.IMAP4_SSL):
    """The same, encrypted from the start."""


@contextmanager
def _opened(place: MailboxAt) -> Iterator[imaplib.IMAP4]:
    """A signed-in connection with the folder open for reading. Every error inside becomes a `MailboxError`."""
    where = f"{place.host}:{place.port}"
    connection: imaplib.IMAP4 | None = None
    cut: threading.Timer | None = None
    step = "cannot be reached"
    try:
        token = place.token() if place.token is not None else ""
        connection = _connected(place)
        # A server that sends one byte now and then would never run into a time-out of the socket's own.
        cut = threading.Timer(place.seconds, _cut, [connection])
        cut.daemon = True
        cut.start()
        step = "does not encrypt"
        if place.encryption is Encryption.STARTTLS:
            connection.starttls(ssl.create_default_context())
        step = f"refuses the sign-in of {place.user}"
        _sign_in(connection, place, token)
        step = f"does not open the folder {place.folder}"
        _open_folder(connection, place.folder)
        step = "broke off"
        yield connection
    except (imaplib.IMAP4.error, OSError, ValueError, IndexError, TypeError, AttributeError) as error:
        message = f"{where} {step}: {_words(error)}"
        raise MailboxError(message) from None
    finally:
        if cut is not None:
            cut.cancel()
        if connection is not None:
            _close(connection)


def _connected(place: MailboxAt) -> imaplib.IMAP4:
    if place.encryption is Encryption.TLS:
        return _BoundedTls(place.host, place.port, ssl_context=ssl.create_default_context(), timeout=place.pause)
    return _Bounded(place.host, place.port, timeout=place.pause)


def _sign_in(connection: imaplib.IMAP4, place: MailboxAt, token: str) -> None:
    if not token:
        connection.login(place.user, place.password)
        return
    said = [f"user={place.user}\x01auth=Bearer {token}\x01\x01".encode()]
    # A server that refuses sends why as one more question, and says no after an empty answer.
    connection.authenticate("XOAUTH2", lambda _why: said.pop() if said else b"")


def _open_folder(connection: imaplib.IMAP4, folder: str) -> None:
    quoted = folder.replace("\\", "\\\\").replace('"', '\\"')
    answer, data = connection.select(f'"{quoted}"', readonly=True)
    if answer != "OK":
        raise imaplib.IMAP4.error(_said(data))


def _validity(connection: imaplib.IMAP4) -> int:
    _, data = connection.response("UIDVALIDITY")
    return int(data[-1]) if data and data[-1] else 0


def _search(connection: imaplib.IMAP4, first: int, since: date) -> list[int]:
    # A range that ends in * always has the last mail in it, even one before its beginning.
    day = f"{since.day:02}-{MONTHS[since.month - 1]}-{since.year:04}"
    answer, data = connection.uid("SEARCH", f"UID {first}:* SINCE {day}")
    if answer != "OK":
        raise imaplib.IMAP4.error(_said(data))
    return [int(word) for line in data if line for word in line.split()]


def _headers(
    connection: imaplib.IMAP4, uids: Sequence[int], names: Sequence[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    if not uids:
        return
    asked = f"(UID BODY.PEEK[HEADER.FIELDS ({' '.join(name.upper() for name in names)})])"
    answer, data = connection.uid("FETCH", ",".join(map(str, uids)), asked)
    if answer != "OK":
        raise imaplib.IMAP4.error(_said(data))
    for index, row in enumerate(data):
        if not isinstance(row, tuple):
            continue
        tail = data[index + 1] if index + 1 < len(data) and isinstance(data[index + 1], bytes) else b""
        if uid := _UID.search(row[0]) or _UID.search(tail):
            fields = message_from_bytes(row[1])
            yield int(uid[1]), {name.lower(): str(value) for name, value in fields.items()}


def _beginning(connection: imaplib.IMAP4, uid: int) -> bytes:
    """The first bytes of a mail; nothing where it is gone by now."""
    answer, data = connection.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{MAIL_BYTES}>)")
    if answer != "OK":
        raise imaplib.IMAP4.error(_said(data))
    return next((bytes(row[1]) for row in data if isinstance(row, tuple)), b"")


def _close(connection: imaplib.IMAP4) -> None:
    """Say goodbye where that is possible; whatever was read is read."""
    with suppress(imaplib.IMAP4.error, OSError, ValueError, AttributeError):
        if connection.state != "LOGOUT":
            connection.logout()
    with suppress(OSError, AttributeError):
        connection.shutdown()


def _cut(connection: imaplib.IMAP4) -> None:
    with suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)


def _said(data: object) -> str:
    row = data[-1] if isinstance(data, list) and data else b""
    return row.decode("utf-8", "replace") if isinstance(row, bytes) else str(row)


def _words(error: Exception) -> str:
    """What a server said, on one line and not too long."""
    said = error.args[0] if error.args and isinstance(error.args[0], bytes) else None
    text = said.decode("utf-8", "replace") if said is not None else str(getattr(error, "strerror", None) or error)
    return " ".join(text.split())[:200] or type(error).__name__

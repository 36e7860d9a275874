"""A real IMAP server on loopback (RFC 3501 as far as a reader needs it), with folders, numbers, dates and faults.

It signs people in, opens folders, searches by number and date, and sends headers or pieces of mails as literals. It
refuses what was not asked for in the right state, and everything that would change a mailbox.
"""

import base64
import re
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.utils import format_datetime
from typing import Any

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
TOKEN = re.compile(rb'"((?:[^"\\]|\\.)*)"|(\S+)')
LITERAL = re.compile(rb"\{(\d+)(\+?)\}$")
FIELDS = re.compile(r"BODY\.PEEK\[HEADER\.FIELDS \(([^)]*)\)\]", re.IGNORECASE)
WHOLE = re.compile(r"BODY\.PEEK\[\](?:<(\d+)\.(\d+)>)?", re.IGNORECASE)


class Bad(Exception):
    """The client said something that the server does not take; the words go back to it."""


@dataclass
class Stored:
    """A mail as it lies in a folder."""

    uid: int
    raw: bytes
    arrived: datetime


@dataclass
class Imap:
    """The server's side: folders, who may sign in, what it does wrong, and every command it was given."""

    port: int = 0
    user: str = "heed@district.example"
    password: str = "opens the mailbox"
    token: str = ""  # where there is one, only XOAUTH2 with it signs in
    folders: dict[str, list[Stored]] = field(default_factory=lambda: {"INBOX": []})
    validity: int = 1_700_000_001
    next_uid: int = 1
    said: list[str] = field(default_factory=list)
    fault: str = ""  # deaf, no sign-in, huge literal, endless, cut, nonsense
    tls: ssl.SSLContext | None = None
    starttls: ssl.SSLContext | None = None

    def put(self, raw: bytes, arrived: datetime | None = None, folder: str = "INBOX") -> int:
        """Let a mail arrive; its number."""
        uid, self.next_uid = self.next_uid, self.next_uid + 1
        self.folders.setdefault(folder, []).append(Stored(uid, raw, arrived or datetime.now(UTC)))
        return uid

    def begin_anew(self) -> None:
        """Move the mailbox to another server: the same mails under other numbers."""
        self.validity += 1
        for number, stored in enumerate(self.folders["INBOX"], 1):
            stored.uid = number
        self.next_uid = len(self.folders["INBOX"]) + 1


class _Conversation(socketserver.StreamRequestHandler):
    """One client from greeting to goodbye."""

    server: "_Server"
    timeout = 30

    def handle(self) -> None:
        self.imap, self.state, self.folder = self.server.imap, "new", ""
        if self.imap.fault == "deaf":
            self.connection.recv(1)
            return
        with suppress(OSError, ssl.SSLError), ExitStack() as self.opened:
            if self.imap.tls is not None:
                self._encrypt(self.imap.tls)
            self._say("* OK [CAPABILITY IMAP4rev1] ready" if self.imap.fault != "nonsense" else "hello there")
            while self.state != "over" and (line := self._line()):
                self._answer(line)

    def _encrypt(self, context: ssl.SSLContext) -> None:
        self.connection = self.opened.enter_context(context.wrap_socket(self.connection, server_side=True))
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)

    def _say(self, line: str | bytes) -> None:
        self.wfile.write((line.encode() if isinstance(line, str) else line) + b"\r\n")

    def _line(self) -> bytes:
        """One command with its literals put in as quoted words."""
        whole = self.rfile.readline(65_536).rstrip(b"\r\n")
        while literal := LITERAL.search(whole):
            if not literal[2]:
                self._say("+ go on")
            piece = self.rfile.read(int(literal[1])).replace(b"\\", b"\\\\").replace(b'"', b'\\"')
            whole = whole[: literal.start()] + b'"' + piece + b'"' + self.rfile.readline(65_536).rstrip(b"\r\n")
        return whole

    def _answer(self, line: bytes) -> None:
        words = [(quoted or b"").replace(b'\\"', b'"').replace(b"\\\\", b"\\") or plain for quoted, plain in
                 TOKEN.findall(line)]  # fmt: skip
        tag, name, *rest = [word.decode("utf-8", "replace") for word in [*words, b"", b""]]
        rest = [word for word in rest if word]
        self.imap.said.append(f"{name} {'***' if name.upper() == 'LOGIN' else ' '.join(rest)}".strip())
        try:
            done = getattr(self, f"_do_{name.lower()}", None)
            if done is None:
                message = "no such command here"
                raise Bad(message)
            self._say(f"{tag} OK {done(rest) or name + ' done'}")
        except Bad as error:
            self._say(f"{tag} {error if str(error).startswith('NO') else 'BAD ' + str(error)}")
        if self.state == "encrypting" and self.imap.starttls is not None:
            self._encrypt(self.imap.starttls)
            self.state = "new"

    def _do_capability(self, _: list[str]) -> None:
        self._say("* CAPABILITY IMAP4rev1" + (" STARTTLS" if self.imap.starttls and self.state == "new" else ""))

    def _do_starttls(self, _: list[str]) -> None:
        if self.imap.starttls is None:
            message = "no TLS here"
            raise Bad(message)
        self.state = "encrypting"

    def _do_noop(self, _: list[str]) -> None:
        """Nothing happens."""

    def _do_login(self, words: list[str]) -> None:
        if self.imap.token or self.imap.fault == "no sign-in" or words != [self.imap.user, self.imap.password]:
            message = "NO [AUTHENTICATIONFAILED] Invalid credentials"
            raise Bad(message)
        self.state = "known"

    def _do_authenticate(self, words: list[str]) -> None:
        """As Microsoft does it: what is wrong comes as a question, to which the client must answer with nothing."""
        if words != ["XOAUTH2"] or not self.imap.token:
            message = "NO unsupported mechanism"
            raise Bad(message)
        self._say("+ ")
        given = base64.b64decode(self.rfile.readline(65_536).strip())
        if given.decode() != f"user={self.imap.user}\x01auth=Bearer {self.imap.token}\x01\x01":
            self._say("+ " + base64.b64encode(b'{"status":"401","schemes":"bearer"}').decode())
            assert self.rfile.readline(65_536).strip() == b""
            message = "NO AUTHENTICATE failed."
            raise Bad(message)
        self.state = "known"

    def _do_examine(self, words: list[str]) -> str:
        if self.state == "new" or words[0] not in self.imap.folders:
            message = "NO [NONEXISTENT] Unknown Mailbox" if self.state != "new" else "sign in first"
            raise Bad(message)
        self.folder, self.state = words[0], "open"
        self._say(f"* {len(self.imap.folders[self.folder])} EXISTS")
        self._say("* 0 RECENT")
        self._say("* FLAGS (\\Seen \\Deleted)")
        self._say(f"* OK [UIDVALIDITY {self.imap.validity}] numbers hold")
        self._say(f"* OK [UIDNEXT {self.imap.next_uid}] the next one")
        return "[READ-ONLY] opened"

    def _do_uid(self, words: list[str]) -> None:
        if self.state != "open":
            message = "open a folder first"
            raise Bad(message)
        if self.imap.fault == "cut":
            raise OSError
        if words[0].upper() == "SEARCH":
            self._search(words[1:])
        elif words[0].upper() == "FETCH":
            self._fetch(words[1], " ".join(words[2:]))
        else:
            message = "NO [READ-ONLY] only looking is allowed"
            raise Bad(message)

    def _mails(self, numbers: str) -> list[Stored]:
        """Those of a set such as 3,5:9,12:*; a range that ends in * has the last mail in it."""
        rows, last = self.imap.folders[self.folder], self.imap.next_uid - 1
        wanted: set[int] = set()
        for piece in numbers.split(","):
            first, _, end = piece.partition(":")
            ends = sorted((last if word == "*" else int(word)) for word in (first, end or first))
            wanted |= {row.uid for row in rows if ends[0] <= row.uid <= ends[1]}
        return [row for row in rows if row.uid in wanted]

    def _search(self, keys: list[str]) -> None:
        found = list(self.imap.folders[self.folder])
        while keys:
            key, value, *keys = keys
            if key.upper() == "UID":
                among = {row.uid for row in self._mails(value)}
                found = [row for row in found if row.uid in among]
            elif key.upper() == "SINCE":
                day, month, year = value.split("-")
                since = date(int(year), MONTHS.index(month) + 1, int(day))
                found = [row for row in found if row.arrived.date() >= since]
            else:
                message = f"no search by {key}"
                raise Bad(message)
        while self.imap.fault == "endless":
            self._say("* 1 EXISTS " + "x" * 60_000)
        self._say(" ".join(["* SEARCH", *(str(row.uid) for row in found)]))

    def _fetch(self, numbers: str, items: str) -> None:
        for row in self._mails(numbers):
            number = self.imap.folders[self.folder].index(row) + 1
            if fields := FIELDS.search(items):
                label, body = f"BODY[HEADER.FIELDS ({fields[1]})]", _header_of(row.raw, fields[1].split())
            elif whole := WHOLE.search(items):
                start, length = int(whole[1] or 0), int(whole[2] or len(row.raw))
                label, body = f"BODY[]{f'<{start}>' if whole[1] else ''}", row.raw[start : start + length]
            else:
                message = f"cannot fetch {items}"
                raise Bad(message)
            if self.imap.fault == "huge literal":
                self._say(f"* {number} FETCH (UID {row.uid} {label} {{4000000000}}")
                raise OSError
            self._say(f"* {number} FETCH (UID {row.uid} {label} {{{len(body)}}}".encode() + b"\r\n" + body + b")")

    def _do_logout(self, _: list[str]) -> None:
        self._say("* BYE see you")
        self.state = "over"


def _header_of(raw: bytes, names: list[str]) -> bytes:
    mail = message_from_bytes(raw)
    lines = [f"{name}: {value}" for name, value in mail.items() if name.upper() in {word.upper() for word in names}]
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "surrogateescape") + b"\r\n"


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads, block_on_close, allow_reuse_address = True, False, True

    def __init__(self, imap: Imap) -> None:
        self.imap = imap
        super().__init__(("127.0.0.1", 0), _Conversation)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no error of the test."""


@contextmanager
def imap_server(imap: Imap | None = None) -> Iterator[Imap]:
    """A server for the length of the block, on a free port."""
    imap = imap or Imap()
    server = _Server(imap)
    imap.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield imap
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def letter(sender: str, subject: str, text: str) -> bytes:
    """A mail as a person, or an absence notice, writes it."""
    now = format_datetime(datetime.now(UTC))
    return f"From: {sender}\r\nSubject: {subject}\r\nDate: {now}\r\nReturn-Path: <>\r\n\r\n{text}\r\n".encode()

"""The door to one Google Workspace: give it a key file, get mailboxes, drives and the directory by subject."""

from pathlib import Path
from types import TracebackType

from monitor.google.backoff import Backoff
from monitor.google.calls import Caller, Line
from monitor.google.chat import Chat
from monitor.google.credentials import (
    CHAT_MEMBERSHIPS_READONLY,
    CHAT_MESSAGES_READONLY,
    CHAT_SPACES_READONLY,
    DIRECTORY_GROUP_MEMBER_READONLY,
    DIRECTORY_ORGUNIT_READONLY,
    DIRECTORY_USER_READONLY,
    DRIVE_READONLY,
    GMAIL_READONLY,
    PUBSUB,
    REPORTS_AUDIT_READONLY,
    ServiceAccountKey,
    Tokens,
    load_key,
)
from monitor.google.directory import Directory
from monitor.google.drive import Drive
from monitor.google.gmail import Gmail
from monitor.google.meter import Meter, UnitPrices
from monitor.google.push import Push
from monitor.google.reports import Reports
from monitor.google.shared_drives import SharedDrives
from monitor.google.transport import Transport


class Workspace:
    """Connections, tokens and prices shared by every account and thread. Close it, or use it in a `with`."""

    def __init__(
        self,
        key_file: Path,
        *,
        endpoint: str | None,
        prices: UnitPrices,
        meter: Meter,
        timeout_seconds: float = 30,
        backoff: Backoff | None = None,
    ) -> None:
        """`endpoint` None is Google itself. Makes no call. Raises KeyFileError, ValueError for a bad endpoint."""
        self._meter = meter
        self._line = Line(
            tokens=Tokens(load_key(key_file)),
            transport=Transport(endpoint=endpoint, timeout_seconds=timeout_seconds),
            prices=prices,
            backoff=backoff or Backoff(),
        )

    @property
    def key(self) -> ServiceAccountKey:
        """The key in use: its client id is what an administrator grants scopes to."""
        return self._line.tokens.key

    def with_meter(self, meter: Meter) -> "Workspace":
        """The same Workspace seen by another meter: shares connections and tokens, costs nothing.

        Closing either closes both.
        """
        twin = object.__new__(Workspace)
        twin._meter = meter
        twin._line = self._line
        return twin

    def directory(self, subject: str) -> Directory:
        """The directory as the delegated administrator `subject` sees it."""
        return Directory(
            users=self._caller(subject, DIRECTORY_USER_READONLY),
            org_units=self._caller(subject, DIRECTORY_ORGUNIT_READONLY),
            members=self._caller(subject, DIRECTORY_GROUP_MEMBER_READONLY),
        )

    def gmail(self, subject: str) -> Gmail:
        """The mailbox of `subject`."""
        return Gmail(self._caller(subject, GMAIL_READONLY))

    def drive(self, subject: str) -> Drive:
        """The Drive of `subject`."""
        return Drive(self._caller(subject, DRIVE_READONLY))

    def shared_drives(self, subject: str) -> SharedDrives:
        """The domain's shared drives as the delegated administrator `subject` sees them."""
        return SharedDrives(self._caller(subject, DRIVE_READONLY))

    def chat(self, subject: str) -> Chat:
        """The conversations in Google Chat of which `subject` is a member."""
        return Chat(
            spaces=self._caller(subject, CHAT_SPACES_READONLY),
            messages=self._caller(subject, CHAT_MESSAGES_READONLY),
            members=self._caller(subject, CHAT_MEMBERSHIPS_READONLY),
        )

    def reports(self, subject: str) -> Reports:
        """The domain's stream of activity as the delegated administrator `subject` sees it."""
        return Reports(self._caller(subject, REPORTS_AUDIT_READONLY))

    def push(self, subscription: str) -> Push:
        """A pull subscription, read in the service account's own name: delegation has no part in it."""
        caller = Caller(line=self._line, meter=self._meter, subject="", scopes=(PUBSUB,))
        return Push(caller, subscription)

    def close(self) -> None:
        """Close all connections; a later call opens new ones."""
        self._line.transport.close()

    def __enter__(self) -> "Workspace":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _caller(self, subject: str, scope: str) -> Caller:
        if "@" not in subject:
            message = f"subject {subject!r} is not an address; one account has to be named per call"
            raise ValueError(message)
        return Caller(line=self._line, meter=self._meter, subject=subject, scopes=(scope,))

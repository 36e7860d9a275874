"""The state of the simulated Workspace: people, mailboxes, files, grants, clock. All access is under one lock."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa

from monitor.lib import clock
from monitor.simulator.drive_files import DriveFiles
from monitor.simulator.faults import Faults
from monitor.simulator.ledger import Ledger
from monitor.simulator.mailbox import Mailbox
from monitor.simulator.oauth import Grants
from monitor.simulator.people import ORG_UNITS, Person, make_people

MOST_HELD = 2 * 1024**3


class World:
    """One district. `lock` must be held by whoever reads or changes anything in it."""

    def __init__(self, students: int, seed: int, endpoint: str) -> None:
        self.lock = threading.RLock()
        self.seed = seed
        self.endpoint = endpoint
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.people: dict[str, Person] = make_people(students, seed)
        self.org_units: list[str] = list(ORG_UNITS)
        self.mailboxes: dict[str, Mailbox] = {}
        self.pending: dict[str, list[Path]] = {}
        self.drive = DriveFiles(seed)
        self.grants = Grants(self.key.public_key(), f"{endpoint}/token")
        self.faults = Faults(seed)
        self.ledger = Ledger()
        self.mails = 0
        self._held = 0
        self._shift = timedelta(0)

    def now(self) -> datetime:
        """The simulator's own time, aware, in UTC."""
        return clock.now() + self._shift

    def wall(self) -> datetime:
        """The machine's time."""
        return clock.now()

    def move_clock(self, to: datetime | None = None, by: timedelta = timedelta(0)) -> datetime:
        """Sets the clock to `to`, or moves it `by`; returns the new now."""
        self._shift = to.astimezone(UTC) - clock.now() if to else self._shift + by
        return self.now()

    def milliseconds(self) -> int:
        """Now, in milliseconds since 1970."""
        return int(self.now().timestamp() * 1000)

    def hold(self, count: int) -> None:
        """Counts `count` more bytes of mail or files in memory (less, when negative).

        Raises `ValueError` when they would be more than 2 GiB. A mail counts for ever, deleted or not.
        """
        if count > 0 and self._held + count > MOST_HELD:
            message = f"the simulator holds {self._held} bytes of mail and files and takes no more than {MOST_HELD}"
            raise ValueError(message)
        self._held += count

    def students(self) -> list[Person]:
        """The student accounts in the order in which they were made."""
        return [person for person in self.people.values() if person.is_student]

    def mailbox(self, email: str) -> Mailbox:
        """The mailbox of a person of the domain, made when it is first asked for."""
        if email not in self.mailboxes:
            box = Mailbox(email, self.seed)
            box.pending = self.pending.pop(email, [])
            self.mailboxes[email] = box
        return self.mailboxes[email]

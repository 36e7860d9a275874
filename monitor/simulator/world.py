"""The state of the simulated Workspace: people, mailboxes, files, grants, clock. All access is under one lock."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric import rsa

from monitor.lib import clock
from monitor.simulator.audit_log import Reports
from monitor.simulator.chat_state import Chat
from monitor.simulator.drive_files import DriveFiles
from monitor.simulator.faults import Faults
from monitor.simulator.ledger import Ledger
from monitor.simulator.mailbox import Mailbox
from monitor.simulator.oauth import MANAGED_KEY_ID, Grants, key_id
from monitor.simulator.people import ORG_UNITS, SCHOOLS, Group, Person, make_people, service_account
from monitor.simulator.pubsub_state import PubSub
from monitor.simulator.quota import Quota
from monitor.simulator.record import Record

MOST_HELD = 2 * 1024**3


class Happening(Protocol):
    """What goes on by itself as the clock passes."""

    def catch_up(self, now: datetime) -> None:
        """Does everything up to `now`."""


class World:
    """One district. `lock` must be held by whoever reads or changes anything in it."""

    def __init__(self, students: int, seed: int, endpoint: str, quota: str = "off", schools: int = 2) -> None:
        self.lock = threading.RLock()
        self.endpoint = endpoint
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.key_number = 0
        self.folder: Path | None = None
        self.robot = service_account()
        self._managed: rsa.RSAPrivateKey | None = None
        self.grants = Grants({key_id(0): self.key.public_key()}, f"{endpoint}/token")
        self._size = (students, schools)
        self.begin(seed, quota)

    def begin(self, seed: int, quota: str) -> None:
        """Makes the district as new: its people with nothing written yet, and the clock at the machine's time.

        Keys, and the tokens that were given out for people who are there again, stay good.
        """
        students, schools = self._size
        self.seed = seed
        self.people: dict[str, Person] = make_people(students, seed, schools)
        self.org_units: list[str] = [*ORG_UNITS, *(school.unit for school in SCHOOLS[2:schools])]
        self.groups: dict[str, Group] = {}
        self.deleted: dict[str, Person] = {}
        self._aliases: dict[str, str] = {}
        self.mailboxes: dict[str, Mailbox] = {}
        self.pending: dict[str, list[Path]] = {}
        self.drive, self.chat, self.pubsub = DriveFiles(seed, self._in_group), Chat(seed), PubSub()
        self.faults, self.quota = Faults(seed), Quota(seed, quota)
        self.ledger, self.record, self.reports = Ledger(), Record(), Reports(seed)
        self.grants.restore()
        self.mails = 0
        self._held = 0
        self.traffic: Happening | None = None
        self.rate = 1.0
        self._anchor = (clock.now(), clock.now())
        self._standing: datetime | None = None

    def now(self) -> datetime:
        """The simulator's own time, aware, in UTC."""
        if self._standing is not None:
            return self._standing
        return self._anchor[1] + (clock.now() - self._anchor[0]) * self.rate

    def wall(self) -> datetime:
        """The machine's time."""
        return clock.now()

    def move_clock(
        self, to: datetime | None = None, by: timedelta = timedelta(0), rate: float | None = None
    ) -> datetime:
        """Sets the clock to `to`, or moves it `by`, and lets it run `rate` times as fast; returns the new now."""
        now = to.astimezone(UTC) if to else self.now() + by
        self._anchor, self.rate = (clock.now(), now), self.rate if rate is None else rate
        self.catch_up()
        return self.now()

    @contextmanager
    def standing_at(self, moment: datetime) -> Iterator[None]:
        """Within the block `now()` is `moment`: for what happened while nobody looked."""
        before, self._standing = self._standing, moment
        try:
            yield
        finally:
            self._standing = before

    def catch_up(self) -> None:
        """Lets the traffic do what is due by now."""
        if self.traffic is not None and self._standing is None:
            self.traffic.catch_up(self.now())

    def milliseconds(self) -> int:
        """Now, in milliseconds since 1970."""
        return int(self.now().timestamp() * 1000)

    def hold(self, count: int) -> None:
        """Counts `count` more bytes of mail or files in memory (less, when negative).

        Raises `ValueError` when they would be more than 2 GiB. A mail counts for ever, deleted or not.
        """
        self.make_room(count)
        self._held += count

    def make_room(self, count: int) -> None:
        """Raises `ValueError` when `count` more bytes would be too many."""
        if count > 0 and self._held + count > MOST_HELD:
            message = f"the simulator holds {self._held} bytes of mail and files and takes no more than {MOST_HELD}"
            raise ValueError(message)

    def find_person(self, key: str) -> Person | None:
        """Somebody by address, alias or Google's id."""
        found = self.people.get(key) or self.people.get(self._aliases.get(key, ""))
        if found is None and key.isdigit():
            found = next((person for person in self.people.values() if person.id == key), None)
        return found

    def give_aliases(self, person: Person, aliases: list[str]) -> None:
        """These and no other aliases for `person`; raises `ValueError` for an address that is taken."""
        for alias in person.aliases:
            self._aliases.pop(alias, None)
        person.aliases = ()
        for alias in aliases:
            if alias in self.people or alias in self.groups or alias in self._aliases:
                message = f"{alias} is somebody's address already"
                raise ValueError(message)
            self._aliases[alias] = person.email
        person.aliases = tuple(aliases)

    def receivers(self, address: str) -> list[str]:
        """Whose mailboxes mail to `address` reaches: a person's, or those of everybody in a group and its groups."""
        found: dict[str, None] = {}
        waiting, seen = [address], set()
        while waiting:
            name = waiting.pop()
            group = self.groups.get(name)
            if group is None:
                person = self.find_person(name)
                found |= {person.email: None} if person else {}
            elif name not in seen:
                seen.add(name)
                waiting += reversed(group.members)
        return list(found)

    def _in_group(self, address: str) -> list[str]:
        return self.receivers(address) if address in self.groups else []

    def students(self) -> list[Person]:
        """The student accounts in the order in which they were made."""
        return [person for person in self.people.values() if person.is_student]

    def mailbox(self, email: str) -> Mailbox:
        """The mailbox of a person of the domain, made when it is first asked for."""
        if email not in self.mailboxes:
            box = Mailbox(email, self.seed, told=self._mailbox_changed)
            box.pending = self.pending.pop(email, [])
            self.mailboxes[email] = box
        return self.mailboxes[email]

    def managed_key(self) -> rsa.RSAPrivateKey:
        """The service account's key that only Google holds, made when it is first needed."""
        if self._managed is None:
            self._managed = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            self.grants.keys[MANAGED_KEY_ID] = self._managed.public_key()
        return self._managed

    def rotate_key(self, revoke_old: bool) -> rsa.RSAPrivateKey:
        """A new key for the service account's key file; the old one goes on working unless it is revoked."""
        self.key, self.key_number = rsa.generate_private_key(public_exponent=65537, key_size=2048), self.key_number + 1
        if revoke_old:
            self.grants.keys = {name: key for name, key in self.grants.keys.items() if name == MANAGED_KEY_ID}
        self.grants.keys[key_id(self.key_number)] = self.key.public_key()
        return self.key

    def _mailbox_changed(self, email: str, history_id: int, labels: tuple[str, ...]) -> int:
        now = self.now()
        self.pubsub.tell(email, history_id, labels, now)
        return int(now.timestamp() * 1000)

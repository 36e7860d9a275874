"""`worker.py bench intake`: what reading costs, in requests, units and processor time, on the simulated Workspace.

An installation reads it as it reads a district: leases, ledger, rows and extraction are in the figures, and only the
classifier is left out, which `bench scoring` measures.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Sum

from config.district_file import read_district_file
from models.categories import CATEGORIES, CHANNELS
from models.classifier import TextScore
from monitor.commands.bench_day import SIZES, day_of
from monitor.commands.bench_faults import Start, measure_faults
from monitor.commands.config import apply
from monitor.commands.processor import processor_seconds
from monitor.detection.scan import score_pending
from monitor.domain.source import Source
from monitor.google.backoff import Backoff
from monitor.google.meter import GoogleCall
from monitor.google.workspace import Workspace
from monitor.intake.activity import read_activity
from monitor.intake.chat_sync import due_spaces, poll_space
from monitor.intake.models import UnitUsage
from monitor.intake.poll import due_cursors
from monitor.intake.quota import quota
from monitor.intake.tasks import poll_one
from monitor.intake.workspace import sync_district_roster
from monitor.lib import clock
from monitor.roster.models import District, MonitoredAccount
from monitor.simulator.handle import Simulation

ACCOUNTS = 5  # into which the measured mail, files and lines of chat go
MANY = 100_000


class _Silent:
    """A classifier that flags nothing and takes no time."""

    id = "none"
    thresholds = {channel: {category: {"alert": 1.0, "review": 1.0} for category in CATEGORIES} for channel in CHANNELS}

    def score(self, texts: Sequence[str], **_options: object) -> list[TextScore]:
        """No danger anywhere."""
        return [TextScore(dict.fromkeys(CATEGORIES, 0.0), (), (), ()) for _ in texts]


@dataclass(slots=True)
class UnitCounter:
    """Counts units and nothing else."""

    units: int = 0

    def before(self, call: GoogleCall) -> None:
        """Count."""
        self.units += call.units

    def after(self, call: GoogleCall, outcome: str) -> None:
        """Nothing."""

    def taken(self) -> int:
        """What was spent since this was last asked."""
        spent, self.units = self.units, 0
        return spent


def watch(simulation: Simulation) -> None:
    """Let this installation, a new one, watch the simulated district, Chat included, and contact everybody once."""
    apply(read_district_file(simulation.district_file))
    District.objects.update(reading={"chat": True})
    sync_district_roster()
    for source in Source:
        _poll(source)
    read_activity()


def measure(simulation: Simulation, messages: int = 100, files: int = 40, lines: int = 60) -> dict[str, Any]:
    """Every figure; those of a day are computed from the measured ones. `watch` comes first."""
    addresses = simulation.control.students()
    idle = _per(simulation, len(addresses) / 1000, lambda: _poll(Source.GMAIL))
    nothing = _of_drive_and_chat()
    message = _per(simulation, messages, _read_mail(simulation, addresses, messages))
    document = _per(simulation, files, _read_files(simulation, addresses, files))
    chat = _per(simulation, lines, _read_chat(simulation, addresses, lines))
    faults = _with_faults(simulation, addresses[ACCOUNTS], messages // 4, files // 4)
    figures = {"idle": idle, "message": message, "document": document, "chat": chat}
    days = {str(size): day_of(size, figures, quota()) for size in SIZES}
    return {**figures, "idle_drive_and_chat": nothing, "faults": faults, "day": days}


def _poll(source: Source, addresses: set[str] | None = None) -> None:
    for account in MonitoredAccount.objects.order_by("pk"):
        if addresses is None or account.address in addresses:
            poll_one(account.pk, source.value)


def _score() -> None:
    while score_pending(classifier=_Silent()).handled:
        pass


def _usage(api: str = "") -> tuple[int, int]:
    rows = UnitUsage.objects.filter(api=api) if api else UnitUsage.objects.all()
    found = rows.aggregate(calls=Sum("calls"), units=Sum("units"))
    return found["calls"] or 0, found["units"] or 0


def _per(simulation: Simulation, count: float, act: Callable[[], None]) -> dict[str, float]:
    """What `act` costs, for each of `count` things."""
    calls, units, seconds = *_usage(), processor_seconds(simulation.pid)
    act()
    seconds = processor_seconds(simulation.pid) - seconds
    calls, units = _usage()[0] - calls, _usage()[1] - units
    return {
        "requests": round(calls / count, 2),
        "units": round(units / count, 2),
        "cpu_ms": round(seconds * 1000 / count, 2),
    }


def _of_drive_and_chat() -> dict[str, int]:
    """A cycle of Drive and Chat in which nothing happened: both streams are asked, and no account is due."""
    before = _usage("drive")[1], _usage("chat")[0], _usage("reports")[0]
    with clock.standing_at(clock.now() + timedelta(minutes=5)):
        read_activity()
        due = [*due_cursors(Source.DRIVE, MANY), *due_cursors(Source.CHAT, MANY), *due_spaces(MANY)]
    return {
        "due_accounts": len(due),
        "drive_units": _usage("drive")[1] - before[0],
        "chat_requests": _usage("chat")[0] - before[1],
        "stream_requests_of_the_district": _usage("reports")[0] - before[2],
    }


def _read_mail(simulation: Simulation, addresses: list[str], messages: int) -> Callable[[], None]:
    for number in range(messages):
        to = addresses[number % ACCOUNTS]
        simulation.control.mail("pal@elsewhere.example", to, f"Practice {number}", "See you at three.")

    def read() -> None:
        _poll(Source.GMAIL, set(addresses[:ACCOUNTS]))
        _score()

    return read


def _read_files(simulation: Simulation, addresses: list[str], files: int) -> Callable[[], None]:
    """Documents that were read before, and in which somebody went on writing."""
    control, owners = simulation.control, set(addresses[:ACCOUNTS])
    texts = [f"The war of chapter {number} began in spring." for number in range(files)]
    made = [
        control.write_file(addresses[n % ACCOUNTS], f"Essay {n}", text)["id"] for n, text in enumerate(texts)
    ]  # fmt: skip
    _poll(Source.DRIVE, owners)
    _score()
    for identity, text in zip(made, texts, strict=True):
        control.edit_file(identity, text=f"{text}\nIt ended in autumn.")

    def read() -> None:
        _poll(Source.DRIVE, owners)
        _score()

    return read


def _read_chat(simulation: Simulation, addresses: list[str], lines: int) -> Callable[[], None]:
    """Conversations of three in which each says something in turn; those who speak look at their lists too."""
    control = simulation.control
    talks = [
        (members, control.do("space", kind="GROUP_CHAT", members=members)["id"])
        for members in (addresses[:3], addresses[2:ACCOUNTS])
    ]
    for number in range(lines):
        members, space = talks[number % len(talks)]
        control.do("say", space=space, sender=members[number % 3], text=f"Line {number} of the day")

    def read() -> None:
        _poll(Source.CHAT, set(addresses[:ACCOUNTS]))
        for pk in due_spaces(MANY):
            poll_space(pk)
        _score()

    return read


def _with_faults(simulation: Simulation, address: str, messages: int, files: int) -> dict[str, Any]:
    """The same messages, documents and lines of chat with and without each kind of passing fault."""
    meter, control = UnitCounter(), simulation.control

    def opened() -> Workspace:
        return Workspace(
            simulation.key_file,
            endpoint=simulation.endpoint,
            prices=quota().prices,
            meter=meter,
            backoff=Backoff(attempts=12, sleep=lambda _: None),
        )

    with opened() as workspace:
        profile, token = workspace.gmail(address).profile(), workspace.drive(address).start_page_token()
    talk = control.do("space", kind="GROUP_CHAT", members=[address, "pal@elsewhere.example"])["id"]
    for number in range(messages):
        control.mail("pal@elsewhere.example", address, f"Rehearsal {number}", "See you at four.")
        control.do("say", space=talk, sender=address, text=f"Line {number}")
    for number in range(files):
        control.write_file(address, f"Report {number}", "The river rose in autumn.")
    start = Start(address, profile.history_id, token, clock.now() - timedelta(hours=1))
    return measure_faults(simulation, opened, meter.taken, start)

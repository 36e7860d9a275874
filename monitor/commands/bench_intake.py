"""`worker.py bench intake`: what reading costs, in requests, units and processor time, on the simulated Workspace."""

import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from monitor.commands.bench_faults import Start, measure_faults
from monitor.google.backoff import Backoff
from monitor.google.meter import GoogleCall, Quota, load_quota
from monitor.google.workspace import Workspace
from monitor.simulator.handle import Simulation, start_in_process

QUOTA = Path(__file__).resolve().parents[2] / "config" / "quota.toml"
SIZES = (1_000, 5_000, 22_000, 50_000)
AWAKE_HOURS = 14  # of a day in which accounts are polled at all
BUSY_SHARE = 0.3  # of the accounts that have news in an hour, and so are polled at the shortest interval
MAIL_A_DAY, EDITS_A_DAY = 50, 5  # per student, as in the sizing of the design
POLL_SECONDS, IDLE_FACTOR = 300, 6


@dataclass(slots=True)
class CountingMeter:
    """Counts attempts and units by method."""

    calls: Counter[str] = field(default_factory=Counter)
    units: Counter[str] = field(default_factory=Counter)

    def before(self, call: GoogleCall) -> None:
        """Count."""
        self.calls[call.method] += 1
        self.units[call.api] += call.units

    def after(self, call: GoogleCall, outcome: str) -> None:
        """Nothing."""


def measure(students: int = 50, messages: int = 100, files: int = 40) -> dict[str, Any]:
    """Every figure; those of a day are computed from the measured ones."""
    quota = load_quota(QUOTA)
    with start_in_process(students=students, seed=7) as simulation:
        idle = _per_idle_account(simulation, quota)
        message = _per_message(simulation, quota, messages)
        document = _per_document(simulation, quota, files)
        faults = _with_faults(simulation, quota, messages // 4, files // 4)
    day = {str(size): _day(size, idle, message, document, quota) for size in SIZES}
    return {"idle": idle, "message": message, "document": document, "faults": faults, "day": day}


def _open(simulation: Simulation, quota: Quota, meter: CountingMeter) -> Workspace:
    return Workspace(
        simulation.key_file,
        endpoint=simulation.endpoint,
        prices=quota.prices,
        meter=meter,
        backoff=Backoff(attempts=12, sleep=lambda _: None),
    )


def _per_idle_account(simulation: Simulation, quota: Quota) -> dict[str, float]:
    """One cycle over accounts in which nothing happened; tokens are there already, as in a running worker."""
    meter, addresses = CountingMeter(), simulation.control.students()
    with _open(simulation, quota, meter) as workspace:
        ids = {address: workspace.gmail(address).profile().history_id for address in addresses}
        meter.calls.clear()
        meter.units.clear()
        started = time.process_time()
        for address, history_id in ids.items():
            list(workspace.gmail(address).history_pages(history_id, 10))
        seconds = time.process_time() - started
    return _per(meter, seconds, len(addresses), 1000)


def _per_message(simulation: Simulation, quota: Quota, messages: int) -> dict[str, float]:
    meter, address = CountingMeter(), simulation.control.students()[0]
    with _open(simulation, quota, meter) as workspace:
        gmail = workspace.gmail(address)
        start = gmail.profile().history_id
        for number in range(messages):
            simulation.control.mail("pal@elsewhere.example", address, f"Practice {number}", "See you at three.")
        meter.calls.clear()
        meter.units.clear()
        started = time.process_time()
        for page in gmail.history_pages(start, 10):
            for ref in page.added:
                gmail.fetch(ref.message_id)
        seconds = time.process_time() - started
    return _per(meter, seconds, messages, 1)


def _per_document(simulation: Simulation, quota: Quota, files: int) -> dict[str, float]:
    meter, address = CountingMeter(), simulation.control.students()[1]
    with _open(simulation, quota, meter) as workspace:
        drive = workspace.drive(address)
        start = drive.start_page_token()
        for number in range(files):
            simulation.control.write_file(address, f"Essay {number}", "The war began in spring.")
        meter.calls.clear()
        meter.units.clear()
        started = time.process_time()
        for page in drive.change_pages(start, 10):
            for change in page.changes:
                drive.file(change.file_id)
                drive.export(change.file_id, "text/plain")
                drive.comments(change.file_id, None)
        seconds = time.process_time() - started
    return _per(meter, seconds, files, 1)


def _with_faults(simulation: Simulation, quota: Quota, messages: int, files: int) -> dict[str, Any]:
    """The same messages and documents with and without each kind of passing fault."""
    meter, address = CountingMeter(), simulation.control.students()[2]
    with _open(simulation, quota, meter) as workspace:
        profile, token = workspace.gmail(address).profile(), workspace.drive(address).start_page_token()
    for number in range(messages):
        simulation.control.mail("pal@elsewhere.example", address, f"Rehearsal {number}", "See you at four.")
    for number in range(files):
        simulation.control.write_file(address, f"Report {number}", "The river rose in autumn.")

    def units() -> int:
        spent = sum(meter.units.values())
        meter.units.clear()
        return spent

    start = Start(address, profile.history_id, token)
    return measure_faults(simulation, lambda: _open(simulation, quota, meter), units, start)


def _per(meter: CountingMeter, seconds: float, count: int, scale: int) -> dict[str, float]:
    requests, units = sum(meter.calls.values()), sum(meter.units.values())
    return {
        "requests": round(requests / count * scale, 2),
        "units": round(units / count * scale, 2),
        "cpu_ms": round(seconds * 1000 / count * scale, 2),
    }


def _day(
    students: int, idle: dict[str, float], message: dict[str, float], document: dict[str, float], quota: Quota
) -> dict[str, float]:
    """Units of a day: polls by how busy an account is, messages, documents, and the Drive sweep."""
    polls = AWAKE_HOURS * 3600 / POLL_SECONDS * (BUSY_SHARE + (1 - BUSY_SHARE) / IDLE_FACTOR)
    gmail = students * (polls * idle["units"] / 1000 + MAIL_A_DAY * message["units"])
    changes = quota.prices.units("drive.changes.list")
    drive = students * (EDITS_A_DAY * (document["units"] + changes) + changes)
    limits = {api: quota.limits[api].per_day or 1 for api in ("gmail", "drive")}
    return {
        "gmail_units": round(gmail),
        "gmail_units_per_student": round(gmail / students, 1),
        "gmail_share": round(gmail / limits["gmail"], 4),
        "drive_units": round(drive),
        "drive_units_per_student": round(drive / students, 1),
        "drive_share": round(drive / limits["drive"], 4),
    }

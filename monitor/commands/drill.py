"""`worker.py drill`: a test alert that goes the whole way, and who answered it when."""

import argparse
import sys
import time

from django.conf import settings

from monitor.accounts.models import User
from monitor.alerts.drills import (
    DrillNotFound,
    DrillReport,
    do_acknowledge_drill,
    do_end_drill,
    do_start_drill,
    report_of,
)
from monitor.alerts.models import Drill
from monitor.alerts.outbox import prepare_deliveries
from monitor.alerts.send import send_due
from monitor.domain.severity import Severity
from monitor.roster.models import Site

LOOK_SECONDS = 1.0
LONGEST_MINUTES = 24 * 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("action", nargs="?", default="start", choices=["start", "report", "answer", "end"])
    parser.add_argument("--site", default="", help="start: the code of the school")
    parser.add_argument("--severity", default="imminent", choices=["severe", "imminent"], help="start: as which alert")
    parser.add_argument("--wait", type=float, default=0, metavar="MINUTES", help="start: watch so long for an answer")
    parser.add_argument("--id", default="", help="report, answer, end: the drill's id")
    parser.add_argument("--user", default="", metavar="EMAIL", help="answer: who has got it")


def run(arguments: argparse.Namespace) -> int:
    """Start, report, answer or end a drill; exit status 1 when nobody was reached, 2 for what does not exist."""
    if arguments.action == "start":
        return _start(arguments)
    drill = Drill.objects.select_related("site").filter(public_id=arguments.id).first()
    if drill is None:
        print("drill: give --id of a drill that was started", file=sys.stderr)
        return 2
    if arguments.action == "answer" and not _answer(drill, arguments.user):
        return 2
    if arguments.action == "end":
        do_end_drill(drill, actor="command")
    report = report_of(drill)
    _print(report)
    return 0 if report.reached else 1


def _start(arguments: argparse.Namespace) -> int:
    site = Site.objects.filter(code=arguments.site, is_active=True).first()
    if site is None:
        codes = ", ".join(Site.objects.filter(is_active=True).values_list("code", flat=True))
        print(f"drill: give --site, one of: {codes or 'no site is set up yet'}", file=sys.stderr)
        return 2
    drill = do_start_drill(site, Severity(arguments.severity), actor="command")
    print(f"Drill {drill.public_id} at {site.name}. Whoever gets it answers at "
          f"{settings.HEED_CONSOLE_URL}/drills/{drill.public_id}/")  # fmt: skip
    # The worker would do the same; doing it here as well makes a drill possible before it runs.
    deadline = time.monotonic() + min(max(arguments.wait, 0), LONGEST_MINUTES) * 60
    while True:
        prepare_deliveries()
        send_due()
        report = report_of(drill)
        if report.acknowledged_at is not None or time.monotonic() >= deadline:
            break
        time.sleep(LOOK_SECONDS)
    _print(report)
    return 0 if report.reached else 1


def _answer(drill: Drill, email: str) -> bool:
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    try:
        if user is not None:
            do_acknowledge_drill(drill, actor=user)
            return True
    except DrillNotFound:
        pass
    print(f"drill: {email or 'nobody'} is not a person who looks after {drill.site.code}", file=sys.stderr)
    return False


def _print(report: DrillReport) -> None:
    for line in report.lines:
        when = f"sent {line.sent_at:%H:%M:%S} UTC" if line.sent_at else line.error or "waits"
        print(f"  step {line.step}{' (last responder)' if line.is_last else ''}: {line.contact}, {line.way}: "
              f"{line.state}, {when}")  # fmt: skip
    if not report.lines:
        print("  Nobody could be told: the school has no contact who may be told now.")
    seconds = report.seconds_to_answer
    if seconds is None:
        print("Nobody has answered yet.")
    else:
        print(f"Answered by {report.acknowledged_by} after {seconds / 60:.1f} minutes.")

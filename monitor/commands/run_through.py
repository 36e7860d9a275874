"""One pass over everything: roster, polls, scoring, cases, alerts, until nothing is left to do."""

import logging
from typing import Any

from django.db.models import Max

from monitor.alerts.models import Delivery
from monitor.alerts.outbox import prepare_deliveries
from monitor.alerts.send import SendTally, send_due
from monitor.calendars.awake import awake_accounts
from monitor.commands.progress import Progress
from monitor.detection.models import Finding
from monitor.detection.scan import score_pending
from monitor.domain.source import Source
from monitor.handovers.send import send_handovers
from monitor.intake.activity import refresh_drives_if_due
from monitor.intake.chat_sync import due_spaces, poll_space
from monitor.intake.leases import release_dead_leases
from monitor.intake.ledger import units_spent
from monitor.intake.models import Cursor, Item, ItemState, SharedDrive
from monitor.intake.poll import PollState, poll_account, sources_on
from monitor.intake.shared_drives import poll_drive
from monitor.intake.workspace import sync_district_roster
from monitor.lib import clock
from monitor.roster.models import MonitoredAccount
from monitor.roster.reading import reading_now
from monitor.roster.sync import ManyGone
from monitor.sealed.keys import blind_index
from monitor.tips.scoring import score_messages
from monitor.tips.send import send_replies
from monitor.triage.grouping import group_findings
from monitor.triage.models import Case

logger = logging.getLogger(__name__)

MOST_CHATS = 5_000
MAX_ROUNDS = 50  # polls of one account in one pass; a mailbox that is busier than that goes on in the next


class UnknownAccount(Exception):
    """The address given is not a monitored account."""


def run_through(address: str | None = None) -> dict[str, Any]:
    """Do everything there is to do now and return what was done, in the keys that `worker.py poll` prints.

    Raises `NoDistrict`, `UnknownAccount`, and Google's errors where the Directory itself cannot be read.
    """
    units = units_spent()
    last_item = Item.objects.aggregate(last=Max("id"))["last"] or 0
    counts = {
        "findings": Finding.objects.count(),
        "cases": Case.objects.count(),
        "deliveries": Delivery.objects.count(),
    }
    release_dead_leases()
    try:
        sync_district_roster()
    except ManyGone:
        logger.warning("accounts that the Directory lists no more are watched on; the health page says how many")
    accounts = _accounts(address)
    scored, parked = _read_and_score(accounts)
    while group_findings():
        pass
    while score_messages():
        pass  # what reporters wrote; a message that breaks the classifier is given up after a few rounds
    while send_replies():
        pass
    while send_handovers():
        pass
    while prepare_deliveries() or send_due() != SendTally():
        pass  # a refused delivery may call for the next step at once
    return {
        "accounts": len(accounts),
        "items": Item.objects.filter(id__gt=last_item).exclude(state=ItemState.ASLEEP).count(),
        "scored": scored,
        "parked": parked,
        "findings": Finding.objects.count() - counts["findings"],
        "cases": Case.objects.count() - counts["cases"],
        "deliveries": Delivery.objects.count() - counts["deliveries"],
        "google_units": {"gmail": 0, "drive": 0} | units_spent(units),
    }


def _accounts(address: str | None) -> list[MonitoredAccount]:
    """The accounts that may be read now, or the one with `address` whether it may or not."""
    rows = MonitoredAccount.objects.select_related("site").order_by("id")
    if address is None:
        return list(rows.filter(awake_accounts(clock.now())))
    found = list(rows.filter(address_index=blind_index(address.strip().lower())))
    if not found:
        message = f"{address} is not a monitored account: it is not in the Directory, or in no site's org_units"
        raise UnknownAccount(message)
    return found


def _read_and_score(accounts: list[MonitoredAccount]) -> tuple[int, int]:
    """Poll each account until it reports nothing new, then score all that waits; how many were scored and parked."""
    failed, sources = 0, sources_on(reading_now())
    if Source.DRIVE in sources:
        read_shared_drives()
    with Progress("accounts read", len(accounts)) as progress:
        for account in accounts:
            states = [_poll_until_quiet(account, source) for source in sources]
            failed += PollState.FAILED in states
            progress.advance()
    read_chats()
    if failed:
        progress.note(f"{failed} accounts could not be read; `worker.py doctor` and the health page say why")
    return _score_all()


def read_shared_drives() -> None:
    """Read every shared drive until it reports nothing new."""
    refresh_drives_if_due()
    for drive in SharedDrive.objects.filter(is_active=True):
        if not drive.value:
            poll_drive(drive.pk)
        for _ in range(MAX_ROUNDS):
            if not poll_drive(drive.pk):
                break


def read_chats() -> None:
    """Read every conversation in which something was said; each goes on from where it was read to."""
    for _ in range(MAX_ROUNDS):
        if not sum(poll_space(pk) for pk in due_spaces(MOST_CHATS)):
            return


def _poll_until_quiet(account: MonitoredAccount, source: Source) -> PollState:
    is_first_contact = not Cursor.objects.filter(account=account, source=source.value).exclude(value="").exists()
    for _ in range(MAX_ROUNDS):
        poll = poll_account(account, source)
        if poll.state is not PollState.READ or (not poll.items and not is_first_contact):
            return poll.state
        is_first_contact = False
    return PollState.READ


def _score_all() -> tuple[int, int]:
    scored = parked = 0
    waiting = Item.objects.filter(state=ItemState.PENDING).count()
    with Progress("items scored", waiting) as progress:
        while (tally := score_pending()).handled:
            scored, parked = scored + tally.scored, parked + tally.parked
            progress.advance(tally.scored + tally.parked)
    left = Item.objects.filter(state=ItemState.PENDING).count()
    if left:
        progress.note(f"{left} items wait for another try or for the end of a break")
    return scored, parked

"""Shells around the functions of this room."""

from celery import shared_task

from monitor.alerts.checks import check_contacts as check_ways
from monitor.alerts.notices import tell_staff as tell_it
from monitor.alerts.outbox import prepare_deliveries as prepare_some
from monitor.alerts.receipts import check_receipts as ask_for_receipts
from monitor.alerts.returns import read_returns as read_mailbox
from monitor.alerts.send import SendTally
from monitor.alerts.send import send_due as send_some

MAX_ROUNDS = 20  # then the next tick goes on


@shared_task(name="alerts.prepare_deliveries")
def prepare_deliveries() -> None:
    """Write the deliveries that are due."""
    for _ in range(MAX_ROUNDS):
        if not prepare_some():
            return


@shared_task(name="alerts.send_due")
def send_due() -> None:
    """Send the deliveries whose time has come."""
    for _ in range(MAX_ROUNDS):
        if send_some() == SendTally():
            return


@shared_task(name="alerts.check_receipts")
def check_receipts() -> None:
    """Ask how texts and calls ended."""
    ask_for_receipts()


@shared_task(name="alerts.read_returns")
def read_returns() -> None:
    """Take the mails that came back."""
    read_mailbox()


@shared_task(name="alerts.tell_staff")
def tell_staff() -> None:
    """Tell IT what it must mend."""
    tell_it()


@shared_task(name="alerts.check_contacts")
def check_contacts() -> None:
    """Look whether each way to each contact could work."""
    check_ways()

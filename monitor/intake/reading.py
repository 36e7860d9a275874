"""Fetches one item from Google and turns it into text, in memory only."""

from monitor.domain.source import Source
from monitor.google.errors import NotFound
from monitor.intake.ledger import UsageTally
from monitor.intake.models import Item, ItemState
from monitor.intake.read_chat import read_message
from monitor.intake.read_file import FIRST_SHEET, read_file
from monitor.intake.read_mail import read_mail
from monitor.intake.readings import Reading, Settled, Unreadable, refusal

__all__ = ["FIRST_SHEET", "Reading", "Settled", "Unreadable", "read_item", "refusal"]


def read_item(item: Item, tally: UsageTally) -> Reading:
    """Fetch `item` and extract its text.

    Raises `Asleep` where a break forbids it, `Settled` where it ends unread, `Unreadable` where it can never be read,
    and the errors of `monitor.google.errors` where Google did not give it.
    """
    try:
        reading = READERS[Source(item.source)](item, tally)
    except NotFound:
        # Outside the account's reach now, by its own hand or another's: nothing to mend, but counted.
        raise Settled(ItemState.GONE, "removed before it was read") from None
    reason = refusal(reading.extraction)
    if reason:
        raise Unreadable(reason)
    return reading


READERS = {Source.GMAIL: read_mail, Source.DRIVE: read_file, Source.CHAT: read_message}

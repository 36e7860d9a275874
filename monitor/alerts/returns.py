"""Reads the mailbox of returned mail, where one is configured: by the worker's clock, one worker at a time.

How far it was read stands in a row that moves on after each look. A report that is read twice changes nothing the
second time, so a worker may die anywhere. A mailbox that cannot be read is seen on the health page, by `doctor` and
by IT.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import F

from monitor.alerts.bounces import forget_old_bounces, take_report
from monitor.alerts.models import ReturnMailbox
from monitor.alerts.transports.outside import door
from monitor.intake.leases import claim, free_dead
from monitor.lib import clock
from monitor.lib.imap import Encryption, MailboxAt, MailboxError, Position, mails_since
from monitor.lib.oauth import Client, TokenRefused
from monitor.lib.returned import HEADERS, may_be_report

logger = logging.getLogger(__name__)

LOOKS_BACK = timedelta(days=5)  # at the first look, and at a mailbox that was set up anew
MOST_LOOKS = 5  # of 200 mails each in one turn; the next turn goes on


@dataclass(frozen=True, slots=True)
class ReturnTally:
    """What one turn found, in deliveries (`ended`, `noted`) and mails (`unknown`, `unreadable`)."""

    ended: int = 0
    noted: int = 0
    unknown: int = 0
    unreadable: int = 0

    def __add__(self, other: "ReturnTally") -> "ReturnTally":
        return ReturnTally(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


def mailbox() -> MailboxAt | None:
    """The mailbox of the settings; None where none is set."""
    if not settings.HEED_IMAP_HOST:
        return None
    return MailboxAt(
        host=settings.HEED_IMAP_HOST,
        port=settings.HEED_IMAP_PORT,
        user=settings.HEED_IMAP_USER,
        password=settings.HEED_IMAP_PASSWORD,
        folder=settings.HEED_IMAP_FOLDER,
        encryption=Encryption(settings.HEED_IMAP_ENCRYPTION),
        pause=settings.HEED_IMAP_SECONDS,
        seconds=settings.HEED_IMAP_SECONDS * 4,
        token=_token if settings.HEED_IMAP_TOKEN_URL else None,
    )


def _token() -> str:
    """An access token for the mailbox. Raises `MailboxError`."""
    client = Client(
        url=settings.HEED_IMAP_TOKEN_URL,
        id=settings.HEED_IMAP_CLIENT_ID,
        secret=settings.HEED_IMAP_CLIENT_SECRET,
        scope=settings.HEED_IMAP_SCOPE,
    )
    try:
        return client.token(door())
    except TokenRefused as error:
        raise MailboxError(str(error)) from None


def return_mailbox() -> ReturnMailbox | None:
    """The row of the configured mailbox; None where none is set or it was never looked at."""
    place = mailbox()
    return None if place is None else ReturnMailbox.objects.filter(name=_name(place)).first()


def read_returns() -> ReturnTally:
    """Take the bounces that arrived since the last look. Without a mailbox, or while another worker reads: nothing."""
    place = mailbox()
    if place is None:
        return ReturnTally()
    row, _ = ReturnMailbox.objects.get_or_create(name=_name(place))
    free_dead(ReturnMailbox.objects.all())
    owner = claim(ReturnMailbox.objects, row.pk)
    if owner is None:
        return ReturnTally()
    tally = ReturnTally()
    try:
        for _ in range(MOST_LOOKS):
            found, has_more = _look(place, row.pk)
            tally += found
            if not has_more:
                break
        forget_old_bounces()
    except MailboxError as error:
        _failed(row.pk, str(error))
    finally:
        ReturnMailbox.objects.filter(pk=row.pk, lease_owner=owner).update(lease_owner="", leased_until=None)
    return tally


def _name(place: MailboxAt) -> str:
    return f"{place.user} at {place.host}:{place.port}/{place.folder}"[:200]


def _look(place: MailboxAt, pk: int) -> tuple[ReturnTally, bool]:
    row, now = ReturnMailbox.objects.get(pk=pk), clock.now()
    position = None if row.validity is None else Position(row.validity, row.last_uid)
    look = mails_since(place, position, (now - LOOKS_BACK).date(), may_be_report, HEADERS)
    tally = ReturnTally()
    for raw in look.mails:
        taken = take_report(raw)
        is_unknown = taken.is_report and not taken.ended and not taken.noted
        tally += ReturnTally(taken.ended, taken.noted, int(is_unknown), int(taken.is_unreadable))
    ReturnMailbox.objects.filter(pk=pk).update(
        validity=look.position.validity, last_uid=look.position.last, read_at=now, failing_since=None, last_error="",
        **{name: F(name) + getattr(tally, name) for name in ReturnTally.__slots__},
    )  # fmt: skip
    return tally, look.has_more


def _failed(pk: int, words: str) -> None:
    rows = ReturnMailbox.objects.filter(pk=pk)
    rows.filter(failing_since=None).update(failing_since=clock.now())
    rows.update(last_error=words[:500])
    logger.warning("returned mail cannot be read: %s", words)

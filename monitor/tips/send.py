"""Sends the answers to text messages by Twilio's REST call, from the number that the reporter wrote to.

A row is claimed under a lease before it is sent, and says before the request that it is in doubt. When the worker dies
there, or no answer comes, Twilio is asked before the next try whether the same words went to the same number since.
Where that does not settle it they are sent again: twice is possible, and lost is not.
"""

import logging
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.intake import outbox
from monitor.intake.leases import free_dead
from monitor.lib import clock
from monitor.lib.http import AddressRefused, Door, NoAnswer, NotReached
from monitor.lib.owner import new_owner
from monitor.lib.twilio import Doubt, TwilioAccount, TwilioError, sent_before
from monitor.tips.models import ReplyState, TipMessage

logger = logging.getLogger(__name__)

GIVE_UP_AFTER = 8


class NotSent(Exception):
    """Twilio did not take the message over; `permanent` says that trying again cannot help.

    `in_doubt` says that no answer came, so that Twilio may have it after all.
    """

    def __init__(self, message: str, *, permanent: bool, in_doubt: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.permanent = permanent
        self.in_doubt = in_doubt


def send_replies(limit: int = 50) -> int:
    """Send up to `limit` answers whose time has come, oldest first; how many were handled."""
    free_dead(_pending())
    now = clock.now()
    due = outbox.can_be_asked_about(outbox.due(_pending(), now), now)
    keys = list(due.order_by("not_before", "id").values_list("pk", flat=True)[:limit])
    return sum(_handle(pk) for pk in keys)


def _pending() -> QuerySet[TipMessage]:
    return TipMessage.objects.filter(state=ReplyState.PENDING)


def _handle(pk: int) -> bool:
    if not outbox.take(_pending(), pk, new_owner(), clock.now()):
        return False
    message = TipMessage.objects.select_related("tip__site", "tip__line").get(pk=pk)
    try:
        receipt = _handed_over(message)
    except NotSent as error:
        _fail_or_postpone(message, error)
    except Exception as error:  # noqa: BLE001 - one answer that cannot be sent must not hold up the others
        _fail_or_postpone(message, NotSent(f"unexpected: {type(error).__name__}", permanent=False))
    else:
        done = {"sent_at": clock.now(), "last_error": "", "provider_id": receipt}
        _settle(message, ReplyState.SENT, **done, in_doubt_since=message.in_doubt_since)
    return True


def _handed_over(message: TipMessage) -> str:
    """Twilio's id of one answer, handed over now or in a try that nobody saw end. Raises `NotSent`."""
    account = _account(message)
    known = _sent_before(message, account)
    if known:
        message.in_doubt_since = None
        return known
    if not outbox.put_in_doubt(_pending(), message.pk, message.lease_owner, clock.now()):
        raise NotSent("another worker has it by now", permanent=False)
    try:
        return _sent(account, message)
    except NotSent as error:
        if not error.in_doubt:
            outbox.take_doubt_back(_pending(), message.pk, message.lease_owner, message.in_doubt_since)
        raise


def _account(message: TipMessage) -> TwilioAccount:
    """The account, with the tip's line as its sender. Raises `NotSent`."""
    account, token = settings.HEED_TWILIO_ACCOUNT, settings.HEED_TWILIO_TOKEN
    if not account or not token:
        raise NotSent("set HEED_TWILIO_ACCOUNT and HEED_TWILIO_TOKEN", permanent=False)
    if message.tip.line is None:
        raise NotSent("the tip has no line to answer from", permanent=True)
    # Only another host than Twilio's own may lie inside our network: somebody set it on purpose.
    own_host = frozenset({urlsplit(settings.HEED_TWILIO_ENDPOINT).hostname or ""})
    door = Door(internal_hosts=own_host)
    return TwilioAccount.at(settings.HEED_TWILIO_ENDPOINT, account, token, sender=message.tip.line.number, door=door)


def _sent(account: TwilioAccount, message: TipMessage) -> str:
    """Hand one answer over; Twilio's id of it. Raises `NotSent`, whose words hold neither number nor text."""
    try:
        return account.send_text(message.tip.number, message.text)[:80]
    except TwilioError as error:
        raise NotSent(str(error), permanent=error.is_final) from None
    except (AddressRefused, NoAnswer) as error:
        words = f"Twilio cannot be reached: {error}"
        is_unsure = not isinstance(error, AddressRefused | NotReached)
        raise NotSent(words, permanent=False, in_doubt=is_unsure) from None


def _sent_before(message: TipMessage, account: TwilioAccount) -> str:
    """Twilio's id of what an earlier try of `message` sent; "" when nothing shows that one did. Raises `NotSent`."""
    if message.in_doubt_since is None:
        return ""
    doubt = Doubt(
        what=f"answer {message.public_id}",
        number=message.tip.number,
        words=message.text,
        since=message.in_doubt_since,
        known=lambda ids: set(_others(message).filter(provider_id__in=ids).values_list("provider_id", flat=True)),
        rivals=partial(_rivals, message, message.in_doubt_since),
    )
    try:
        return sent_before(account, doubt)
    except NotReached as error:
        words = f"Twilio cannot be reached: {error}"
        raise NotSent(words, permanent=False) from None


def _others(message: TipMessage) -> QuerySet[TipMessage]:
    """The other answers to the same number."""
    return TipMessage.objects.filter(tip__number_index=message.tip.number_index).exclude(pk=message.pk)


def _rivals(message: TipMessage, since: datetime) -> int:
    doubtful = _others(message).filter(in_doubt_since__gte=since - outbox.REMEMBERED)
    return sum(other.text.strip() == message.text.strip() for other in doubtful)


def _fail_or_postpone(message: TipMessage, error: NotSent) -> None:
    if not error.permanent and message.attempts < GIVE_UP_AFTER:
        wait = outbox.wait_after(message.attempts)
        _settle(message, ReplyState.PENDING, not_before=clock.now() + wait, last_error=error.message[:300])
        return
    with transaction.atomic():
        if _settle(message, ReplyState.FAILED, last_error=error.message[:300]):
            record(
                Tag.TIP_REPLY_FAILED,
                actor="worker",
                site_code=message.tip.site.code,
                subject=message.tip.public_id,
                message=message.public_id,
                attempts=message.attempts,
            )
    logger.error("answer %s to a tip failed; its row says why", message.public_id)


def _settle(message: TipMessage, state: ReplyState, **values: object) -> bool:
    """Write the outcome and give the lease back; False when another worker has the row by now."""
    return outbox.settle(_pending(), message.pk, message.lease_owner, state=state, **values)

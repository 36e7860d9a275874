"""Sends the answers to text messages by Twilio's REST call, from the number that the reporter wrote to.

A row is claimed under a lease before it is sent. A worker that dies between Twilio's answer and the row that records it
sends the answer again: a text message has no id of ours by which Twilio could tell, so twice is possible, and lost is
not.
"""

import logging
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.intake import outbox
from monitor.intake.leases import free_dead
from monitor.lib import clock
from monitor.lib.http import AddressRefused, Door, NoAnswer
from monitor.lib.owner import new_owner
from monitor.lib.twilio import TwilioAccount, TwilioError
from monitor.tips.models import ReplyState, TipMessage

logger = logging.getLogger(__name__)

GIVE_UP_AFTER = 8


class NotSent(Exception):
    """Twilio did not take the message over; `permanent` says whether trying again could help."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.message = message
        self.permanent = permanent


def send_replies(limit: int = 50) -> int:
    """Send up to `limit` answers whose time has come, oldest first; how many were handled."""
    free_dead(_pending())
    keys = list(outbox.due(_pending(), clock.now()).order_by("not_before", "id").values_list("pk", flat=True)[:limit])
    return sum(_handle(pk) for pk in keys)


def _pending() -> QuerySet[TipMessage]:
    return TipMessage.objects.filter(state=ReplyState.PENDING)


def _handle(pk: int) -> bool:
    if not outbox.take(_pending(), pk, new_owner(), clock.now()):
        return False
    message = TipMessage.objects.select_related("tip__site", "tip__line").get(pk=pk)
    try:
        _send(message)
    except NotSent as error:
        _fail_or_postpone(message, error)
    except Exception as error:  # noqa: BLE001 - one answer that cannot be sent must not hold up the others
        _fail_or_postpone(message, NotSent(f"unexpected: {type(error).__name__}", permanent=False))
    else:
        _settle(message, ReplyState.SENT, sent_at=clock.now(), last_error="")
    return True


def _send(message: TipMessage) -> None:
    """Hand one answer over. Raises `NotSent`, whose words hold neither number nor text."""
    account, token = settings.HEED_TWILIO_ACCOUNT, settings.HEED_TWILIO_TOKEN
    if not account or not token:
        raise NotSent("set HEED_TWILIO_ACCOUNT and HEED_TWILIO_TOKEN", permanent=False)
    if message.tip.line is None:
        raise NotSent("the tip has no line to answer from", permanent=True)
    # Only another host than Twilio's own may lie inside our network: somebody set it on purpose.
    own_host = frozenset({urlsplit(settings.HEED_TWILIO_ENDPOINT).hostname or ""})
    door = Door(internal_hosts=own_host)
    twilio = TwilioAccount.at(settings.HEED_TWILIO_ENDPOINT, account, token, sender=message.tip.line.number, door=door)
    try:
        twilio.send_text(message.tip.number, message.text)
    except TwilioError as error:
        raise NotSent(str(error), permanent=error.is_final) from None
    except (AddressRefused, NoAnswer) as error:
        words = f"Twilio cannot be reached: {error}"
        raise NotSent(words, permanent=False) from None


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

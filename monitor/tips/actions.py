"""What people do with a tip. Each action is one transaction with its audit event, and asks `tips.access` again."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F

from monitor.accounts.models import User
from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.lib import clock
from monitor.roster.models import MonitoredAccount, Site
from monitor.roster.people import sites_of
from monitor.sealed.keys import blind_index
from monitor.tips.access import access_tip
from monitor.tips.models import MessageDirection, ReplyState, Tip, TipChannel, TipClosing, TipMessage
from monitor.tips.words import ACTIONS, thanks
from monitor.triage.actions import CaseGrew, ReasonMissing, check_look_reason, do_decide_case, note_first_look
from monitor.triage.models import Case, CaseState, Outcome

VIEW_LIMIT = 200  # messages unsealed at one look, newest last
REPLY_CHARACTERS = 1000
REVEAL_CHARACTERS = 10  # of the reason for which a number is shown


class NoSuchStudent(Exception):
    """No monitored account of the actor's schools has this address."""


class NoSuchSite(Exception):
    """There is no active school with this code."""


class NothingToSay(Exception):
    """An answer needs words."""


class TipDecided(Exception):
    """The case of this tip is decided, so this can no longer be done."""


@dataclass(frozen=True, slots=True)
class TipView:
    """A tip unsealed: the conversation, oldest first, and what the reporter said of themselves and of others."""

    messages: tuple[TipMessage, ...]
    about: str
    reporter: str


def do_view_tip(tip: Tip, *, actor: User, reason: str) -> TipView:
    """Unseal `tip` for `actor`, the newest `VIEW_LIMIT` messages of it, and leave a trace of it first.

    `reason` is a code as for a finding. The event is committed before anything is unsealed, therefore this must not be
    called inside a transaction. Raises `ReasonMissing`, and `TipNotFound` for strangers.
    """
    check_look_reason(reason)
    fresh = access_tip(actor, tip.public_id)
    keys = list(TipMessage.objects.filter(tip=tip).order_by("-at", "-id").values_list("pk", flat=True)[:VIEW_LIMIT])
    with transaction.atomic(durable=True):
        note_first_look(fresh.case)
        _record(Tag.TIP_VIEWED, tip, actor, reason=reason, messages=len(keys))
    return unseal_tip(tip, keys)


def unseal_tip(tip: Tip, keys: Sequence[int]) -> TipView:
    """The messages with these keys; the caller has recorded the look."""
    fresh = Tip.objects.get(pk=tip.pk)
    messages = TipMessage.objects.filter(tip=tip, pk__in=keys).select_related("author").order_by("at", "id")
    return TipView(tuple(messages), fresh.about, fresh.reporter)


def do_reply(tip: Tip, *, actor: User, text: str, external_id: str) -> TipMessage:
    """Answer the reporter: by text message where the tip came so, else on the page that their code opens.

    `external_id` belongs to the form, so that pressing twice answers once. Raises `NothingToSay`, and `TipNotFound`.
    """
    words = text.strip()[:REPLY_CHARACTERS]
    if not words:
        raise NothingToSay
    access_tip(actor, tip.public_id)
    with transaction.atomic():
        message, is_new = _reply(tip, words, f"reply:{external_id}", actor)
        if is_new:
            _record(Tag.TIP_ANSWERED, tip, actor, message=message.public_id)
    return message


def do_name_student(tip: Tip, *, actor: User, address: str) -> Case:
    """Say that `tip` is about the account with this address, at one of the actor's schools; the case as it is then.

    No machine does this: what a reporter writes may fit two people. Raises `NoSuchStudent`, `TipDecided`,
    `TipNotFound`.
    """
    fresh = access_tip(actor, tip.public_id)
    index = blind_index(address.strip().lower())
    accounts = MonitoredAccount.objects.filter(address_index=index, site__in=sites_of(actor))
    account = accounts.defer("address", "full_name").order_by("-changed_at").first()
    if account is None:
        raise NoSuchStudent
    with transaction.atomic():
        undecided = Case.objects.filter(pk=fresh.case_id).exclude(state=CaseState.DECIDED)
        if undecided.update(account=account) != 1:
            raise TipDecided
        _record(Tag.TIP_NAMED, tip, actor, account=account.reference)
    return Case.objects.get(pk=fresh.case_id)


def do_move_tip(tip: Tip, *, actor: User, site_code: str) -> None:
    """Give `tip` and its case to another school, whose contacts are told next.

    Raises `NoSuchSite`, `TipDecided`, and `TipNotFound` for strangers.
    """
    fresh = access_tip(actor, tip.public_id)
    site = next((site for site in Site.objects.filter(is_active=True) if site.code == site_code), None)
    if site is None:
        raise NoSuchSite
    with transaction.atomic():
        undecided = Case.objects.filter(pk=fresh.case_id).exclude(state=CaseState.DECIDED)
        moved = undecided.update(
            site=site, state=CaseState.OPEN, claimed_by=None, claimed_until=None, passed_on=F("passed_on") + 1
        )
        if moved != 1:
            raise TipDecided
        Tip.objects.filter(pk=tip.pk).update(site=site)
        _record(Tag.TIP_MOVED, tip, actor, to=site.code)


def do_reveal_number(tip: Tip, *, actor: User, reason: str) -> str:
    """The phone number behind a text message, for an emergency. `reason` stays with the tip, sealed.

    Note and event are committed first. Raises `ReasonMissing`, and `TipNotFound` for strangers.
    """
    if len("".join(reason.split())) < REVEAL_CHARACTERS:
        message = f"say in at least {REVEAL_CHARACTERS} characters why the number is needed"
        raise ReasonMissing(message)
    access_tip(actor, tip.public_id)
    with transaction.atomic(durable=True):
        TipMessage.objects.create(
            tip=tip,
            case=tip.case,
            direction=MessageDirection.NOTE,
            text=reason.strip()[:REPLY_CHARACTERS],
            external_id=f"reveal:{secrets.token_hex(16)}",
            author=actor,
            at=clock.now(),
        )
        _record(Tag.TIP_REVEALED, tip, actor)
    return Tip.objects.get(pk=tip.pk).number


def do_close_tip(
    tip: Tip, *, actor: User, outcome: Outcome, reason: str, actions: Sequence[str], seen_messages: int
) -> TipClosing:
    """Decide the case of `tip` for good, with the `actions` that were taken, and thank the reporter.

    `seen_messages` is how many messages of the reporter the page knew: a tip that grew meanwhile is not closed unseen.
    Raises what `do_decide_case` raises, `CaseGrew` for new messages, and `TipNotFound` for strangers.
    """
    fresh = access_tip(actor, tip.public_id)
    with transaction.atomic():
        decision = do_decide_case(fresh.case, actor=actor, outcome=outcome, reason=reason)
        # The decision has touched the case's row: no message can join between here and the end.
        unseen = reported_messages(fresh) - seen_messages
        if unseen > 0:
            raise CaseGrew(unseen)
        now = clock.now()
        closing = TipClosing.objects.create(
            tip=fresh, decision=decision, actions=[code for code in ACTIONS if code in set(actions)], at=now
        )
        Tip.objects.filter(pk=fresh.pk).update(closed_at=now)
        _reply(fresh, thanks(fresh.language), f"closing:{decision.pk}", None)
        _record(Tag.TIP_CLOSED, fresh, actor, outcome=outcome.value, actions=closing.actions)
    return closing


def reported_messages(tip: Tip) -> int:
    """How many messages the reporter has sent."""
    return TipMessage.objects.filter(tip=tip, direction=MessageDirection.FROM_REPORTER).count()


def _reply(tip: Tip, text: str, external_id: str, author: User | None) -> tuple[TipMessage, bool]:
    now = clock.now()
    is_sms = tip.channel == TipChannel.SMS
    return TipMessage.objects.get_or_create(
        external_id=external_id,
        defaults={
            "tip": tip,
            "case": tip.case,
            "direction": MessageDirection.TO_REPORTER,
            "text": text,
            "author": author,
            "at": now,
            "state": ReplyState.PENDING if is_sms else ReplyState.NONE,
            "not_before": now if is_sms else None,
        },
    )


def _record(tag: Tag, tip: Tip, actor: User, **detail: object) -> None:
    record(tag, actor=actor.actor, site_code=tip.site.code, subject=tip.public_id, **detail)

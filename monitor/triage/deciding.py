"""Deciding a case, and opening a decided one again.

A decision is a row that nobody changes; a later one stands beside it.

Each act is one transaction: the case, the decision, what figures count, and the audit event are there together or not
at all. Of two people who press at the same moment exactly one succeeds.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce

from monitor.accounts.models import User
from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.detection.policy import current_policy
from monitor.lib import clock
from monitor.triage.access import access_case
from monitor.triage.facts import note_decision, note_reopening
from monitor.triage.leading import leading_findings
from monitor.triage.learning import learn_from
from monitor.triage.models import BulkDecision, Case, CaseFinding, CaseState, Decision, Outcome
from monitor.triage.notes import write_note
from monitor.triage.reasons import ReasonCode, check_code
from monitor.triage.refusals import CaseGrew, ReasonMissing, free_for, refuse

REASON_CHARACTERS = 3


class NotDecided(Exception):
    """Only a decided case can be opened again."""


def do_decide_case(
    case: Case,
    *,
    actor: User,
    outcome: Outcome,
    reason: str,
    reason_code: ReasonCode | None = None,
    seen_findings: int | None = None,
) -> Decision:
    """Record what `actor` concluded about `case`, for good. `reason` is in the person's own words and is sealed.

    `seen_findings` is how many findings the page showed; with it, a case that grew meanwhile is not decided unseen.
    Raises `ReasonMissing`, `WrongReasonCode`, `CaseTaken`, `AlreadyDecided`, `CaseGrew`, and `CaseNotFound` for
    strangers.
    """
    check_reason(reason, outcome, reason_code)
    access_case(actor, case.public_id)
    now = clock.now()
    with transaction.atomic():
        if not close_case(case, actor, outcome, now):
            refuse(case, actor)
        _must_be_seen(case, seen_findings)
        decision = write_decision(case, actor, Outcome(outcome), reason.strip(), now, reason_code=reason_code)
        note_decision(case, Outcome(outcome), decision.pk)
        learn_from([decision])
    return decision


def do_reopen_case(case: Case, *, actor: User, reason: str) -> Case:
    """Put a decided case back under review, in the hands of `actor`; its decisions stay as they are.

    `reason` is in the person's own words and is sealed, as a shared note. Raises `ReasonMissing`, `NotDecided`, and
    `CaseNotFound` for strangers.
    """
    check_reason(reason, Outcome.NO_CONCERN, None)
    access_case(actor, case.public_id)
    with transaction.atomic():
        # Whoever opens it again has it: nobody else is told of a case that a person is holding.
        changed = Case.objects.filter(pk=case.pk, state=CaseState.DECIDED).update(
            state=CaseState.CLAIMED,
            claimed_by=actor,
            claimed_until=clock.now() + current_policy().claim_time,
            decided_at=None,
            outcome="",
            seconds_to_close=None,
        )
        if not changed:
            message = "this case is not decided; there is nothing to open again"
            raise NotDecided(message)
        note_reopening(case)
        write_note(case, actor, reason, is_private=False)
        record(Tag.CASE_REOPENED, actor=actor.actor, site_code=case.site.code, subject=case.public_id)
    return access_case(actor, case.public_id)


def check_reason(reason: str, outcome: Outcome, code: ReasonCode | None) -> None:
    """Raise `ReasonMissing` or `WrongReasonCode` where a decision would stand without a usable reason."""
    if len("".join(reason.split())) < REASON_CHARACTERS:
        message = f"write a reason of at least {REASON_CHARACTERS} characters"
        raise ReasonMissing(message)
    check_code(Outcome(outcome), code)


def seconds_since_opened(case: Case, now: datetime) -> int:
    """Whole seconds from the opening of `case` to `now`, never negative."""
    return max(0, (now - case.opened_at) // timedelta(seconds=1))


def close_case(case: Case, actor: User, outcome: Outcome, now: datetime, *, signature: str | None = None) -> bool:
    """Close the row of `case` if `actor` may have it; whether it was. Part of a transaction of the caller's.

    With `signature`, only a case that still holds exactly these passages is closed.
    """
    passed = seconds_since_opened(case, now)
    free = free_for(case, actor, now)
    changed = (free if signature is None else free.filter(signature=signature)).update(
        state=CaseState.DECIDED,
        outcome=Outcome(outcome).value,
        decided_at=now,
        claimed_until=None,
        first_claimed_at=Coalesce(F("first_claimed_at"), Value(now)),
        seconds_to_acknowledge=Coalesce(F("seconds_to_acknowledge"), Value(passed)),
        seconds_to_close=passed,
    )
    return changed == 1


def write_decision(
    case: Case,
    actor: User,
    outcome: Outcome,
    reason: str,
    now: datetime,
    *,
    reason_code: ReasonCode | None = None,
    bulk: BulkDecision | None = None,
) -> Decision:
    """The decision's own row and its audit event. Part of a transaction in which the case was closed."""
    fresh = Case.objects.select_related("site").get(pk=case.pk)
    leading = leading_findings(fresh).first()
    decision = Decision.objects.create(
        case=fresh,
        actor=actor,
        outcome=outcome.value,
        reason=reason,
        reason_code=reason_code.value if reason_code else "",
        bulk=bulk,
        severity=fresh.severity,
        policy_version=leading.policy_version if leading else current_policy().version,
        classifier_id=leading.classifier_id if leading else "",
        at=now,
    )
    detail = {"outcome": outcome.value, "severity": fresh.severity}
    if reason_code:
        detail["code"] = reason_code.value
    if bulk:
        detail["bulk"] = bulk.public_id
    record(Tag.CASE_DECIDED, actor=actor.actor, site_code=fresh.site.code, subject=fresh.public_id, **detail)
    return decision


def _must_be_seen(case: Case, seen_findings: int | None) -> None:
    # The case's row was changed just before, in this transaction: no finding can join between here and its end.
    count = CaseFinding.objects.filter(case=case).count()
    if seen_findings is not None and count > seen_findings:
        raise CaseGrew(count - seen_findings)

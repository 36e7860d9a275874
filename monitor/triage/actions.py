"""What people do with a case. Each action is one transaction with its audit event in it.

Claims and decisions are compare-and-sets on the case's row, so that of two people who press at the same moment
exactly one succeeds. Every action asks `triage.access` again, whatever page called it.
"""

import re
from datetime import datetime
from typing import NoReturn

from django.db import transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from monitor.accounts.models import User
from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.detection.models import Finding
from monitor.detection.policy import current_policy
from monitor.lib import clock
from monitor.triage.access import access_case
from monitor.triage.leading import leading_findings
from monitor.triage.models import Case, CaseFinding, CaseState, Decision, Outcome
from monitor.triage.passages import FindingView, unseal_finding

REASON_CHARACTERS = 3
REASON_CODE = re.compile(r"[a-z][a-z0-9_]{2,39}")
VIEW_LIMIT = 100  # findings unsealed at one look; the most urgent ones come first


class CaseTaken(Exception):
    """Somebody else has the case now; `by` says who."""

    def __init__(self, by: User | None) -> None:
        super().__init__("somebody else has this case")
        self.by = by


class AlreadyDecided(Exception):
    """The case is decided; a decision is final."""


class ReasonMissing(Exception):
    """A reason is needed; the message says of which form."""


class CaseGrew(Exception):
    """Findings joined the case after the page was shown; somebody must look at them first. `new` says how many."""

    def __init__(self, new: int) -> None:
        super().__init__(f"{new} more findings joined this case after it was opened")
        self.new = new


def do_claim_case(case: Case, *, actor: User) -> Case:
    """Give `case` to `actor` for the policy's claim time, or renew it; the case as it is then.

    A claim that ran out can be taken. Raises `CaseTaken`, `AlreadyDecided`, and `CaseNotFound` for strangers.
    """
    access_case(actor, case.public_id)
    now = clock.now()
    with transaction.atomic():
        changed = _free_for(case, actor, now).update(
            state=CaseState.CLAIMED,
            claimed_by=actor,
            claimed_until=now + current_policy().claim_time,
            first_claimed_at=Coalesce(F("first_claimed_at"), Value(now)),
        )
        if changed:
            _record(Tag.CASE_CLAIMED, case, actor)
    if not changed:
        _refuse(case, actor)
    return access_case(actor, case.public_id)


def do_release_case(case: Case, *, actor: User) -> Case:
    """Put `case` back into the queue; nothing happens when nobody has it.

    Raises `CaseTaken` when somebody else has it, `AlreadyDecided`, and `CaseNotFound` for strangers.
    """
    access_case(actor, case.public_id)
    with transaction.atomic():
        own = Case.objects.filter(pk=case.pk, state=CaseState.CLAIMED, claimed_by=actor)
        changed = own.update(state=CaseState.OPEN, claimed_by=None, claimed_until=None)
        if changed:
            _record(Tag.CASE_RELEASED, case, actor)
    if not changed and not _free_for(case, actor, clock.now()).exists():
        _refuse(case, actor)
    return access_case(actor, case.public_id)


def do_decide_case(
    case: Case, *, actor: User, outcome: Outcome, reason: str, seen_findings: int | None = None
) -> Decision:
    """Record what `actor` concluded about `case`, for good.

    `seen_findings` is how many findings the page showed; with it, a case that grew meanwhile is not decided unseen.
    Raises `ReasonMissing`, `CaseTaken`, `AlreadyDecided`, `CaseGrew`, and `CaseNotFound` for strangers.
    """
    if len("".join(reason.split())) < REASON_CHARACTERS:
        message = f"write a reason of at least {REASON_CHARACTERS} characters"
        raise ReasonMissing(message)
    access_case(actor, case.public_id)
    now = clock.now()
    with transaction.atomic():
        changed = _free_for(case, actor, now).update(
            state=CaseState.DECIDED,
            decided_at=now,
            claimed_until=None,
            first_claimed_at=Coalesce(F("first_claimed_at"), Value(now)),
        )
        if not changed:
            _refuse(case, actor)
        _must_be_seen(case, seen_findings)
        return _decision(case, actor, Outcome(outcome), reason.strip(), now)


def do_view_content(case: Case, *, actor: User, reason: str) -> list[FindingView]:
    """Unseal the findings of `case` for `actor`, the most urgent `VIEW_LIMIT` of them, and leave a trace of it first.

    `reason` is a code (lower-case letters, digits, underscores), for the audit chain. The event is committed before
    anything is unsealed, therefore this must not be called inside a transaction.
    Raises `ReasonMissing`, and `CaseNotFound` for strangers and for roles that do not read student text.
    """
    if not REASON_CODE.fullmatch(reason):
        message = "looking needs a reason code, 3 to 40 lower-case letters, digits or underscores"
        raise ReasonMissing(message)
    access_case(actor, case.public_id)
    shown = dict(leading_findings(case).values_list("pk", "public_id")[:VIEW_LIMIT])
    with transaction.atomic(durable=True):
        _record(Tag.CONTENT_VIEWED, case, actor, reason=reason, findings=list(shown.values()))
    unsealed = {finding.pk: finding for finding in Finding.objects.filter(pk__in=shown)}
    return [unseal_finding(unsealed[pk]) for pk in shown if pk in unsealed]


def _free_for(case: Case, actor: User, now: datetime) -> QuerySet[Case]:
    """The case's row while it is undecided and nobody but `actor` has a live claim on it."""
    nobody_else = Q(state=CaseState.OPEN) | Q(claimed_by=actor) | Q(claimed_until=None) | Q(claimed_until__lte=now)
    return Case.objects.filter(nobody_else, pk=case.pk).exclude(state=CaseState.DECIDED)


def _refuse(case: Case, actor: User) -> NoReturn:
    """Raise what stood in the way."""
    fresh = access_case(actor, case.public_id)
    if fresh.state == CaseState.DECIDED:
        message = "this case is decided; a decision is final"
        raise AlreadyDecided(message)
    raise CaseTaken(fresh.claimed_by)


def _must_be_seen(case: Case, seen_findings: int | None) -> None:
    # The case's row was changed just before, in this transaction: no finding can join between here and its end.
    count = CaseFinding.objects.filter(case=case).count()
    if seen_findings is not None and count > seen_findings:
        raise CaseGrew(count - seen_findings)


def _decision(case: Case, actor: User, outcome: Outcome, reason: str, now: datetime) -> Decision:
    fresh = Case.objects.get(pk=case.pk)
    leading = leading_findings(fresh).first()
    decision = Decision.objects.create(
        case=fresh,
        actor=actor,
        outcome=outcome.value,
        reason=reason,
        severity=fresh.severity,
        policy_version=leading.policy_version if leading else current_policy().version,
        classifier_id=leading.classifier_id if leading else "",
        at=now,
    )
    _record(Tag.CASE_DECIDED, fresh, actor, outcome=outcome.value, severity=fresh.severity)
    return decision


def _record(tag: Tag, case: Case, actor: User, **detail: object) -> None:
    record(tag, actor=actor.actor, site_code=case.site.code, subject=case.public_id, **detail)

"""What people do with a case. Each action is one transaction with its audit event in it.

Claims and decisions are compare-and-sets on the case's row, so that of two people who press at the same moment
exactly one succeeds. Every action asks `triage.access` again, whatever page called it.
"""

import re

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce

from monitor.accounts.models import User
from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.detection.models import Finding
from monitor.detection.policy import current_policy
from monitor.lib import clock
from monitor.triage.access import access_case
from monitor.triage.deciding import do_decide_case, do_reopen_case, seconds_since_opened
from monitor.triage.leading import leading_findings
from monitor.triage.models import Case, CaseState
from monitor.triage.passages import FindingView, unseal_finding
from monitor.triage.refusals import AlreadyDecided, CaseGrew, CaseTaken, ReasonMissing, free_for, refuse

__all__ = [
    "AlreadyDecided",
    "CaseGrew",
    "CaseTaken",
    "ReasonMissing",
    "do_claim_case",
    "do_decide_case",
    "do_release_case",
    "do_reopen_case",
    "do_view_content",
]

REASON_CODE = re.compile(r"[a-z][a-z0-9_]{2,39}")
VIEW_LIMIT = 100  # findings unsealed at one look; the most urgent ones come first


def do_claim_case(case: Case, *, actor: User) -> Case:
    """Give `case` to `actor` for the policy's claim time, or renew it; the case as it is then.

    A claim that ran out can be taken. Raises `CaseTaken`, `AlreadyDecided`, and `CaseNotFound` for strangers.
    """
    access_case(actor, case.public_id)
    now = clock.now()
    with transaction.atomic():
        changed = free_for(case, actor, now).update(
            state=CaseState.CLAIMED,
            claimed_by=actor,
            claimed_until=now + current_policy().claim_time,
            first_claimed_at=Coalesce(F("first_claimed_at"), Value(now)),
            seconds_to_acknowledge=Coalesce(F("seconds_to_acknowledge"), Value(seconds_since_opened(case, now))),
        )
        if changed:
            _record(Tag.CASE_CLAIMED, case, actor)
    if not changed:
        refuse(case, actor)
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
    if not changed and not free_for(case, actor, clock.now()).exists():
        refuse(case, actor)
    return access_case(actor, case.public_id)


def do_view_content(case: Case, *, actor: User, reason: str) -> list[FindingView]:
    """Unseal the findings of `case` for `actor`, the most urgent `VIEW_LIMIT` of them, and leave a trace of it first.

    `reason` is a code (lower-case letters, digits, underscores), for the audit chain. The event is committed before
    anything is unsealed, therefore this must not be called inside a transaction.
    Raises `ReasonMissing`, and `CaseNotFound` for strangers and for roles that do not read student text.
    """
    check_look_reason(reason)
    access_case(actor, case.public_id)
    shown = dict(leading_findings(case).values_list("pk", "public_id")[:VIEW_LIMIT])
    with transaction.atomic(durable=True):
        note_first_look(case)
        _record(Tag.CONTENT_VIEWED, case, actor, reason=reason, findings=list(shown.values()))
    unsealed = {finding.pk: finding for finding in Finding.objects.filter(pk__in=shown)}
    return [unseal_finding(unsealed[pk]) for pk in shown if pk in unsealed]


def check_look_reason(reason: str) -> None:
    """Raise `ReasonMissing` where `reason` is no code for the audit chain."""
    if not REASON_CODE.fullmatch(reason):
        message = "looking needs a reason code, 3 to 40 lower-case letters, digits or underscores"
        raise ReasonMissing(message)


def note_first_look(case: Case) -> None:
    """Somebody reads what `case` is about; only the first time counts. Part of the caller's transaction."""
    now = clock.now()
    unseen = Case.objects.filter(pk=case.pk, first_looked_at=None)
    unseen.update(first_looked_at=now, seconds_to_look=seconds_since_opened(case, now))


def _record(tag: Tag, case: Case, actor: User, **detail: object) -> None:
    record(tag, actor=actor.actor, site_code=case.site.code, subject=case.public_id, **detail)

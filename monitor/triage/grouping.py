"""Findings become cases: those about one person at one site, close together in time, are one case.

Right for any number of workers at once, on SQLite and on PostgreSQL, without row locks: every change of a case is a
compare-and-set, and two unique constraints (a finding is in one case; a person has one current case at a site) turn
a lost race into an `IntegrityError` that takes the whole step back, after which it is tried again on fresh rows.
"""

import logging
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Greatest

from monitor.detection.models import Finding
from monitor.detection.policy import current_policy
from monitor.domain.policy import Policy
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.triage.aside import NO_TEXTS, KnownTexts, harmless_texts, is_aside, is_placed, put_aside, text_for
from monitor.triage.clusters import find_clusters
from monitor.triage.facts import note_finding
from monitor.triage.models import Case, CaseFinding, CaseState
from monitor.triage.passage_keys import passage_key, signature_of
from monitor.triage.reasons import REAL

logger = logging.getLogger(__name__)

PLACE_TRIES = 20  # each lost race means that another worker placed a finding, so this many in a row do not happen


class _LostRace(Exception):
    """The case is no longer as it was read."""


def group_findings(limit: int = 500) -> int:
    """Put up to `limit` findings that are in no case, oldest first, into cases or aside; how many were placed.

    A finding joins the current case of its account at its site while that case is undecided and the finding came
    within the policy's case window of the last one; otherwise it opens a new case, which follows the last one
    where that was decided not long ago. Doing it again changes nothing.
    Raises `PolicyError` when the policy cannot be used.
    """
    policy = current_policy()
    findings = _waiting()[:limit]
    texts = harmless_texts(findings)
    placed = sum(_place(finding, policy, texts) for finding in findings)
    find_clusters(policy.triage.cluster_accounts)
    return placed


def _waiting() -> QuerySet[Finding]:
    """The findings in no case that are not put aside, oldest first, without what is sealed."""
    not_aside = Q(set_aside=None) | Q(set_aside__restored_at__isnull=False)
    findings = Finding.objects.filter(not_aside, case_finding=None).select_related("site", "account", "set_aside")
    return findings.defer("excerpt", "account__address", "account__full_name").order_by("found_at", "id")


def _place(finding: Finding, policy: Policy, texts: KnownTexts = NO_TEXTS) -> bool:
    """Put `finding` into a case or aside; False when another worker did."""
    for _ in range(PLACE_TRIES):
        try:
            with transaction.atomic():
                if is_aside(finding):
                    return False
                _put(finding, policy, texts)
        except (IntegrityError, _LostRace):
            if is_placed(finding):
                return False
            continue
        return True
    logger.warning("finding %s found no case in %d tries; the next tick tries again", finding.public_id, PLACE_TRIES)
    return False


def _put(finding: Finding, policy: Policy, texts: KnownTexts) -> None:
    current = Case.objects.filter(account_id=finding.account_id, site_id=finding.site_id, is_current=True).first()
    if current is not None and _belongs(finding, current, policy):
        # Whoever is under review is looked at whole: a known text that joins an open case is not put aside.
        case = _join(finding, current)
    elif (text := text_for(finding, texts)) is not None and put_aside(finding, text):
        return
    else:
        case = _open(finding, current, policy)
    CaseFinding.objects.create(case=case, finding=finding, added_at=clock.now(), passage=passage_key(finding))
    passages = CaseFinding.objects.filter(case=case).values_list("passage", flat=True)
    Case.objects.filter(pk=case.pk).update(signature=signature_of(passages))
    note_finding(case, finding)


def _belongs(finding: Finding, case: Case, policy: Policy) -> bool:
    # A finding that is older than the last one was only picked up late; it belongs to what is already open.
    return case.state != CaseState.DECIDED and finding.found_at - case.last_finding_at <= policy.case_window


def _join(finding: Finding, case: Case) -> Case:
    # Touching the row first makes a decision at the same moment wait, or makes this step see that it is decided.
    undecided = Case.objects.filter(pk=case.pk, is_current=True).exclude(state=CaseState.DECIDED)
    _must_change(undecided, last_finding_at=Greatest("last_finding_at", Value(finding.found_at)))
    severity = _urgency(finding, is_raised=case.is_raised)
    milder = Case.objects.filter(pk=case.pk, severity_rank__lt=severity.rank)
    milder.update(severity=severity.value, severity_rank=severity.rank)
    return case


def _open(finding: Finding, previous: Case | None, policy: Policy) -> Case:
    now = clock.now()
    if previous is not None:
        # Only the case as it was judged is closed to newcomers: one that changed meanwhile may be the right one.
        as_read = Case.objects.filter(
            pk=previous.pk, is_current=True, state=previous.state, last_finding_at=previous.last_finding_at
        )
        _must_change(as_read, is_current=False)
    follows = previous if previous is not None and _is_followed(previous, now, policy) else None
    is_raised = follows is not None and follows.outcome in REAL
    severity = _urgency(finding, is_raised=is_raised)
    return Case.objects.create(
        account_id=finding.account_id,
        site=finding.site,
        severity=severity.value,
        severity_rank=severity.rank,
        opened_at=now,
        last_finding_at=finding.found_at,
        follows=follows,
        is_raised=is_raised,
    )


def _is_followed(previous: Case, now: datetime, policy: Policy) -> bool:
    """Whether something new so soon after the decision of `previous` belongs to the same story."""
    decided_at = previous.decided_at
    return decided_at is not None and now - decided_at <= timedelta(days=policy.triage.follow_days)


def _urgency(finding: Finding, *, is_raised: bool) -> Severity:
    """The severity of `finding`, one step more in a raised case; history alone makes nothing imminent."""
    severity = Severity(finding.severity)
    if not is_raised or severity.rank >= Severity.SEVERE.rank:
        return severity
    return list(Severity)[severity.rank + 1]


def _must_change(rows: QuerySet[Case], **values: object) -> None:
    if rows.update(**values) != 1:
        raise _LostRace

"""Changing the policy of a scope: first a dry run against the last 30 days, then the change, versioned and audited.

A dry run judges the stored findings anew; no text is looked at. A level of sensitivity that finds less drops findings;
one that finds more cannot be known from findings, so the items whose stored scores lie between are counted apart.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction

from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.detection.circumstances import circumstances_of, threshold_at
from monitor.detection.effective import Scope, checked_document, current_changes, effective_with, scopes_of
from monitor.detection.models import Finding, PolicyChange, Scoring
from monitor.detection.policy import current_policy
from monitor.domain.category import Category
from monitor.domain.policy import Policy, PolicyError
from monitor.domain.severity import Severity, most_severe
from monitor.domain.severity_rules import apply_rules
from monitor.domain.source import CHANNELS
from monitor.domain.strength import strength_of
from monitor.domain.text import SpanKind
from monitor.lib import clock
from monitor.roster.models import MonitoredAccount

LOOKED_BACK = timedelta(days=30)
MOST_FINDINGS = 20_000
MOST_SCORINGS = 200_000
KINDS = ("district", "age_band", "site", "org_unit")
REASON_CHARACTERS = 3
TOLD_EVERY = 2_000  # items
Tell = Callable[[int, int | None], None]


class PolicyStale(Exception):
    """The policy changed since the dry run; make another one."""


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a change would have done in the last 30 days. Nothing is changed by it.

    Alerts are cases of which somebody is told. `possible_more` are items whose scores reach only the new sensitivity:
    at most so many findings more. `is_whole` is False where there were more findings than are looked at.
    """

    scope: Scope
    document: Mapping[str, Any]
    alerts_before: int
    alerts_after: int
    before: Mapping[str, int]  # findings by severity
    after: Mapping[str, int]  # the key "dropped" counts those that would not be findings
    possible_more: int
    is_whole: bool
    token: str = field(repr=False)

    @property
    def sentence(self) -> str:
        """For instance: This would have been 14 alerts, not 31."""
        more = f", and up to {self.possible_more} more" if self.possible_more else ""
        return f"This would have been {self.alerts_after} alerts{more}, not {self.alerts_before}."


def dry_run(
    scope: Scope, document: Mapping[str, Any], classifier: Any = None, tell: Tell = lambda _done, _total: None
) -> DryRun:
    """What saying `document` at `scope` would have done; {} takes back what the scope says now.

    `classifier` gives thresholds for other levels of sensitivity; without one a change of sensitivity is not counted.
    `tell` hears how many of how many items were looked at; what it raises ends the run.
    Raises `PolicyError` for a document or scope that cannot be.
    """
    _check_scope(scope)
    changes = current_changes()
    proposed = PolicyChange(scope=scope.kind, key=scope.key, document=checked_document(document))
    accounts = _Accounts(changes, changes | {scope: proposed}, scope)
    findings = _findings()
    pairs = [(finding, *accounts.of(finding.account)) for finding in findings]
    affected = [pair for pair in pairs if pair[1] is not pair[2]]
    before = [(finding, Severity(finding.severity)) for finding, _, _ in affected]
    after = [(finding, _judged(finding, new, classifier)) for finding, _, new in affected]
    window = current_policy().case_window
    return DryRun(
        scope=scope,
        document=proposed.document,
        alerts_before=_alerts(before, window),
        alerts_after=_alerts([(finding, found) for finding, found in after if found], window),
        before=Counter(severity.value for _, severity in before),
        after=Counter(severity.value if severity else "dropped" for _, severity in after),
        possible_more=_possible_more(accounts, classifier, tell) if classifier else 0,
        is_whole=len(findings) < MOST_FINDINGS,
        token=_token(scope, proposed.document, changes),
    )


@transaction.atomic
def do_change_policy(run: DryRun, *, actor: str, reason: str) -> PolicyChange:
    """Put what was tried into force, from the next finding on. On the audit chain, with what the dry run said.

    Raises `PolicyStale` when the file or any change is another one than at the dry run, `PolicyError` without a reason.
    """
    if len("".join(reason.split())) < REASON_CHARACTERS:
        message = "write a reason for the change of policy: somebody will ask for it later"
        raise PolicyError(message)
    if _token(run.scope, run.document, current_changes()) != run.token:
        message = "the policy changed since the dry run; nothing was applied. Make another dry run"
        raise PolicyStale(message)
    change = PolicyChange.objects.create(
        scope=run.scope.kind, key=run.scope.key, document=dict(run.document), actor=actor, reason=reason.strip(),
        alerts_before=run.alerts_before, alerts_after=run.alerts_after, at=clock.now(),
    )  # fmt: skip
    record(
        Tag.POLICY_CHANGED, actor=actor, site_code=run.scope.key if run.scope.kind == "site" else "",
        subject=f"policy:{change.pk}", scope=run.scope.kind, key=run.scope.key,
        before=run.alerts_before, after=run.alerts_after,
    )  # fmt: skip
    return change


def history(scope: Scope | None = None, limit: int = 100) -> list[PolicyChange]:
    """The changes of `scope` (None: all), the newest first."""
    rows = PolicyChange.objects.order_by("-id")
    return list((rows.filter(scope=scope.kind, key=scope.key) if scope else rows)[:limit])


class _Accounts:
    """The policies of accounts before and after, each combination of scopes made once."""

    def __init__(self, before: Mapping[Scope, PolicyChange], after: Mapping[Scope, PolicyChange], scope: Scope) -> None:
        self._before, self._after, self._scope = before, after, scope
        self._known: dict[tuple[Scope, ...], tuple[Policy, Policy]] = {}

    def of(self, account: MonitoredAccount) -> tuple[Policy, Policy]:
        """Both policies of `account`; the same object twice where the change does not concern it."""
        scopes = tuple(scopes_of(account, current_policy()))
        if scopes not in self._known:
            old = effective_with(account, self._before).policy
            new = effective_with(account, self._after).policy if self._scope in scopes else old
            self._known[scopes] = (old, new)
        return self._known[scopes]


def _check_scope(scope: Scope) -> None:
    if scope.kind not in KINDS or bool(scope.key) is (scope.kind == "district"):
        message = f"policy: a scope is district, or one of {', '.join(KINDS[1:])} with its name; not {scope}"
        raise PolicyError(message)


def _findings() -> list[Finding]:
    rows = Finding.objects.filter(found_at__gt=clock.now() - LOOKED_BACK).select_related("account__site", "site")
    return list(rows.defer("excerpt").order_by("-found_at")[:MOST_FINDINGS])


def _judged(finding: Finding, policy: Policy, classifier: Any) -> Severity | None:
    """The severity of a stored finding under `policy`; None where it would not be a finding."""
    threshold = finding.threshold
    own = (
        threshold_at(classifier, policy.sensitivity, finding.category, CHANNELS[finding.source]) if classifier else None
    )
    if own is not None:
        if finding.probability < own:
            return None
        threshold = own
    severity = policy.severity(
        Category(finding.category), strength_of(finding.probability, threshold), SpanKind(finding.span_kind),
        role=finding.speaker, level=finding.level,
    )  # fmt: skip
    if policy.severity_rules:
        severity, _ = apply_rules(policy.severity_rules, severity, circumstances_of(finding, policy))
    return severity


def _alerts(judged: Sequence[tuple[Finding, Severity]], window: timedelta) -> int:
    """How many cases with somebody to tell these findings make."""
    told = current_policy().mail_from
    by_account: dict[int, list[tuple[Finding, Severity]]] = {}
    for finding, severity in sorted(judged, key=lambda pair: pair[0].found_at):
        by_account.setdefault(finding.account_id, []).append((finding, severity))
    cases = [case for pairs in by_account.values() for case in _cases(pairs, window)]
    return sum((most_severe(case) or Severity.LOW).rank >= told.rank for case in cases)


def _cases(pairs: Iterable[tuple[Finding, Severity]], window: timedelta) -> list[list[Severity]]:
    cases: list[list[Severity]] = []
    last = None
    for finding, severity in pairs:
        if last is None or finding.found_at - last > window:
            cases.append([])
        cases[-1].append(severity)
        last = finding.found_at
    return cases


def _possible_more(accounts: _Accounts, classifier: Any, tell: Tell) -> int:
    """Items of the accounts concerned whose highest score lies between the new threshold and the old one."""
    rows = Scoring.objects.filter(scored_at__gt=clock.now() - LOOKED_BACK).select_related("item__account__site")
    count, total = 0, min(rows.count(), MOST_SCORINGS)
    for number, scoring in enumerate(rows.order_by("-scored_at")[:MOST_SCORINGS].iterator(chunk_size=2000)):
        if number % TOLD_EVERY == 0:
            tell(number, total)
        old, new = accounts.of(scoring.item.account)
        if old.sensitivity == new.sensitivity:
            continue
        channel = CHANNELS[scoring.item.source]
        for category, score in scoring.scores.items():
            low, high = (threshold_at(classifier, policy.sensitivity, category, channel) for policy in (new, old))
            count += low is not None and high is not None and low <= score < high
    return count


def _token(scope: Scope, document: Mapping[str, Any], changes: Mapping[Scope, PolicyChange]) -> str:
    stand = [
        scope.kind,
        scope.key,
        document,
        current_policy().version,
        max((c.pk for c in changes.values()), default=0),
    ]
    return hashlib.sha256(json.dumps(stand, sort_keys=True, default=str).encode()).hexdigest()

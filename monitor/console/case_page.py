"""Everything the page of one case shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.sessions.backends.base import SessionBase

from monitor.accounts.models import User
from monitor.console.folding import is_first_open
from monitor.console.reveal import unveiled
from monitor.console.rows import Row, build_rows, holder_of, title_of, unsealed_nothing, with_decisions
from monitor.console.timeline import Moment, build_timeline
from monitor.detection.effective import policy_for
from monitor.detection.models import Finding
from monitor.lib import clock
from monitor.triage.access import cases_for
from monitor.triage.actions import VIEW_LIMIT
from monitor.triage.clusters import cluster_of
from monitor.triage.leading import leading_findings
from monitor.triage.lowering import Lowering, lowering_of
from monitor.triage.models import Case, CaseState, Cluster, Decision, Note
from monitor.triage.notes import notes_for
from monitor.triage.passages import FindingView, unseal_finding
from monitor.triage.running_level import RunningLevel, running_levels
from monitor.triage.stories import Chapter, severity_note, story_of
from monitor.triage.why import Why, explain

EARLIER_CASES = 10
IN_FULL = 2  # findings explained at once; the others unfold


@dataclass(frozen=True, slots=True)
class Reason:
    """One finding, why it was flagged, and what would have lowered it."""

    finding: Finding
    why: Why
    lowering: Lowering


@dataclass(frozen=True, slots=True)
class CasePage:
    """One case as this session may see it."""

    case: Case
    title: str
    holder: User | None
    is_decided: bool
    seen_count: int  # a decision names it, so that a case that grew meanwhile is not decided unseen
    reasons: list[Reason]
    more_reasons: list[Reason]
    words: list[FindingView]
    veiled_count: int
    unveiled_until: datetime | None
    decisions: list[Decision]
    timeline: list[Moment]
    cluster: Cluster | None  # the text that this case shares with others, while it waits
    notes: list[Note]
    story: list[Chapter]  # the cases that this one follows, newest first
    severity_note: str
    earlier: list[Row]  # other cases about the same person
    is_open: bool  # the first of the words stands open, the others are folded
    level: RunningLevel | None  # of the student, for those who may see it

    @property
    def shown_ids(self) -> frozenset[str]:
        """The public ids of the findings whose words are shown."""
        return frozenset(view.finding.public_id for view in self.words)

    @property
    def all_reasons(self) -> list[Reason]:
        """Both lists of reasons, in the order of reading."""
        return [*self.reasons, *self.more_reasons]


def build_case_page(case: Case, user: User, session: SessionBase) -> CasePage:
    """Gather the page in a fixed number of queries; nothing sealed is opened that this session did not unveil."""
    now = clock.now()
    findings = list(leading_findings(case))
    reasons = _reasons(case, findings)
    decisions = list(Decision.objects.filter(case=case).select_related("actor"))
    shown = unveiled(session, case)
    words = words_of(findings, shown.findings) if shown else []
    story = story_of(case, user)
    veiled_count = min(len(findings), VIEW_LIMIT) - len(words)
    return CasePage(
        case=case,
        title=title_of(finding.category for finding in findings),
        holder=holder_of(case, now),
        is_decided=case.state == CaseState.DECIDED,
        seen_count=len(findings) - veiled_count,
        reasons=reasons[:IN_FULL],
        more_reasons=reasons[IN_FULL:],
        words=words,
        veiled_count=veiled_count,
        unveiled_until=shown.until if shown else None,
        decisions=decisions,
        timeline=build_timeline(case, findings, decisions),
        cluster=None if case.state == CaseState.DECIDED else cluster_of(case),
        notes=notes_for(case, user),
        story=story,
        severity_note=severity_note(case),
        earlier=_earlier(case, user, now, story),
        is_open=bool(words) and is_first_open(session, case.public_id, user),
        level=running_levels(user, [case.account]).get(case.account.pk) if case.account else None,
    )


def _reasons(case: Case, findings: Sequence[Finding]) -> list[Reason]:
    if not findings or case.account is None:
        return []
    policy = policy_for(case.account)
    return [Reason(one, explain(one), lowering_of(one, policy)) for one in findings[:VIEW_LIMIT]]


def words_of(findings: Sequence[Finding], shown: frozenset[str]) -> list[FindingView]:
    """The texts whose look is already on the audit chain, in the order of reading."""
    wanted = [finding.pk for finding in findings if finding.public_id in shown]
    sealed = Finding.objects.in_bulk(wanted)
    return [unseal_finding(sealed[key]) for key in wanted if key in sealed]


def _earlier(case: Case, user: User, now: datetime, story: Sequence[Chapter]) -> list[Row]:
    """Other cases about the same person that `user` may see, without those of `story`."""
    others = (
        cases_for(user)
        .filter(account=case.account_id)
        .exclude(pk__in=[case.pk, *(chapter.case.pk for chapter in story)])
        .order_by("-opened_at")
    )
    return with_decisions(build_rows(list(unsealed_nothing(others)[:EARLIER_CASES]), now))

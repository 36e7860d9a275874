"""Proposals to change a category's sensitivity, made from the district's own decisions; a person accepts or declines.

Heed proposes `lower` where most alerts of a category turn out not to need anybody *and* the judged cases show that the
change would have cost next to nothing: no severe case that was real, and at most one in twenty of the others. It
proposes `higher` where nearly every alert was right, so that more may be missed than need be; what was missed cannot be
counted, and the proposal says so. Accepting is a person's act and is written down; nothing changes by itself.
"""

from dataclasses import asdict, dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, OuterRef, Q

from monitor.detection.models import Finding
from monitor.detection.policy import current_policy
from monitor.domain.category import Category
from monitor.domain.policy import Policy
from monitor.domain.sensitivity import Sensitivity
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.lib.intervals import share
from monitor.roster.models import Site
from monitor.triage.models import CaseCategory, CaseFinding, ProposalState, ThresholdProposal
from monitor.triage.points import threshold_at
from monitor.triage.precision import running_precision
from monitor.triage.reasons import REAL

PERIOD_DAYS = 90
LEAST_JUDGEMENTS = 30
LOW_USE, HIGH_USE = 0.35, 0.8  # the whole interval must lie under, or over
MOST_LOST = 0.05
ORDER = (Sensitivity.LOWER, Sensitivity.STANDARD, Sensitivity.HIGHER)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a proposal rests on, in judgements of the period; the last three are None where more is to be raised.

    `useful_low` and `useful_high` are the 95 % interval of the share that needed somebody. `avoided` is how many
    judgements of no danger would not have been asked for, `lost` how many real ones, `lost_severe` how many of those
    were severe or imminent.
    """

    since: str  # dates, YYYY-MM-DD
    until: str
    judgements: int
    useful: int
    useful_low: float
    useful_high: float
    avoided: int | None = None
    lost: int | None = None
    lost_severe: int | None = None


def propose_thresholds() -> int:
    """Bring the open proposals up to date with decisions and policy; how many are new. Doing it again changes nothing.

    Raises `PolicyError`.
    """
    policy = current_policy()
    return sum(_propose(category, policy) for category in Category)


def evidence_of(proposal: ThresholdProposal) -> Evidence:
    """The figures of `proposal` as they stood when it was made."""
    return Evidence(**proposal.evidence)


def _propose(category: Category, policy: Policy) -> bool:
    present = policy.sensitivity.get(category, Sensitivity.STANDARD)
    classifier_id = _classifier_of(category)
    found = _judge(category, present, classifier_id)
    open_rows = ThresholdProposal.objects.filter(category=category.value, state=ProposalState.OPEN)
    wanted = {"present": present.value, "proposed": found[0].value} if found else None
    stale = open_rows.exclude(**wanted, policy_version=policy.version) if wanted else open_rows
    stale.update(state=ProposalState.OUTDATED, closed_at=clock.now())
    if found is None or open_rows.exists() or _was_answered(category, found[0], policy):
        return False
    try:
        with transaction.atomic():
            ThresholdProposal.objects.create(
                category=category.value,
                present=present.value,
                proposed=found[0].value,
                evidence=asdict(found[1]),
                classifier_id=classifier_id,
                policy_version=policy.version,
                made_at=clock.now(),
                reason="",
            )
    except IntegrityError:
        return False  # another worker proposed it at the same moment
    return True


def _classifier_of(category: Category) -> str:
    """The classifier that raised the newest finding of `category`; empty where there is none."""
    newest = Finding.objects.filter(category=category.value).order_by("-id")
    return newest.values_list("classifier_id", flat=True).first() or ""


def _was_answered(category: Category, proposed: Sensitivity, policy: Policy) -> bool:
    """Whether the same was declined not long ago, or accepted and only waits to be written into the policy file."""
    since = clock.now() - timedelta(days=PERIOD_DAYS)
    declined = Q(state=ProposalState.DECLINED, closed_at__gt=since)
    accepted = Q(state=ProposalState.ACCEPTED, policy_version=policy.version)
    same = ThresholdProposal.objects.filter(category=category.value, proposed=proposed.value)
    return same.filter(declined | accepted).exists()


def _judge(category: Category, present: Sensitivity, classifier_id: str) -> tuple[Sensitivity, Evidence] | None:
    """The level to propose and what speaks for it, or None."""
    until = clock.now().date()
    since = until - timedelta(days=PERIOD_DAYS)
    sites = list(Site.objects.filter(is_active=True))
    row = next((row for row in running_precision(sites, since, until) if row.category is category), None)
    if row is None or row.useful.whole < LEAST_JUDGEMENTS:
        return None
    useful, place = row.useful, ORDER.index(present)
    evidence = Evidence(
        since=since.isoformat(),
        until=until.isoformat(),
        judgements=useful.whole,
        useful=useful.part,
        useful_low=round(useful.low, 4),
        useful_high=round(useful.high, 4),
    )
    if useful.low >= HIGH_USE and place + 1 < len(ORDER):
        return ORDER[place + 1], evidence
    if useful.high <= LOW_USE and place > 0:
        return _lowered(category, ORDER[place - 1], classifier_id, evidence)
    return None


def _lowered(
    category: Category, proposed: Sensitivity, classifier_id: str, evidence: Evidence
) -> tuple[Sensitivity, Evidence] | None:
    thresholds = threshold_at(classifier_id, category.value, proposed)
    if thresholds is None:
        return None  # not ours: its levels of sensitivity are not known
    over = Q(pk__in=[])
    for source, threshold in thresholds.items():
        over |= Q(finding__source=source.value, finding__probability__gte=threshold)
    stays = CaseFinding.objects.filter(over, case=OuterRef("case"), finding__category=category.value)
    judged = CaseCategory.objects.filter(
        ~Exists(stays), category=category.value, day__range=(evidence.since, evidence.until), site__is_active=True
    ).exclude(outcome="")
    rank = Severity.SEVERE.rank
    counts = judged.aggregate(
        gone=Count("judgement", distinct=True),
        lost=Count("judgement", distinct=True, filter=Q(outcome__in=sorted(REAL))),
        severe=Count("judgement", distinct=True, filter=Q(outcome__in=sorted(REAL), severity_rank__gte=rank)),
    )
    lost, avoided = counts["lost"], counts["gone"] - counts["lost"]
    if not avoided or counts["severe"] or lost > MOST_LOST * max(evidence.useful, 1):
        return None
    fields = {**asdict(evidence), "avoided": avoided, "lost": lost, "lost_severe": 0}
    return proposed, Evidence(**fields)


def summary(proposal: ThresholdProposal) -> str:
    """The proposal and its grounds in words, for a board."""
    found = evidence_of(proposal)
    use = share(found.useful, found.judgements)
    words = (
        f"Sensitivity of {proposal.category} from {proposal.present} to {proposal.proposed}. From {found.since} to "
        f"{found.until} people judged {found.judgements} texts; {found.useful} needed somebody "
        f"({use.low:.0%} to {use.high:.0%})."
    )
    if found.avoided is None:
        return f"{words} Nearly every alert was right; what was missed is not known and cannot be counted here."
    lost = "none that needed somebody" if not found.lost else f"{found.lost} that needed somebody, none of them severe"
    return f"{words} At the proposed level {found.avoided} needless ones would not have come, and {lost} been lost."

"""What the policy's rules may ask about a finding, and whether an account's own sensitivity would have raised it."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from models.panel import Scorer, Verdict
from monitor.calendars.hours import is_in_session
from monitor.detection.effective import band_of_account
from monitor.detection.models import Finding
from monitor.domain.category import Category
from monitor.domain.policy import Policy
from monitor.domain.sensitivity import Sensitivity
from monitor.domain.severity_rules import Circumstances, Hours
from monitor.roster.models import Site

LONGEST = timedelta(days=60)  # no rule looks further back
REMEMBERED = 200  # earlier findings of one account and category
NIGHT_BEGINS, NIGHT_ENDS = time(22), time(5)


def own_verdict(classifier: Scorer, verdict: Verdict, of: tuple[str, str], policy: Policy) -> Verdict | None:
    """`verdict` by the account's own sensitivity: with its threshold, or None where that was not reached.

    Scoring runs at the broadest level in force anywhere. `of` is (category, channel). The thresholds of classifiers
    that the policy adds from folders are their own and hold for everybody.
    """
    category, channel = of
    threshold = threshold_at(classifier, policy.sensitivity, category, channel)
    if threshold is None or verdict.classifier_id != classifier.id:
        return verdict
    if verdict.probability < threshold:
        return None
    return Verdict(verdict.classifier_id, verdict.probability, threshold)


def threshold_at(
    classifier: Any, sensitivity: Mapping[Category, Sensitivity], category: str, channel: str
) -> float | None:
    """The alert threshold of `category` at the level in `sensitivity`; None for a classifier without levels."""
    at = getattr(classifier, "at", None)
    if at is None:
        return None
    level = sensitivity.get(Category(category), Sensitivity.STANDARD)
    return float(at({category: level.value}).thresholds[channel][category]["alert"])


def circumstances_of(finding: Finding, policy: Policy) -> Circumstances:
    """What the rules of `policy` may ask about `finding`, saved or not."""
    earlier = Finding.objects.filter(
        account_id=finding.account_id, category=finding.category,
        occurred_at__gt=finding.occurred_at - LONGEST, occurred_at__lt=finding.occurred_at,
    ).order_by("-occurred_at")  # fmt: skip
    days = [
        (finding.occurred_at - at) / timedelta(days=1)
        for at in earlier.values_list("occurred_at", flat=True)[:REMEMBERED]
    ]
    return Circumstances(
        category=Category(finding.category),
        role=finding.speaker,
        level=finding.level,
        age_band=band_of_account(finding.account, policy),
        hours=hours_at(finding.site, finding.occurred_at),
        earlier=days,
    )


def hours_at(site: Site, instant: datetime) -> frozenset[Hours]:
    """Which of the hours that rules name `instant` lies in, by the clock of `site`."""
    local = instant.astimezone(ZoneInfo(site.time_zone)).time()
    found = {Hours.SCHOOL if is_in_session(site, instant) else Hours.OFF}
    return frozenset(found | ({Hours.NIGHT} if local >= NIGHT_BEGINS or local < NIGHT_ENDS else set()))

"""What would have made a finding milder, or kept it from being one: from what is stored with it, and nothing else.

The score and its threshold stand with the finding; the thresholds of the other levels of sensitivity are those that the
shipped classifier was measured at. What other speakers would have meant is read from the policy, and only while it is
the policy that the finding was judged by. Nothing sealed is opened here.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from monitor.detection.models import Finding
from monitor.domain.category import Category
from monitor.domain.policy import Policy
from monitor.domain.role import Role
from monitor.domain.sensitivity import Sensitivity
from monitor.domain.severity import Severity
from monitor.domain.source import Source
from monitor.domain.strength import strength_of
from monitor.domain.text import SpanKind
from monitor.triage.points import threshold_at

MOST_DIGITS = 4
ORDER = (Sensitivity.HIGHER, Sensitivity.STANDARD, Sensitivity.LOWER)  # the lowest threshold first
OTHER_PLACES = {
    Role.WRITTEN: SpanKind.NEW,
    Role.RECEIVED: SpanKind.NEW,
    Role.QUOTED: SpanKind.QUOTED,
}


@dataclass(frozen=True, slots=True)
class LevelPoint:
    """One level of sensitivity: its threshold in points of 100, whether this score reaches it, and whether it is the
    level by which the finding was made."""

    level: Sensitivity
    words: str
    threshold: str
    would_flag: bool
    is_present: bool


@dataclass(frozen=True, slots=True)
class OtherSpeaker:
    """The same score in another mouth: who speaks, how urgent it would be, and whether a message would go out."""

    words: str
    severity: Severity
    is_told: bool


@dataclass(frozen=True, slots=True)
class Lowering:
    """What would have lowered one finding. `score` and `threshold` are in points of 100, told apart.

    `levels` is empty for a classifier whose levels are not known, `speakers` where no other speaker would have made it
    milder; `why_unknown` says why speakers could not be worked out, and is empty where they were.
    """

    score: str
    threshold: str
    levels: tuple[LevelPoint, ...]
    quiet_level: LevelPoint | None  # the level nearest to the present one at which nothing would have been said
    speakers: tuple[OtherSpeaker, ...]
    why_unknown: str


def lowering_of(finding: Finding, policy: Policy) -> Lowering:
    """What would have lowered `finding`. `policy` is the one in force for its account."""
    levels = _levels(finding)
    why_unknown = _why_unknown(finding, policy)
    score, threshold = told_apart(finding.probability, finding.threshold)
    return Lowering(
        score=score,
        threshold=threshold,
        levels=levels,
        quiet_level=next((point for point in levels if not point.would_flag), None),
        speakers=() if why_unknown else _speakers(finding, policy),
        why_unknown=why_unknown,
    )


def told_apart(score: float, threshold: float) -> tuple[str, str]:
    """Two probabilities in points of 100, with as many digits as it takes to see that they differ."""
    for digits in range(MOST_DIGITS):
        pair = (f"{100 * score:.{digits}f}", f"{100 * threshold:.{digits}f}")
        if pair[0] != pair[1]:
            return pair
    return (f"{100 * score:.{MOST_DIGITS}f}", f"{100 * threshold:.{MOST_DIGITS}f}")


def level_words(level: Sensitivity) -> str:
    """A level of sensitivity as people say it."""
    return {
        Sensitivity.LOWER: _("lower"),
        Sensitivity.STANDARD: _("standard"),
        Sensitivity.HIGHER: _("higher"),
    }[level]


def _levels(finding: Finding) -> tuple[LevelPoint, ...]:
    source, points = Source(finding.source), []
    digits = len(told_apart(finding.probability, finding.threshold)[1].partition(".")[2])
    for level in ORDER:
        found = threshold_at(finding.classifier_id, finding.category, level)
        if found is None:
            return ()
        points.append(
            LevelPoint(
                level=level,
                words=level_words(level),
                threshold=f"{100 * found[source]:.{digits}f}",
                would_flag=finding.probability >= found[source],
                is_present=abs(found[source] - finding.threshold) < 1e-9,
            )
        )
    return tuple(points)


def _why_unknown(finding: Finding, policy: Policy) -> str:
    if policy.version != finding.policy_version:
        return _("The policy has changed since then, so that it cannot be said what other speakers would have meant.")
    if policy.severity_rules:
        return _("The district's own rules look at more than who speaks, so that this is not worked out here.")
    return ""


def _speakers(finding: Finding, policy: Policy) -> tuple[OtherSpeaker, ...]:
    """Other mouths in which the same score would be milder."""
    now, found = Severity(finding.severity), []
    strength = strength_of(finding.probability, finding.threshold)
    for role, kind in OTHER_PLACES.items():
        if role is finding.speaker:
            continue
        severity = policy.severity(Category(finding.category), strength, kind, role=role, level=finding.level)
        if severity.rank < now.rank:
            found.append(OtherSpeaker(_speaker_words(role), severity, severity.rank >= policy.mail_from.rank))
    return tuple(found)


def _speaker_words(role: Role) -> str:
    return {
        Role.WRITTEN: _("as the student's own words"),
        Role.RECEIVED: _("as words that the student received"),
        Role.QUOTED: _("as words quoted from an earlier message"),
    }[role]

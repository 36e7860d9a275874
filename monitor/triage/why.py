"""Why something was flagged, in plain words and without a word of the text."""

from dataclasses import dataclass

from monitor.detection.models import Finding
from monitor.detection.policy import current_policy
from monitor.domain.category import Category
from monitor.domain.policy import Policy
from monitor.domain.severity import Severity
from monitor.domain.source import Direction, Source
from monitor.domain.strength import Strength, strength_of
from monitor.domain.text import SpanKind

CATEGORY_WORDS = {
    Category.BULLYING: "bullying",
    Category.SELF_HARM: "self-harm or suicide",
    Category.VIOLENCE: "violence against others",
    Category.GROOMING: "grooming by an adult or older person",
}
SEVERITY_WORDS = {
    Severity.LOW: "low",
    Severity.CONCERN: "a concern",
    Severity.SEVERE: "severe",
    Severity.IMMINENT: "imminent",
}
SPEAKER_WORDS = {
    (Source.GMAIL, Direction.WRITTEN): "written by the student",
    (Source.GMAIL, Direction.RECEIVED): "received by the student",
    (Source.GMAIL, Direction.SHARED): "in a message to several people, the student among them",
    (Source.DRIVE, Direction.WRITTEN): "written by the student, in a file",
    (Source.DRIVE, Direction.RECEIVED): "in a file that somebody sent to the student",
    (Source.DRIVE, Direction.SHARED): "in a file shared with the student; who wrote it is not known",
}
PLACE_WORDS = {
    SpanKind.NEW: "",
    SpanKind.QUOTED: "quoted from an earlier message",
    SpanKind.FORWARDED: "forwarded from somebody else",
    SpanKind.SIGNATURE: "in the signature",
    SpanKind.ATTACHMENT: "in an attachment",
    SpanKind.TITLE: "in the subject or title",
}
STRENGTH_WORDS = {
    Strength.JUST: "just over the threshold",
    Strength.WELL: "well over the threshold",
    Strength.FAR: "far over the threshold",
}


@dataclass(frozen=True, slots=True)
class Why:
    """The reason for one finding; `sentence` says the first three fields in one."""

    category: str
    strength: str
    speaker: str
    severity: str
    severity_reason: str
    classifier_id: str
    policy_version: str

    @property
    def sentence(self) -> str:
        """For instance: Looks like bullying, well over the threshold; written by the student."""
        return f"Looks like {self.category}, {self.strength}; {self.speaker}."


def explain(finding: Finding) -> Why:
    """Why `finding` exists and why it is as urgent as it is. Its excerpt is not touched."""
    severity = Severity(finding.severity)
    return Why(
        category=CATEGORY_WORDS[Category(finding.category)],
        strength=STRENGTH_WORDS[strength_of(finding.probability, finding.threshold)],
        speaker=_speaker(finding),
        severity=SEVERITY_WORDS[severity],
        severity_reason=_severity_reason(finding, severity, current_policy()),
        classifier_id=finding.classifier_id,
        policy_version=finding.policy_version,
    )


def _speaker(finding: Finding) -> str:
    place = PLACE_WORDS[SpanKind(finding.span_kind)]
    words = SPEAKER_WORDS[Source(finding.source), Direction(finding.direction)]
    return f"{words}, {place}" if place else words


def _severity_reason(finding: Finding, severity: Severity, policy: Policy) -> str:
    """What of the policy led to `severity`; an older policy is not at hand and is only named."""
    if policy.version != finding.policy_version:
        return f"By the policy {finding.policy_version}, which was in force then."
    category, kind = Category(finding.category), SpanKind(finding.span_kind)
    rule = policy.rules[category]
    found = strength_of(finding.probability, finding.threshold)
    if rule.imminent_when is not None and found.rank >= rule.imminent_when.rank:
        because = f"The policy makes {CATEGORY_WORDS[category]} {STRENGTH_WORDS[rule.imminent_when]} imminent"
    else:
        because = f"The policy makes {CATEGORY_WORDS[category]} over the threshold {SEVERITY_WORDS[rule.at_alert]}"
    if not policy.steps_down.get(kind):
        return f"{because}."
    return f"{because}, and milder where it is {PLACE_WORDS[kind]}; here it is {SEVERITY_WORDS[severity]}."

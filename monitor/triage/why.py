"""Why something was flagged, in plain words and without a word of the text."""

from dataclasses import dataclass

from monitor.detection.models import Finding
from monitor.detection.policy import current_policy
from monitor.domain.category import Category
from monitor.domain.policy import CategoryRule, Policy
from monitor.domain.role import Role
from monitor.domain.severity import LEVELS, Severity
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
    (Source.CHAT, Direction.WRITTEN): "written by the student, in a conversation",
    (Source.CHAT, Direction.RECEIVED): "said to the student in a conversation, by somebody who is no student here",
    (Source.CHAT, Direction.SHARED): "in a conversation; who wrote it is not known",
}
PLACE_WORDS = {
    SpanKind.NEW: "",
    SpanKind.QUOTED: "quoted from an earlier message",
    SpanKind.FORWARDED: "forwarded from somebody else",
    SpanKind.SIGNATURE: "in the signature",
    SpanKind.ATTACHMENT: "in an attachment",
    SpanKind.TITLE: "in the subject or title",
    SpanKind.COMMENT: "in a comment on the file",
    SpanKind.HIDDEN: "in text that was deleted or does not show",
    SpanKind.IMAGE_TEXT: "read from a picture",
}
STRENGTH_WORDS = {
    Strength.JUST: "just over the threshold",
    Strength.WELL: "well over the threshold",
    Strength.FAR: "far over the threshold",
}
LEVEL_WORDS = {
    Category.SELF_HARM: ("a wish to be dead", "preparation or self-injury", "an attempt or a goodbye"),
    Category.VIOLENCE: ("violent wishes or talk", "a threat", "a threat with a weapon, a time or a place"),
    Category.BULLYING: ("rude words", "an attack on a person", "telling to die, sharing pictures or a pile-on"),
    Category.GROOMING: ("flattery or secrecy", "isolation or a romantic turn", "asking for a picture or a meeting"),
}
ROLE_WORDS = {
    Role.WRITTEN: "written by the student",
    Role.RECEIVED: "received by the student",
    Role.SHARED: "in a shared file",
    Role.FORWARDED: "forwarded",
    Role.QUOTED: "quoted",
}
ABOUT_WORDS = {
    (Category.SELF_HARM, Role.WRITTEN): "The words are this student's own.",
    (Category.SELF_HARM, Role.RECEIVED): "The worry is about whoever wrote it, not about this student.",
    (Category.VIOLENCE, Role.WRITTEN): "The words are this student's own.",
    (Category.VIOLENCE, Role.RECEIVED): "Somebody else says it; this student may be the one it is meant for.",
    (Category.BULLYING, Role.WRITTEN): "This student may be the one who does it.",
    (Category.BULLYING, Role.RECEIVED): "This student may be the one it is done to.",
    (Category.GROOMING, Role.WRITTEN): "This student may be the one who does it, or may answer in kind.",
    (Category.GROOMING, Role.RECEIVED): "This student may be the one it is done to.",
}
ABOUT_ROLE_WORDS = {
    Role.SHARED: "Who wrote it, and so whom it is about, is for a person to find out.",
    Role.FORWARDED: "The words are most likely somebody else's, passed on.",
    Role.QUOTED: "Who said it first, this student or somebody else, is not certain.",
}


@dataclass(frozen=True, slots=True)
class Why:
    """The reason for one finding; `sentence` says the first four fields in one. `level` is empty where there is none.

    `about` says what it means that this person speaks.
    """

    category: str
    level: str
    strength: str
    speaker: str
    about: str
    severity: str
    severity_reason: str
    classifier_id: str
    policy_version: str

    @property
    def sentence(self) -> str:
        """For instance: Looks like violence (a threat), well over the threshold; written by the student."""
        category = f"{self.category} ({self.level})" if self.level else self.category
        return f"Looks like {category}, {self.strength}; {self.speaker}."


def explain(finding: Finding) -> Why:
    """Why `finding` exists and why it is as urgent as it is. Its excerpt is not touched."""
    severity, category = Severity(finding.severity), Category(finding.category)
    return Why(
        category=CATEGORY_WORDS[category],
        level=LEVEL_WORDS[category][finding.level - 1] if finding.level else "",
        strength=STRENGTH_WORDS[strength_of(finding.probability, finding.threshold)],
        speaker=_speaker(finding),
        about=ABOUT_WORDS.get((category, finding.speaker)) or ABOUT_ROLE_WORDS[finding.speaker],
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
    if finding.rules:
        return f"By the policy's rules ({'; '.join(finding.rules)}) it is {SEVERITY_WORDS[severity]}."
    rule = policy.rules[Category(finding.category)]
    if finding.level and rule.levels:
        return _reason_by_level(finding, finding.level, severity, rule)
    kind = SpanKind(finding.span_kind)
    words = CATEGORY_WORDS[Category(finding.category)]
    if rule.imminent_when is not None and rule.raises(strength_of(finding.probability, finding.threshold)):
        because = f"The policy makes {words} {STRENGTH_WORDS[rule.imminent_when]} imminent"
    else:
        because = f"The policy makes {words} over the threshold {SEVERITY_WORDS[rule.at_alert]}"
    if not policy.steps_down.get(kind):
        return f"{because}."
    return f"{because}, and milder where it is {PLACE_WORDS[kind]}; here it is {SEVERITY_WORDS[severity]}."


def _reason_by_level(finding: Finding, level: int, severity: Severity, rule: CategoryRule) -> str:
    category, role = Category(finding.category), finding.speaker
    strength = strength_of(finding.probability, finding.threshold)
    in_table, meant = rule.levels[role][level - 1], rule.at_level(role, level, strength)
    because = (
        f"The policy makes {CATEGORY_WORDS[category]} at level {level} of {LEVELS} "
        f"({LEVEL_WORDS[category][level - 1]}), {ROLE_WORDS[role]}, {SEVERITY_WORDS[in_table]}"
    )
    if meant is not in_table:
        because += f", and {SEVERITY_WORDS[meant]} when it is {STRENGTH_WORDS[strength]}"
    if severity is meant:
        return f"{because}."
    place = PLACE_WORDS[SpanKind(finding.span_kind)]
    return f"{because}, and milder where it is {place}; here it is {SEVERITY_WORDS[severity]}."

"""Why something was flagged, in plain words and without a word of the text."""

from dataclasses import dataclass

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

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
    Category.BULLYING: _("bullying"),
    Category.SELF_HARM: _("self-harm or suicide"),
    Category.VIOLENCE: _("violence against others"),
    Category.GROOMING: _("grooming by an adult or older person"),
}
SEVERITY_WORDS = {
    Severity.LOW: _("low"),
    Severity.CONCERN: _("a concern"),
    Severity.SEVERE: _("severe"),
    Severity.IMMINENT: _("imminent"),
}
SPEAKER_WORDS = {
    (Source.GMAIL, Direction.WRITTEN): _("written by the student"),
    (Source.GMAIL, Direction.RECEIVED): _("received by the student"),
    (Source.GMAIL, Direction.SHARED): _("in a message to several people, the student among them"),
    (Source.DRIVE, Direction.WRITTEN): _("written by the student, in a file"),
    (Source.DRIVE, Direction.RECEIVED): _("in a file that somebody sent to the student"),
    (Source.DRIVE, Direction.SHARED): _("in a file shared with the student; who wrote it is not known"),
    (Source.CHAT, Direction.WRITTEN): _("written by the student, in a conversation"),
    (Source.CHAT, Direction.RECEIVED): _("said to the student in a conversation, by somebody who is no student here"),
    (Source.CHAT, Direction.SHARED): _("in a conversation; who wrote it is not known"),
}
PLACE_WORDS = {
    SpanKind.NEW: "",
    SpanKind.QUOTED: _("quoted from an earlier message"),
    SpanKind.FORWARDED: _("forwarded from somebody else"),
    SpanKind.SIGNATURE: _("in the signature"),
    SpanKind.ATTACHMENT: _("in an attachment"),
    SpanKind.TITLE: _("in the subject or title"),
    SpanKind.COMMENT: _("in a comment on the file"),
    SpanKind.HIDDEN: _("in text that was deleted or does not show"),
    SpanKind.IMAGE_TEXT: _("read from a picture"),
}
STRENGTH_WORDS = {
    Strength.JUST: _("just over the threshold"),
    Strength.WELL: _("well over the threshold"),
    Strength.FAR: _("far over the threshold"),
}
LEVEL_WORDS = {
    Category.SELF_HARM: (_("a wish to be dead"), _("preparation or self-injury"), _("an attempt or a goodbye")),
    Category.VIOLENCE: (_("violent wishes or talk"), _("a threat"), _("a threat with a weapon, a time or a place")),
    Category.BULLYING: (
        _("rude words"),
        _("an attack on a person"),
        _("telling to die, sharing pictures or a pile-on"),
    ),
    Category.GROOMING: (
        _("flattery or secrecy"),
        _("isolation or a romantic turn"),
        _("asking for a picture or a meeting"),
    ),
}
ROLE_WORDS = {
    Role.WRITTEN: _("written by the student"),
    Role.RECEIVED: _("received by the student"),
    Role.SHARED: _("in a shared file"),
    Role.FORWARDED: _("forwarded"),
    Role.QUOTED: _("quoted"),
}
ABOUT_WORDS = {
    (Category.SELF_HARM, Role.WRITTEN): _("The words are this student's own."),
    (Category.SELF_HARM, Role.RECEIVED): _("The worry is about whoever wrote it, not about this student."),
    (Category.VIOLENCE, Role.WRITTEN): _("The words are this student's own."),
    (Category.VIOLENCE, Role.RECEIVED): _("Somebody else says it; this student may be the one it is meant for."),
    (Category.BULLYING, Role.WRITTEN): _("This student may be the one who does it."),
    (Category.BULLYING, Role.RECEIVED): _("This student may be the one it is done to."),
    (Category.GROOMING, Role.WRITTEN): _("This student may be the one who does it, or may answer in kind."),
    (Category.GROOMING, Role.RECEIVED): _("This student may be the one it is done to."),
}
ABOUT_ROLE_WORDS = {
    Role.SHARED: _("Who wrote it, and so whom it is about, is for a person to find out."),
    Role.FORWARDED: _("The words are most likely somebody else's, passed on."),
    Role.QUOTED: _("Who said it first, this student or somebody else, is not certain."),
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
        words = gettext("Looks like {category}, {strength}; {speaker}.")
        return words.format(category=category, strength=self.strength, speaker=self.speaker)


def explain(finding: Finding) -> Why:
    """Why `finding` exists and why it is as urgent as it is. Its excerpt is not touched."""
    severity, category = Severity(finding.severity), Category(finding.category)
    return Why(
        category=str(CATEGORY_WORDS[category]),
        level=str(LEVEL_WORDS[category][finding.level - 1]) if finding.level else "",
        strength=str(STRENGTH_WORDS[strength_of(finding.probability, finding.threshold)]),
        speaker=_speaker(finding),
        about=str(ABOUT_WORDS.get((category, finding.speaker)) or ABOUT_ROLE_WORDS[finding.speaker]),
        severity=str(SEVERITY_WORDS[severity]),
        severity_reason=_severity_reason(finding, severity, current_policy()),
        classifier_id=finding.classifier_id,
        policy_version=finding.policy_version,
    )


def _speaker(finding: Finding) -> str:
    place = PLACE_WORDS[SpanKind(finding.span_kind)]
    words = str(SPEAKER_WORDS[Source(finding.source), Direction(finding.direction)])
    return f"{words}, {place}" if place else words


def _severity_reason(finding: Finding, severity: Severity, policy: Policy) -> str:
    """What of the policy led to `severity`; an older policy is not at hand and is only named."""
    if policy.version != finding.policy_version:
        return gettext("By the policy {version}, which was in force then.").format(version=finding.policy_version)
    if finding.rules:
        words = gettext("By the policy's rules ({rules}) it is {severity}.")
        return words.format(rules="; ".join(finding.rules), severity=SEVERITY_WORDS[severity])
    rule = policy.rules[Category(finding.category)]
    if finding.level and rule.levels:
        return _reason_by_level(finding, finding.level, severity, rule)
    kind = SpanKind(finding.span_kind)
    named = {"category": CATEGORY_WORDS[Category(finding.category)]}
    if rule.imminent_when is not None and rule.raises(strength_of(finding.probability, finding.threshold)):
        because = gettext("The policy makes {category} {strength} imminent")
        because = because.format(**named, strength=STRENGTH_WORDS[rule.imminent_when])
    else:
        because = gettext("The policy makes {category} over the threshold {severity}")
        because = because.format(**named, severity=SEVERITY_WORDS[rule.at_alert])
    if not policy.steps_down.get(kind):
        return f"{because}."
    return _milder(because, kind, severity)


def _milder(because: str, kind: SpanKind, severity: Severity) -> str:
    words = gettext("{because}, and milder where it is {place}; here it is {severity}.")
    return words.format(because=because, place=PLACE_WORDS[kind], severity=SEVERITY_WORDS[severity])


def _reason_by_level(finding: Finding, level: int, severity: Severity, rule: CategoryRule) -> str:
    category, role = Category(finding.category), finding.speaker
    strength = strength_of(finding.probability, finding.threshold)
    in_table, meant = rule.levels[role][level - 1], rule.at_level(role, level, strength)
    because = gettext(
        "The policy makes {category} at level {level} of {levels} ({meaning}), {role}, {severity}"
    ).format(
        category=CATEGORY_WORDS[category],
        level=level,
        levels=LEVELS,
        meaning=LEVEL_WORDS[category][level - 1],
        role=ROLE_WORDS[role],
        severity=SEVERITY_WORDS[in_table],
    )
    if meant is not in_table:
        words = gettext("{because}, and {severity} when it is {strength}")
        because = words.format(because=because, severity=SEVERITY_WORDS[meant], strength=STRENGTH_WORDS[strength])
    if severity is meant:
        return f"{because}."
    return _milder(because, SpanKind(finding.span_kind), severity)

"""What a person may conclude about a case, and the codes for why; codes can be counted, sentences cannot."""

from django.db import models


class Outcome(models.TextChoices):
    """What a person concluded."""

    SUPPORT = "support", "Support given or arranged"
    HANDED_OVER = "handed_over", "Handed over to care"
    NO_CONCERN = "no_concern", "Looked at: no concern"
    FALSE_ALARM = "false_alarm", "False alarm: the text is harmless"


REAL = frozenset({Outcome.SUPPORT, Outcome.HANDED_OVER})
"""The outcomes that say: it was right to call a person."""


class ReasonCode(models.TextChoices):
    """Why, in a form that figures can use. The person's own words stand beside it, sealed."""

    TALKED = "talked", "Somebody at school talked with the student"
    FAMILY = "family", "The family knows and helps"
    SAFETY_PLAN = "safety_plan", "A plan for the student's safety is in place"
    CARE_TEAM = "care_team", "The school's care team has it"
    COUNSELOR = "counselor", "A counselor, psychologist or nurse has it"
    THREAT_TEAM = "threat_team", "The threat assessment team has it"
    OUTSIDE_HELP = "outside_help", "Outside help has it"
    KNOWN = "known", "Known already, and cared for"
    RESOLVED = "resolved", "Settled between those concerned"
    JOKING = "joking", "Real words, said in fun, and nobody hurt by them"
    OTHER_PERSON = "other_person", "About somebody who is not a student here"
    CLASS_TEXT = "class_text", "A class text or an assignment"
    PUBLISHED = "published", "Lyrics, a book, a film, news"
    CHAIN_MAIL = "chain_mail", "A chain mail, an advertisement or a form letter"
    HELP_MATERIAL = "help_material", "Advice, prevention or hotline material"
    GAME = "game", "A game or a sport"
    FIGURE_OF_SPEECH = "figure_of_speech", "A figure of speech"
    MISREAD = "misread", "The classifier misread it"


CODES: dict[Outcome, tuple[ReasonCode, ...]] = {
    Outcome.SUPPORT: (ReasonCode.TALKED, ReasonCode.FAMILY, ReasonCode.SAFETY_PLAN),
    Outcome.HANDED_OVER: (
        ReasonCode.CARE_TEAM,
        ReasonCode.COUNSELOR,
        ReasonCode.THREAT_TEAM,
        ReasonCode.FAMILY,
        ReasonCode.OUTSIDE_HELP,
    ),
    Outcome.NO_CONCERN: (
        ReasonCode.KNOWN,
        ReasonCode.RESOLVED,
        ReasonCode.JOKING,
        ReasonCode.OTHER_PERSON,
    ),
    Outcome.FALSE_ALARM: (
        ReasonCode.CLASS_TEXT,
        ReasonCode.PUBLISHED,
        ReasonCode.CHAIN_MAIL,
        ReasonCode.HELP_MATERIAL,
        ReasonCode.GAME,
        ReasonCode.FIGURE_OF_SPEECH,
        ReasonCode.MISREAD,
    ),
}
"""Which codes belong to which outcome, in the order in which a page offers them."""

OF_A_TEXT = frozenset({ReasonCode.CLASS_TEXT, ReasonCode.PUBLISHED, ReasonCode.CHAIN_MAIL, ReasonCode.HELP_MATERIAL})
"""The codes that speak of a text rather than of a person: only these teach Heed to put later copies aside."""


class WrongReasonCode(Exception):
    """The code does not belong to the outcome; the message names those that do."""


def check_code(outcome: Outcome, code: ReasonCode | None) -> None:
    """Raise `WrongReasonCode` where `code` is given and does not belong to `outcome`."""
    if code is not None and code not in CODES[outcome]:
        message = f"{code.value} is no reason for {outcome.value}; there are {', '.join(CODES[outcome])}"
        raise WrongReasonCode(message)

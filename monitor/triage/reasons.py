"""What a person may conclude about a case, and the codes for why; codes can be counted, sentences cannot."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Outcome(models.TextChoices):
    """What a person concluded."""

    SUPPORT = "support", _("Support given or arranged")
    HANDED_OVER = "handed_over", _("Handed over to care")
    NO_CONCERN = "no_concern", _("Looked at: no concern")
    FALSE_ALARM = "false_alarm", _("False alarm: the text is harmless")


REAL = frozenset({Outcome.SUPPORT, Outcome.HANDED_OVER})
"""The outcomes that say: it was right to call a person."""


class ReasonCode(models.TextChoices):
    """Why, in a form that figures can use. The person's own words stand beside it, sealed."""

    TALKED = "talked", _("Somebody at school talked with the student")
    FAMILY = "family", _("The family knows and helps")
    SAFETY_PLAN = "safety_plan", _("A plan for the student's safety is in place")
    CARE_TEAM = "care_team", _("The school's care team has it")
    COUNSELOR = "counselor", _("A counselor, psychologist or nurse has it")
    THREAT_TEAM = "threat_team", _("The threat assessment team has it")
    OUTSIDE_HELP = "outside_help", _("Outside help has it")
    KNOWN = "known", _("Known already, and cared for")
    RESOLVED = "resolved", _("Settled between those concerned")
    JOKING = "joking", _("Real words, said in fun, and nobody hurt by them")
    OTHER_PERSON = "other_person", _("About somebody who is not a student here")
    CLASS_TEXT = "class_text", _("A class text or an assignment")
    PUBLISHED = "published", _("Lyrics, a book, a film, news")
    CHAIN_MAIL = "chain_mail", _("A chain mail, an advertisement or a form letter")
    HELP_MATERIAL = "help_material", _("Advice, prevention or hotline material")
    GAME = "game", _("A game or a sport")
    FIGURE_OF_SPEECH = "figure_of_speech", _("A figure of speech")
    MISREAD = "misread", _("The classifier misread it")


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

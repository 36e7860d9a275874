"""What the form of each kind of hand-over asks, in the order in which the people who receive it read it.

Nothing here is filled in by a classifier, and no form asks for what only a trained team may conclude: a threat's
classification (CSTAG: transient, serious, very serious) or a level of the C-SSRS. What a team returns is written in the
log, by a person.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from monitor.handovers.models import Kind

Words = str | Promise  # shown in the language of the page, signed in that of the installation

LONG = 4000
SHORT = 300


class Shape(StrEnum):
    """How a field is filled in."""

    LINE = "line"
    TEXT = "text"
    DATE = "date"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Field:
    """One question. `choices` maps a code to its words; `least` is the fewest characters of an answer that counts."""

    key: str
    label: Words
    shape: Shape = Shape.TEXT
    is_required: bool = False
    hint: Words = ""
    choices: tuple[tuple[str, Words], ...] = ()
    least: int = 0

    @property
    def limit(self) -> int:
        """The most characters of an answer."""
        return LONG if self.shape is Shape.TEXT else SHORT


@dataclass(frozen=True, slots=True)
class Spec:
    """One kind. `names_student`: the document holds name and address; otherwise only the case's address behind sign-in.

    `second_person`: a second signature is needed. `sends`: a signed one may go to the district's webhook.
    """

    kind: Kind
    about: Words
    fields: tuple[Field, ...]
    names_student: bool = True
    second_person: bool = False
    sends: bool = False

    def field(self, key: str) -> Field | None:
        """The question with this key."""
        return next((field for field in self.fields if field.key == key), None)


YES_NO = (("yes", _("Yes")), ("no", _("No")), ("unknown", _("Not known")))
URGENCY = (("today", _("Today")), ("week", _("This week")), ("next", _("At the next meeting")))
CONCERN = (
    ("self_harm", _("Self-harm or suicide")),
    ("violence", _("Violence")),
    ("bullying", _("Bullying")),
    ("grooming", _("Grooming")),
    ("wellbeing", _("Well-being, mood, family")),
    ("other", _("Something else")),
)
TIERS = (
    ("1", _("Tier 1: for everybody")),
    ("2", _("Tier 2: some support")),
    ("3", _("Tier 3: for this student alone")),
)

_CARE = (
    Field("concern", _("Concern"), Shape.CHOICE, is_required=True, choices=CONCERN),
    Field("urgency", _("How soon"), Shape.CHOICE, is_required=True, choices=URGENCY),
    Field("tier", _("Tier of support asked for"), Shape.CHOICE, choices=TIERS),
    Field(
        "observed", _("What was noticed"), is_required=True, least=10,
        hint=_("In your own words. Quote the student only where the team must know the exact words."),
    ),
    Field("since", _("Since when, and what came before")),
    Field("strengths", _("What helps this student: people, places, things they like")),
    Field("done", _("What was tried already")),
    Field("family_told", _("Does the family know?"), Shape.CHOICE, choices=YES_NO),
    Field("asked", _("What you ask the team to do"), is_required=True),
    Field("review_on", _("Look at it again on"), Shape.DATE),
)  # fmt: skip

SCHOOL_CARE = Spec(Kind.SCHOOL_CARE, _("A referral to the student's own school's team."), _CARE)
DISTRICT_CARE = Spec(
    Kind.DISTRICT_CARE,
    _("A referral to the district's team, where the school alone cannot help."),
    (*_CARE, Field("beyond", _("Why the school's own team is not enough"), is_required=True)),
)
THREAT = Spec(
    Kind.THREAT,
    _("What a threat assessment team begins with (CSTAG; NTAC 2018). Whether the threat is transient or substantive is "
    "the team's to say."),
    (
        Field("words", _("The exact words, or what was done"), is_required=True, least=3),
        Field("when", _("When"), Shape.LINE, is_required=True,
              hint=_("Day and time, and where it was said or written.")),
        Field("medium", _("How: said, mail, document, picture, gesture"), Shape.LINE, is_required=True),
        Field("target", _("Against whom or what; who heard or read it"), is_required=True),
        Field("before", _("What came before")),
        Field("after", _("What came after: explanation, apology, repetition")),
        Field("account", _("How the student explains it"), hint=_("Only if somebody has talked with them already.")),
        Field("motive", _("Grievances or motives that are known (NTAC)")),
        Field("interest", _("Unusual interest in violence or attackers that is known (NTAC)")),
        Field("means", _("Can the student get at weapons or other means?"),
              Shape.CHOICE, choices=YES_NO, is_required=True),
        Field("means_detail", _("How that is known")),
        Field("planning", _("Steps towards it that are known: plans, practice, recruiting (NTAC)")),
        Field("distress", _("Hopelessness, losses, stress that is known (NTAC)")),
        Field("protective", _("An adult the student trusts; other things that protect (NTAC)")),
        Field("earlier", _("Earlier worries and alerts about this student")),
        Field("told", _("Who was told what, and when"),
              is_required=True, hint=_("Target, families, administrators, police.")),
        Field("safe_now", _("What was done at once to keep people safe"), is_required=True),
        Field(
            "police_threshold", _("Is the district's threshold for calling the police met (NTAC step 4)?"),
            Shape.CHOICE, is_required=True, choices=YES_NO,
        ),
        Field("police_decided", _("Who decided that, when, and what was shared")),
    ),
)  # fmt: skip
SCREENING = Spec(
    Kind.SCREENING,
    _("What a trained person needs before asking the six questions of the C-SSRS. The level comes from the screening, "
    "never from here."),
    (
        Field("words", _("What the student said, wrote or did"),
              is_required=True, least=3, hint=_("As exactly as is known.")),
        Field("when", _("When"), Shape.LINE, is_required=True),
        Field("noticed", _("Who noticed it, and when"), Shape.LINE, is_required=True),
        Field("where_now", _("Where the student is now"), Shape.LINE, is_required=True),
        Field(
            "with_adult", _("Is an adult with the student now?"), Shape.CHOICE, is_required=True, choices=YES_NO,
            hint=_("If not, send somebody before you finish this form."),
        ),
        Field("who_stays", _("Who stays with the student until the screening"), Shape.LINE),
        Field("history", _("Earlier screenings, attempts or treatment that staff know of")),
        Field("means", _("Means at hand that are known")),
        Field("supports", _("Adults the student trusts; a safety plan from before")),
        Field("guardian_told", _("Was a guardian reached?"), Shape.CHOICE, is_required=True, choices=YES_NO),
        Field("guardian_detail", _("Who was reached when; or why not yet")),
        Field("language", _("Language the student speaks best; accommodations"), Shape.LINE),
        Field("screener", _("Who is asked to screen, by when"), Shape.LINE, is_required=True),
    ),
)  # fmt: skip
FAMILY = Spec(
    Kind.FAMILY,
    _("A message to the family, and the log of trying to reach them."),
    (
        Field("guardian", _("Who is to be reached"), Shape.LINE, is_required=True),
        Field("way", _("How to reach them: phone, address"), Shape.LINE, is_required=True),
        Field("language", _("Language of the family"), Shape.LINE),
        Field("message", _("The message"),
              is_required=True, least=20, hint=_("Quote nothing; a message may be read by anybody.")),
        Field("by_whom", _("Who talks with them"), Shape.LINE, is_required=True),
        Field("safe_to_tell", _("Could telling the family put the student in danger?"),
              Shape.CHOICE, is_required=True, choices=YES_NO),
    ),
    sends=True,
)  # fmt: skip
EMERGENCY = Spec(
    Kind.EMERGENCY,
    _("A disclosure without consent in an emergency (FERPA, 34 CFR 99.36): only to those who need it to protect "
    "somebody, while the threat lasts. This record is the one that 34 CFR 99.32(a)(5) asks for."),
    (
        Field("threat", _("The articulable and significant threat"), is_required=True, least=40,
              hint=_("To whose health or safety, of what, and why it is significant.")),
        Field("facts", _("The facts it rests on, all of them taken together"), is_required=True, least=20),
        Field("agency", _("Who receives it"), Shape.CHOICE, is_required=True, choices=(
            ("police", _("Law enforcement")), ("medical", _("Emergency medical or hospital")),
            ("mental_health", _("Mental-health agency or crisis team")), ("protection", _("Child protection")),
        )),
        Field("officer", _("Name, badge or position, and call-back number"), Shape.LINE, is_required=True),
        Field("disclosed", _("What is disclosed"), is_required=True, least=10, hint=_("The least that they need.")),
        Field("needed", _("Why they need it to protect somebody"), is_required=True, least=10),
        Field("when", _("When it was or will be told, and by whom"), Shape.LINE, is_required=True),
        Field("guardian_told", _("Was a guardian told?"), Shape.CHOICE, is_required=True, choices=YES_NO),
    ),
    second_person=True,
)  # fmt: skip
CRISIS = Spec(
    Kind.CRISIS,
    _("An incident for the people on a crisis platform who are named below, as a CAP 1.2 message. It goes to nobody "
      "else and starts no alarm by itself."),
    (
        Field("event", _("What it is"), Shape.LINE, is_required=True, hint=_("For example: student safety concern.")),
        Field("headline", _("Headline"), Shape.LINE, is_required=True, hint=_("At most 160 characters. No name.")),
        Field("description", _("What those who come must know"),
              is_required=True, hint=_("No name; they see it after signing in.")),
        Field("instruction", _("What they are asked to do"), is_required=True),
        Field("place", _("Where"), Shape.LINE, is_required=True),
        Field("category", _("Category"), Shape.CHOICE, is_required=True, choices=(
            ("Safety", _("Safety")), ("Security", _("Security")), ("Health", pgettext_lazy("CAP", "Health")),
            ("Other", _("Other")),
        )),
        Field("urgency", _("Urgency"), Shape.CHOICE, is_required=True, choices=(
            ("Immediate", _("Act at once")), ("Expected", _("Within the hour")), ("Future", _("Later")),
            ("Unknown", _("Not known")),
        )),
        Field("severity", _("Severity, as you judge it"), Shape.CHOICE, is_required=True, choices=(
            ("Extreme", _("Extreme")), ("Severe", pgettext_lazy("CAP", "Severe")), ("Moderate", _("Moderate")),
            ("Minor", _("Minor")),
            ("Unknown", _("Not known")),
        )),
        Field("certainty", _("Certainty"), Shape.CHOICE, is_required=True, choices=(
            ("Observed", _("It has happened")), ("Likely", _("Likely")), ("Possible", _("Possible")),
            ("Unknown", _("Not known")),
        )),
        Field("status", _("Is it real?"), Shape.CHOICE, is_required=True, choices=(
            ("Actual", _("Yes, real")), ("Exercise", _("No, an exercise")),
        )),
    ),
    names_student=False,
    sends=True,
)  # fmt: skip

SPECS = {spec.kind: spec for spec in (SCHOOL_CARE, DISTRICT_CARE, THREAT, SCREENING, FAMILY, EMERGENCY, CRISIS)}


def spec_of(kind: str) -> Spec:
    """What the form of `kind` asks."""
    return SPECS[Kind(kind)]

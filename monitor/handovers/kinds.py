"""What the form of each kind of hand-over asks, in the order in which the people who receive it read it.

Nothing here is filled in by a classifier, and no form asks for what only a trained team may conclude: a threat's
classification (CSTAG: transient, serious, very serious) or a level of the C-SSRS. What a team returns is written in the
log, by a person.
"""

from dataclasses import dataclass
from enum import StrEnum

from monitor.handovers.models import Kind

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
    label: str
    shape: Shape = Shape.TEXT
    is_required: bool = False
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
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
    about: str
    fields: tuple[Field, ...]
    names_student: bool = True
    second_person: bool = False
    sends: bool = False

    def field(self, key: str) -> Field | None:
        """The question with this key."""
        return next((field for field in self.fields if field.key == key), None)


YES_NO = (("yes", "Yes"), ("no", "No"), ("unknown", "Not known"))
URGENCY = (("today", "Today"), ("week", "This week"), ("next", "At the next meeting"))
CONCERN = (
    ("self_harm", "Self-harm or suicide"),
    ("violence", "Violence"),
    ("bullying", "Bullying"),
    ("grooming", "Grooming"),
    ("wellbeing", "Well-being, mood, family"),
    ("other", "Something else"),
)
TIERS = (("1", "Tier 1: for everybody"), ("2", "Tier 2: some support"), ("3", "Tier 3: for this student alone"))

_CARE = (
    Field("concern", "Concern", Shape.CHOICE, is_required=True, choices=CONCERN),
    Field("urgency", "How soon", Shape.CHOICE, is_required=True, choices=URGENCY),
    Field("tier", "Tier of support asked for", Shape.CHOICE, choices=TIERS),
    Field(
        "observed", "What was noticed", is_required=True, least=10,
        hint="In your own words. Quote the student only where the team must know the exact words.",
    ),
    Field("since", "Since when, and what came before"),
    Field("strengths", "What helps this student: people, places, things they like"),
    Field("done", "What was tried already"),
    Field("family_told", "Does the family know?", Shape.CHOICE, choices=YES_NO),
    Field("asked", "What you ask the team to do", is_required=True),
    Field("review_on", "Look at it again on", Shape.DATE),
)  # fmt: skip

SCHOOL_CARE = Spec(Kind.SCHOOL_CARE, "A referral to the student's own school's team.", _CARE)
DISTRICT_CARE = Spec(
    Kind.DISTRICT_CARE,
    "A referral to the district's team, where the school alone cannot help.",
    (*_CARE, Field("beyond", "Why the school's own team is not enough", is_required=True)),
)
THREAT = Spec(
    Kind.THREAT,
    "What a threat assessment team begins with (CSTAG; NTAC 2018). Whether the threat is transient or substantive is "
    "the team's to say.",
    (
        Field("words", "The exact words, or what was done", is_required=True, least=3),
        Field("when", "When", Shape.LINE, is_required=True, hint="Day and time, and where it was said or written."),
        Field("medium", "How: said, mail, document, picture, gesture", Shape.LINE, is_required=True),
        Field("target", "Against whom or what; who heard or read it", is_required=True),
        Field("before", "What came before"),
        Field("after", "What came after: explanation, apology, repetition"),
        Field("account", "How the student explains it", hint="Only if somebody has talked with them already."),
        Field("motive", "Grievances or motives that are known (NTAC)"),
        Field("interest", "Unusual interest in violence or attackers that is known (NTAC)"),
        Field("means", "Can the student get at weapons or other means?",
              Shape.CHOICE, choices=YES_NO, is_required=True),
        Field("means_detail", "How that is known"),
        Field("planning", "Steps towards it that are known: plans, practice, recruiting (NTAC)"),
        Field("distress", "Hopelessness, losses, stress that is known (NTAC)"),
        Field("protective", "An adult the student trusts; other things that protect (NTAC)"),
        Field("earlier", "Earlier worries and alerts about this student"),
        Field("told", "Who was told what, and when",
              is_required=True, hint="Target, families, administrators, police."),
        Field("safe_now", "What was done at once to keep people safe", is_required=True),
        Field(
            "police_threshold", "Is the district's threshold for calling the police met (NTAC step 4)?", Shape.CHOICE,
            is_required=True, choices=YES_NO,
        ),
        Field("police_decided", "Who decided that, when, and what was shared"),
    ),
)  # fmt: skip
SCREENING = Spec(
    Kind.SCREENING,
    "What a trained person needs before asking the six questions of the C-SSRS. The level comes from the screening, "
    "never from here.",
    (
        Field("words", "What the student said, wrote or did",
              is_required=True, least=3, hint="As exactly as is known."),
        Field("when", "When", Shape.LINE, is_required=True),
        Field("noticed", "Who noticed it, and when", Shape.LINE, is_required=True),
        Field("where_now", "Where the student is now", Shape.LINE, is_required=True),
        Field(
            "with_adult", "Is an adult with the student now?", Shape.CHOICE, is_required=True, choices=YES_NO,
            hint="If not, send somebody before you finish this form.",
        ),
        Field("who_stays", "Who stays with the student until the screening", Shape.LINE),
        Field("history", "Earlier screenings, attempts or treatment that staff know of"),
        Field("means", "Means at hand that are known"),
        Field("supports", "Adults the student trusts; a safety plan from before"),
        Field("guardian_told", "Was a guardian reached?", Shape.CHOICE, is_required=True, choices=YES_NO),
        Field("guardian_detail", "Who was reached when; or why not yet"),
        Field("language", "Language the student speaks best; accommodations", Shape.LINE),
        Field("screener", "Who is asked to screen, by when", Shape.LINE, is_required=True),
    ),
)  # fmt: skip
FAMILY = Spec(
    Kind.FAMILY,
    "A message to the family, and the log of trying to reach them.",
    (
        Field("guardian", "Who is to be reached", Shape.LINE, is_required=True),
        Field("way", "How to reach them: phone, address", Shape.LINE, is_required=True),
        Field("language", "Language of the family", Shape.LINE),
        Field("message", "The message",
              is_required=True, least=20, hint="Quote nothing; a message may be read by anybody."),
        Field("by_whom", "Who talks with them", Shape.LINE, is_required=True),
        Field("safe_to_tell", "Could telling the family put the student in danger?",
              Shape.CHOICE, is_required=True, choices=YES_NO),
    ),
    sends=True,
)  # fmt: skip
EMERGENCY = Spec(
    Kind.EMERGENCY,
    "A disclosure without consent in an emergency (FERPA, 34 CFR 99.36): only to those who need it to protect "
    "somebody, while the threat lasts. This record is the one that 34 CFR 99.32(a)(5) asks for.",
    (
        Field("threat", "The articulable and significant threat", is_required=True, least=40,
              hint="To whose health or safety, of what, and why it is significant."),
        Field("facts", "The facts it rests on, all of them taken together", is_required=True, least=20),
        Field("agency", "Who receives it", Shape.CHOICE, is_required=True, choices=(
            ("police", "Law enforcement"), ("medical", "Emergency medical or hospital"),
            ("mental_health", "Mental-health agency or crisis team"), ("protection", "Child protection"),
        )),
        Field("officer", "Name, badge or position, and call-back number", Shape.LINE, is_required=True),
        Field("disclosed", "What is disclosed", is_required=True, least=10, hint="The least that they need."),
        Field("needed", "Why they need it to protect somebody", is_required=True, least=10),
        Field("when", "When it was or will be told, and by whom", Shape.LINE, is_required=True),
        Field("guardian_told", "Was a guardian told?", Shape.CHOICE, is_required=True, choices=YES_NO),
    ),
    second_person=True,
)  # fmt: skip
CRISIS = Spec(
    Kind.CRISIS,
    "An incident for the people on a crisis platform who are named below, as a CAP 1.2 message. It goes to nobody else "
    "and starts no alarm by itself.",
    (
        Field("event", "What it is", Shape.LINE, is_required=True, hint="For example: student safety concern."),
        Field("headline", "Headline", Shape.LINE, is_required=True, hint="At most 160 characters. No name."),
        Field("description", "What those who come must know",
              is_required=True, hint="No name; they see it after signing in."),
        Field("instruction", "What they are asked to do", is_required=True),
        Field("place", "Where", Shape.LINE, is_required=True),
        Field("category", "Category", Shape.CHOICE, is_required=True, choices=(
            ("Safety", "Safety"), ("Security", "Security"), ("Health", "Health"), ("Other", "Other"),
        )),
        Field("urgency", "Urgency", Shape.CHOICE, is_required=True, choices=(
            ("Immediate", "Act at once"), ("Expected", "Within the hour"), ("Future", "Later"),
            ("Unknown", "Not known"),
        )),
        Field("severity", "Severity, as you judge it", Shape.CHOICE, is_required=True, choices=(
            ("Extreme", "Extreme"), ("Severe", "Severe"), ("Moderate", "Moderate"), ("Minor", "Minor"),
            ("Unknown", "Not known"),
        )),
        Field("certainty", "Certainty", Shape.CHOICE, is_required=True, choices=(
            ("Observed", "It has happened"), ("Likely", "Likely"), ("Possible", "Possible"), ("Unknown", "Not known"),
        )),
        Field("status", "Is it real?", Shape.CHOICE, is_required=True, choices=(
            ("Actual", "Yes, real"), ("Exercise", "No, an exercise"),
        )),
    ),
    names_student=False,
    sends=True,
)  # fmt: skip

SPECS = {spec.kind: spec for spec in (SCHOOL_CARE, DISTRICT_CARE, THREAT, SCREENING, FAMILY, EMERGENCY, CRISIS)}


def spec_of(kind: str) -> Spec:
    """What the form of `kind` asks."""
    return SPECS[Kind(kind)]

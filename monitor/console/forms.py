"""What people send to the console."""

from collections.abc import Iterable
from typing import Any

from django import forms

from monitor.accounts.models import Role
from monitor.roster.models import Site
from monitor.triage.models import Outcome
from monitor.triage.notes import NOTE_CHARACTERS
from monitor.triage.reasons import CODES, ReasonCode

OUTCOME_HINTS = {
    Outcome.SUPPORT: "Somebody at school has talked with the student, or will today.",
    Outcome.HANDED_OVER: "A counselor, nurse, family or outside help takes it from here.",
    Outcome.NO_CONCERN: "The words are real, but there is no danger in them.",
    Outcome.FALSE_ALARM: "Lyrics, a quotation, schoolwork or a game: nothing that the student means.",
}
LOOK_REASONS = [
    ("triage", "Triage this case"),
    ("follow_up", "Follow-up"),
    ("second_look", "Second look"),
]


class SignInForm(forms.Form):
    """An address and a password."""

    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        error_messages={"required": "Enter your e-mail address.", "invalid": "Enter a whole e-mail address."},
    )
    password = forms.CharField(
        label="Password", max_length=1024, strip=False, error_messages={"required": "Enter your password."}
    )


class CodeForm(forms.Form):
    """A code of the authenticator app, or a recovery code."""

    code = forms.CharField(
        label="Code", max_length=32, error_messages={"required": "Enter the code that your app shows now."}
    )


class ProofForm(forms.Form):
    """What somebody proves with who they are: the app's code where they have one, else the password."""

    proof = forms.CharField(max_length=1024, strip=False, error_messages={"required": "This field is needed."})


class InvitationForm(forms.Form):
    """Somebody who may sign in, in which role and for which schools."""

    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        error_messages={"required": "Enter an e-mail address.", "invalid": "Enter a whole e-mail address."},
    )
    name = forms.CharField(label="Name", max_length=120, error_messages={"required": "Enter the person's name."})
    role = forms.ChoiceField(choices=Role.choices, error_messages={"required": "Choose a role."})
    site = forms.MultipleChoiceField(label="Schools", required=False)

    def __init__(self, *args: Any, sites: Iterable[Site], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = self.fields["site"]
        if isinstance(choices, forms.MultipleChoiceField):
            choices.choices = [(site.code, site.name) for site in sites]


class LookForm(forms.Form):
    """Why somebody wants to read a student's words."""

    reason = forms.ChoiceField(choices=LOOK_REASONS)


class DecisionForm(forms.Form):
    """What somebody concluded, and why."""

    outcome = forms.ChoiceField(
        choices=Outcome.choices,
        error_messages={
            "required": "Choose what you concluded.",
            "invalid_choice": "Choose one of the four outcomes.",
        },
    )
    reason = forms.CharField(
        max_length=2000,
        error_messages={
            "required": "Write a reason. One sentence is enough; it stays with the case.",
            "max_length": "Keep the reason under 2,000 characters.",
        },
    )
    reason_code = forms.ChoiceField(
        choices=[("", ""), *ReasonCode.choices],
        required=False,
        error_messages={"invalid_choice": "Choose one of the codes, or none of them."},
    )
    seen_findings = forms.IntegerField(required=False, min_value=0)  # how many the page showed

    def clean(self) -> dict[str, Any]:
        """A code must be one of the chosen outcome's."""
        cleaned = dict(super().clean() or {})
        outcome, code = cleaned.get("outcome"), cleaned.get("reason_code")
        if outcome and code and ReasonCode(code) not in CODES[Outcome(outcome)]:
            self.add_error("reason_code", f"This one does not belong to “{Outcome(outcome).label}”. Choose another.")
        return cleaned

    def code(self) -> ReasonCode | None:
        """The chosen code of a valid form."""
        code = self.cleaned_data["reason_code"]
        return ReasonCode(code) if code else None

    def outcomes(self) -> list[tuple[str, str, str, bool]]:
        """Every outcome as (value, label, hint, whether it is chosen)."""
        chosen = self["outcome"].value()
        return [(value, label, OUTCOME_HINTS[Outcome(value)], value == chosen) for value, label in Outcome.choices]

    def codes(self) -> list[tuple[str, str, list[tuple[str, str, bool]]]]:
        """For each outcome (value, label, its codes); each code as (value, label, whether it is chosen)."""
        outcome, code = self["outcome"].value(), self["reason_code"].value()
        return [
            (of.value, of.label, [(one.value, one.label, (of.value, one.value) == (outcome, code)) for one in codes])
            for of, codes in CODES.items()
        ]


class NoteForm(forms.Form):
    """What somebody writes down about a case, for all who see it or for themselves alone."""

    text = forms.CharField(
        max_length=NOTE_CHARACTERS,
        error_messages={
            "required": "Write something first.",
            "max_length": f"Keep a note under {NOTE_CHARACTERS:,} characters.",
        },
    )
    is_private = forms.BooleanField(required=False)


class EndTextForm(forms.Form):
    """Why copies of a text are put aside no longer."""

    reason = forms.CharField(
        max_length=2000,
        error_messages={
            "required": "Write a reason. One sentence is enough.",
            "max_length": "Keep the reason under 2,000 characters.",
        },
    )

"""What people send to the console."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from monitor.accounts.models import Role
from monitor.roster.models import Site
from monitor.triage.models import Outcome
from monitor.triage.notes import NOTE_CHARACTERS
from monitor.triage.reasons import CODES, ReasonCode

OUTCOME_HINTS = {
    Outcome.SUPPORT: _("Somebody at school has talked with the student, or will today."),
    Outcome.HANDED_OVER: _("A counselor, nurse, family or outside help takes it from here."),
    Outcome.NO_CONCERN: _("The words are real, but there is no danger in them."),
    Outcome.FALSE_ALARM: _("Lyrics, a quotation, schoolwork or a game: nothing that the student means."),
}
LOOK_REASONS = [
    ("triage", _("Triage this case")),
    ("follow_up", _("Follow-up")),
    ("second_look", _("Second look")),
]


class SignInForm(forms.Form):
    """An address and a password."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        error_messages={"required": _("Enter your e-mail address."), "invalid": _("Enter a whole e-mail address.")},
    )
    password = forms.CharField(
        label=_("Password"), max_length=1024, strip=False, error_messages={"required": _("Enter your password.")}
    )


class CodeForm(forms.Form):
    """A code of the authenticator app, or a recovery code."""

    code = forms.CharField(
        label=_("Code"), max_length=32, error_messages={"required": _("Enter the code that your app shows now.")}
    )


class ProofForm(forms.Form):
    """What somebody proves with who they are: the app's code where they have one, else the password."""

    proof = forms.CharField(max_length=1024, strip=False, error_messages={"required": _("This field is needed.")})


class InvitationForm(forms.Form):
    """Somebody who may sign in, in which role and for which schools."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        error_messages={"required": _("Enter an e-mail address."), "invalid": _("Enter a whole e-mail address.")},
    )
    name = forms.CharField(label=_("Name"), max_length=120, error_messages={"required": _("Enter the person's name.")})
    role = forms.ChoiceField(choices=Role.choices, error_messages={"required": _("Choose a role.")})
    site = forms.MultipleChoiceField(label=_("Schools"), required=False)

    def __init__(self, *args: Any, sites: Iterable[Site], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = self.fields["site"]
        if isinstance(choices, forms.MultipleChoiceField):
            choices.choices = [(site.code, site.name) for site in sites]


class LanguageForm(forms.Form):
    """In which language somebody wants to be spoken to; empty for what the browser asks for."""

    language = forms.ChoiceField(choices=[("", ""), *settings.LANGUAGES], required=False)


class LookForm(forms.Form):
    """Why somebody wants to read a student's words."""

    reason = forms.ChoiceField(choices=LOOK_REASONS)


class DecisionForm(forms.Form):
    """What somebody concluded, and why."""

    outcome = forms.ChoiceField(
        choices=Outcome.choices,
        error_messages={
            "required": _("Choose what you concluded."),
            "invalid_choice": _("Choose one of the four outcomes."),
        },
    )
    reason = forms.CharField(
        max_length=2000,
        error_messages={
            "required": _("Write a reason. One sentence is enough; it stays with the case."),
            "max_length": _("Keep the reason under 2,000 characters."),
        },
    )
    reason_code = forms.ChoiceField(
        choices=[("", ""), *ReasonCode.choices],
        required=False,
        error_messages={"invalid_choice": _("Choose one of the codes, or none of them.")},
    )
    seen_findings = forms.IntegerField(required=False, min_value=0)  # how many the page showed

    def clean(self) -> dict[str, Any]:
        """A code must be one of the chosen outcome's."""
        cleaned = dict(super().clean() or {})
        outcome, code = cleaned.get("outcome"), cleaned.get("reason_code")
        if outcome and code and ReasonCode(code) not in CODES[Outcome(outcome)]:
            self.add_error(
                "reason_code",
                gettext("This one does not belong to “{outcome}”. Choose another.").format(
                    outcome=Outcome(outcome).label
                ),
            )
        return cleaned

    def code(self) -> ReasonCode | None:
        """The chosen code of a valid form."""
        code = self.cleaned_data["reason_code"]
        return ReasonCode(code) if code else None

    def outcomes(self) -> list[tuple[str, str, str, bool]]:
        """Every outcome as (value, label, hint, whether it is chosen)."""
        chosen = self["outcome"].value()
        return [(one.value, str(one.label), str(OUTCOME_HINTS[one]), one.value == chosen) for one in Outcome]

    def codes(self) -> list[tuple[str, str, list[tuple[str, str, bool]]]]:
        """For each outcome (value, label, its codes); each code as (value, label, whether it is chosen)."""
        outcome, code = self["outcome"].value(), self["reason_code"].value()
        return [
            (
                of.value,
                str(of.label),
                [(one.value, str(one.label), (of.value, one.value) == (outcome, code)) for one in codes],
            )
            for of, codes in CODES.items()
        ]


class NoteForm(forms.Form):
    """What somebody writes down about a case, for all who see it or for themselves alone."""

    text = forms.CharField(
        max_length=NOTE_CHARACTERS,
        error_messages={
            "required": _("Write something first."),
            "max_length": format_lazy(_("Keep a note under {count} characters."), count=f"{NOTE_CHARACTERS:,}"),
        },
    )
    is_private = forms.BooleanField(required=False)


class EndTextForm(forms.Form):
    """Why copies of a text are put aside no longer."""

    reason = forms.CharField(
        max_length=2000,
        error_messages={
            "required": _("Write a reason. One sentence is enough."),
            "max_length": _("Keep the reason under 2,000 characters."),
        },
    )

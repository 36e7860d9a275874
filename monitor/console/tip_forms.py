"""What people at a school send about a tip."""

from django import forms
from django.utils.translation import gettext_lazy as _

from monitor.console.forms import LOOK_REASONS
from monitor.tips.actions import REPLY_CHARACTERS
from monitor.tips.words import ACTIONS, OUTCOME_WORDS
from monitor.triage.models import Outcome


class TipLookForm(forms.Form):
    """Why somebody wants to read a tip."""

    reason = forms.ChoiceField(choices=LOOK_REASONS)


class AnswerForm(forms.Form):
    """An answer to the reporter."""

    text = forms.CharField(max_length=REPLY_CHARACTERS, error_messages={"required": _("Write an answer.")})
    token = forms.CharField(max_length=500)


class CloseForm(forms.Form):
    """What was concluded about a tip, and done."""

    outcome = forms.ChoiceField(
        choices=Outcome.choices,
        error_messages={
            "required": _("Choose what you concluded."),
            "invalid_choice": _("Choose one of the four outcomes."),
        },
    )
    actions = forms.MultipleChoiceField(
        choices=list(ACTIONS.items()),
        error_messages={"required": _("Say what was done, or that nothing had to be done.")},
    )
    reason = forms.CharField(
        max_length=2000,
        error_messages={
            "required": _("Write a reason. One sentence is enough; it stays with the case."),
            "max_length": _("Keep the reason under 2,000 characters."),
        },
    )
    seen_messages = forms.IntegerField(min_value=0)

    def outcomes(self) -> list[tuple[str, str, str, bool]]:
        """Every outcome as (value, label, hint, whether it is chosen)."""
        chosen = self["outcome"].value()
        return [(one.value, str(name), str(hint), one.value == chosen) for one, (name, hint) in OUTCOME_WORDS.items()]

    def action_choices(self) -> list[tuple[str, str, bool]]:
        """Every action as (code, label, whether it is chosen)."""
        chosen = self["actions"].value() or []
        return [(code, str(label), code in chosen) for code, label in ACTIONS.items()]

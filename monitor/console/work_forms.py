"""What people send from the pages around a case."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

REASON_MISSING = _("Write a reason. One sentence is enough.")
REASON_LONG = _("Keep the reason under 2,000 characters.")


class ReasonForm(forms.Form):
    """One's own words for why one does something; sealed."""

    reason = forms.CharField(
        max_length=2000,
        min_length=3,
        error_messages={"required": REASON_MISSING, "max_length": REASON_LONG, "min_length": REASON_MISSING},
    )


class ExportForm(forms.Form):
    """What a case's PDF holds beside the facts."""

    with_words = forms.BooleanField(required=False)
    with_private = forms.BooleanField(required=False)


class ProposalForm(ReasonForm):
    """Whether a proposal is accepted, and why."""

    answer = forms.ChoiceField(
        choices=[("accept", "accept"), ("decline", "decline")],
        error_messages={"required": _("Accept or decline."), "invalid_choice": _("Accept or decline.")},
    )

    @property
    def is_accepted(self) -> bool:
        """Whether a valid form accepts."""
        answer: Any = self.cleaned_data["answer"]
        return bool(answer == "accept")

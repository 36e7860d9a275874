"""What people fill in to ask for long work."""

import tomllib
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from monitor.detection.policy_changes import KINDS
from monitor.lib import clock

MOST_TOML = 20_000


class BackfillForm(forms.Form):
    """Old mail of one school, back to a day."""

    site = forms.CharField(max_length=64)
    since = forms.DateField()

    def clean_since(self) -> date:
        """A day in the past."""
        since: date = self.cleaned_data["since"]
        if since >= clock.now().date():
            raise forms.ValidationError(_("Choose a day in the past."))
        return since


class PolicyForm(forms.Form):
    """The tables that a scope would say otherwise."""

    kind = forms.ChoiceField(choices=[(one, one) for one in KINDS])
    key = forms.CharField(max_length=255, required=False)
    toml = forms.CharField(max_length=MOST_TOML, strip=False)

    def clean_toml(self) -> str:
        """Text that is TOML; what it says is judged by the dry run."""
        words: str = self.cleaned_data["toml"]
        try:
            tomllib.loads(words)
        except tomllib.TOMLDecodeError as error:
            message = _("This is not TOML: %(problem)s") % {"problem": error}
            raise forms.ValidationError(message) from None
        return words

    def clean(self) -> dict[str, Any]:
        """The district has no name, every other scope has one."""
        given = super().clean() or {}
        if given.get("kind") == "district":
            given["key"] = ""
        elif given.get("kind") and not given.get("key"):
            self.add_error("key", _("Name the age band, school or unit."))
        return given

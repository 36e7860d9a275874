"""What reporters send, in their language."""

from typing import Any

from django import forms

from monitor.tips.receive import TEXT_CHARACTERS, Hurry

IDENTITIES = ["anonymous", "confidential"]
TRAP = "website"  # hidden from people; what fills it in is a robot


class ReportForm(forms.Form):
    """One report by the web form."""

    text = forms.CharField(max_length=TEXT_CHARACTERS, required=False)
    about = forms.CharField(max_length=500, required=False)
    staff = forms.BooleanField(required=False)
    hurry = forms.ChoiceField(choices=[(hurry.value, hurry.value) for hurry in Hurry], required=False)
    identity = forms.ChoiceField(choices=[(name, name) for name in IDENTITIES], required=False)
    reporter = forms.CharField(max_length=500, required=False)
    website = forms.CharField(max_length=500, required=False)
    token = forms.CharField(max_length=500, required=False)

    def __init__(self, words: dict[str, str], data: Any = None) -> None:
        super().__init__(data)
        self.words = words

    def clean(self) -> dict[str, Any]:
        """Say in the reporter's language what is missing."""
        given = super().clean() or self.cleaned_data
        if not given.get("text") and "text" not in self.errors:
            self.add_error("text", self.words["missing"])
        for name in ("hurry", "identity"):
            if not given.get(name):
                self.errors.pop(name, None)
                self.add_error(name, self.words["choose"])
        if given.get("identity") == "confidential" and not given.get("reporter"):
            self.add_error("reporter", self.words["missing_name"])
        return given

    def hurries(self) -> list[tuple[str, str, bool]]:
        """Each choice of how soon as (value, words, whether it is chosen)."""
        return [(item.value, self.words[f"hurry_{item.value}"], self["hurry"].value() == item.value) for item in Hurry]

    def identities(self) -> list[tuple[str, str, bool]]:
        """Each choice of who they are, likewise."""
        return [(name, self.words[name], self["identity"].value() == name) for name in IDENTITIES]

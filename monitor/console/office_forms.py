"""What IT and the safety lead send from the set-up pages."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from monitor.calendars.by_hand import NAME_CHARACTERS
from monitor.calendars.ical import MAX_BYTES
from monitor.domain.reading import ADDRESS, LABEL
from monitor.roster.exemptions import MOST_CHARACTERS
from monitor.roster.models import Site

KINDS = [(ADDRESS, _("An address")), (LABEL, _("A Gmail label"))]


class ExemptionForm(forms.Form):
    """An address or a label that is not read, and why."""

    kind = forms.ChoiceField(label=_("What is exempt"), choices=KINDS)
    value = forms.CharField(
        label=_("Address or name of the label"),
        max_length=MOST_CHARACTERS,
        error_messages={"required": _("Enter what is exempt.")},
    )
    reason = forms.CharField(
        label=_("Why is it not read?"),
        max_length=MOST_CHARACTERS,
        error_messages={"required": _("Write why this is not read: families and auditors may ask.")},
    )


class CalendarFileForm(forms.Form):
    """An .ics file, the name that it goes by, and whose breaks it holds."""

    name = forms.CharField(
        label=_("Name"), max_length=NAME_CHARACTERS, error_messages={"required": _("Give the calendar a name.")}
    )
    file = forms.FileField(
        label=_("File (.ics)"),
        error_messages={
            "required": _("Choose the file that your calendar program exported."),
            "empty": _("The file is empty."),
        },
    )
    site = forms.ModelMultipleChoiceField(queryset=Site.objects.none(), to_field_name="code", required=False)

    def __init__(self, *args: Any, sites: Iterable[Site], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = sites  # type: ignore[attr-defined]

    def clean_file(self) -> Any:
        """The file, when it is not larger than a calendar is read."""
        given = self.cleaned_data["file"]
        if given.size > MAX_BYTES:
            raise forms.ValidationError(_("The file is larger than any school calendar."))
        return given

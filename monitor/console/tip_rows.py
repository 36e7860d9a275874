"""What a list of cases says of those that a tip opened, and the way from such a case to its tip."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from monitor.tips.access import tip_of_case
from monitor.tips.models import MessageDirection, TipMessage
from monitor.triage.models import Case, Origin

CHANNEL_WORDS = {"web": _("by web form"), "sms": _("by text message")}


@dataclass(slots=True)
class TipLine:
    """One case that a tip opened, in a list: nothing sealed is in it."""

    channel: str
    messages: int = 0
    flags: set[str] = field(default_factory=set)


def tip_lines(cases: Sequence[Case]) -> dict[int, TipLine]:
    """For those of `cases` that a tip opened: how it came, how long it is, and what the classifiers flagged in it."""
    keys = [case.pk for case in cases if case.origin == Origin.TIP]
    if not keys:
        return {}
    lines: dict[int, TipLine] = {}
    said = TipMessage.objects.filter(case__in=keys, direction=MessageDirection.FROM_REPORTER)
    for case_id, channel, flags in said.values_list("case_id", "tip__channel", "flags"):
        line = lines.setdefault(case_id, TipLine(str(CHANNEL_WORDS[channel])))
        line.messages += 1
        line.flags.update(flags)
    return lines


def to_tip(case: Case) -> HttpResponse | None:
    """To the page of the tip that opened `case`; None for a case that findings opened."""
    tip = tip_of_case(case) if case.origin == Origin.TIP else None
    return redirect("tips:show", tip.public_id) if tip else None

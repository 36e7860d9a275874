"""A drill: whoever got its message answers here, and sees who was told when."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from monitor.alerts.drills import DrillNotFound, access_drill, do_acknowledge_drill, report_of
from monitor.alerts.models import DeliveryState, Drill
from monitor.console.doors import SignedIn, answers_drills
from monitor.domain.channel import ChannelKind

WAYS = {
    ChannelKind.EMAIL: _("E-mail"),
    ChannelKind.SMS: _("Text message"),
    ChannelKind.VOICE: _("Call"),
    ChannelKind.GOOGLE_CHAT: "Google Chat",
    ChannelKind.SLACK: "Slack",
    ChannelKind.TEAMS: "Teams",
    ChannelKind.WEBHOOK: "Webhook",
    ChannelKind.APPRISE: "Apprise",
}
STATES = {
    DeliveryState.PENDING: _("waiting to be sent"),
    DeliveryState.SENT: _("sent"),
    DeliveryState.FAILED: _("failed"),
    DeliveryState.NOT_NEEDED: _("not needed any more"),
}


@require_safe
@answers_drills
def show(request: SignedIn, public_id: str) -> HttpResponse:
    """What the drill is, the button that answers it, and how it has gone so far."""
    drill = _drill(request, public_id)
    report = report_of(drill)
    lines = [(line, WAYS[ChannelKind(line.way)], STATES[DeliveryState(line.state)]) for line in report.lines]
    context = {
        "tab": "",
        "drill": drill,
        "report": report,
        "lines": lines,
        "minutes": None if report.seconds_to_answer is None else round(report.seconds_to_answer / 60),
    }
    return render(request, "console/drill.html", context)


@require_POST
@answers_drills
def answer(request: SignedIn, public_id: str) -> HttpResponse:
    """This person has got the message. Only the first answer counts."""
    drill = _drill(request, public_id)
    if do_acknowledge_drill(drill, actor=request.user):
        messages.success(request, _("Thank you. Your answer is recorded, and nobody else is told of this drill."))
    else:
        messages.warning(request, _("This drill was answered or ended before. There is nothing left to do."))
    return redirect("drills:show", drill.public_id)


def _drill(request: SignedIn, public_id: str) -> Drill:
    try:
        return access_drill(request.user, public_id)
    except DrillNotFound:
        raise Http404 from None

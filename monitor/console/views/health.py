"""Whether the installation does its work, for those who keep it running."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from monitor.console.doors import SignedIn, sees_health
from monitor.console.figures import gather
from monitor.lib import clock


@require_safe
@sees_health
def health(request: SignedIn) -> HttpResponse:
    """What works, what waits and what needs somebody; no student content."""
    return render(request, "console/health.html", {"tab": "health", "figures": gather(request.user, clock.now())})

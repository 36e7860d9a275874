"""What follows from a dry run or an estimate once a person has seen it: a policy in force, old mail being read."""

from datetime import date, timedelta

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from monitor.console.doors import SignedIn, keeps_people
from monitor.console.sudo import needs_proof
from monitor.detection.effective import Scope
from monitor.detection.policy_changes import DryRun, PolicyStale, do_change_policy
from monitor.domain.policy import PolicyError
from monitor.intake.backfill import BackfillProblem, start_backfill
from monitor.intake.backfill_estimate import Estimate
from monitor.intake.backfill_order import begin_of, must_be_startable
from monitor.jobs.ask import jobs_of
from monitor.jobs.models import Job, JobKind, JobState
from monitor.lib import clock
from monitor.roster.district import NoDistrict
from monitor.roster.models import Site

ESTIMATE_HOLDS = timedelta(days=1)
ESTIMATE_FIELDS = ("accounts", "counted", "failed", "items", "units", "units_a_day")


@require_POST
@keeps_people
@needs_proof
def start(request: SignedIn, public_id: str) -> HttpResponse:
    """Start the back-fill that was estimated."""
    job = _done(request, public_id, JobKind.ESTIMATE_BACKFILL)
    site = Site.objects.filter(code=job.asked["site"], is_active=True).first()
    if site is None:
        raise Http404
    try:
        if job.ended_at is None or job.ended_at < clock.now() - ESTIMATE_HOLDS:
            message = _("The estimate is older than a day. Have it counted again.")
            raise BackfillProblem(message)
        since = begin_of(site, date.fromisoformat(job.asked["since"]))
        found = Estimate(**{name: job.result[name] for name in ESTIMATE_FIELDS})
        must_be_startable(found)
        start_backfill(site, since, found, actor=request.user.actor)
    except (BackfillProblem, NoDistrict) as problem:
        messages.warning(request, str(problem))
        return redirect("jobs:show", job.public_id)
    messages.success(request, _("Started. It goes on below everything live, and outside every break."))
    return redirect("jobs:list")


@require_POST
@keeps_people
@needs_proof
def put_into_force(request: SignedIn, public_id: str) -> HttpResponse:
    """Put the policy into force that was tried, and no other."""
    job = _done(request, public_id, JobKind.TRY_POLICY)
    found = job.result
    tried = DryRun(
        scope=Scope(job.asked["kind"], job.asked["key"]),
        document=found["document"],
        alerts_before=found["alerts_before"],
        alerts_after=found["alerts_after"],
        before=found["before"],
        after=found["after"],
        possible_more=found["possible_more"],
        is_whole=found["is_whole"],
        token=found["token"],
    )
    try:
        do_change_policy(tried, actor=request.user.actor, reason=request.POST.get("reason", "")[:500])
    except PolicyStale:
        messages.warning(request, _("The policy changed since this dry run. Nothing was changed; try it again."))
    except PolicyError:
        messages.warning(request, _("Write a reason: somebody will ask for it later. Nothing was changed."))
    else:
        messages.success(request, _("In force from the next finding on."))
    return redirect("jobs:show", job.public_id)


def _done(request: SignedIn, public_id: str, kind: JobKind) -> Job:
    job = jobs_of(request.user).filter(public_id=public_id, kind=kind, state=JobState.DONE).first()
    if job is None:
        raise Http404
    return job

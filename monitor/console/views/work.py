"""Long work: what runs and what came of it, whoever started it; to be left, come back to, and called off."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from monitor.accounts.models import Role
from monitor.console.doors import KEEPS_PEOPLE, SignedIn, is_refresh_of, keeps_people, sees_work
from monitor.console.job_forms import BackfillForm, PolicyForm
from monitor.console.sudo import is_granted, needs_proof
from monitor.console.work_page import (
    SCOPE_WORDS,
    about,
    has_file,
    is_slow_to_begin,
    job_lines,
    old_mail,
    severity_lines,
    site_names,
)
from monitor.intake.backfill import BackfillProblem, cancel_backfill
from monitor.intake.models import Backfill, BackfillState
from monitor.jobs.ask import JobRefused, ask_for, cancel, jobs_of
from monitor.jobs.kinds import file_of
from monitor.jobs.models import Job, JobKind
from monitor.lib import clock
from monitor.roster.models import Site

JOBS_PER_PAGE = 25
LIST, ONE = "work-live", "job-live"


@require_safe
@sees_work
def work_list(request: SignedIn) -> HttpResponse:
    """Everything that this person may see, the newest first."""
    return _list(request)


@require_safe
@sees_work
def show(request: SignedIn, public_id: str) -> HttpResponse:
    """One job: how far it is, or what came of it."""
    job, now = _job(request, public_id), clock.now()
    context = {
        **_shared(request),
        "job": job,
        "about": about(job, site_names()),
        "is_mine": job.asked_by_id == request.user.pk,
        "has_file": has_file(job, now),
        "is_slow": is_slow_to_begin(job, now),
        "severities": severity_lines(job.result) if job.kind == JobKind.TRY_POLICY else (),
        "is_proved": is_granted(request.session),
    }
    page = "console/partials/job_live.html" if is_refresh_of(request, ONE) else "console/jobs/show.html"
    return render(request, page, context)


@require_POST
@sees_work
def call_off(request: SignedIn, public_id: str) -> HttpResponse:
    """Cancel what waits or runs."""
    job = _job(request, public_id)
    if cancel(job):
        messages.success(request, _("Cancelled. What was running stops at its next step."))
    else:
        messages.warning(request, _("It had ended already."))
    return redirect("jobs:show", job.public_id)


@require_safe
@sees_work
@needs_proof
def fetch(request: SignedIn, public_id: str) -> HttpResponse:
    """The file that a job made, for whoever asked for it."""
    job = _job(request, public_id)
    if job.asked_by_id != request.user.pk or not has_file(job, clock.now()):
        raise Http404
    answer = HttpResponse(file_of(job), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="heed-audit.csv"'
    return answer


@require_POST
@keeps_people
def estimate(request: SignedIn) -> HttpResponse:
    """Have it counted what a back-fill would cost; nothing of it is read."""
    form = BackfillForm(request.POST)
    if not form.is_valid():
        return _list(request, backfill=form, status=422)
    if not Site.objects.filter(code=form.cleaned_data["site"], is_active=True).exists():
        raise Http404
    asked = {"site": form.cleaned_data["site"], "since": form.cleaned_data["since"].isoformat()}
    return take_on(request, JobKind.ESTIMATE_BACKFILL, asked)


@require_POST
@keeps_people
def try_policy(request: SignedIn) -> HttpResponse:
    """Have a change of policy tried against the last 30 days; nothing is changed."""
    form = PolicyForm(request.POST)
    if not form.is_valid():
        return _list(request, policy=form, status=422)
    return take_on(request, JobKind.TRY_POLICY, {name: form.cleaned_data[name] for name in ("kind", "key", "toml")})


@require_POST
@keeps_people
def cancel_old_mail(request: SignedIn, key: int) -> HttpResponse:
    """End a back-fill; what was read stays."""
    found = Backfill.objects.filter(pk=key).select_related("site").first()
    if found is None:
        raise Http404
    try:
        if found.state != BackfillState.RUNNING:
            message = _("It had ended already.")
            raise BackfillProblem(message)
        dropped = cancel_backfill(found.site, actor=request.user.actor)
    except BackfillProblem as problem:
        messages.warning(request, str(problem))
    else:
        words = _("Cancelled. %(count)d messages that were not read yet were let go; what was read stays.")
        messages.success(request, words % {"count": dropped})
    return redirect("jobs:list")


def take_on(request: SignedIn, kind: JobKind, asked: dict[str, str]) -> HttpResponse:
    """Have the worker do it; to the page of the job."""
    try:
        job = ask_for(kind, asked, actor=request.user)
    except JobRefused as refused:
        messages.warning(request, str(refused))
        return redirect("jobs:list")
    return redirect("jobs:show", job.public_id)


def _list(
    request: SignedIn, backfill: BackfillForm | None = None, policy: PolicyForm | None = None, status: int = 200
) -> HttpResponse:
    page = Paginator(jobs_of(request.user), JOBS_PER_PAGE).get_page(request.GET.get("page"))
    may_change = request.user.role in KEEPS_PEOPLE
    names, backfills = site_names(), old_mail() if may_change else []
    lines = job_lines(list(page.object_list), request.user, names)
    runs = any(one.progress.backfill.state == BackfillState.RUNNING for one in backfills)
    context = {
        **_shared(request),
        "page": page,
        "lines": lines,
        "backfills": backfills,
        "sites": list(Site.objects.filter(is_active=True)) if may_change else [],
        "scopes": list(SCOPE_WORDS.items()),
        "backfill": backfill or BackfillForm(),
        "policy": policy or PolicyForm(),
        "is_live": runs or any(line.job.is_unfinished for line in lines),
        "is_slow": any(is_slow_to_begin(line.job, clock.now()) for line in lines),
    }
    is_refresh = is_refresh_of(request, LIST)
    return render(
        request, "console/partials/work_live.html" if is_refresh else "console/jobs/list.html", context, status=status
    )


def _shared(request: SignedIn) -> dict[str, object]:
    is_auditor = request.user.role == Role.AUDITOR
    may_change = request.user.role in KEEPS_PEOPLE
    return {"tab": "audit" if is_auditor else "office", "name": "work", "may_change": may_change}


def _job(request: SignedIn, public_id: str) -> Job:
    """Raises `Http404` for a job that is not there, or not this person's to see."""
    found = jobs_of(request.user).filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found

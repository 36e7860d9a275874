"""What the pages of long work show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from monitor.accounts.actors import names_of
from monitor.accounts.models import User
from monitor.console.words import SEVERITY_WORDS, full_day
from monitor.domain.severity import Severity
from monitor.intake.backfill_progress import BackfillProgress, progress_of
from monitor.intake.models import Backfill, BackfillState
from monitor.jobs.ask import FILES_KEPT
from monitor.jobs.models import Job, JobKind, JobState
from monitor.roster.models import Site

BACKFILLS_SHOWN = 30
SLOW = timedelta(seconds=45)  # longer than a tick: then the worker is busy, or not there
SCOPE_WORDS: Mapping[str, Promise] = {
    "district": gettext_lazy("The whole district"),
    "age_band": gettext_lazy("Age band"),
    "site": gettext_lazy("School"),
    "org_unit": gettext_lazy("Unit"),
}
BACKFILL_WORDS: Mapping[str, Promise] = {
    BackfillState.RUNNING.value: gettext_lazy("Running"),
    BackfillState.DONE.value: gettext_lazy("Done"),
    BackfillState.CANCELLED.value: gettext_lazy("Cancelled"),
}


@dataclass(frozen=True, slots=True)
class JobLine:
    """A job in the list. `is_mine` is whether it was this person who asked."""

    job: Job
    about: str
    is_mine: bool


@dataclass(frozen=True, slots=True)
class OldMail:
    """A back-fill in the list, with who started it and the day it goes back to."""

    progress: BackfillProgress
    state: str
    who: str
    since: str


def job_lines(jobs: Sequence[Job], user: User, site_names: Mapping[str, str]) -> list[JobLine]:
    """What the list says of each job."""
    return [JobLine(job, about(job, site_names), job.asked_by_id == user.pk) for job in jobs]


def old_mail() -> list[OldMail]:
    """The back-fills, those that run first; a fixed number of queries."""
    rows = sorted(
        Backfill.objects.select_related("site").order_by("-id")[:BACKFILLS_SHOWN],
        key=lambda one: one.state != BackfillState.RUNNING,
    )
    names = names_of(row.started_by for row in rows)
    return [
        OldMail(
            one,
            str(BACKFILL_WORDS[one.backfill.state]),
            names.get(one.backfill.started_by, _("Command line")),
            _day(one.backfill.since.astimezone(ZoneInfo(one.backfill.site.time_zone)).date()),
        )
        for one in progress_of(rows)
    ]


def about(job: Job, site_names: Mapping[str, str]) -> str:
    """What was asked for, beyond the kind; "" where the kind says all."""
    asked = job.asked
    if job.kind == JobKind.ESTIMATE_BACKFILL:
        since = _day(date.fromisoformat(asked["since"]))
        return _("%(site)s, back to %(day)s") % {"site": site_names.get(asked["site"], asked["site"]), "day": since}
    if job.kind == JobKind.TRY_POLICY:
        key = site_names.get(asked["key"], asked["key"]) if asked["kind"] == "site" else asked["key"]
        return f"{SCOPE_WORDS[asked['kind']]}: {key}" if key else str(SCOPE_WORDS[asked["kind"]])
    if job.kind == JobKind.EXPORT_AUDIT:
        return ", ".join(f"{name} {value}" for name, value in asked.items() if value) or _("all events")
    return ""


def site_names() -> dict[str, str]:
    """The names of all schools, by code."""
    return dict(Site.objects.values_list("code", "name"))


def has_file(job: Job, now: datetime) -> bool:
    """Whether the file of `job` can still be fetched."""
    return (
        job.kind == JobKind.EXPORT_AUDIT
        and job.state == JobState.DONE
        and job.ended_at is not None
        and job.ended_at > now - FILES_KEPT
    )


def is_slow_to_begin(job: Job | None, now: datetime) -> bool:
    """Whether no worker took `job` although it had the time."""
    return job is not None and job.state == JobState.WAITING and job.asked_at < now - SLOW


def severity_lines(result: Mapping[str, Any]) -> list[tuple[str, int, int]]:
    """(severity, findings before, findings after) of a dry run of a policy, what would be dropped last."""
    words = {**{one.value: str(SEVERITY_WORDS[one]) for one in Severity}, "dropped": _("No finding any more")}
    order = [*(one.value for one in sorted(Severity, key=lambda one: -one.rank)), "dropped"]
    before, after = result.get("before", {}), result.get("after", {})
    return [(words[name], before.get(name, 0), after.get(name, 0)) for name in order]


def _day(day: date) -> str:
    return full_day(day)

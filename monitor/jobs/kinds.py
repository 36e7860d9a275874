"""What each kind of job does. A kind takes the job and a way to tell how far it is, and gives plain values.

`asked` and the result, by kind: *check_google* {} → {"checks": [{"name", "good", "finding", "remedy", "cause"}],
"client_id"}; *try_roster* {} → counts and {"units": [[path, accounts, site, why]]}; *estimate_backfill* {"site",
"since"} → the fields of `Estimate` with "days"; *try_policy* {"kind", "key", "toml"} → the fields of `DryRun`;
*export_audit* the filters of `audit_file` → {"count"}, and the file in parts. None holds a student's name, address or
words.
"""

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from models.categories import ClassifierError
from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.detection.effective import Scope
from monitor.detection.panel import get_classifier
from monitor.detection.policy_changes import dry_run
from monitor.domain.policy import PolicyError
from monitor.google.credentials import KeyFileError
from monitor.google.errors import AccessLost, GoogleError
from monitor.intake.backfill import BackfillProblem
from monitor.intake.backfill_order import estimate_from, must_be_counted
from monitor.intake.google_checks import check_google, check_reading, check_roster
from monitor.intake.ledger import Asleep
from monitor.intake.quota import QuotaHeld
from monitor.intake.workspace import open_workspace, sync_district_roster
from monitor.jobs.audit_file import chosen_events, csv_parts
from monitor.jobs.models import Job, JobKind, JobPart
from monitor.lib.addresses import without_addresses
from monitor.lib.checks import Check
from monitor.roster.district import NoDistrict, get_district
from monitor.roster.models import Site
from monitor.roster.sync import DoubtfulDirectory

Tell = Callable[[int, int | None], None]
Work = Callable[[Job, Tell], dict[str, Any]]
MOST_UNITS = 500  # of a roster's dry run


class JobFailed(Exception):
    """The work cannot be done; the message is for whoever asked."""


def _check_google(_job: Job, tell: Tell) -> dict[str, Any]:
    checks: list[Check] = []
    try:
        for check in _all_checks():
            checks.append(check)
            tell(len(checks), None)
    except GoogleError as error:
        raise JobFailed(_plain(error)) from None
    return {"checks": [_told(check) for check in checks], "client_id": _client_id()}


def _all_checks() -> Iterator[Check]:
    for checks in (check_google, check_roster, check_reading):
        yield from checks()


def _told(check: Check) -> dict[str, Any]:
    """Addresses are taken out: an account that was tried may be a student's."""
    finding, remedy = without_addresses(check.finding), without_addresses(check.remedy)
    return {"name": check.name, "good": check.is_good, "finding": finding, "remedy": remedy, "cause": check.cause}


def _client_id() -> str:
    """What the Admin console wants; it stands in the key file and is no secret."""
    try:
        return open_workspace(get_district()).key.client_id
    except (NoDistrict, KeyFileError):
        return ""


def _try_roster(_job: Job, tell: Tell) -> dict[str, Any]:
    tell(0, None)
    try:
        change = sync_district_roster(dry_run=True)
    except (NoDistrict, DoubtfulDirectory, KeyFileError, GoogleError) as error:
        raise JobFailed(_plain(error)) from None
    names = ("listed", "monitored", "added", "changed", "gone", "suspended")
    units = [[path, count, site, why] for (path, site, why), count in sorted(change.units.items())]
    return {
        **{name: getattr(change, name) for name in names},
        "units": units[:MOST_UNITS],
        "units_total": len(units),
        "left_out": sorted(change.left_out.items()),
        "moved": [[before, after, count] for (before, after), count in sorted(change.moved.items())],
    }


def _estimate_backfill(job: Job, tell: Tell) -> dict[str, Any]:
    site = Site.objects.filter(code=job.asked["site"], is_active=True).first()
    if site is None:
        raise JobFailed(_("There is no such school any more."))
    tell(0, None)
    try:
        start, estimate = estimate_from(site, date.fromisoformat(job.asked["since"]))
        must_be_counted(estimate)
    except Asleep:
        raise JobFailed(_("The school fell asleep. Try again when its break is over.")) from None
    except QuotaHeld:
        raise JobFailed(_("Google's units of today are nearly used up. Try again tomorrow.")) from None
    except (BackfillProblem, NoDistrict, KeyFileError, GoogleError) as error:
        raise JobFailed(_plain(error)) from None
    return {"start": start.isoformat(), "days": estimate.days(), **asdict(estimate)}


def _try_policy(job: Job, tell: Tell) -> dict[str, Any]:
    scope = Scope(job.asked["kind"], job.asked["key"])
    try:
        document = tomllib.loads(job.asked["toml"])
        tried = dry_run(scope, document, get_classifier(), tell)
    except (PolicyError, ClassifierError, tomllib.TOMLDecodeError) as error:
        raise JobFailed(_plain(error)) from None
    return {
        "document": dict(tried.document),
        "alerts_before": tried.alerts_before,
        "alerts_after": tried.alerts_after,
        "before": dict(tried.before),
        "after": dict(tried.after),
        "possible_more": tried.possible_more,
        "is_whole": tried.is_whole,
        "token": tried.token,
    }


def _export_audit(job: Job, tell: Tell) -> dict[str, Any]:
    job.parts.all().delete()  # of an attempt that was interrupted
    found, count = chosen_events(job.asked), 0
    total = found.count()
    for number, (events, text) in enumerate(csv_parts(found)):
        tell(count, total)
        JobPart.objects.create(job=job, number=number, text=text)
        count += events
    tell(count, max(count, total))
    record(Tag.AUDIT_EXPORTED, actor=job.asked_by.actor, count=count)
    return {"count": count}


def file_of(job: Job) -> Iterable[str]:
    """The file that `job` made, in pieces; empty once it was let go."""
    return job.parts.values_list("text", flat=True).iterator(chunk_size=10)


def _plain(error: Exception) -> str:
    """What an error says, without addresses and with what to do, where it says so."""
    words = f"{error}. {error.remedy}" if isinstance(error, AccessLost) else str(error)
    return without_addresses(words)


WORK: Mapping[JobKind, Work] = {
    JobKind.CHECK_GOOGLE: _check_google,
    JobKind.TRY_ROSTER: _try_roster,
    JobKind.ESTIMATE_BACKFILL: _estimate_backfill,
    JobKind.TRY_POLICY: _try_policy,
    JobKind.EXPORT_AUDIT: _export_audit,
}

"""From what a person asks for to an estimate that a back-fill can be started from; the same for commands and pages."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from monitor.calendars.awake import sleeping_break
from monitor.intake.backfill import BackfillProblem
from monitor.intake.backfill_estimate import Estimate, estimate_backfill
from monitor.lib import clock
from monitor.roster.district import get_district
from monitor.roster.models import Site
from monitor.roster.reading import reading_of


def begin_of(site: Site, since: date) -> datetime:
    """The instant at which `since` begins at `site`. Raises `BackfillProblem` where nothing can be read from there now.

    Raises `NoDistrict` before a district file was applied.
    """
    if not reading_of(get_district()).gmail:
        message = "mail is not read in this district ([reading] gmail = false)"
        raise BackfillProblem(message)
    start = datetime.combine(since, datetime.min.time(), ZoneInfo(site.time_zone)).astimezone(UTC)
    if start >= clock.now():
        message = f"{since} is not in the past"
        raise BackfillProblem(message)
    asleep = sleeping_break(site, clock.now())
    if asleep is not None:
        message = f"{site.code} sleeps until {asleep.ends_at:%Y-%m-%d %H:%M} UTC, and nothing of it is asked until then"
        raise BackfillProblem(message)
    return start


def estimate_from(site: Site, since: date) -> tuple[datetime, Estimate]:
    """When it would begin, and what it would cost. Raises as `begin_of` and `estimate_backfill`."""
    start = begin_of(site, since)
    return start, estimate_backfill(site, start)


def must_be_startable(estimate: Estimate) -> None:
    """Raises `BackfillProblem` for an estimate from which nothing can be started."""
    must_be_counted(estimate)
    if estimate.days() is None:
        message = "live reading leaves no Gmail units below the soft stop; nothing was started (config/quota.toml)"
        raise BackfillProblem(message)


def must_be_counted(estimate: Estimate) -> None:
    """Raises `BackfillProblem` where no mailbox gave a count."""
    if not estimate.counted:
        message = "not one mailbox could be counted; `worker.py doctor` says why"
        raise BackfillProblem(message)

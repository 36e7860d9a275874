"""What Heed sees and does not see: accounts, items, hours asleep. For boards as much as for IT staff."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext

from monitor.alerts.models import Contact
from monitor.calendars.models import Break
from monitor.insights.duty_hours import Span, clipped, length_of, spans_on_duty
from monitor.insights.models import DailyReading
from monitor.insights.periods import Period, period_words
from monitor.insights.scope import Scope
from monitor.insights.tables import Table
from monitor.lib import clock
from monitor.roster.models import AccountState, MonitoredAccount, Site

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class SiteCoverage:
    """One site over a period. `hours` are those of the period that are past, `hours_asleep` those of them in a break.

    `hours_nobody_on_duty` are those outside breaks, school hours and shifts, by the hours and shifts of now.
    `has_contact` is whether anybody is told of a case there now. None stands for what is not known: no classifier in
    use says which texts are in a language that it does not understand.
    """

    site: Site
    watched: int
    not_watched: int  # suspended, or gone from the Directory
    scored: int
    parked: int
    asleep: int
    hours: float
    hours_asleep: float
    hours_nobody_on_duty: float
    has_contact: bool
    items_in_unknown_languages: int | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """The coverage of each site of a scope. `counted_until` is the last day whose items are counted."""

    period: Period
    sites: tuple[SiteCoverage, ...]
    counted_until: str | None

    @property
    def parked_share(self) -> float | None:
        """Which part of the items that ended could not be read."""
        parked = sum(row.parked for row in self.sites)
        ended = parked + sum(row.scored for row in self.sites)
        return parked / ended if ended else None


def coverage(scope: Scope, period: Period) -> Coverage:
    """The coverage of `scope` over `period`, in seven queries."""
    accounts = _accounts(scope)
    read = _read(scope, period)
    told, is_district_told = _contacts(scope)
    windows = {site.pk: _window(site, period) for site in scope.sites}
    asleep, on_duty = _asleep(scope, windows), spans_on_duty(scope, windows)
    last = DailyReading.objects.order_by("-day").values_list("day", flat=True).first()
    rows = tuple(
        SiteCoverage(
            site=site,
            watched=accounts.get(site.pk, (0, 0))[0],
            not_watched=accounts.get(site.pk, (0, 0))[1],
            scored=read.get(site.pk, (0, 0, 0))[0],
            parked=read.get(site.pk, (0, 0, 0))[1],
            asleep=read.get(site.pk, (0, 0, 0))[2],
            hours=(windows[site.pk][1] - windows[site.pk][0]) / HOUR,
            hours_asleep=length_of(asleep[site.pk]) / HOUR,
            hours_nobody_on_duty=_alone(windows[site.pk], [*asleep[site.pk], *on_duty[site.pk]]),
            has_contact=site.pk in told or is_district_told,
        )
        for site in scope.sites
    )
    return Coverage(period, rows, last.isoformat() if last else None)


def coverage_table(found: Coverage) -> Table:
    """The same as a table."""
    return Table(
        gettext("Coverage, {period}").format(period=period_words(found.period)),
        (
            "site",
            "accounts watched",
            "accounts not watched",
            "items read",
            "items parked",
            "items dated in a break",
            "hours",
            "hours asleep",
            "somebody is told",
            "hours with nobody on duty",
            "items in languages not understood",
        ),
        tuple(
            (
                row.site.name,
                row.watched,
                row.not_watched,
                row.scored,
                row.parked,
                row.asleep,
                round(row.hours, 1),
                round(row.hours_asleep, 1),
                gettext("yes") if row.has_contact else gettext("no"),
                round(row.hours_nobody_on_duty, 1),
                row.items_in_unknown_languages,
            )
            for row in found.sites
        ),
        gettext("Accounts are those of now. Items are counted by day, up to {day}.").format(
            day=found.counted_until or gettext("no day yet")
        ),
    )


def hours_with_nobody(scope: Scope, since: datetime, hours: int) -> dict[int, list[Span]]:
    """For each site the spans of the next `hours` in which it is awake and nobody is on duty; four queries for all.

    What `alerts.duty` says of each instant, to the minute and for many sites at once.
    """
    start = since.astimezone(UTC)
    window = (start, start + timedelta(hours=hours))
    windows = {site.pk: window for site in scope.sites}
    asleep, on_duty = _asleep(scope, windows), spans_on_duty(scope, windows)
    return {key: _between(window, [*asleep[key], *on_duty[key]]) for key in windows}


def _between(window: Span, covered: list[Span]) -> list[Span]:
    """What of `window` none of `covered` holds."""
    found, reached = [], window[0]
    for start, end in sorted([*covered, (window[1], window[1])]):
        if start > reached:
            found.append((reached, start))
        reached = max(reached, end)
    return found


def _accounts(scope: Scope) -> dict[int, tuple[int, int]]:
    active = Q(state=AccountState.ACTIVE)
    rows = MonitoredAccount.objects.filter(site__in=scope.keys).order_by().values("site_id")
    counted = rows.annotate(watched=Count("id", filter=active), others=Count("id", filter=~active))
    return {row["site_id"]: (row["watched"], row["others"]) for row in counted}


def _read(scope: Scope, period: Period) -> dict[int, tuple[int, int, int]]:
    rows = DailyReading.objects.filter(site__in=scope.keys, day__range=(period.since, period.until)).order_by()
    sums = rows.values("site_id").annotate(s=Sum("scored"), p=Sum("parked"), a=Sum("asleep"))
    return {row["site_id"]: (row["s"], row["p"], row["a"]) for row in sums}


def _contacts(scope: Scope) -> tuple[set[int], bool]:
    """The sites with an active contact of their own, and whether the district has one for all."""
    active = Contact.objects.filter(Q(site__in=scope.keys) | Q(site=None), is_active=True).order_by()
    sites = set(active.values_list("site_id", flat=True).distinct())
    return {site for site in sites if site is not None}, None in sites


def _asleep(scope: Scope, windows: Mapping[int, Span]) -> dict[int, list[Span]]:
    """The breaks of each site, cut to its window."""
    spans: dict[int, list[Span]] = {key: [] for key in windows}
    if not windows:
        return spans
    first, last = min(start for start, _ in windows.values()), max(end for _, end in windows.values())
    rows = Break.objects.filter(site__in=scope.keys, starts_at__lt=last, ends_at__gt=first)
    for site, starts_at, ends_at in rows.values_list("site_id", "starts_at", "ends_at"):
        spans[site].append(clipped(starts_at, ends_at, windows[site]))
    return spans


def _alone(window: Span, covered: list[Span]) -> float:
    """Hours of `window` that none of `covered` holds."""
    return (window[1] - window[0] - length_of(covered)) / HOUR


def _window(site: Site, period: Period) -> tuple[datetime, datetime]:
    """The past part of `period` on the clock of `site`; empty where it is all to come."""
    # In UTC: two instants of one zone are subtracted as if clocks were never changed.
    start, end = (instant.astimezone(UTC) for instant in period.bounds(ZoneInfo(site.time_zone)))
    return start, max(start, min(end, clock.now()))

"""What the health page shows: counts and references, never a word, a name or an address of a student."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Model, OuterRef, QuerySet, Subquery, Sum
from django.db.models.lookups import In
from django.utils.translation import gettext as _

from monitor.accounts.models import Role, User
from monitor.alerts.coverage import BrokenWay, broken_ways
from monitor.alerts.models import Delivery, DeliveryState, ReturnMailbox
from monitor.alerts.outbox import undeliverable_cases
from monitor.alerts.returns import return_mailbox
from monitor.calendars.models import Break
from monitor.detection.models import Scoring
from monitor.intake.models import Cursor, Item, ItemState, UnitUsage
from monitor.roster.models import District, MonitoredAccount, Site
from monitor.roster.people import active_sites_of
from monitor.triage.access import kept_cases, opened_since, site_of_case

Row = TypeVar("Row", bound=Model)
LINES = 20  # of any list on the page; the count beside it is always whole
NEXT_BREAKS = timedelta(days=60)
REFERENCES = 3
UNREAD_DAYS = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Parked:
    """Items that could not be read, by why."""

    reason: str
    count: int
    latest_at: datetime | None
    references: list[str]


@dataclass(frozen=True, slots=True)
class Unread:
    """Items of the last 30 days that nobody need mend and that were not read, or not with their text."""

    removed: int
    left_out: int
    asleep: int
    confidential: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything on the health page."""

    district: District | None
    time_zone: str
    totals: list[tuple[str, int]]
    last_scored_at: datetime | None
    parked: list[Parked]
    parked_total: int
    unread: Unread
    cursors: list[Cursor]
    cursors_total: int
    failed: list[Delivery]
    failed_total: int
    pending_total: int
    undeliverable: list[tuple[str, int]]
    broken: list[BrokenWay]
    returns: ReturnMailbox | None
    breaks_now: list[Break]
    breaks_next: list[Break]
    units: list[tuple[str, int, int]]

    @property
    def undeliverable_total(self) -> int:
        """Cases whom no mail can reach."""
        return sum(count for _, count in self.undeliverable)

    @property
    def needs_somebody(self) -> bool:
        """Whether anything here waits for a person. Parked texts do not: there will always be some."""
        roster_error = self.district is None or bool(self.district.roster_error)
        unread = self.returns is not None and self.returns.failing_since is not None
        alerts = self.failed_total or self.undeliverable_total or self.broken or unread
        return bool(roster_error or self.cursors_total or alerts)


def sites_in_sight(user: User) -> QuerySet[Site]:
    """IT staff and the safety lead see the whole district; an administrator sees their own schools."""
    return Site.objects.filter(is_active=True) if user.role == Role.IT else active_sites_of(user)


def gather(user: User, now: datetime) -> Figures:
    """The figures that `user` may see, as of `now`, in a fixed number of queries."""
    sites = list(sites_in_sight(user))
    district = District.objects.first()
    time_zone = district.time_zone if district else "UTC"
    midnight = now.astimezone(ZoneInfo(time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    sees_all = user.role == Role.IT or user.sees_every_site
    # Who sees every school is asked no school: the join would read the account of every item that is counted.
    keys = None if sees_all else [site.pk for site in sites]
    site = Subquery(MonitoredAccount.objects.filter(pk=OuterRef("account")).values("site")[:1])
    items = _at(Item.objects.all(), site, keys)
    parked, parked_total = _parked(items)
    cursors = _at(Cursor.objects.exclude(error=""), site, keys)
    deliveries = _at(Delivery.objects.filter(case__isnull=False), site_of_case("case"), keys)
    if not sees_all:
        deliveries = deliveries.exclude(case__in=kept_cases())
    failed = deliveries.filter(state=DeliveryState.FAILED)
    open_alerts = _by_state(deliveries, DeliveryState.FAILED, DeliveryState.PENDING)
    breaks = list(_breaks(sites, now))
    return Figures(
        district=district,
        time_zone=time_zone,
        totals=_totals(sites, items, deliveries, midnight),
        last_scored_at=Scoring.objects.order_by("-id").values_list("scored_at", flat=True).first(),
        parked=parked,
        parked_total=parked_total,
        unread=_unread(items, now - UNREAD_DAYS),
        cursors=list(_without_person(cursors.select_related("account__site").order_by("-failures", "id")[:LINES])),
        cursors_total=cursors.count(),
        failed=list(failed.select_related("case__site", "contact").order_by("-created_at")[:LINES]),
        failed_total=open_alerts.get(DeliveryState.FAILED.value, 0),
        pending_total=open_alerts.get(DeliveryState.PENDING.value, 0),
        undeliverable=_undeliverable(sites, sees_all=sees_all),
        broken=_broken(sites),
        returns=return_mailbox(),
        breaks_now=[row for row in breaks if row.starts_at <= now],
        breaks_next=[row for row in breaks if row.starts_at > now][:LINES],
        units=_units(now),
    )


def _at(rows: QuerySet[Row], site: Subquery, sites: Sequence[int] | None) -> QuerySet[Row]:
    """Those of `rows` whose `site` is one of `sites`; all of them for None.

    Asked row by row and not by a join: no planner then begins at the accounts or cases of a school and looks through
    everything that each of them ever had. The few rows in question are found by their own index.
    """
    return rows if sites is None else rows.filter(In(site, sites))


def _by_state(deliveries: QuerySet[Delivery], *states: DeliveryState) -> dict[str, int]:
    counted = deliveries.filter(state__in=[state.value for state in states]).order_by().values("state")
    return dict(counted.annotate(many=Count("id")).values_list("state", "many"))


def _totals(
    sites: Sequence[Site], items: QuerySet[Item], deliveries: QuerySet[Delivery], midnight: datetime
) -> list[tuple[str, int]]:
    watched = MonitoredAccount.objects.filter(site__in=sites, state="active").count()
    # Two questions, so that each reads its own index and not the row of every item there ever was.
    waiting = items.filter(state=ItemState.PENDING).count()
    read = items.filter(state=ItemState.SCORED, finished_at__gte=midnight).count()
    return [
        (_("Accounts watched"), watched),
        (_("Texts read today"), read),
        (_("Texts waiting"), waiting),
        (_("Cases opened today"), opened_since(sites, midnight)),
        (_("Alerts sent today"), deliveries.filter(state=DeliveryState.SENT, sent_at__gte=midnight).count()),
    ]


def _unread(items: QuerySet[Item], since: datetime) -> Unread:
    # One question each, so that each reads a narrow index and not the row of every item there ever was.
    ended = items.filter(finished_at__gte=since)
    return Unread(
        removed=ended.filter(state=ItemState.GONE).count(),
        left_out=ended.filter(state=ItemState.LEFT_OUT).count(),
        asleep=items.filter(state=ItemState.ASLEEP, seen_at__gte=since).count(),
        confidential=items.filter(is_confidential=True, seen_at__gte=since).count(),
    )


def _parked(items: QuerySet[Item]) -> tuple[list[Parked], int]:
    """The commonest reasons, and how many items there are by all of them."""
    parked = items.filter(state=ItemState.PARKED)
    counted = parked.order_by().values_list("reason").annotate(texts=Count("id"), latest=Max("finished_at"))
    groups = sorted(counted, key=lambda group: -group[1])  # counted once, for the lines and for their sum
    newest = parked.order_by("-finished_at").values_list("reason", "account__reference")[: LINES * 20]
    references = _first_references(newest)
    lines = [Parked(reason, texts, latest, references.get(reason, [])) for reason, texts, latest in groups[:LINES]]
    return lines, sum(texts for _, texts, _ in groups)


def _first_references(newest: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """For each reason the first few different accounts."""
    found: dict[str, list[str]] = {}
    for reason, reference in newest:
        references = found.setdefault(reason, [])
        if reference not in references and len(references) < REFERENCES:
            references.append(reference)
    return found


def _without_person(cursors: QuerySet[Cursor]) -> QuerySet[Cursor]:
    return cursors.defer("account__address", "account__full_name")


def _undeliverable(sites: Sequence[Site], *, sees_all: bool) -> list[tuple[str, int]]:
    cases = undeliverable_cases().filter(site__in=sites).order_by("site__name")
    cases = cases if sees_all else cases.exclude(pk__in=kept_cases())
    return list(cases.values_list("site__name").annotate(Count("id")))


def _broken(sites: Sequence[Site]) -> list[BrokenWay]:
    """Ways to the contacts of these sites, and to the district's own, that are known not to work."""
    codes = {site.code for site in sites} | {""}
    return [way for way in broken_ways() if way.site_code in codes][:LINES]


def _breaks(sites: Sequence[Site], now: datetime) -> QuerySet[Break]:
    soon = Break.objects.filter(site__in=sites, ends_at__gt=now, starts_at__lt=now + NEXT_BREAKS)
    return soon.select_related("site").order_by("starts_at", "site__name")


def _units(now: datetime) -> list[tuple[str, int, int]]:
    """Calls and quota units of each product on the meter's day, which is a UTC day."""
    used = UnitUsage.objects.filter(day=now.date())
    return list(used.values_list("api").annotate(all_calls=Sum("calls"), all_units=Sum("units")).order_by("-all_units"))

"""What the set-up pages show: contacts, calendars, policy and units. Never a student's name, address or words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from django.db.models import Count, Q, QuerySet

from monitor.accounts.models import User
from monitor.alerts.coverage import SiteCoverage, coverage_now
from monitor.alerts.models import Contact
from monitor.calendars.models import Break, CalendarFeed
from monitor.calendars.notice import Notice, family_notice
from monitor.console.figures import sites_in_sight
from monitor.console.fortnight import HOURS, Fortnight, breaks_within, fortnight_of
from monitor.console.said import said
from monitor.detection.effective import FILE, EffectivePolicy, effective_policy
from monitor.domain.origin import Origin
from monitor.domain.reading import ADDRESS
from monitor.insights.coverage import hours_with_nobody
from monitor.insights.scope import Scope
from monitor.roster.exemptions import exemptions_in_force
from monitor.roster.models import Exemption, MonitoredAccount, Site, SiteOrgUnit
from monitor.roster.placing import Rules
from monitor.roster.reading import reading_now

GAPS_SHOWN = 30
CONTACTS_SHOWN = 500
BREAKS_SHOWN = 200
FEEDS_SHOWN = 50
UNITS_SHOWN = 500
EXEMPTIONS_SHOWN = 200
CHANGES_SHOWN = 60


@dataclass(frozen=True, slots=True)
class SchoolCover:
    """Who would be told at a school now, and the hours of the coming fortnight in which nobody is on duty."""

    site: Site
    now: SiteCoverage
    gaps: Sequence[tuple[datetime, datetime]]
    gaps_total: int
    fortnight: Fortnight


@dataclass(frozen=True, slots=True)
class Ways:
    """A contact and the ways to it: (kind, whether it is known to be broken)."""

    contact: Contact
    ways: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """An organisational unit with accounts: how many are read, the school, and why it is that school's or nobody's."""

    path: str
    accounts: int
    site: str
    why: str


@dataclass(frozen=True, slots=True)
class Rule:
    """An exemption; an address is shown without the name in it. One of the district file is ended there."""

    key: int
    kind: str
    value: str
    reason: str
    left_out: int
    since: datetime
    is_from_file: bool


def covers(user: User, now: datetime) -> list[SchoolCover]:
    """The cover of each school that `user` looks after, those with a problem first."""
    sites = list(sites_in_sight(user).order_by("name").distinct())
    spans, asleep = hours_with_nobody(Scope(tuple(sites)), now, HOURS), breaks_within(sites, now)
    found = [
        SchoolCover(
            site=site,
            now=cover,
            gaps=spans[site.pk][:GAPS_SHOWN],
            gaps_total=len(spans[site.pk]),
            fortnight=fortnight_of(site, now, spans[site.pk], asleep[site.pk]),
        )
        for site, cover in zip(sites, coverage_now(sites), strict=True)
    ]
    return sorted(found, key=lambda cover: not cover.now.problem)


def contacts_of(user: User) -> list[Ways]:
    """The active contacts of the schools of `user` and of the district, in the order of the escalation."""
    mine = Q(site__in=sites_in_sight(user)) | Q(site=None)
    rows = Contact.objects.filter(mine, is_active=True).select_related("site").prefetch_related("channels", "shifts")
    return [_ways(contact) for contact in rows.order_by("site__name", "order", "id").distinct()[:CONTACTS_SHOWN]]


def breaks_ahead(user: User, now: datetime) -> QuerySet[Break]:
    """The breaks that are not over, of the schools of `user`."""
    rows = Break.objects.filter(site__in=sites_in_sight(user), ends_at__gt=now).select_related("site", "feed")
    return rows.order_by("starts_at", "site__name").distinct()[:BREAKS_SHOWN]


def feeds() -> QuerySet[CalendarFeed]:
    """The calendars in use."""
    return CalendarFeed.objects.filter(is_active=True).prefetch_related("sites")[:FEEDS_SHOWN]


def next_notice(breaks: Iterable[Break], now: datetime) -> Notice | None:
    """What families are told in the first of `breaks`, as it stands today."""
    first = next(iter(breaks), None)
    return family_notice(first.site, max(first.starts_at, now)) if first else None


def policy_of_account(reference: str) -> EffectivePolicy | None:
    """The policy of the account with `reference`; None for no such account. Raises `PolicyError`."""
    account = MonitoredAccount.objects.filter(reference=reference).select_related("site").first()
    return effective_policy(account) if account else None


def policy_of_unit(path: str) -> EffectivePolicy:
    """The policy of whoever is in the unit `path`. Raises `PolicyError`."""
    return effective_policy(account_in_unit(path))


def account_in_unit(path: str) -> MonitoredAccount:
    """An account, never saved, as one in the unit `path` would be."""
    return MonitoredAccount(org_unit_path=path, site=_rules().place_unit(path).site)


def changed_first(found: EffectivePolicy) -> list[tuple[str, str, str]]:
    """(key, value as people read it, source) of what is in force, what does not come from the policy file first."""
    ordered = sorted(found.values, key=lambda value: (value.source == FILE, value.key))
    return [(value.key, _told(value.value), value.source) for value in ordered]


def all_units() -> list[Unit]:
    """The units in which accounts are, by path, with where each belongs and why."""
    rules = _rules()
    rows = MonitoredAccount.objects.order_by("org_unit_path").values("org_unit_path")
    found = []
    for row in rows.annotate(accounts=Count("id", filter=Q(state="active")))[:UNITS_SHOWN]:
        placement = rules.place_unit(row["org_unit_path"])
        site = placement.site.name if placement.site else ""
        found.append(Unit(row["org_unit_path"], row["accounts"], site, said(placement.why)))
    return found


def rules_in_force() -> list[Rule]:
    """The exemptions. Whoever wrote an address into the district file knows it; a page need not repeat it."""
    rows = Exemption.objects.filter(is_active=True).order_by("id")[:EXEMPTIONS_SHOWN]
    return [
        Rule(row.pk, row.kind, _masked(row), row.reason, row.left_out, row.since, row.origin == Origin.FILE)
        for row in rows
    ]


def _told(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_told(one) for one in value) or said("none")
    if isinstance(value, bool):
        return said("yes") if value else said("no")
    return f"{value:%H:%M}" if isinstance(value, time) else str(value)


def _masked(row: Exemption) -> str:
    return f"…@{row.value.rpartition('@')[2]}" if row.kind == ADDRESS else row.value


def _rules() -> Rules:
    units = {unit.path: unit.site for unit in SiteOrgUnit.objects.filter(site__is_active=True).select_related("site")}
    return Rules(units, reading_now(), exemptions_in_force())


def _ways(contact: Contact) -> Ways:
    channels = [channel for channel in contact.channels.all() if channel.is_active]
    ways = [("email", contact.broken_since is not None)]
    return Ways(contact, (*ways, *((channel.kind, channel.broken_since is not None) for channel in channels)))

"""Who is there at an instant: on call, in quiet hours, or nobody at all. Every answer is by the clock of the school."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from monitor.alerts.models import Contact, Duty, Shift
from monitor.calendars.awake import sleeping_sites
from monitor.calendars.hours import hours_of_each, in_hours
from monitor.domain.severity import Severity
from monitor.roster.models import District, Site

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Presence:
    """A school at an instant. `on_call` are the ids of contacts whose shift it is, at the school or in the district."""

    instant: datetime
    is_asleep: bool
    is_in_session: bool
    on_call: frozenset[int]

    @property
    def duty(self) -> Duty:
        """What a message must say about who is there."""
        if self.is_asleep:
            return Duty.ASLEEP
        return Duty.USUAL if self.is_in_session or self.on_call else Duty.NOBODY


def presence_at(site: Site, instant: datetime) -> Presence:
    """Who is there for `site` at `instant`."""
    return presences_at([site], instant)[site.pk]


def presences_at(sites: Sequence[Site], instant: datetime) -> dict[int, Presence]:
    """Who is there for each of `sites` (by key) at `instant`; three questions, however many there are."""
    keys = [site.pk for site in sites]
    asleep = sleeping_sites(keys, instant)
    begun = Shift.objects.filter(contact__is_active=True, starts_at__lte=instant)
    ours = begun.filter(Q(contact__site__in=keys) | Q(contact__site=None)).select_related("contact")
    running = [shift.contact for shift in ours if is_on_shift(shift, instant)]
    hours = hours_of_each(keys)
    return {
        site.pk: Presence(
            instant,
            site.pk in asleep,
            site.pk not in asleep and in_hours(hours[site.pk], site.time_zone, instant),
            frozenset(contact.pk for contact in running if contact.site_id in (site.pk, None)),
        )
        for site in sites
    }


def is_on_shift(shift: Shift, instant: datetime) -> bool:
    """Whether `instant` lies in `shift` or in one of its weekly repetitions."""
    if shift.starts_at <= instant < shift.ends_at:
        return True
    if not shift.is_weekly or instant < shift.starts_at:
        return False
    zone = ZoneInfo(shift.time_zone)
    first, last = (moment.astimezone(zone).replace(tzinfo=None) for moment in (shift.starts_at, shift.ends_at))
    weeks = (instant.astimezone(zone).replace(tzinfo=None) - first) // WEEK
    for number in {max(weeks - 1, 0), max(weeks, 0), weeks + 1}:
        begins, ends = first + number * WEEK, last + number * WEEK
        if shift.until is not None and begins.date() > shift.until:
            continue
        if begins.replace(tzinfo=zone) <= instant < ends.replace(tzinfo=zone, fold=1):
            return True
    return False


def is_quiet(contact: Contact, severity: Severity, presence: Presence, time_zone: str) -> bool:
    """Whether `contact` is not to be told now of something of this `severity`.

    Quiet hours never hold for a last responder, nor in a shift of the contact's own.
    """
    if contact.is_last_responder or contact.pk in presence.on_call:
        return False
    if contact.disturb_from and severity.rank >= Severity(contact.disturb_from).rank:
        return False
    return in_quiet_hours(contact, presence.instant, time_zone)


def in_quiet_hours(contact: Contact, instant: datetime, time_zone: str) -> bool:
    """Whether `instant` lies in the quiet days or hours of `contact` by the clock of `time_zone`."""
    local = instant.astimezone(ZoneInfo(time_zone))
    if local.weekday() in contact.quiet_days:
        return True
    begins, ends = contact.quiet_from, contact.quiet_until
    if begins is None or ends is None or begins == ends:
        return False
    now = local.time()
    return begins <= now < ends if begins < ends else now >= begins or now < ends


def district_zone() -> str:
    """The time zone of the district; empty where there is none."""
    return District.objects.values_list("time_zone", flat=True).first() or ""


def zone_of(contact: Contact, site: Site, district: str | None = None) -> str:
    """The time zone in which the quiet hours of `contact` are meant: that of its site, else the district's.

    `district` is the district's zone, where it was asked for already.
    """
    if contact.site_id is not None:
        return site.time_zone
    return (district_zone() if district is None else district) or site.time_zone


def reachable(
    contacts: Iterable[Contact], severity: Severity, presence: Presence, site: Site, district: str | None = None
) -> list[Contact]:
    """Those of `contacts` who may be told now. `district` as in `zone_of`."""
    return [one for one in contacts if not is_quiet(one, severity, presence, zone_of(one, site, district))]


def only(contacts: Iterable[Contact], ids: Collection[int]) -> list[Contact]:
    """Those of `contacts` with one of `ids`."""
    return [contact for contact in contacts if contact.pk in ids]

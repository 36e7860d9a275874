"""Whether a school has somebody to tell, now and in the days to come. For health pages, `doctor` and notices."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.alerts.duty import Presence, district_zone, presence_at, presences_at, reachable
from monitor.alerts.ladder import contacts_for, ladder_among, ladder_of, last_among
from monitor.alerts.models import Channel, Contact
from monitor.alerts.outbox import channels_for
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.roster.models import Site

HOURS_AHEAD = 14 * 24


@dataclass(frozen=True, slots=True)
class BrokenWay:
    """A way to a contact that is known not to work. `way` is email, sms, …; the address is not in it."""

    site_code: str  # "" for the district's own contacts
    contact: str
    way: str
    since: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class SiteCoverage:
    """Who would be told of an imminent case at a school at one instant, and what is missing.

    `told_first` are names, of those with at least one way that is not known to be broken. `duty` says whether anybody
    is there: "", nobody, asleep. `problem` is a sentence, "" where all is well.
    """

    site_code: str
    site_name: str
    instant: datetime
    told_first: tuple[str, ...]
    last_responders: tuple[str, ...]
    duty: str
    problem: str


def coverage_now(sites: Iterable[Site] | None = None) -> list[SiteCoverage]:
    """The coverage of each of `sites` (default: every active one) at this moment."""
    return _coverages(list(Site.objects.filter(is_active=True) if sites is None else sites), clock.now())


def coverage_of(site: Site, instant: datetime) -> SiteCoverage:
    """Who would be told of an imminent case at `site` at `instant`."""
    return _coverages([site], instant)[0]


def _coverages(sites: Sequence[Site], instant: datetime) -> list[SiteCoverage]:
    """In six questions, however many sites there are."""
    presences, contacts = presences_at(sites, instant), contacts_for([site.pk for site in sites])
    zone = district_zone()
    return [_coverage(site, presences[site.pk], contacts, zone) for site in sites]


def _coverage(site: Site, presence: Presence, contacts: Sequence[Contact], district: str) -> SiteCoverage:
    last = [contact for contact in last_among(contacts) if is_reachable(contact)]
    ladder = ladder_among(contacts, site)
    rungs = [reachable(rung, Severity.IMMINENT, presence, site, district) for rung in ladder]
    alive = [[contact for contact in rung if is_reachable(contact)] for rung in rungs]
    first: Sequence[Contact] = next((rung for rung in alive if rung), [])
    return SiteCoverage(
        site_code=site.code,
        site_name=site.name,
        instant=presence.instant,
        told_first=tuple(contact.name for contact in first),
        last_responders=tuple(contact.name for contact in last),
        duty=str(presence.duty.value),
        problem=_problem(has_first=bool(first), has_last=bool(last), has_ladder=bool(rungs)),
    )


def is_reachable(contact: Contact) -> bool:
    """Whether one of the ways to `contact` for what is imminent is not known to be broken."""
    return any((way or contact).broken_since is None for way in channels_for(contact, Severity.IMMINENT))


def unreachable_sites() -> list[SiteCoverage]:
    """The active sites for which nobody at all can be told now."""
    return [found for found in coverage_now() if not found.told_first and not found.last_responders]


def broken_ways() -> list[BrokenWay]:
    """Every way to an active contact that is known not to work."""
    contacts = Contact.objects.filter(is_active=True, broken_since__isnull=False).select_related("site")
    channels = Channel.objects.filter(is_active=True, contact__is_active=True, broken_since__isnull=False)
    ways = [(contact, "email", contact.broken_since, contact.broken_reason) for contact in contacts]
    ways += [
        (channel.contact, channel.kind, channel.broken_since, channel.broken_reason)
        for channel in channels.select_related("contact__site")
    ]
    return [
        BrokenWay(contact.site.code if contact.site else "", contact.name, way, since, reason)
        for contact, way, since, reason in ways
        if since is not None
    ]


def unheard_hours(site: Site, severity: Severity, since: datetime, hours: int) -> list[datetime]:
    """Those of the next `hours` from `since` on in which nobody on the ladder of `site` may be told; none in a break.

    A site without anybody on its ladder has none: that is another trouble.
    """
    rungs = ladder_of(site)
    if any(_is_never_quiet(contact, severity) for rung in rungs for contact in rung):
        return []
    found = []
    for number in range(min(hours, HOURS_AHEAD) if rungs else 0):
        instant = since + timedelta(hours=number)
        presence = presence_at(site, instant)
        if presence.is_asleep or any(reachable(rung, severity, presence, site) for rung in rungs):
            continue
        found.append(instant)
    return found


def _is_never_quiet(contact: Contact, severity: Severity) -> bool:
    is_disturbed = bool(contact.disturb_from) and severity.rank >= Severity(contact.disturb_from).rank
    return is_disturbed or (contact.quiet_from is None and not contact.quiet_days)


def _problem(*, has_first: bool, has_last: bool, has_ladder: bool) -> str:
    if not has_ladder and not has_last:
        return "nobody would be told"
    if not has_first and not has_last:
        return "nobody can be reached now"
    if not has_first:
        return "only the last responder can be reached now"
    return "" if has_last else "there is no last responder for the time when everybody stays silent"

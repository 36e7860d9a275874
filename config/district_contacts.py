"""Who is told, by which channels and when not, and who is on call: as a district file gives them."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from config.district_breaks import local_span
from config.district_reader import Reader, Where
from monitor.domain.channel import ChannelKind, address_problem
from monitor.domain.district import ChannelSpec, ContactSpec, QuietSpec, ShiftSpec, SiteSpec
from monitor.domain.severity import Severity

NEVER = "never"
TYPED = [kind for kind in ChannelKind if kind is not ChannelKind.EMAIL]
Known = dict[tuple[str | None, str], ContactSpec]


def read_contacts(reader: Reader, sites: dict[str, SiteSpec]) -> list[ContactSpec]:
    """The contacts of each site (order 1 is told first), and the district's own."""
    contacts: list[ContactSpec] = []
    seen: set[tuple[str | None, str]] = set()
    for number, entry in enumerate(reader.entries("contacts")):
        where = ("contacts", number)
        code = entry.get("site")
        if code is not None and code not in sites:
            reader.unknown_site(where, "site", code, sites.keys())
        email, order = reader.address(where, entry, "email"), entry.get("order", 1)
        if not isinstance(order, int) or isinstance(order, bool) or not 1 <= order <= 20:
            reader.problem(where, "order", f"`order` must be a number from 1 to 20, not {order!r}", "1 is told first")
            order = 1
        if (code, email) in seen:
            reader.problem(where, "email", f"`{email}` is there twice for the same site", "Leave one of the two")
        seen.add((code, email))
        is_last = _flag(reader, where, entry, "last_responder")
        if is_last and code is not None:
            remedy = "Take `site` out: the last responder answers for every site"
            reader.problem(where, "last_responder", "a last responder belongs to the whole district", remedy)
        contacts.append(
            ContactSpec(
                site_code=code,
                name=reader.text(where, entry, "name"),
                email=email,
                order=order,
                channels=tuple(_channels(reader, where, entry)),
                quiet=_quiet(reader, where, entry),
                is_last_responder=is_last,
            )
        )
    return contacts


def _channels(reader: Reader, where: Where, entry: dict[str, Any]) -> list[ChannelSpec]:
    floors = _floors(reader, where, entry)
    found = []
    for kind in TYPED:
        if kind.value not in entry:
            continue
        try:
            address = reader.secret_text(str(entry[kind.value]))
        except (OSError, UnicodeDecodeError) as error:
            reader.problem(
                where, kind.value, f"the file that `{kind.value}` names cannot be read: {error}", "Correct it"
            )
            continue
        problem = "" if address.startswith("sealed:") else address_problem(kind, address)
        if problem:
            reader.problem(where, kind.value, f"`{kind.value}` {problem}", "docs/how-to/contacts.md shows each channel")
            continue
        found.append(ChannelSpec(kind, address, floors.get(kind, kind.usual_floor)))
    return found


def _floors(reader: Reader, where: Where, entry: dict[str, Any]) -> dict[ChannelKind, Severity]:
    table = entry.get("from", {})
    kinds, severities = [kind.value for kind in TYPED], [severity.value for severity in Severity]
    if not isinstance(table, dict) or not set(table) <= set(kinds) or not set(table.values()) <= set(severities):
        remedy = 'Write from = { sms = "severe", voice = "imminent" }'
        reader.problem(where, "from", "`from` must give a severity for some of the contact's channels", remedy)
        return {}
    return {ChannelKind(kind): Severity(severity) for kind, severity in table.items()}


def _quiet(reader: Reader, where: Where, entry: dict[str, Any]) -> QuietSpec | None:
    named = {key for key in ("quiet_from", "quiet_until", "quiet_days", "disturb_from") if key in entry}
    if not named:
        return None
    begins = ends = None
    if named & {"quiet_from", "quiet_until"}:
        begins, ends = (reader.clock_time(where, entry, key) for key in ("quiet_from", "quiet_until"))
    floor = reader.choice(where, entry, "disturb_from", [*Severity, NEVER], Severity.IMMINENT.value)
    return QuietSpec(
        begins or time(),
        ends or time(),
        tuple(reader.days(where, entry, "quiet_days")),
        None if floor == NEVER else Severity(floor),
    )


def _flag(reader: Reader, where: Where, entry: dict[str, Any], key: str) -> bool:
    value = entry.get(key, False)
    if not isinstance(value, bool):
        reader.problem(where, key, f"`{key}` must be true or false", f"Write {key} = true")
    return value is True


def read_shifts(reader: Reader, sites: dict[str, SiteSpec], contacts: list[ContactSpec]) -> list[ShiftSpec]:
    """Who is on call when. Times are those of the contact's site, or of the district for its own contacts."""
    known: Known = {(contact.site_code, contact.email): contact for contact in contacts}
    found = []
    for number, entry in enumerate(reader.entries("shifts")):
        where = ("shifts", number)
        contact = known.get((entry.get("site"), str(entry.get("contact", "")).strip().lower()))
        if contact is None:
            remedy = "Name the `email` of a [[contacts]], and its `site` unless it is the district's own"
            reader.problem(where, "contact", f"no contact has the address {entry.get('contact')!r}", remedy)
            continue
        span = local_span(entry.get("starts"), entry.get("ends"))
        if isinstance(span, str):
            remedy = "Write starts = 2026-12-19T17:00:00 and ends = 2026-12-20T07:00:00"
            reader.problem(where, "starts", f"shift: {span}", remedy)
            continue
        is_weekly = reader.choice(where, entry, "repeat", ["no", "weekly"], "no") == "weekly"
        if is_weekly and (span[1] - span[0]).days >= 7:
            reader.problem(where, "ends", "a weekly shift is shorter than a week", "Leave `repeat` out, or shorten it")
        until = entry.get("until")
        if until is not None and (not isinstance(until, date) or isinstance(until, datetime)):
            reader.problem(where, "until", "`until` must be a day", "Write until = 2027-06-10 (included)")
            until = None
        zone = sites[contact.site_code].time_zone if contact.site_code in sites else _district_zone(reader)
        found.append(ShiftSpec(contact.site_code, contact.email, *span, zone or "UTC", is_weekly, until))
    return found


def _district_zone(reader: Reader) -> str:
    table = reader.document.get("district", {})
    zone = table.get("time_zone", "UTC") if isinstance(table, dict) else "UTC"
    try:
        ZoneInfo(str(zone))
    except (OSError, ValueError, KeyError):
        return "UTC"  # the mistake is noted where the zone itself is read
    return str(zone)

"""Writes the district that is in force as a district file."""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.calendars.models import Break
from monitor.commands.calendar_export import calendar_parts
from monitor.commands.contact_export import contact_parts
from monitor.commands.reading_export import export_reading
from monitor.roster.district import get_district
from monitor.roster.models import Site


def export_district() -> str:
    """The TOML of a district file that, applied, changes nothing. Raises `NoDistrict` before one was applied."""
    district = get_district()
    parts = [
        _table("[district]", district, ("name", "domain", "time_zone", "delegated_admin")),
        f"[google]\nkey_file = {_quote(district.key_file)}\n",
        *export_reading(district),
    ]
    sites = list(Site.objects.filter(is_active=True).prefetch_related("org_units").order_by("code"))
    for site in sites:
        units = ", ".join(_quote(unit.path) for unit in site.org_units.all())
        parts.append(f"{_table('[[sites]]', site, ('code', 'name', 'time_zone'))}org_units = [{units}]\n")
    parts.extend(_breaks())
    parts.extend(calendar_parts())
    parts.extend(contact_parts())
    return "\n".join(parts)


def _breaks() -> list[str]:
    """One table for each name and local span, naming the sites that share it."""
    shared: dict[tuple[str, str, str, str], list[str]] = defaultdict(list)
    rows = Break.objects.filter(site__is_active=True, feed=None).select_related("site").order_by("starts_at")
    for row in _without_overlaps(rows):
        zone = ZoneInfo(row.site.time_zone)
        starts, ends = (moment.astimezone(zone).replace(tzinfo=None) for moment in (row.starts_at, row.ends_at))
        shared[row.name, row.kind, *_local(starts, ends)].append(row.site.code)
    return [
        f"[[breaks]]\nname = {_quote(name)}\nkind = {_quote(kind)}\n"
        f"sites = {json.dumps(sorted(codes))}\nstarts = {starts}\nends = {ends}\n"
        for (name, kind, starts, ends), codes in shared.items()
    ]


def _without_overlaps(rows: Iterable[Break]) -> list[Break]:
    """`rows` (by start) without the overlaps that a district file may not have.

    A break that was ended while under way stays on record and may share time with the one that took its place. It is
    over, and applying never shortens what is over, so leaving its share to the other changes nothing.
    """
    kept: list[Break] = []
    last: dict[int, Break] = {}
    for row in rows:
        before = last.get(row.site_id)
        if before is not None and row.ends_at <= before.ends_at:
            continue
        if before is not None and row.starts_at < before.ends_at:
            before.ends_at = row.starts_at
        last[row.site_id] = row
        kept.append(row)
    return kept


def _local(starts: datetime, ends: datetime) -> tuple[str, str]:
    midnight = time()
    if starts.time() == midnight and ends.time() == midnight:
        return starts.date().isoformat(), (ends.date() - timedelta(days=1)).isoformat()
    return starts.isoformat(), ends.isoformat()


def _table(header: str, row: object, keys: tuple[str, ...]) -> str:
    lines = [f"{key} = {_quote(str(getattr(row, key)))}" for key in keys]
    return "\n".join([header, *lines, ""])


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)

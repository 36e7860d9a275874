"""The days of a break as a district file gives them, and where two breaks meet."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from config.district_reader import Reader
from monitor.domain.calendar import BreakKind, kind_of
from monitor.domain.district import BreakSpec, SiteSpec


def read_breaks(reader: Reader, sites: dict[str, SiteSpec]) -> list[BreakSpec]:
    """The typed breaks of each site. Overlaps of one site are mistakes."""
    found: list[tuple[BreakSpec, int]] = []
    for number, entry in enumerate(reader.entries("breaks")):
        where = ("breaks", number)
        name = reader.text(where, entry, "name")
        span = local_span(entry.get("starts"), entry.get("ends"))
        if isinstance(span, str):
            remedy = "Write starts = 2026-12-19 and ends = 2027-01-03 (last day included), or 2026-12-18T12:30:00"
            reader.problem(where, "starts", f"break `{name}`: {span}", remedy)
            continue
        whole_days = not isinstance(entry["starts"], datetime) and not isinstance(entry["ends"], datetime)
        guess = kind_of(name, is_all_day=whole_days).value
        kind = BreakKind(reader.choice(where, entry, "kind", list(BreakKind), guess))
        for code in reader.sites(where, entry, sites):
            zone = ZoneInfo(sites[code].time_zone or "UTC")
            # Of an hour that the clock shows twice the break has both: too long a sleep is the smaller mistake.
            starts, ends = span[0].replace(tzinfo=zone), span[1].replace(tzinfo=zone, fold=1)
            found.append((BreakSpec(code, name, starts, ends, kind), number))
    for (one, first), (other, second) in overlaps(found):
        where = ("breaks", max(first, second))
        problem = f"the breaks `{one.name}` and `{other.name}` overlap at site `{one.site_code}`"
        reader.problem(where, "starts", problem, "Change their days so that one ends before the other starts")
    return [spec for spec, _ in found]


def local_span(starts: object, ends: object) -> tuple[datetime, datetime] | str:
    """The naive local instants [start, end) of a break, or what is wrong with its two values.

    A plain day counts from its first minute; as the end it is the last day of the break and included.
    """
    if not isinstance(starts, date) or not isinstance(ends, date):
        return "`starts` and `ends` must be days or local times without quotation marks"
    if any(isinstance(value, datetime) and value.tzinfo for value in (starts, ends)):
        return "`starts` and `ends` must be local times of the site, without an offset or Z"
    begin = starts if isinstance(starts, datetime) else datetime.combine(starts, time())
    end = ends if isinstance(ends, datetime) else datetime.combine(ends + timedelta(days=1), time())
    return (begin, end) if end > begin else "it ends before it starts"


def overlaps(
    breaks: Sequence[tuple[BreakSpec, int]],
) -> Iterator[tuple[tuple[BreakSpec, int], tuple[BreakSpec, int]]]:
    """The pairs of breaks of one site that share time, each break with the number given beside it."""
    ordered = sorted(breaks, key=lambda entry: (entry[0].site_code, entry[0].starts_at))
    for one, other in pairwise(ordered):
        if one[0].site_code == other[0].site_code and other[0].starts_at < one[0].ends_at:
            yield one, other

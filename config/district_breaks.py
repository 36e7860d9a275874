"""The days of a break as a district file gives them, and where two breaks meet."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from monitor.domain.district import BreakSpec


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

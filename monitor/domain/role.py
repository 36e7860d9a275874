"""Who says the words of a span, as far as Heed can tell: the same words are different facts in different mouths."""

from enum import StrEnum

from monitor.domain.source import Direction
from monitor.domain.text import SpanKind


class Role(StrEnum):
    """Whose words they are. A row of each table of levels in `policy.toml`."""

    WRITTEN = "written"  # the student's own
    RECEIVED = "received"  # somebody else's, to the student
    SHARED = "shared"  # in a file that the student shares with others; who wrote them is not known
    FORWARDED = "forwarded"  # somebody else's, passed on
    QUOTED = "quoted"  # repeated from an earlier message; who said them first is not certain


REPEATED = {SpanKind.QUOTED: Role.QUOTED, SpanKind.FORWARDED: Role.FORWARDED}
SPOKEN = {
    Direction.WRITTEN: Role.WRITTEN,
    Direction.RECEIVED: Role.RECEIVED,
    Direction.SHARED: Role.SHARED,
}


def role_of(direction: Direction, kind: SpanKind) -> Role:
    """Who says a span of `kind` in an item of `direction`. Repeated words belong to neither writer nor reader."""
    return REPEATED.get(kind) or SPOKEN[direction]

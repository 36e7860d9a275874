"""What policy says about a finding; never a classifier's word."""

from enum import StrEnum

LEVELS = 3
"""Inside its category a classifier gives a text a level from 1 to so many; see the tables in `policy.toml`."""


class Severity(StrEnum):
    """How urgently a person must know. Ordered by `rank`."""

    LOW = "low"
    CONCERN = "concern"
    SEVERE = "severe"
    IMMINENT = "imminent"

    @property
    def rank(self) -> int:
        """0 for the mildest, 3 for the most urgent."""
        return list(Severity).index(self)

    def lowered(self, steps: int) -> "Severity":
        """So many steps milder, `low` at most."""
        return list(Severity)[max(self.rank - steps, 0)]


def most_severe(severities: "list[Severity]") -> Severity | None:
    """The most urgent of `severities`, or None for an empty list."""
    return max(severities, key=lambda severity: severity.rank, default=None)

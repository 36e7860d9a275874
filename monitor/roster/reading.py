"""What of the district is read: the switches of its file, with defaults for what it does not say."""

from typing import Any

from monitor.domain.reading import ReadingSpec
from monitor.roster.models import District


def reading_of(district: District | None) -> ReadingSpec:
    """The switches in force; the shipped ones before a district file was applied."""
    known = set(ReadingSpec.__slots__) - {"exemptions"}
    stored: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in (district.reading if district else {}).items()
        if name in known
    }
    return ReadingSpec(**stored)


def reading_now() -> ReadingSpec:
    """The switches in force, in one query."""
    return reading_of(District.objects.first())

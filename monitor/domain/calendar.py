"""Words of the school calendar: kinds of break, and which events of a district's calendar mean that a school sleeps."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo


class BreakKind(StrEnum):
    """What sort of break it is. It changes words on pages only: every break stops all reading."""

    WINTER = "winter"
    SPRING = "spring"
    SUMMER = "summer"
    HOLIDAY = "holiday"
    PART_DAY = "part_day"
    OTHER = "other"


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""As a district file writes them; the position is Python's weekday number."""

# Said of a day on which school is out. Whole words only: "Breakfast with the principal" is not a break.
SLEEP_WORDS = re.compile(
    r"\b(no school|schools? (?:is |are )?closed|break|recess|vacation|holidays?|non[- ]?student day|student holiday|"
    r"no students|teacher work ?day|staff development|early (?:dismissal|release)|half day|minimum day)\b",
    re.IGNORECASE,
)
# Said of a day that lies beside a break: a school that slept on it would be asleep while its students are there.
AWAKE_WORDS = re.compile(
    r"\b(returns?|resumes?|back to school|(?:classes|school) begins?|first day|last day|before|after|until|club|party|"
    r"camp|concert|sale|reminder)\b",
    re.IGNORECASE,
)
KIND_WORDS = (
    (BreakKind.WINTER, re.compile(r"\b(winter|christmas|new year'?s?)\b", re.IGNORECASE)),
    (BreakKind.SPRING, re.compile(r"\b(spring|easter)\b", re.IGNORECASE)),
    (BreakKind.SUMMER, re.compile(r"\bsummer\b", re.IGNORECASE)),
    (BreakKind.HOLIDAY, re.compile(r"\b(holiday|thanksgiving|day)\b", re.IGNORECASE)),
)


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """One occurrence of an event of a calendar, as aware instants of one time zone. `uid` is the calendar's own."""

    uid: str
    name: str
    starts_at: datetime
    ends_at: datetime
    is_all_day: bool

    def by_clock_of(self, zone: ZoneInfo) -> "CalendarEvent":
        """The same event with its instants told by the clocks of `zone`: its day is the day that a calendar shows."""
        return replace(self, starts_at=self.starts_at.astimezone(zone), ends_at=self.ends_at.astimezone(zone))


@dataclass(frozen=True, slots=True)
class DayHours:
    """When a school is in session on one weekday (0 is Monday), by its own clock."""

    weekday: int
    opens: time
    closes: time


DEFAULT_HOURS = tuple(DayHours(weekday, time(8), time(15, 30)) for weekday in range(5))
"""What holds for a school for which nobody entered hours: Monday to Friday, 8:00 to 15:30."""


def kind_of(name: str, *, is_all_day: bool = True) -> BreakKind:
    """The kind of a break by its name; a part of a day is a part of a day whatever its name."""
    if not is_all_day:
        return BreakKind.PART_DAY
    return next((kind for kind, words in KIND_WORDS if words.search(name)), BreakKind.OTHER)


def why_not_a_break(event: CalendarEvent, phrases: tuple[str, ...] = ()) -> str:
    """Why `event` does not put a school to sleep; "" when it does.

    With `phrases`, exactly the events whose name holds one of them (whatever the case) are breaks. Without, the usual
    words decide, and a part-day that stands in the calendar as a whole day is refused, because its hours are not known.
    """
    name = event.name.casefold()
    if phrases:
        return "" if any(phrase.casefold() in name for phrase in phrases) else "holds none of the calendar's phrases"
    if not SLEEP_WORDS.search(event.name):
        return "does not say that school is out"
    if AWAKE_WORDS.search(event.name):
        return "speaks of a day beside a break"
    if event.is_all_day and re.search(r"\b(early|half|minimum)\b", name):
        return "is a part of a day without hours"
    return ""

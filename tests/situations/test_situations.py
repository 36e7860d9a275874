"""What must be true in every calendar and severity situation that we could think of, read from plain sentences."""

import re
import tomllib
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from config.district_breaks import local_span
from monitor.alerts.duty import presence_at
from monitor.alerts.models import Contact, Duty, Shift
from monitor.calendars.awake import sleeping_break
from monitor.calendars.models import Break, SchoolHours
from monitor.domain.category import Category
from monitor.domain.policy import Policy, parse_policy
from monitor.domain.role import Role
from monitor.domain.severity import Severity
from monitor.domain.severity_rules import Circumstances, Hours, apply_rules
from monitor.domain.strength import Strength
from monitor.domain.text import SpanKind
from monitor.roster.models import Site
from tests.situations.sentences import CALENDAR, DUTY, RULES, SEVERITY

ZONES = {
    "Los Angeles": "America/Los_Angeles", "New York": "America/New_York", "Phoenix": "America/Phoenix",
    "Auckland": "Pacific/Auckland", "Kolkata": "Asia/Kolkata", "St Johns": "America/St_Johns",
    "Lord Howe": "Australia/Lord_Howe", "Chicago": "America/Chicago",
}  # fmt: skip
BREAK = re.compile(
    r"In ([\w ]+), with a break from ([\d-]+(?: [\d:]+)?) to ([\d-]+(?: [\d:]+)?), at ([\d-]+ [\d:]+)"
    r"(, again,)? the school (sleeps|is awake)\."
)
SPOKEN = re.compile(r"([\w-]+) (?:at level (\d)|without a level), (\w+), (just|far) over the threshold, is (\w+)\.")
ON_DUTY = re.compile(r"([\w ]+), at ([\d-]+ [\d:]+) Oak (sleeps|is awake) and (some|no)body is on duty\.")
RULED = re.compile(r"([\w-]+) at level (\d), (\w+), (.+), is (\w+)\.")
SHIPPED = Path(__file__).resolve().parents[2] / "config" / "policy.toml"
OURS = """
[age_bands]
elementary = {sites = ["elm"]}
high = {org_units = ["/High"]}

[[rules]]
name = "bullied again"
categories = ["bullying"]
roles = ["received"]
repeated = 3
days = 14
raise = 1

[[rules]]
name = "the youngest"
categories = ["violence"]
levels = [1]
age_bands = ["elementary"]
lower = 1

[[rules]]
name = "at night"
categories = ["self_harm"]
hours = ["night"]
at_least = "severe"

[[rules]]
name = "lessons about grooming"
categories = ["grooming"]
roles = ["quoted"]
hours = ["school"]
at_most = "concern"
"""
KINDS = {Role.QUOTED: SpanKind.QUOTED, Role.FORWARDED: SpanKind.FORWARDED}
SITUATIONS = {
    "for the first time": {"earlier": ()},
    "for the second time": {"earlier": (2.0,)},
    "for the third time": {"earlier": (2.0, 13.0)},
    "for the third time in 30 days": {"earlier": (2.0, 29.0)},
    "in the band elementary": {"age_band": "elementary"},
    "in the band high": {"age_band": "high"},
    "at night": {"hours": frozenset({Hours.OFF, Hours.NIGHT})},
    "off hours": {"hours": frozenset({Hours.OFF})},
    "in school hours": {"hours": frozenset({Hours.SCHOOL})},
}

BREAKS = {  # by place: who sleeps from when to when, in days of November 2026 by the school's clock
    "While only Elm has a break": [("elm", 23, 28)],
    "While both have a break": [("elm", 23, 28), ("oak", 23, 28)],
    "With two breaks that overlap": [("oak", 23, 26), ("oak", 25, 30)],
    "With two breaks that meet": [("oak", 23, 26), ("oak", 26, 28)],
}


def lines(text: str) -> list[str]:
    return text.strip().splitlines()


def moment(text: str) -> date:
    """A day, or a local time, as TOML would give it."""
    return datetime.fromisoformat(text) if " " in text else date.fromisoformat(text)


def category(word: str) -> Category:
    return Category(word.lower().replace("-", "_"))


@pytest.fixture(scope="module")
def shipped() -> Policy:
    return parse_policy(tomllib.loads(SHIPPED.read_text()))


@pytest.fixture(scope="module")
def ours() -> Policy:
    return parse_policy(tomllib.loads(SHIPPED.read_text()) | tomllib.loads(OURS))


@pytest.mark.django_db
@pytest.mark.parametrize("sentence", lines(CALENDAR))
def test_calendar(sentence: str):
    place, starts, ends, at, second, expected = BREAK.fullmatch(sentence).groups()
    zone = ZoneInfo(ZONES[place])
    begin, end = local_span(moment(starts), moment(ends))
    site = Site.objects.create(code="oak", name="Oak", time_zone=ZONES[place])
    Break.objects.create(
        site=site, name="Break", starts_at=begin.replace(tzinfo=zone), ends_at=end.replace(tzinfo=zone, fold=1)
    )
    instant = datetime.fromisoformat(at).replace(tzinfo=zone, fold=1 if second else 0).astimezone(UTC)
    assert (sleeping_break(site, instant) is not None) is (expected == "sleeps")


def arrange(circumstance: str, oak: Site) -> None:
    """What a sentence about duty begins with."""
    zone = ZoneInfo(oak.time_zone)
    sites = {"oak": oak, "elm": Site.objects.create(code="elm", name="Elm", time_zone=oak.time_zone)}
    for code, first, after in BREAKS.get(circumstance, []):
        starts_at, ends_at = (datetime(2026, 11, day, tzinfo=zone) for day in (first, after))
        Break.objects.create(site=sites[code], name=f"From {first}", starts_at=starts_at, ends_at=ends_at)
    if circumstance == "With school hours of its own":
        SchoolHours.objects.create(site=oak, weekday=0, opens=time(9), closes=time(12))
    if circumstance == "With a shift each weekend":
        contact = Contact.objects.create(site=oak, name="Ada", email="ada@oak.example")
        starts_at, ends_at = datetime(2026, 10, 30, 17, tzinfo=zone), datetime(2026, 11, 2, 7, tzinfo=zone)
        Shift.objects.create(
            contact=contact, starts_at=starts_at, ends_at=ends_at, time_zone=oak.time_zone, is_weekly=True
        )


@pytest.mark.django_db
@pytest.mark.parametrize("sentence", lines(DUTY))
def test_who_is_there(sentence: str):
    circumstance, at, expected, who = ON_DUTY.fullmatch(sentence).groups()
    oak = Site.objects.create(code="oak", name="Oak", time_zone=ZONES["Chicago"])
    arrange(circumstance, oak)
    found = presence_at(oak, datetime.fromisoformat(at).replace(tzinfo=ZoneInfo(oak.time_zone)).astimezone(UTC))
    assert found.is_asleep is (expected == "sleeps")
    assert (found.duty is Duty.USUAL) is (who == "some")


@pytest.mark.parametrize("sentence", lines(SEVERITY))
def test_severity(sentence: str, shipped: Policy):
    what, level, role, strength, expected = SPOKEN.fullmatch(sentence).groups()
    kind = KINDS.get(Role(role), SpanKind.NEW)
    found = shipped.severity(
        category(what), Strength(strength), kind, role=Role(role), level=int(level) if level else None
    )
    assert found is Severity(expected)


@pytest.mark.parametrize("sentence", lines(RULES))
def test_severity_by_circumstances(sentence: str, ours: Policy):
    what, level, role, situation, expected = RULED.fullmatch(sentence).groups()
    kind = KINDS.get(Role(role), SpanKind.NEW)
    by_table = ours.severity(category(what), Strength.JUST, kind, role=Role(role), level=int(level))
    at = Circumstances(category(what), Role(role), int(level), **SITUATIONS[situation])
    severity, names = apply_rules(ours.severity_rules, by_table, at)
    assert severity is Severity(expected)
    assert bool(names) is (severity is not by_table)


def test_there_are_at_least_150_situations_and_none_is_there_twice():
    every = lines(CALENDAR) + lines(DUTY) + lines(SEVERITY) + lines(RULES)
    assert len(every) == len(set(every)) >= 150

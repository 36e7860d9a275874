"""An invented district for the browser: careful words, nobody real, every state that a page can show."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from monitor.accounts.models import Role, User
from monitor.alerts.models import Delivery, DeliveryState
from monitor.calendars.models import Break
from monitor.domain.category import Category
from monitor.domain.severity import Severity
from monitor.domain.source import Direction, Source
from monitor.domain.text import SpanKind
from monitor.intake.models import Cursor, ItemState, UnitUsage
from monitor.lib import clock
from monitor.roster.models import MonitoredAccount, Site
from monitor.triage.actions import do_claim_case, do_decide_case
from monitor.triage.grouping import group_findings
from monitor.triage.models import Case, Outcome
from tests.rooms.factories import (
    make_account,
    make_contact,
    make_district,
    make_finding,
    make_item,
    make_site,
    make_user,
)


@dataclass(frozen=True)
class Valley:
    """The district as it stands after `plant`."""

    administrator: User
    counselor: User
    it: User
    lead: User
    auditor: User
    board: User
    urgent: Case


@dataclass(frozen=True)
class Seen:
    """What was found in one text."""

    minutes_ago: int
    category: Category
    severity: Severity
    probability: float
    title: str
    before: str
    marked: str
    after: str
    source: Source = Source.GMAIL
    direction: Direction = Direction.WRITTEN
    kind: SpanKind = SpanKind.NEW
    part: str = "body"


HARM, FIGHT, TEASE, LURE = Category.SELF_HARM, Category.VIOLENCE, Category.BULLYING, Category.GROOMING
URGENT = Seen(
    12, HARM, Severity.IMMINENT, 0.985, "Re: Saturday",
    "Sorry I did not answer. ", "I do not think I can do this any more. Everybody would be better off without me.",
    " Please do not tell anybody that I wrote this.",
)  # fmt: skip
SECOND = Seen(
    47, HARM, Severity.SEVERE, 0.91, "English journal, week 12",
    "The reading was fine. ", "Most days I just want to disappear.", " I finished chapter four and the questions.",
    Source.DRIVE,
)  # fmt: skip
LURED = Seen(
    34, LURE, Severity.SEVERE, 0.93, "hey again",
    "That was a great game. ", "You are so grown up for your age. Let us keep our talks between us, ok?",
    " Same time tomorrow?", Source.GMAIL, Direction.RECEIVED,
)  # fmt: skip
THREAT = Seen(
    85, FIGHT, Severity.SEVERE, 0.9, "Untitled document",
    "Notes for the speech. ", "They will all be sorry on Friday, just wait and see.", " Second part: thanks.",
    Source.DRIVE,
)  # fmt: skip
TEASED = Seen(
    190, TEASE, Severity.CONCERN, 0.88, "group project",
    "So we split it in four. ", "Nobody sits with her tomorrow. If you do, you are out too.", " I take the map.",
    Source.DRIVE, Direction.SHARED,
)  # fmt: skip
TEASED_BACK = Seen(
    26 * 60, TEASE, Severity.CONCERN, 0.86, "Fwd: band",
    "", "Go home, nobody wants you in the band.", "", Source.GMAIL, Direction.RECEIVED,
)  # fmt: skip
QUOTED = Seen(
    300, TEASE, Severity.LOW, 0.84, "Re: Re: lunch",
    "", "Everybody laughs about you, you know that.", " - see below", Source.GMAIL, Direction.RECEIVED, SpanKind.QUOTED,
)  # fmt: skip
SONG = Seen(
    9 * 24 * 60, HARM, Severity.SEVERE, 0.87, "song for Thursday",
    "Verse two: ", "and I fall asleep and never wake up", " (chorus twice)", Source.DRIVE,
)  # fmt: skip


def plant() -> Valley:
    """Fill an empty database."""
    make_district(domain="cedarvalley.example", name="Cedar Valley Schools", roster_synced_at=clock.now())
    high, middle, lake = (
        make_site("cedar-high", name="Cedar High School"),
        make_site("maple-middle", name="Maple Middle School"),
        make_site("lakeside", name="Lakeside School"),
    )
    administrator = make_user(
        "m.ortiz@cedarvalley.example", high, middle, lake, role=Role.SITE_ADMINISTRATOR, name="Maria Ortiz"
    )
    counselor = make_user("s.lind@cedarvalley.example", high, middle, name="Samuel Lind")
    it = make_user("d.park@cedarvalley.example", role=Role.IT, name="Dana Park")
    lead = make_user("a.nwosu@cedarvalley.example", role=Role.SAFETY_LEAD, name="Amara Nwosu")
    auditor = make_user("p.weiss@cedarvalley.example", role=Role.AUDITOR, name="Peter Weiss")
    board = make_user("l.hale@cedarvalley.example", role=Role.BOARD_VIEWER, name="Linda Hale")
    now = clock.now()
    Break.objects.create(
        site=lake, name="Harvest break", starts_at=now - timedelta(days=1), ends_at=now + timedelta(days=5)
    )
    _students(high, middle)
    group_findings()
    _as_time_went(Case.objects.all())
    urgent = Case.objects.get(severity=Severity.IMMINENT.value)
    _alerts(urgent, high, administrator)
    _history(counselor)
    _upkeep(high)
    return Valley(administrator, counselor, it, lead, auditor, board, urgent)


def _students(high: Site, middle: Site) -> None:
    robin = _student(high, "Robin Vandermeer", "robin.vandermeer")
    for seen in (URGENT, SECOND, SONG):
        _found(robin, seen)
    _found(_student(middle, "Noor Halvorsen", "noor.halvorsen"), LURED)
    _found(_student(high, "Alexis Brandt", "alexis.brandt"), THREAT)
    kai = _student(middle, "Kai Fontaine", "kai.fontaine")
    _found(kai, TEASED)
    _found(kai, TEASED_BACK)
    _found(_student(high, "Jules Okonedo", "jules.okonedo"), QUOTED)


def _student(site: Site, name: str, address: str) -> MonitoredAccount:
    return make_account(site, name=name, address=f"{address}@cedarvalley.example")


def _found(account: MonitoredAccount, seen: Seen) -> None:
    instant = clock.now() - timedelta(minutes=seen.minutes_ago)
    start = len(seen.before)
    make_finding(
        account,
        category=seen.category,
        severity=seen.severity,
        probability=seen.probability,
        found_at=instant,
        excerpt=json.dumps(
            {
                "text": seen.before + seen.marked + seen.after,
                "marks": [[start, start + len(seen.marked)]],
                "part": seen.part,
                "title": seen.title,
            }
        ),
        source=seen.source.value,
        direction=seen.direction.value,
        span_kind=seen.kind.value,
    )


def _as_time_went(cases: Iterable[Case]) -> None:
    """The cases as if somebody had looked for findings every minute."""
    for case in cases:
        found = case.case_findings.order_by("finding__found_at").values_list("finding__found_at", flat=True)
        Case.objects.filter(pk=case.pk).update(opened_at=found[0] + timedelta(seconds=30))


def _alerts(case: Case, site: Site, administrator: User) -> None:
    contact = make_contact(site, name=administrator.name, email=administrator.email)
    Delivery.objects.create(
        case=case, contact=contact, step=1, severity=case.severity, state=DeliveryState.SENT, message_id="<one@heed>",
        created_at=case.last_finding_at, not_before=case.last_finding_at, attempts=1,
        sent_at=case.last_finding_at + timedelta(seconds=20),
    )  # fmt: skip


def _history(counselor: User) -> None:
    """Somebody has taken a case, and the oldest one is decided."""
    song = Case.objects.get(is_current=False)
    reason = "Lyrics of a song for the music class, talked about with the teacher."
    do_decide_case(song, actor=counselor, outcome=Outcome.FALSE_ALARM, reason=reason)
    threat = Case.objects.get(case_findings__finding__category=FIGHT.value)
    do_claim_case(threat, actor=counselor)


def _upkeep(high: Site) -> None:
    """What the health page has to tell."""
    account = make_account(high, name="Wren Castellan", address="wren.castellan@cedarvalley.example")
    for number in range(4):
        make_item(account, state=ItemState.PARKED, reason="the PDF is encrypted", item_key=f"locked-{number}")
    make_item(account, state=ItemState.PARKED, reason="a video: this kind of file is not read", source=Source.DRIVE)
    Cursor.objects.create(
        account=account, source="drive", failures=3,
        error="Google refused wren.castellan@cedarvalley.example: access was taken away (403 domainPolicy)",
    )  # fmt: skip
    today = clock.now().date()
    UnitUsage.objects.create(day=today, api="gmail", method="gmail.users.history.list", calls=18_240, units=36_480)
    UnitUsage.objects.create(day=today, api="drive", method="drive.changes.list", calls=2_310, units=2_310)

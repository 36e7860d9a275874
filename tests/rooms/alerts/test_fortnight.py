"""A fortnight of 22 schools by a virtual clock: contacts who answer late, never, or bounce; servers that fail.

SMTP, IMAP, Twilio and webhooks are real servers on loopback; mails come back minutes or hours after they were taken.
What must hold at the end: every imminent case reached somebody who took it, or the last responder, in its configured
time; nobody got the same step twice; nothing personal was said.
"""

import json
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest

from monitor.accounts.models import User
from monitor.alerts.models import Channel, Contact, Delivery, DeliveryState, Round, Shift
from monitor.alerts.outbox import prepare_deliveries, unanswered_cases
from monitor.alerts.receipts import check_receipts
from monitor.alerts.returns import read_returns
from monitor.alerts.send import send_due
from monitor.calendars.models import Break
from monitor.domain.category import Category
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.roster.models import Site
from monitor.triage.actions import CaseTaken, do_claim_case, do_decide_case
from monitor.triage.grouping import group_findings
from monitor.triage.models import Case, CaseState, Outcome
from tests.fakes.imap import Imap, imap_server, letter
from tests.fakes.web import Call, Web, web_server
from tests.rooms import factories
from tests.rooms.alerts.conftest import Mailbox
from tests.rooms.alerts.test_reach import bounce

START = datetime(2026, 11, 30, 6, tzinfo=UTC)  # a Monday, midnight in Chicago
DAYS = 14
SITES = 22
TICK = timedelta(minutes=10)
IMMINENT_WAIT = timedelta(minutes=10)
ANSWERS = ("soon", "late", "never", "bounces")
SMTP_DOWN = [
    (START + timedelta(days=3, hours=14), timedelta(hours=3)),
    (START + timedelta(days=8, hours=2), timedelta(hours=2)),
]
WEB_DOWN = [(START + timedelta(days=3, hours=15), timedelta(hours=1)), (START + timedelta(days=10), timedelta(hours=5))]


@dataclass
class World:
    """The district, and what has happened in it. `waits` pairs a case with when somebody will act, and who."""

    mailbox: Mailbox
    web: Web
    dice: random.Random
    sites: list[Site] = field(default_factory=list)
    habits: dict[int, str] = field(default_factory=dict)  # contact → answers
    people: dict[int, User] = field(default_factory=dict)  # contact → who signs in
    waits: list[tuple[datetime, int, int]] = field(default_factory=list)
    imap: Imap = field(default_factory=Imap)
    now: datetime = START  # for the servers, whose threads do not share the test's clock
    returning: list[tuple[datetime, bytes]] = field(default_factory=list)  # mails on their way back
    bounced: int = 0
    came_late: int = 0  # of these, when the next step had been told already


@pytest.fixture
def world(db, mailbox: Mailbox, settings):
    settings.HEED_INTERNAL_HOSTS, settings.HEED_WEBHOOK_SECRET = frozenset({"127.0.0.1"}), "secret"
    settings.HEED_TWILIO_ACCOUNT, settings.HEED_TWILIO_TOKEN, settings.HEED_TWILIO_FROM = "AC1", "t", "+15055550000"
    with web_server() as web:
        settings.HEED_TWILIO_ENDPOINT = web.url
        made = World(mailbox, web, random.Random(20261125))
        web.answer = lambda call: answer(made, call)
        build(made)
        with imap_server(made.imap) as imap:
            settings.HEED_IMAP_HOST, settings.HEED_IMAP_PORT, settings.HEED_IMAP_ENCRYPTION = (
                "127.0.0.1", imap.port, "none",
            )  # fmt: skip
            settings.HEED_IMAP_USER, settings.HEED_IMAP_PASSWORD = imap.user, imap.password
            yield made


def answer(world: World, call: Call) -> tuple[int, dict[str, str], bytes]:
    """What the one HTTP server says for Twilio, chat rooms and the webhook."""
    if any(start <= world.now < start + length for start, length in WEB_DOWN):
        return 500, {}, b"broken"
    if "/Messages" in call.path or "/Calls" in call.path:
        kind = "CA" if "/Calls" in call.path else "SM"
        status = "no-answer" if kind == "CA" and world.dice.random() < 0.3 else "delivered"
        return 200, {}, json.dumps({"sid": f"{kind}{len(world.web.calls)}", "status": status}).encode()
    return 200, {}, b"ok"


def build(world: World) -> None:
    """Schools with two to four contacts of all habits, quiet hours, shifts, channels; a break for one of them."""
    factories.make_district()
    for number in range(SITES):
        site = factories.make_site(f"school-{number:02}")
        world.sites.append(site)
        for order in range(1, world.dice.randint(2, 4) + 1):
            person(world, site, order)
    lee = person(world, None, 1, habit="never", is_last_responder=True)
    Channel.objects.create(contact=lee, kind="voice", address="+15055550999", floor="imminent")
    person(world, None, 1, habit="late")
    Break.objects.create(
        site=world.sites[0],
        name="Local holiday",
        starts_at=START + timedelta(days=4),
        ends_at=START + timedelta(days=6),
    )


def person(world: World, site: Site | None, order: int, habit: str = "", **fields) -> Contact:
    habit = habit or world.dice.choice(ANSWERS)
    if world.dice.random() < 0.4 and not fields:
        fields = {
            "quiet_from": time(21),
            "quiet_until": time(6, 30),
            "disturb_from": world.dice.choice(["imminent", ""]),
        }
    contact = factories.make_contact(site, order=order, **fields)
    world.habits[contact.pk] = habit
    sites = [site] if site else list(Site.objects.all())
    world.people[contact.pk] = factories.make_user("", *sites)
    if habit == "bounces" and world.dice.random() < 0.5:
        world.mailbox.to_recipient[contact.email] = "550 no such person"
    for kind in world.dice.sample(["sms", "voice", "slack", "webhook"], world.dice.randint(0, 2)):
        address = "+15055550101" if kind in {"sms", "voice"} else f"{world.web.url}/{kind}"
        Channel.objects.create(contact=contact, kind=kind, address=address, floor="severe")
    if world.dice.random() < 0.2:
        begins = START + timedelta(days=world.dice.randint(0, 5), hours=17)
        Shift.objects.create(
            contact=contact, starts_at=begins, ends_at=begins + timedelta(hours=14), time_zone="America/Chicago",
            is_weekly=True,
        )  # fmt: skip
    return contact


def find_something(world: World) -> bool:
    """Now and then a finding at a school that is awake; whether there was one."""
    was_found = False
    for site in world.sites:
        if world.dice.random() > 0.0025 or site.breaks.filter(starts_at__lte=clock.now(), ends_at__gt=clock.now()):
            continue
        severity = world.dice.choices([Severity.CONCERN, Severity.SEVERE, Severity.IMMINENT], [5, 3, 3])[0]
        was_found = True
        factories.make_finding(
            factories.make_account(site), severity=severity, category=world.dice.choice(list(Category))
        )
    return was_found


def is_anything_due(world: World, now: datetime) -> bool:
    """Whether a pass could do anything at all; the others are left out, for they are most of a fortnight's."""
    return (
        any(at <= now for at, _, _ in world.waits)
        or any(at <= now for at, _ in world.returning)
        or Round.objects.filter(due_at__lte=now).exists()
        or Delivery.objects.filter(state=DeliveryState.PENDING, not_before__lte=now).exists()
        or Delivery.objects.exclude(receipt="").filter(sent_at__gte=now - 2 * TICK).exists()
    )


def react(world: World) -> None:
    """Mails bounce, people read what arrived and act after their time."""
    now = clock.now()
    fresh = Delivery.objects.filter(state=DeliveryState.SENT, sent_at__gte=now - TICK / 2)  # in this tick
    for row in fresh.select_related("contact"):
        habit = world.habits[row.contact_id]
        if habit == "bounces" and row.channel_id is None:
            minutes = world.dice.choice([1, 4, 15, 50, 240])
            world.returning.append((now + timedelta(minutes=minutes), bounce(row.message_id, row.contact.email)))
        elif habit in {"soon", "late"}:
            minutes = world.dice.randint(2, 9) if habit == "soon" else world.dice.randint(25, 90)
            world.waits.append((now + timedelta(minutes=minutes), row.case_id, row.contact_id))
    due, world.waits = [w for w in world.waits if w[0] <= now], [w for w in world.waits if w[0] > now]
    for _, case_id, contact_id in due:
        act(world, Case.objects.get(pk=case_id), world.people[contact_id])


def come_back(world: World) -> None:
    """Mails that were taken lie in the mailbox now, among letters of people; the worker reads what is new."""
    now = clock.now()
    due, world.returning = [r for r in world.returning if r[0] <= now], [r for r in world.returning if r[0] > now]
    for _, raw in due:
        world.imap.put(letter("someone@oak.example", "Who is this?", "I am away until Monday."), now)
        world.imap.put(raw, now)
    if due:
        known = set(Delivery.objects.filter(state=DeliveryState.FAILED).values_list("pk", flat=True))
        world.bounced += read_returns().ended
        for row in Delivery.objects.filter(state=DeliveryState.FAILED).exclude(pk__in=known):
            later = Delivery.objects.filter(case=row.case_id, severity=row.severity, step__gt=row.step)
            world.came_late += later.exists()


def act(world: World, case: Case, user: User) -> None:
    if case.state == CaseState.DECIDED:
        return
    try:
        do_claim_case(case, actor=user)
        if world.dice.random() < 0.7:
            do_decide_case(case, actor=user, outcome=Outcome.SUPPORT, reason="Spoke with the student.")
    except CaseTaken:
        pass


def live(world: World) -> None:
    """Fourteen days, tick by tick; finding stops half a day before the end so that every round can come to its own."""
    ticks = int(timedelta(days=DAYS) / TICK)
    for number in range(ticks):
        now = world.now = START + number * TICK
        world.mailbox.to_sender = "421 down" if any(s <= now < s + n for s, n in SMTP_DOWN) else ""
        with clock.standing_at(now):
            was_found = number < ticks - 72 and find_something(world)
            if any(now == begins for begins, _ in SMTP_DOWN):  # whatever the dice say, some alerts wait for a server
                for site in world.sites[1:4]:
                    factories.make_finding(factories.make_account(site), severity=Severity.IMMINENT)
                was_found = True
            if not was_found and number % 36 and not is_anything_due(world, now):
                continue
            group_findings()
            come_back(world)
            prepare_deliveries()
            send_due(limit=500)
            check_receipts()
            react(world)


@pytest.mark.timeout(1200)  # minutes on a machine that has other things to do
def test_every_imminent_case_reaches_somebody_and_nobody_is_told_twice_or_too_much(world: World):
    live(world)
    imminent = list(Case.objects.filter(severity="imminent"))
    assert len(imminent) > 30
    for case in imminent:
        check_reached(case)
    steps = Counter(Delivery.objects.values_list("case", "contact", "step", "severity", "channel"))
    assert max(steps.values()) == 1
    ids = Counter(mail["Message-ID"] for mail in world.mailbox.read())
    assert max(ids.values()) == 1
    twice = Counter(call.json["id"] for call in world.web.calls if call.path == "/webhook")
    tries = Counter(Delivery.objects.filter(channel__kind="webhook").values_list("message_id", "attempts"))
    allowed = {message_id.strip("<>"): attempts for message_id, attempts in tries}
    assert not [key for key, count in twice.items() if count > allowed.get(key, count)]
    check_nothing_personal(world)
    assert world.bounced > 5, "the world was as rough as it was meant to be"
    check_bounced(world)
    assert Delivery.objects.filter(attempts__gt=2, state=DeliveryState.SENT).exists()
    assert Delivery.objects.filter(is_last=True, state=DeliveryState.SENT).exists()
    assert not Delivery.objects.filter(state=DeliveryState.PENDING, not_before__lt=START + timedelta(days=DAYS - 1))


def check_reached(case: Case) -> None:
    """Somebody took it, or every step came in its time up to the last responder."""
    rows = list(Delivery.objects.filter(case=case, severity="imminent").order_by("step", "created_at"))
    assert rows, case
    assert rows[0].created_at - case.opened_at <= 2 * TICK
    taken = case.first_claimed_at is not None
    last = [row for row in rows if row.is_last]
    assert taken or last or case in list(unanswered_cases()), case
    starts = sorted({row.step: row.created_at for row in rows}.items())
    for (_, earlier), (_, later) in pairwise(starts):
        if not taken:
            assert later - earlier <= IMMINENT_WAIT + 2 * TICK, "no step came later than its wait"
    if last and not taken:
        assert last[0].created_at - case.opened_at <= 12 * (IMMINENT_WAIT + TICK)
        assert Round.objects.get(case=case, severity="imminent").due_at is None


def check_bounced(world: World) -> None:
    """What came back is marked at the contact, stays marked however often the server takes mail, and was read once."""
    assert world.came_late > 0, "some came back when the next step had been told already"
    came_back = Delivery.objects.filter(last_error="the mail came back: 5.1.1")
    assert {row.state for row in came_back} == {DeliveryState.FAILED}
    marked = Contact.objects.exclude(bounced_at=None)
    assert {row.contact_id for row in came_back} == {contact.pk for contact in marked}
    assert all(world.habits[contact.pk] == "bounces" and contact.broken_since for contact in marked)
    assert world.bounced == came_back.count()
    assert not [said for said in world.imap.said if said.startswith(("SELECT", "UID STORE"))]


def check_nothing_personal(world: World) -> None:
    said = "".join(call.path + call.body.decode() for call in world.web.calls)
    said += "".join(str(mail["Subject"]) + mail.get_body(("plain",)).get_content() for mail in world.mailbox.read())
    said = said.lower()
    private = [
        *factories.STUDENT_NAME.split(),
        factories.STUDENT_ADDRESS,
        "marching band",
        *factories.TITLE.split()[:1],
    ]
    private += [category.value for category in Category] + ["self-harm", "suicide"]
    assert not [word for word in private if word.lower() in said]

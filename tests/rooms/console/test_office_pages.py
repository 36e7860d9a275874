"""Set-up pages: whose they are, red gaps, held changes, where a policy comes from, and no student on any of them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from monitor.alerts.duty import presence_at
from monitor.alerts.models import Duty, Shift
from monitor.audit.models import AuditEvent
from monitor.audit.tags import Tag
from monitor.calendars.apply import apply_breaks, apply_feeds
from monitor.calendars.feeds import preview_feed, sync_feed
from monitor.calendars.models import Break, CalendarFeed
from monitor.detection.models import PolicyChange
from monitor.domain.district import BreakSpec, FeedSpec
from monitor.domain.reading import ADDRESS, ExemptionSpec
from monitor.insights.coverage import hours_with_nobody
from monitor.insights.scope import Scope
from monitor.lib import clock
from monitor.roster.exemptions import apply_exemptions
from monitor.roster.models import Site, SiteOrgUnit
from tests.fakes.web import web_server
from tests.rooms.calendars.conftest import day, ics
from tests.rooms.console.conftest import signed_in
from tests.rooms.factories import EXCERPT, STUDENT_ADDRESS, STUDENT_NAME, make_account, make_contact

SEEN = {
    "contacts/": {"ada", "ivy", "lea"},
    "calendars/": {"ada", "ivy", "lea"},
    "calendars/year/": {"ada", "ivy", "lea"},
    "connect/": {"ivy", "lea"},
    "policy/": {"ivy", "lea"},
    "policy/levels/": {"ada", "ivy", "lea"},
    "units/": {"ivy", "lea"},
}
POSTED = [
    "calendars/1/preview/", "calendars/1/confirm/", "calendars/put-in/", "calendars/1/accept/", "calendars/1/retire/",
    "units/exempt/", "units/exempt/1/end/", "connect/check/", "connect/roster/",
]  # fmt: skip
AUTUMN = datetime(2026, 11, 2, 18, tzinfo=UTC)


@pytest.mark.parametrize("who", ["ada", "bo", "cy", "ivy", "lea", "ulf", "bea"])
@pytest.mark.parametrize("page", SEEN)
def test_each_role_sees_exactly_its_pages(cast, page, who):
    answer = signed_in(getattr(cast, who)).get(f"/set-up/{page}")
    assert answer.status_code == (200 if who in SEEN[page] else 403)


def test_a_stranger_gets_nowhere_and_no_address_is_forgotten_here(cast):
    for page in [*SEEN, *POSTED]:
        answer = Client().post(f"/set-up/{page}") if page in POSTED else Client().get(f"/set-up/{page}")
        assert answer.status_code == 302
        assert answer["Location"].startswith("/sign-in/")
    for page in POSTED:
        assert signed_in(cast.ada).post(f"/set-up/{page}").status_code == 403
        assert signed_in(cast.ivy).get(f"/set-up/{page}").status_code == 405
    assert len(get_resolver("monitor.console.office_urls").url_patterns) == len([*SEEN, *POSTED])


def test_no_set_up_page_names_a_student(cast, case):
    account = case.account
    apply_exemptions([ExemptionSpec(ADDRESS, account.address, "counseling mailbox")], actor="command")
    client = signed_in(cast.ivy)
    pages = [*SEEN, f"policy/?account={account.reference}"]
    for page in pages:
        text = client.get(f"/set-up/{page}").content.decode()
        for secret in (STUDENT_NAME, STUDENT_ADDRESS, EXCERPT, case.public_id):
            assert secret not in text, page
    assert "…@district.example" in client.get("/set-up/units/").content.decode()


def test_gaps_are_red_and_the_same_as_the_escalation_sees(cast):
    contact = make_contact(cast.pine, name="Noa Quist")
    start = datetime(2026, 11, 6, 2, tzinfo=UTC)
    Shift.objects.create(
        contact=contact, starts_at=start, ends_at=start + timedelta(hours=9), time_zone="America/Chicago",
        is_weekly=True,
    )  # fmt: skip
    apply_breaks([BreakSpec("pine", "Autumn break", AUTUMN, AUTUMN + timedelta(hours=30))], actor="command")
    fast = hours_with_nobody(Scope((cast.pine,)), AUTUMN, 7 * 24)[cast.pine.pk]
    hours = [AUTUMN + timedelta(hours=number) for number in range(7 * 24)]
    alone = [hour for hour in hours if any(start <= hour < end for start, end in fast)]
    assert alone == [hour for hour in hours if presence_at(cast.pine, hour).duty is Duty.NOBODY]
    assert 0 < len(alone) < len(hours)
    with clock.standing_at(AUTUMN):
        text = signed_in(cast.ada).get("/set-up/contacts/").content.decode()
    assert "Noa Quist" in text
    assert 'class="gap">' in text
    assert "with nobody on duty" in text
    assert "Oak School" not in text  # not hers


def test_a_way_that_does_not_work_is_said_without_its_address(cast):
    make_contact(cast.pine, name="Noa Quist", email="noa@private.example", broken_since=AUTUMN)
    text = signed_in(cast.ivy).get("/set-up/contacts/").content.decode()
    assert "email does not work" in text
    assert "nobody can be reached now" in text.lower()
    assert "noa@private.example" not in text


@pytest.fixture
def held(cast, settings):
    """A calendar that lost most of its breaks, so that its change waits for a person."""
    settings.HEED_INTERNAL_HOSTS = frozenset({"127.0.0.1"})
    with web_server() as web, clock.standing_at(AUTUMN):
        days = [day(f"202701{n:02d}", f"202701{n + 1:02d}", f"No school {n}") for n in (4, 11, 18, 25)]
        web.say(200, ics(*days))
        apply_feeds(
            [FeedSpec("District", f"{web.url}/district.ics?key=secret", phrases=("no school",))], actor="command"
        )
        sync_feed(CalendarFeed.objects.get())
        web.say(200, ics(days[0]))
        sync_feed(CalendarFeed.objects.get())
        yield CalendarFeed.objects.get()


def test_a_held_change_is_shown_previewed_and_confirmed_by_a_person(cast, held):
    assert held.held
    client = signed_in(cast.ivy)
    assert "A change is held" in client.get("/set-up/calendars/").content.decode()
    text = client.post(f"/set-up/calendars/{held.pk}/preview/").content.decode()
    assert "Gone: No school 11" in text
    assert "secret" not in text
    before = Break.objects.count()
    wrong = client.post(f"/set-up/calendars/{held.pk}/confirm/", {"digest": "0" * 64}, follow=True)
    session = client.session
    if "proved_until" not in session:  # a person signed in by a test has proved nothing yet
        assert "/account/confirm/" in wrong.redirect_chain[0][0]
        session["proved_until"] = (clock.now() + timedelta(minutes=5)).isoformat()
        session.save()
        wrong = client.post(f"/set-up/calendars/{held.pk}/confirm/", {"digest": "0" * 64}, follow=True)
    assert "something else by now" in wrong.content.decode()
    assert Break.objects.count() == before
    done = client.post(f"/set-up/calendars/{held.pk}/confirm/", {"digest": preview_feed(held).digest}, follow=True)
    assert "in force now" in done.content.decode()
    assert Break.objects.count() < before
    assert AuditEvent.objects.filter(tag=Tag.CALENDAR_READ.value, actor=cast.ivy.actor).exists()


def test_an_event_that_is_no_break_stands_with_its_day_in_the_calendar(cast, held):
    """East of Greenwich the day begins on the evening before by the server's clock."""
    Site.objects.update(time_zone="Pacific/Guam")
    CalendarFeed.objects.update(content=ics(day("20270108", "20270109", "Bake sale")).decode())
    text = signed_in(cast.ivy).post(f"/set-up/calendars/{held.pk}/preview/").content.decode()
    assert "No break: Bake sale, 8 Jan 2027" in text


def test_a_calendar_that_cannot_be_read_changes_nothing_and_says_so(cast, held):
    CalendarFeed.objects.update(location="/nowhere/district.ics")
    answer = signed_in(cast.lea).post(f"/set-up/calendars/{held.pk}/preview/", follow=True)
    assert "Nothing was changed" in answer.content.decode()
    assert "/nowhere/" not in answer.content.decode()


def test_each_value_of_a_policy_says_where_it_comes_from(cast):
    account = make_account(cast.pine)
    PolicyChange.objects.create(
        scope="site", key="pine", document={"sensitivity": {"violence": "higher"}}, actor="command", reason="asked",
        alerts_before=0, alerts_after=0, at=clock.now(),
    )  # fmt: skip
    client = signed_in(cast.ivy)
    answer = client.post("/set-up/policy/", {"address": account.address.upper()})
    assert answer["Location"] == f"/set-up/policy/?account={account.reference}"
    text = client.get(answer["Location"]).content.decode()
    assert "<strong>site pine</strong>" in text
    assert "sensitivity.violence" in text
    SiteOrgUnit.objects.create(site=cast.pine, path="/Students")
    assert "<strong>site pine</strong>" in client.get("/set-up/policy/?unit=/Students/Grade9").content.decode()
    assert "<strong>site pine</strong>" not in client.get("/set-up/policy/?unit=/").content.decode()
    assert client.get("/set-up/policy/?account=nobody").status_code == 404
    assert client.post("/set-up/policy/", {"address": "x@y.example"})["Location"] == "/set-up/policy/"


def test_units_say_what_is_inherited_and_what_is_not_read(cast):
    SiteOrgUnit.objects.create(site=cast.pine, path="/Students")
    for path in ("/Students/Grade9", "/Elsewhere"):
        account = make_account(cast.pine)
        type(account).objects.filter(pk=account.pk).update(org_unit_path=path)
    text = signed_in(cast.ivy).get("/set-up/units/").content.decode()
    assert "inherited from /Students" in text
    assert '<span class="gap">not read</span>' in text


def test_the_year_shows_what_kind_of_day_it_is_in_words_as_well(cast):
    apply_breaks([BreakSpec("pine", "Autumn break", AUTUMN, AUTUMN + timedelta(days=3))], actor="command")
    client = signed_in(cast.ivy)
    with clock.standing_at(AUTUMN):
        text = client.get("/set-up/calendars/year/?site=pine").content.decode()
        assert text.count('<table class="month">') == 12
        assert "Autumn break" in text
        assert 'aria-current="date"' in text
        assert 'class="is-break' in text
        together = client.get("/set-up/calendars/year/").content.decode()
        assert "Some schools only" in together
        assert "Pine School" in together
        assert signed_in(cast.ada).get("/set-up/calendars/year/?site=oak").status_code == 404
    for odd in ("from=2026-13", "from=x", "from=99999999999-01", "from=2026-02&site=pine", "from=\0"):
        assert client.get(f"/set-up/calendars/year/?{odd}").status_code == 200


def test_the_year_and_the_fortnight_ask_the_same_for_few_breaks_as_for_many(cast):
    client, counts = signed_in(cast.ivy), []
    with clock.standing_at(AUTUMN):
        for days in (range(1, 3), range(3, 60)):
            breaks = [BreakSpec("pine", f"Day {n}", AUTUMN + timedelta(days=n), AUTUMN + timedelta(days=n, hours=5))
                      for n in range(1, days.stop)]  # fmt: skip
            apply_breaks(breaks, actor="command")
            client.get("/set-up/calendars/year/")
            with CaptureQueriesContext(connection) as asked:
                client.get("/set-up/calendars/year/")
            counts.append(len(asked))
    assert counts[0] == counts[1] <= 12


def test_the_coming_fortnight_is_told_day_by_day_and_asleep_is_no_gap(cast):
    apply_breaks([BreakSpec("pine", "Autumn break", AUTUMN, AUTUMN + timedelta(days=20))], actor="command")
    with clock.standing_at(AUTUMN):
        asleep = signed_in(cast.ada).get("/set-up/contacts/").content.decode()
        assert "the coming fortnight, or the school sleeps" in asleep
        Break.objects.update(ends_at=AUTUMN + timedelta(days=1))
        text = signed_in(cast.ada).get("/set-up/contacts/").content.decode()
    assert "of the next 336 hours with nobody on duty" in text
    assert "The longest:" in text
    assert text.count('<th scope="row">') == 14
    assert "cover-asleep" in text

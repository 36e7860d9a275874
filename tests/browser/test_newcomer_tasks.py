"""Ten things that somebody new to Heed would try, by what stands on the page alone, and the steps that each takes."""

from datetime import timedelta

import pytest

from monitor.accounts.models import Role, User
from monitor.calendars.models import Break
from monitor.domain.origin import Origin
from monitor.handovers.models import Handover, Kind
from monitor.lib import clock
from monitor.roster.models import Exemption, Site
from monitor.tips.models import Tip
from monitor.triage.models import Decision, Outcome
from tests.browser.conftest import DESK, PHONE, keep_picture, sign_in
from tests.browser.hand import Hand
from tests.rooms.calendars.conftest import day, ics
from tests.rooms.factories import PASSWORD, make_contact
from tests.rooms.handovers.forms import make_recipient
from tests.rooms.tips.reporting import make_web_tip

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect


@pytest.fixture
def hand_of(open_page):
    """A newcomer who has signed in, on their first page."""

    def given(person: User, viewport: dict[str, int] = DESK) -> Hand:
        page = open_page(viewport)
        sign_in(page, person.email)
        page.get_by_role("heading", level=1).wait_for()
        return Hand(page)

    return given


def test_1_triage_an_imminent_case_from_the_alert_s_link(valley, open_page, screenshots):
    page = open_page(PHONE)
    page.goto(f"/cases/{valley.urgent.public_id}/")
    page.get_by_label("E-mail address").fill(valley.counselor.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    hand = Hand(page)
    hand.press("Triage this case")
    hand.tick("Support given or arranged")
    hand.write("Why?", "Talked with the student; the family comes at noon.")
    hand.press("Record the decision")
    expect(page.get_by_text("is decided: Support given or arranged.")).to_be_visible()
    assert Decision.objects.get(case=valley.urgent).outcome == Outcome.SUPPORT
    assert hand.steps == 4


def test_2_hand_a_student_over_to_the_care_team(valley, hand_of, screenshots):
    make_recipient(Kind.SCHOOL_CARE, Site.objects.get(code="cedar-high"), name="Dr. Ottoline Reyes")
    hand = hand_of(valley.counselor)
    hand.press("Self-harm or suicide", role="link")
    hand.press("Triage this case")
    hand.press("Hand over to those who help", role="link")
    hand.press("Begin: school care team", role="link")
    hand.tick("Dr. Ottoline Reyes")
    for label in hand.page.locator("label", has_text="(needed)").all():
        field = hand.page.locator(f"#{label.get_attribute('for')}")
        hand.steps += 1
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(index=1)
        else:
            field.fill("A talk today, and a plan for the week.")
    hand.press("Keep as a draft")
    hand.write("Sign by typing your name", valley.counselor.name)
    hand.press("Sign", exact=True)
    expect(hand.page.get_by_text("Dr. Ottoline Reyes").first).to_be_visible()
    keep_picture(hand.page, screenshots, "newcomer-hand-over")
    assert Handover.objects.get().signatures.get().user == valley.counselor
    assert hand.steps <= 14


def test_3_set_next_spring_s_break_from_a_file(valley, hand_of, screenshots, tmp_path):
    spring = (clock.now() + timedelta(days=120)).date()
    file = tmp_path / "school-year.ics"
    file.write_bytes(ics(day(f"{spring:%Y%m%d}", f"{spring + timedelta(days=7):%Y%m%d}", "Spring break")))
    hand = hand_of(valley.it)
    hand.press("Set-up", role="link")
    hand.press("Calendars", role="link")
    hand.write("Name", "School year")
    hand.put("File (.ics)", file)
    hand.press("Show what it would change")
    expect(hand.page.get_by_text("New: Spring break, cedar-high")).to_be_visible()
    keep_picture(hand.page, screenshots, "newcomer-calendar")
    assert not Break.objects.filter(name="Spring break").exists()
    hand.press("That is right, put it into force")
    expect(hand.page.get_by_text("What School year says is in force now.")).to_be_visible()
    assert Break.objects.filter(name="Spring break").count() == 3
    assert hand.steps == 6


def test_4_exempt_the_newspaper_s_mailbox(valley, hand_of, screenshots):
    hand = hand_of(valley.it)
    hand.press("Set-up", role="link")
    hand.press("Units", role="link")
    hand.write("Address or name of the label", "newspaper@cedarvalley.example")
    hand.write("Why is it not read?", "The student press; agreed by the board in August")
    hand.press("Do not read it any more")
    expect(hand.page.get_by_text("agreed by the board in August")).to_be_visible()
    keep_picture(hand.page, screenshots, "newcomer-exemption")
    assert Exemption.objects.get().origin == Origin.CONSOLE
    assert hand.steps == 5


def test_5_find_out_why_an_alert_came(valley, hand_of):
    hand = hand_of(valley.administrator, PHONE)
    hand.press("Self-harm or suicide", role="link")
    expect(hand.page.get_by_role("heading", name="Why this is here")).to_be_visible()
    hand.press("Triage this case")
    expect(hand.page.locator("mark").first).to_contain_text("I do not think I can do this any more.")
    assert hand.steps == 2


def test_6_let_a_new_counselor_in(valley, hand_of):
    hand = hand_of(valley.lead)
    hand.press("People", role="link")
    hand.write("Name", "Odile Brand")
    hand.write("E-mail address", "o.brand@cedarvalley.example")
    hand.tick("Counselor")
    hand.tick("Cedar High School")
    hand.press("Let them sign in")
    expect(hand.page.get_by_text("Odile Brand may sign in with Google now.")).to_be_visible()
    assert User.objects.get(email="o.brand@cedarvalley.example").role == Role.COUNSELOR
    assert hand.steps == 6


def test_7_answer_a_tip(valley, hand_of):
    make_web_tip(Site.objects.get(code="cedar-high"), "Somebody writes mean things on the wall of locker room B.")
    hand = hand_of(valley.counselor, PHONE)
    hand.press("Tips", role="link")
    hand.page.locator(".row a").first.click()
    hand.steps += 1
    hand.press("Triage this case")
    hand.write("Your words", "Thank you for telling us. Do you know who it is about?")
    hand.press("Send the answer")
    expect(hand.page.get_by_text("Your answer waits for the code.")).to_be_visible()
    assert Tip.objects.get().messages.count() == 2
    assert hand.steps == 5


def test_8_see_who_is_told_tonight_and_where_nobody_is(valley, hand_of):
    make_contact(Site.objects.get(code="maple-middle"), name="Noa Quist", email="noa@cedarvalley.example")
    hand = hand_of(valley.it)
    hand.press("Set-up", role="link")
    expect(hand.page.get_by_text("Told first of what is imminent now: Noa Quist")).to_be_visible()
    expect(hand.page.get_by_role("heading", name="Lakeside School")).to_be_visible()
    expect(hand.page.get_by_text("In a break now")).to_be_visible()
    assert hand.steps == 1


def test_9_find_out_what_policy_holds_for_a_unit_and_from_where(valley, hand_of):
    hand = hand_of(valley.lead)
    hand.press("Set-up", role="link")
    hand.press("Policy", role="link")
    hand.press("Show", exact=True)
    table = hand.page.get_by_role("table", name="Each value and where it comes from")
    expect(table.get_by_text("sensitivity.bullying")).to_be_visible()
    assert hand.steps == 3


def test_10_take_the_year_s_figures_to_the_board(valley, hand_of):
    hand = hand_of(valley.board)
    hand.press("Coverage", role="link")
    with hand.page.expect_download() as download:
        hand.press("Download as CSV", role="link")
    rows = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len(rows) > 2
    assert "Vandermeer" not in "".join(rows)
    assert hand.steps == 2

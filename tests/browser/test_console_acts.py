"""What people do on a phone beside the queue: answer a drill, write notes, decide with a code."""

import pytest

from monitor.alerts.drills import do_start_drill
from monitor.alerts.outbox import prepare_deliveries
from monitor.domain.severity import Severity
from monitor.roster.models import Site
from monitor.triage.grouping import group_findings
from monitor.triage.models import Case, Cluster
from tests.browser.conftest import PHONE, keep_picture, sign_in
from tests.browser.looks import complaints
from tests.rooms.factories import make_account, make_finding

pytestmark = pytest.mark.browser


def test_a_drill_is_answered_on_a_phone(valley, open_page, screenshots):
    drill = do_start_drill(Site.objects.get(code="cedar-high"), Severity.IMMINENT, actor="command")
    prepare_deliveries()
    page = open_page(PHONE)
    sign_in(page, valley.counselor.email)
    page.get_by_role("heading", name="Waiting for you").wait_for()
    page.goto(f"/drills/{drill.public_id}/")
    assert complaints(page) == []
    keep_picture(page, screenshots, "drill")
    page.get_by_role("button", name="I got this message").click()
    page.get_by_text("Your answer is recorded").wait_for()
    assert complaints(page) == []
    keep_picture(page, screenshots, "drill-answered")


def test_a_case_is_seen_noted_and_decided_with_a_code_on_a_phone(valley, open_page, screenshots):
    page = open_page(PHONE)
    sign_in(page, valley.counselor.email)
    page.get_by_role("heading", name="Waiting for you").wait_for()
    page.goto(f"/cases/{valley.urgent.public_id}/")
    page.get_by_role("button", name="I have seen this").click()
    page.get_by_text("Recorded: you have seen it").wait_for()
    page.get_by_text("Write a note").click()
    page.get_by_label("Note", exact=True).fill("Called home; nobody answered yet.")
    page.get_by_text("Only for me").click()
    page.get_by_role("button", name="Add the note").click()
    page.get_by_text("only you can read it").wait_for()
    page.get_by_role("button", name="Triage this case").click()
    page.get_by_text("Support given or arranged").click()
    codes = page.get_by_label("What fits best?")
    codes.select_option("talked")
    assert codes.locator("optgroup.codes-false_alarm").evaluate("e => getComputedStyle(e).display") == "none"
    page.get_by_label("Why?").fill("Talked with Robin and the family.")
    assert complaints(page) == []
    keep_picture(page, screenshots, "case-with-note-and-code")
    page.get_by_role("button", name="Record the decision").click()
    page.get_by_text("is decided: Support given or arranged").wait_for()
    assert valley.urgent.decisions.get().reason_code == "talked"


POEM = "Is this a dagger which I see before me, the handle toward my hand? Come, let me clutch thee."


def copies(number: int) -> None:
    for _ in range(number):
        account = make_account(Site.objects.get(code="cedar-high"))
        make_finding(account, text=POEM, marks=[[0, len(POEM)]])
    group_findings()


def test_one_text_is_decided_for_all_and_its_next_copy_given_back_on_a_phone(valley, open_page, screenshots):
    copies(4)
    page = open_page(PHONE)
    sign_in(page, valley.counselor.email)
    page.get_by_role("link", name="Same text, many accounts").click()
    page.get_by_text("4 cases at 1 school").wait_for()
    assert complaints(page) == []
    keep_picture(page, screenshots, "texts")
    page.goto(f"/texts/{Cluster.objects.get().public_id}/")
    page.get_by_role("button", name="Triage this case").click()
    page.get_by_text("False alarm: the text is harmless").click()
    page.get_by_label("What fits best?").select_option("class_text")
    page.get_by_label("Why?").fill("The class reads the play.")
    assert complaints(page) == []
    keep_picture(page, screenshots, "text-decide")
    page.get_by_role("button", name="Record for all that are ticked").click()
    page.get_by_text("4 cases are decided").wait_for()
    copies(1)
    before = Case.objects.count()
    page.get_by_role("link", name="Texts put aside").click()
    page.get_by_text("1 lies aside").wait_for()
    assert complaints(page) == []
    keep_picture(page, screenshots, "texts-aside")
    page.locator(".row-title a").click()
    page.get_by_text("Read it or give it back").click()
    assert complaints(page) == []
    keep_picture(page, screenshots, "text-aside")
    page.get_by_role("button", name="Second look").click()
    page.get_by_text("Your look is recorded").wait_for()
    assert complaints(page) == []
    keep_picture(page, screenshots, "text-aside-words")
    page.get_by_role("button", name="Give it back").click()
    page.get_by_text("Given back.").wait_for()
    group_findings()
    assert Case.objects.count() == before + 1

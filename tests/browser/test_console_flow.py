"""What somebody does between two classes: from the alert's link to a decision, in a real browser."""

from datetime import timedelta

import pytest

from monitor.audit.models import AuditEvent
from monitor.audit.tags import Tag
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.triage.grouping import group_findings
from monitor.triage.models import Case, Decision
from tests.browser.conftest import DESK, PHONE, keep_picture, sign_in
from tests.rooms.factories import PASSWORD, make_account, make_finding

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect
REASON = "Talked with the student and called the family; the nurse sees them tomorrow."


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
def test_from_the_alert_to_a_decision_on_a_phone(valley, open_page, screenshots, scripts):
    page = open_page(PHONE, java_script_enabled=scripts, has_touch=True)
    page.goto(f"/cases/{valley.urgent.public_id}/")
    page.get_by_label("E-mail address").fill(valley.counselor.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").tap()

    expect(page.get_by_role("heading", level=1)).to_have_text("Self-harm or suicide")
    expect(page.get_by_text("Robin Vandermeer")).to_have_count(0)
    page.get_by_role("button", name="Triage this case").tap()
    expect(page.get_by_text("Robin Vandermeer")).to_be_visible()
    expect(page.locator("mark").first).to_contain_text("I do not think I can do this any more.")

    page.get_by_role("button", name="Take this case").tap()
    expect(page.get_by_role("heading", name="You have it")).to_be_visible()
    page.get_by_label("Support given or arranged").tap()
    page.get_by_label("Why?").fill(REASON)
    page.get_by_role("button", name="Record the decision").tap()

    expect(page.get_by_text("is decided: Support given or arranged.")).to_be_visible()
    expect(page.get_by_role("link", name="Open the next case")).to_be_visible()
    expect(page).to_have_url(page.url.split("/", 3)[0] + "//" + page.url.split("/")[2] + "/")
    keep_picture(page, screenshots, f"decided-then-queue-{'scripts' if scripts else 'plain'}")
    decision = Decision.objects.get(case=valley.urgent)
    assert (decision.actor, decision.reason) == (valley.counselor, REASON)
    tags = AuditEvent.objects.filter(subject=valley.urgent.public_id).values_list("tag", flat=True)
    assert list(tags) == [Tag.CONTENT_VIEWED.value, Tag.CASE_CLAIMED.value, Tag.CASE_DECIDED.value]


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
def test_a_decision_without_a_reason_says_so_beside_the_field(valley, open_page, screenshots, scripts):
    page = open_page(PHONE, java_script_enabled=scripts, refusal="422")
    sign_in(page, valley.counselor.email)
    page.get_by_role("link", name="Self-harm or suicide").click()
    page.get_by_role("button", name="Follow-up").click()
    page.get_by_label("Looked at: no concern").check()
    page.get_by_role("button", name="Record the decision").click()
    expect(page.get_by_text("Write a reason. One sentence is enough")).to_be_visible()
    expect(page.get_by_label("Looked at: no concern")).to_be_checked()
    keep_picture(page, screenshots, f"decision-mistake-{'scripts' if scripts else 'plain'}")
    assert not Decision.objects.filter(case=valley.urgent).exists()


def test_a_decision_with_scripts_does_not_load_the_page_anew(valley, open_page):
    page = open_page(DESK)
    sign_in(page, valley.counselor.email)
    page.goto(f"/cases/{valley.urgent.public_id}/")
    page.get_by_role("button", name="Triage this case").click()
    expect(page.locator("mark").first).to_be_visible()
    page.evaluate("window.isSamePage = true")
    page.get_by_label("Handed over to care").check()
    page.get_by_label("Why?").fill(REASON)
    page.get_by_role("button", name="Record the decision").click()
    expect(page.get_by_text("is decided: Handed over to care.")).to_be_visible()
    assert page.evaluate("window.isSamePage") is True
    expect(page.locator("[autofocus]")).to_be_focused()
    expect(page.locator(".tabs [aria-current]")).to_have_text("Waiting")
    page.go_back()
    expect(page.get_by_text("Robin Vandermeer")).to_have_count(0)  # nothing of the look is left in the history


def test_a_new_case_arrives_without_a_jump(valley, open_page):
    page = open_page({"width": 390, "height": 500})
    page.clock.install()
    sign_in(page, valley.administrator.email)
    row = page.get_by_role("link", name="Low Bullying")
    row.focus()
    assert page.evaluate("window.scrollY") > 0
    place = row.bounding_box()["y"]
    student = make_account(valley.urgent.site, name="Sasha Lindqvist")
    make_finding(student, severity=Severity.IMMINENT, found_at=clock.now() - timedelta(minutes=1))
    group_findings()
    late = Case.objects.get(account=student)
    with page.expect_response(lambda answer: "known=5" in answer.url):
        page.clock.run_for(21_000)
    expect(page.locator(f"#case-{late.public_id}")).to_be_attached()
    expect(page.locator("#queue-news")).to_have_text("6 cases waiting now.")
    expect(row.first).to_be_focused()
    assert abs(row.bounding_box()["y"] - place) < 3  # though the new case stands above it


def test_the_keyboard_reaches_everything_in_order(valley, open_page):
    page = open_page(DESK)
    sign_in(page, valley.administrator.email)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    reached = []
    for _ in range(20):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent.trim().replace(/\\s+/g, ' ').slice(0, 24)"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle !== 'none' || "
                             "document.activeElement.closest('.row') !== null")  # fmt: skip
    assert reached[0] == "Skip to the content"
    wanted = ["Heed", "Waiting", "Decided", "Tips", "Care", "Health", "Show", "1 Imminent", "Imminent Self-harm or su"]
    places = [reached.index(name) for name in wanted]
    assert places == sorted(places)


def test_everything_that_is_tapped_is_large_enough(valley, open_page):
    page = open_page({"width": 360, "height": 740})
    sign_in(page, valley.administrator.email)
    page.get_by_role("heading", level=1).wait_for()
    for address in ("/", "/decided/", "/health/", f"/cases/{valley.urgent.public_id}/"):
        page.goto(address)
        if "cases" in address:
            page.get_by_role("button", name="Triage this case").click()
            page.locator("mark").first.wait_for()
        targets = page.locator(
            "button:visible, select:visible, summary:visible, .choice:visible, .tabs a, .row, .tile, .earlier a"
        )
        sizes = targets.evaluate_all(
            "all => all.map((one) => [one.textContent.trim().slice(0, 30), one.getBoundingClientRect().height])"
        )
        assert [(name, height) for name, height in sizes if height < 43.9] == []

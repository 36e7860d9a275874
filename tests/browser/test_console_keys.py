"""A whole case by keyboard alone, and keys that can be switched off."""

import pytest

from monitor.triage.models import Decision
from tests.browser.conftest import DESK, keep_picture
from tests.browser.looks import complaints, cookie_of

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect


@pytest.fixture
def page(valley, open_page, live_server):
    page = open_page(DESK)
    page.context.add_cookies([cookie_of(valley.counselor, live_server.url)])
    page.goto("/")
    return page


def test_from_the_queue_to_the_next_case_without_a_mouse(valley, page):
    page.keyboard.press("j")
    expect(page.locator(f"#case-{valley.urgent.public_id}")).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("o")
    page.get_by_role("button", name="Triage this case").wait_for()
    page.keyboard.press("r")
    page.get_by_text("Robin Vandermeer").wait_for()
    page.keyboard.press("4")
    expect(page.get_by_label("False alarm")).to_be_checked()
    page.keyboard.press("2")
    expect(page.get_by_label("Handed over to care")).to_be_checked()
    page.get_by_label("Why?").focus()
    page.keyboard.type("jk1 The nurse takes it from here.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Open the next case").wait_for()
    assert Decision.objects.get(case=valley.urgent).reason == "jk1 The nurse takes it from here."
    page.keyboard.press("n")
    page.get_by_role("button", name="Triage this case").wait_for()
    page.keyboard.press("u")
    page.get_by_role("heading", name="Waiting for you").wait_for()


def test_the_list_of_keys_opens_closes_and_switches_them_off(valley, page, screenshots):
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert complaints(page) == []
    keep_picture(page, screenshots, "keys-desk")
    page.get_by_label("Use these keys").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    page.keyboard.press("j")
    expect(page.locator("body")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_label("Use these keys")).not_to_be_checked()

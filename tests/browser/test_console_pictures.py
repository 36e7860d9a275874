"""What a page looks like when something went wrong, or when a choice leaves nothing."""

import pytest

from tests.browser.conftest import PHONE, keep_picture, sign_in

pytestmark = pytest.mark.browser


def _picture(page, folder, name):
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
        f"{name} is wider than the screen"
    )
    keep_picture(page, folder, name)


def test_the_edges_of_the_console_look_cared_for(valley, open_page, screenshots):
    page = open_page(PHONE, refusal="422")
    sign_in(page, "nobody@cedarvalley.example")
    page.get_by_text("do not belong together").wait_for()
    _picture(page, screenshots, "sign-in-mistake")
    sign_in(page, valley.counselor.email)
    page.get_by_role("heading", name="Waiting for you").wait_for()
    page.goto("/?severity=low&site=maple-middle")
    _picture(page, screenshots, "queue-empty-choice")
    page.goto("/?severity=severe")
    page.locator(".person summary").click()
    _picture(page, screenshots, "queue-menu")

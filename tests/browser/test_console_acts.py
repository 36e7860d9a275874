"""What people do on a phone beside the queue: answer a drill."""

import pytest

from monitor.alerts.drills import do_start_drill
from monitor.alerts.outbox import prepare_deliveries
from monitor.domain.severity import Severity
from monitor.roster.models import Site
from tests.browser.conftest import PHONE, keep_picture, sign_in

pytestmark = pytest.mark.browser


def fits(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_drill_is_answered_on_a_phone(valley, open_page, screenshots):
    drill = do_start_drill(Site.objects.get(code="cedar-high"), Severity.IMMINENT, actor="command")
    prepare_deliveries()
    page = open_page(PHONE)
    sign_in(page, valley.counselor.email)
    page.get_by_role("heading", name="Waiting for you").wait_for()
    page.goto(f"/drills/{drill.public_id}/")
    assert fits(page)
    keep_picture(page, screenshots, "drill")
    page.get_by_role("button", name="I got this message").click()
    page.get_by_text("Your answer is recorded").wait_for()
    assert fits(page)
    keep_picture(page, screenshots, "drill-answered")

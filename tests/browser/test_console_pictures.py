"""What a page looks like when something went wrong, and the pictures of the documentation."""

from base64 import b64encode

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


SHEET = """<body style="margin:0;display:flex;gap:32px;padding:32px;background:#dfe6e3;width:max-content">
<img src="data:image/png;base64,{}" width="390" height="844" style="border-radius:24px">
<img src="data:image/png;base64,{}" width="390" height="844" style="border-radius:24px">"""


def test_pictures_for_the_documentation(valley, open_page, screenshots):
    """`docs/images/` holds `console.png`: the queue in light beside a case in dark."""
    sheet = open_page({"width": 876, "height": 908}, device_scale_factor=1.5)
    pictures = [_phone(open_page, screenshots, valley, scheme) for scheme in ("light", "dark")]
    queue, case = pictures[0][0], pictures[1][1]
    sheet.set_content(SHEET.format(b64encode(queue).decode(), b64encode(case).decode()))
    path = screenshots / "console.png"
    sheet.screenshot(path=path)
    assert path.stat().st_size < 300_000


def _phone(open_page, screenshots, valley, scheme):
    """The first screen of the queue and of a case on a phone."""
    page = open_page(PHONE, color_scheme=scheme, device_scale_factor=1.5)
    sign_in(page, valley.administrator.email)
    page.get_by_role("heading", name="Waiting for you").wait_for()
    queue = page.screenshot(path=screenshots / f"queue-phone-first-{scheme}.png")
    page.goto(f"/cases/{valley.urgent.public_id}/")
    page.get_by_role("button", name="Triage this case").click()
    page.locator("mark").first.wait_for()
    page.evaluate("window.scrollTo(0, 0)")
    return queue, page.screenshot(path=screenshots / f"case-phone-first-{scheme}.png")

"""Every page in light and dark, on a phone and on a desk: it opens, fits, and leaves a picture."""

import pytest

from tests.browser.conftest import DESK, PHONE, sign_in

pytestmark = pytest.mark.browser
NARROW = {"width": 360, "height": 740}
LOOKS = [("phone", PHONE, "light"), ("phone-dark", PHONE, "dark"), ("desk", DESK, "light"), ("desk-dark", DESK, "dark")]


def _picture(page, folder, name):
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
        f"{name} is wider than the screen"
    )
    page.screenshot(path=folder / f"{name}.png", full_page=True)


@pytest.mark.parametrize(("look", "viewport", "scheme"), LOOKS)
def test_every_page_opens_and_fits_its_screen(valley, open_page, screenshots, look, viewport, scheme):
    page = open_page(viewport, color_scheme=scheme)
    page.goto("/sign-in/")
    _picture(page, screenshots, f"sign-in-{look}")
    sign_in(page, valley.administrator.email)
    page.get_by_role("heading", name="Waiting for you").wait_for()
    _picture(page, screenshots, f"queue-{look}")
    page.goto("/decided/")
    _picture(page, screenshots, f"decided-{look}")
    page.goto(f"/cases/{valley.urgent.public_id}/")
    _picture(page, screenshots, f"case-veiled-{look}")
    page.get_by_role("button", name="Triage this case").click()
    page.get_by_text("Robin Vandermeer").wait_for()
    page.evaluate("window.scrollTo(0, 0)")
    _picture(page, screenshots, f"case-open-{look}")
    page.goto("/health/")
    _picture(page, screenshots, f"health-{look}")

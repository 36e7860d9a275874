"""The pages of figures and of the installation's keepers on a phone: they open, fit, leave a picture, and axe
finds nothing against them."""

import pytest

from tests.browser.conftest import PHONE, keep_picture, sign_in
from tests.browser.test_console_access import complaints

pytestmark = pytest.mark.browser
FIGURES = ["", "trends/", "precision/", "waits/", "coverage/", "fairness/", "themes/"]


def _picture(page, folder, name):
    assert complaints(page) == [], name
    keep_picture(page, folder, name)


def test_the_pages_of_figures_fit_a_phone(valley, open_page, screenshots, settings):
    settings.HEED_PUBLIC_FIGURES = True
    page = open_page(PHONE)
    page.goto("/transparency/")
    _picture(page, screenshots, "transparency-phone")
    sign_in(page, valley.lead.email)
    page.get_by_role("heading", name="Waiting for you").wait_for()
    for name in FIGURES:
        page.goto(f"/figures/{name}")
        _picture(page, screenshots, f"figures-{name.strip('/') or 'overview'}-phone")


def test_the_set_up_pages_fit_a_phone(valley, open_page, screenshots):
    page = open_page(PHONE)
    sign_in(page, valley.it.email)
    page.get_by_role("heading", level=1).wait_for()
    for name in ("contacts", "calendars", "policy", "units"):
        page.goto(f"/set-up/{name}/")
        if name == "contacts":
            page.locator("details.fortnight details > summary").first.click()
        _picture(page, screenshots, f"set-up-{name}-phone")

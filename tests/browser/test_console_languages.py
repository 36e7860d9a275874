"""The language is switched in the account, and Spanish, which is longer, fits the narrowest phone."""

import pytest

from tests.browser.conftest import keep_picture, sign_in

pytestmark = pytest.mark.browser
NARROW = {"width": 360, "height": 740}
TOO_WIDE = """
[...document.querySelectorAll("body *")]
  .filter((one) => !one.closest(".wide, .unseen, .tabs, svg, input, select, textarea"))
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
  .map((one) => `${one.tagName}.${one.className}: ${one.textContent.trim().slice(0, 60)}`)
  .slice(0, 5)
"""


def _fits(page, folder, name):
    assert page.locator("html").get_attribute("lang") == "es"
    wide = page.evaluate(TOO_WIDE)
    assert wide == [], f"{name} is wider than the screen"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} scrolls sideways"
    keep_picture(page, folder, f"{name}-es-phone")


def test_a_counselor_switches_to_spanish_and_everything_fits_a_narrow_phone(valley, open_page, screenshots):
    page = open_page(NARROW)
    sign_in(page, valley.administrator.email)
    page.get_by_role("heading", name="Waiting for you").wait_for()
    page.goto("/account/")
    page.get_by_label("Pages and alerts in").select_option("es")
    page.get_by_role("button", name="Keep the language").click()
    page.get_by_text("El idioma queda guardado en su cuenta.").wait_for()
    _fits(page, screenshots, "account")
    page.goto("/")
    page.get_by_role("heading", name="Le esperan").wait_for()
    _fits(page, screenshots, "queue")
    page.goto(f"/cases/{valley.urgent.public_id}/")
    page.get_by_role("button", name="Evaluar este caso").click()
    page.locator("mark").first.wait_for()
    _fits(page, screenshots, "case")
    for address, name in (
        ("/decided/", "decided"), ("/tips/", "tips"), ("/health/", "health"), ("/figures/", "figures"),
        ("/figures/trends/", "trends"), ("/handovers/care/", "care"), ("/set-up/contacts/", "contacts"),
        (f"/handovers/about/{valley.urgent.public_id}/threat/", "threat"),
    ):  # fmt: skip
        page.goto(address)
        _fits(page, screenshots, name)
    page.locator(".person summary").click()
    page.get_by_role("button", name="Cerrar sesión").click()
    page.get_by_role("button", name="Iniciar sesión").wait_for()
    _fits(page, screenshots, "sign-in")

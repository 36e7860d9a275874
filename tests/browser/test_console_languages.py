"""The language is switched in the account and stays in the browser; that every page fits is `test_every_page`'s."""

import pytest

from tests.browser.conftest import sign_in
from tests.browser.looks import NARROW

pytestmark = pytest.mark.browser


def test_a_counselor_switches_to_spanish(valley, open_page):
    page = open_page(NARROW)
    sign_in(page, valley.administrator.email)
    page.get_by_role("heading", name="Waiting for you").wait_for()
    page.goto("/account/")
    page.get_by_label("Pages and alerts in").select_option("es")
    page.get_by_role("button", name="Keep the language").click()
    page.get_by_text("El idioma queda guardado en su cuenta.").wait_for()
    page.goto("/")
    page.get_by_role("heading", name="Le esperan").wait_for()
    page.locator(".person summary").click()
    page.get_by_role("button", name="Cerrar sesión").click()
    page.get_by_role("button", name="Iniciar sesión").wait_for()
    assert page.locator("html").get_attribute("lang") == "es"

"""Every page for every role, light and dark, on a phone and at a desk: it fits, and axe finds nothing against it."""

from pathlib import Path

import pytest
from django.test import Client

from tests.browser.conftest import DESK, PHONE, keep_picture

pytestmark = pytest.mark.browser
AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = [("phone", PHONE, "light"), ("phone-dark", PHONE, "dark"), ("desk", DESK, "light"), ("desk-dark", DESK, "dark")]
OWN = ["/account/", "/account/second-factor/", "/account/confirm/?next=/"]
CASES = ["/", "/decided/", "case", "case-open"]
PAGES = {
    "administrator": [*CASES, "/health/", "/figures/"],
    "counselor": [*CASES, *OWN],
    "lead": ["/", "case-open", "/health/", "/figures/", "/people/", "/audit/"],
    "it": ["/health/", "/people/", "/account/", "/set-up/calendars/year/", "/set-up/connect/", "/set-up/work/"],
    "auditor": ["/audit/", "/figures/"],
    "board": ["/figures/"],
}
RUN = """(rules) => axe.run(document, {runOnly: rules, resultTypes: ["violations"]}).then((found) =>
    found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`))"""


def complaints(page: object) -> list[str]:
    """What axe finds against the open page, and whether it is wider than its screen."""
    page.evaluate(AXE)
    found = page.evaluate(RUN, RULES)
    if not page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"):
        found.append("wider than the screen")
    return found


def cookie_of(user: object, url: str) -> dict[str, str]:
    """A session in which `user` is signed in; the form itself has tests of its own."""
    client = Client()
    client.force_login(user)
    return {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}


@pytest.mark.parametrize(("look", "viewport", "scheme"), LOOKS, ids=[look[0] for look in LOOKS])
def test_nothing_stands_in_anybodys_way(valley, open_page, live_server, screenshots, look, viewport, scheme):
    found: dict[str, list[str]] = {}
    for role, pages in PAGES.items():
        page = open_page(viewport, color_scheme=scheme, reduced_motion="reduce")
        page.context.add_cookies([cookie_of(getattr(valley, role), live_server.url)])
        for address in pages:
            page.goto(f"/cases/{valley.urgent.public_id}/" if address.startswith("case") else address)
            if address == "case-open":
                page.get_by_role("button", name="Triage this case").click()
                page.get_by_text("Robin Vandermeer").wait_for()
            name = f"{role}-{address.strip('/').partition('?')[0].replace('/', '-') or 'queue'}"
            found[name] = complaints(page)
            keep_picture(page, screenshots, f"{name}-{look}")
    assert {name: told for name, told in found.items() if told} == {}


@pytest.mark.parametrize(("look", "viewport", "scheme"), LOOKS[:2], ids=[look[0] for look in LOOKS[:2]])
def test_nothing_stands_in_the_way_of_signing_in(valley, open_page, look, viewport, scheme):
    page = open_page(viewport, color_scheme=scheme, refusal="40")
    found = {}
    for address in ("/sign-in/", "/nowhere/"):
        page.goto(address)
        found[address] = complaints(page)
    assert {name: told for name, told in found.items() if told} == {}


def test_axe_does_find_what_is_wrong(valley, open_page):
    """Or the tests above would pass whatever the pages are."""
    page = open_page(PHONE)
    page.goto("/sign-in/")
    page.evaluate("document.querySelectorAll('label').forEach((label) => label.remove())")
    assert [told for told in complaints(page) if told.startswith("label:")]

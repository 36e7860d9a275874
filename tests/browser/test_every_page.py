"""One pass over the whole console: every page, as each role sees it, on a phone and at a desk, light and dark.

Axe looks at each page in every look; at another role's page again only where it is made of something that nobody's
was before. Everybody's page is opened, neither complains nor scrolls sideways in any look, and has its picture taken in
each where `HEED_SCREENSHOTS` names a folder.
Pages whose words are veiled are looked at a second time with the words open.
"""

from types import SimpleNamespace

import pytest

from monitor.accounts.models import Role
from tests.browser.every_page import ROLES, Estate, furnish, pages_of
from tests.browser.looks import (
    FITS,
    NARROW,
    OPEN_ALL,
    TOO_WIDE,
    complaints,
    cookie_of,
    leave_picture,
    leave_pictures,
    look_around,
    parts_of,
    told_of,
)
from tests.rooms.factories import make_user

pytestmark = pytest.mark.browser
REASON = "main button[name=reason][value=triage]"


@pytest.fixture
def estate(valley, settings):
    settings.HEED_PUBLIC_FIGURES = True
    return furnish(valley)


@pytest.fixture
def page_of(open_page, live_server):
    """A page on which somebody of the valley is signed in, or nobody."""

    def given(estate, who):
        page = open_page(NARROW, reduced_motion="reduce")
        if who:
            page.context.add_cookies([cookie_of(getattr(estate.valley, who), live_server.url)])
        return page

    return given


def unveil(page) -> bool:
    """Give the reason that opens the words of the page, where it asks for one."""
    if not page.locator(REASON).count():
        return False
    page.evaluate(OPEN_ALL)
    page.locator(REASON).first.click()
    page.locator("mark, .thread").first.wait_for(state="attached")
    return True


@pytest.mark.timeout(900)
def test_every_page_for_every_role(estate, page_of, screenshots):
    pages, found, known = pages_of(estate), {}, {}

    def look(page, label, who):
        parts, name = parts_of(page), f"{label}-{who or 'visitor'}"
        if label not in known:
            found.update(look_around(page, screenshots, name))
        elif told := leave_pictures(page, screenshots, name, is_whole=False):
            found[name] = told
        if parts - known.setdefault(label, parts) and (told := complaints(page)):
            found[f"{name}, axe"] = told
        known[label] |= parts

    for who in ROLES:
        page = page_of(estate, who)
        for one in (one for one, roles in pages.items() if who in roles):
            assert page.goto(one.address).status == 200, f"{one.address} for {who}"
            look(page, one.label, who)
            if unveil(page):
                look(page, f"{one.label}-open", who)
    assert not found, told_of(found)


def test_every_page_of_a_new_installation(page_of, transactional_db, screenshots, settings):
    """Nothing is set up, nobody is read, nothing happened yet: each page says so, and what to do."""
    settings.HEED_PUBLIC_FIGURES = True
    lead = make_user("a.nwosu@cedarvalley.example", role=Role.SAFETY_LEAD, name="Amara Nwosu")
    empty = Estate(SimpleNamespace(lead=lead), {"insights:section": [{"name": "trends"}]})
    page, found = page_of(empty, "lead"), {}
    for one, roles in pages_of(empty, ("lead", ""), is_whole=False).items():
        if "lead" in roles:
            assert page.goto(one.address).status == 200, one.address
            leave_picture(page, screenshots, f"{one.label}-empty")
            if told := complaints(page):
                found[one.label] = told
    assert not found, told_of(found)


def test_every_page_in_spanish_fits_a_narrow_phone(estate, page_of, screenshots):
    found, pages = {}, pages_of(estate)
    for who in ("lead", "it", ""):
        page = page_of(estate, who)
        page.set_extra_http_headers({"Accept-Language": "es-US"})
        for one, roles in pages.items():
            if who not in roles or (who == "it" and "lead" in roles):
                continue
            page.goto(one.address)
            unveil(page)
            leave_picture(page, screenshots, f"{one.label}-{who or 'visitor'}-es")
            page.evaluate(OPEN_ALL)
            assert page.locator("html").get_attribute("lang") == "es"
            if told := [*page.evaluate(TOO_WIDE), *([] if page.evaluate(FITS) else ["scrolls sideways"])]:
                found[one.label] = told
    assert not found, told_of(found)

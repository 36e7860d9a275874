"""No page is forgotten: somebody visits each address, and axe finds nothing against it, however it is looked at."""

import pytest

from tests.browser.conftest import DESK
from tests.browser.every_page import ACTS, ELSEWHERE, VISITORS, address_of, all_names, furnish
from tests.browser.test_console_access import complaints, cookie_of

pytestmark = pytest.mark.browser
NARROW = {"width": 360, "height": 740}
LOOKS = [
    ("phone", NARROW, "light"),
    ("phone-dark", NARROW, "dark"),
    ("desk", DESK, "light"),
    ("desk-dark", DESK, "dark"),
]


def test_every_address_is_visited_by_somebody():
    visited = [name for names in VISITORS.values() for name in names]
    assert sorted([*visited, *ACTS, *ELSEWHERE]) == sorted(set(all_names()))


def test_axe_finds_nothing_against_any_page(valley, open_page, live_server, settings):
    settings.HEED_PUBLIC_FIGURES = True
    estate, found = furnish(valley), {}
    for who, names in VISITORS.items():
        page = open_page(NARROW, reduced_motion="reduce")
        if who:
            page.context.add_cookies([cookie_of(getattr(valley, who), live_server.url)])
        for name in names:
            answer = page.goto(address_of(estate, name))
            assert answer.status == 200, name
            for look, size, scheme in LOOKS:
                page.set_viewport_size(size)
                page.emulate_media(color_scheme=scheme)
                if told := complaints(page):
                    found[f"{name}, {look}"] = told
    assert found == {}

"""The pages that nobody has to be signed in for; and that axe finds what is wrong."""

import pytest

from tests.browser.conftest import PHONE
from tests.browser.looks import HEAD, TAPPED, complaints, look_around

pytestmark = pytest.mark.browser


def test_nothing_stands_in_the_way_of_signing_in(valley, open_page, screenshots):
    page = open_page(PHONE, refusal="40", reduced_motion="reduce")
    found = {}
    for address, name in (("/sign-in/", "sign-in"), ("/nowhere/", "not-found")):
        page.goto(address)
        found |= look_around(page, screenshots, name)
    assert found == {}


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        ("document.querySelectorAll('label').forEach((one) => one.remove())", "label:"),
        ("document.body.style.minWidth = '90rem'", "scrolls sideways"),
        ("document.title = 'x'", 'title "x"'),
        ("document.querySelector('button').style = 'min-height: 0; height: 20px; padding: 0'", "too small for a thumb"),
        ("document.querySelector('h1').style.color = '#bbb'", "color-contrast:"),
    ],
)
def test_what_is_wrong_is_found(valley, open_page, harm, told):
    """Or every page would pass, whatever it is."""
    page = open_page(PHONE)
    page.goto("/sign-in/")
    page.evaluate(harm)
    found = [*complaints(page), *page.evaluate(HEAD), *page.evaluate(TAPPED)]
    assert [one for one in found if one.startswith(told)]

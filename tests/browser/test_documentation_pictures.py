"""The pictures of the documentation, of an invented district. `HEED_DOC_PICTURES=docs/images` writes them anew."""

import os
import re
from base64 import b64encode
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.browser.conftest import DESK, PHONE
from tests.browser.looks import cookie_of, picture_of

pytestmark = pytest.mark.browser
DOCS = Path(__file__).parents[2] / "docs"
MADE = {"console.png", "queue-phone.png", "case-phone.png", "keys.png", "health.png", "contacts.png", "connect.png"}
SHEET = """<body style="margin:0;display:flex;gap:32px;padding:32px;background:#dfe6e3;width:max-content">
<img src="data:image/png;base64,{}" width="390" height="844" style="border-radius:24px">
<img src="data:image/png;base64,{}" width="390" height="844" style="border-radius:24px">"""


@pytest.fixture
def folder(tmp_path) -> Path:
    """Where they go."""
    return Path(os.environ.get("HEED_DOC_PICTURES") or tmp_path)


@pytest.fixture
def page_of(open_page, live_server):
    """A page on which somebody is signed in."""

    def given(user, size, scheme="light", scale=1.0):
        page = open_page(size, color_scheme=scheme, device_scale_factor=scale, reduced_motion="reduce")
        page.context.add_cookies([cookie_of(user, live_server.url)])
        return page

    return given


def keep(folder: Path, name: str, png: bytes) -> None:
    """Write a picture with 256 colours, a third of the bytes."""
    assert name in MADE
    Image.open(BytesIO(png)).convert("RGB").quantize(256).save(folder / name, optimize=True)
    assert (folder / name).stat().st_size < 150_000


def test_every_picture_that_the_documentation_shows_is_taken_here():
    texts = [path.read_text(encoding="utf-8") for path in [*DOCS.rglob("*.md"), DOCS.parent / "README.md"]]
    shown = {name for text in texts for name in re.findall(r"\]\([^)]*images/([^)]+)\)", text)}
    assert shown == MADE
    assert {path.name for path in (DOCS / "images").iterdir()} == MADE


def test_pictures_of_phones(valley, open_page, page_of, folder):
    first = {}
    for scheme in ("light", "dark"):
        page = page_of(valley.administrator, PHONE, scheme, 1.5)
        page.goto("/")
        queue = picture_of(page, is_whole=False)
        page.goto(f"/cases/{valley.urgent.public_id}/")
        page.get_by_role("button", name="Triage this case").click()
        page.locator("mark").first.wait_for()
        page.evaluate("window.scrollTo(0, 0)")
        first[scheme] = queue, picture_of(page, is_whole=False)
    keep(folder, "queue-phone.png", first["light"][0])
    keep(folder, "case-phone.png", first["light"][1])
    sheet = open_page({"width": 876, "height": 908}, device_scale_factor=1.5)
    sheet.set_content(SHEET.format(*(b64encode(one).decode() for one in (first["light"][0], first["dark"][1]))))
    keep(folder, "console.png", picture_of(sheet, is_whole=False))


def test_pictures_of_desks(valley, page_of, folder):
    page = page_of(valley.counselor, DESK)
    page.goto("/")
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keys").wait_for()
    keep(folder, "keys.png", picture_of(page, is_whole=False))
    page = page_of(valley.it, DESK)
    for address, name in (
        ("/health/", "health.png"),
        ("/set-up/contacts/", "contacts.png"),
        ("/set-up/connect/", "connect.png"),
    ):
        page.goto(address)
        page.evaluate("document.querySelectorAll('.fortnight').forEach((one, number) => { one.open = number === 0; })")
        keep(folder, name, picture_of(page, is_whole=False))

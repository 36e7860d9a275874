"""A real Chromium in front of the real console."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.seed import Valley, plant
from tests.rooms.factories import PASSWORD

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 860}
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium on this machine")
    # Playwright's synchronous door runs an event loop in this thread, in which Django would refuse the fixtures' rows.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def valley(transactional_db: None) -> Valley:
    return plant()


@pytest.fixture
def open_page(chromium: object, live_server: object) -> Iterator[Callable[..., object]]:
    """Opens a fresh page; what the page complains about (console errors, failed requests) fails the test."""
    contexts, complaints = [], []

    def opened(viewport: dict[str, int] = PHONE, refusal: str = "", **options: object) -> object:
        context = chromium.new_context(base_url=live_server.url, viewport=viewport, **options)
        context.set_default_timeout(60_000)  # three processes share two cores
        contexts.append(context)
        page = context.new_page()

        def hear(message: object) -> None:
            is_expected = refusal and refusal in message.text  # Chromium calls every 4xx answer an error
            if message.type == "error" and not is_expected:
                complaints.append(message.text)

        page.on("console", hear)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(scope="session")
def screenshots() -> Path | None:
    """Where pictures go: `HEED_SCREENSHOTS`. None where nobody asked for any: a third of the time went into them."""
    given = os.environ.get("HEED_SCREENSHOTS")
    if not given:
        return None
    Path(given).mkdir(parents=True, exist_ok=True)
    return Path(given)


def sign_in(page: object, email: str) -> None:
    """Sign in as somebody of the seed."""
    page.goto("/sign-in/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def keep_picture(page: object, folder: Path | None, name: str) -> None:
    """Save the whole page as a picture, where pictures are kept."""
    if folder is not None:
        page.screenshot(path=folder / f"{name}.png", full_page=True)

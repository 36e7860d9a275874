"""The ways in which a page is looked at, and what is said against it: axe, its width, and what Lighthouse would ask."""

from base64 import b64decode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.test import Client

from monitor.console import sudo
from monitor.lib import clock

NARROW = {"width": 360, "height": 740}  # the narrowest phone that is promised
DESK = {"width": 1280, "height": 860}
# Neighbours differ in one thing, so that the page is laid out anew once and not three times.
LOOKS = (
    ("phone", NARROW, "light"), ("phone-dark", NARROW, "dark"), ("desk-dark", DESK, "dark"), ("desk", DESK, "light"),
)  # fmt: skip
AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Dark differs from light in colours alone (a test holds that), so that axe asks only for contrast there.
COLOURS = {"type": "rule", "values": ["color-contrast"]}
RUN = """(rules) => axe.run(document, {runOnly: rules, resultTypes: ["violations"], preload: false}).then((found) =>
    found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`))"""
FITS = "document.documentElement.scrollWidth <= innerWidth"
# Whatever lies within something that scrolls by itself (`.wide`, the tabs) may be as wide as it likes.
TOO_WIDE = """() => [...document.querySelectorAll("body *")]
  .filter((one) => !one.closest(".wide, .unseen, .tabs, svg, input, select, textarea"))
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
  .map((one) => `wider than the screen: ${one.tagName}.${one.className}: ${one.textContent.trim().slice(0, 60)}`)
  .slice(0, 5)"""
HEAD = """() => {
  const told = [], meta = (name) => document.querySelector(`meta[name=${name}]`)?.content.trim() ?? "";
  if (document.doctype?.name !== "html") told.push("no doctype");
  if (!["en", "es"].includes(document.documentElement.lang)) told.push("no language");
  if (!/^.{3,} · Heed$/.test(document.title)) told.push(`title "${document.title}"`);
  if (!/width=device-width/.test(meta("viewport"))) told.push("no viewport");
  if (/user-scalable|maximum-scale/.test(meta("viewport"))) told.push("zoom is locked");
  if (meta("description").length < 20) told.push("no description");
  if (document.querySelectorAll("h1").length !== 1) told.push("not one first heading");
  for (const one of document.images) if (!one.getAttribute("width") || !one.getAttribute("height") || !one.complete ||
    !one.naturalWidth) told.push(`picture without a size, or not loaded: ${one.src}`);
  for (const one of performance.getEntriesByType("resource"))
    if (new URL(one.name).origin !== location.origin) told.push(`asks somebody else: ${one.name}`);
  for (const one of document.querySelectorAll("a[href]"))
    if (/^(?:javascript:|#?$)/.test(one.getAttribute("href"))) told.push(`link to nowhere: ${one.textContent}`);
  const written = "input:not([type=hidden], [type=radio], [type=checkbox], .report-trap *), select, textarea";
  for (const one of document.querySelectorAll(written))
    if (parseFloat(getComputedStyle(one).fontSize) < 16) told.push(`a phone zooms into ${one.name}`);
  return told;
}"""
# 24 px each way (WCAG 2.5.8); what stands in a sentence may be as tall as its line.
TAPPED = """() => [...document.querySelectorAll("a[href], button, select, summary, textarea, input:not([type=hidden])")]
  .filter((one) => one.checkVisibility({visibilityProperty: true}) && !one.closest(".unseen, .skip, .report-trap"))
  .filter((one) => getComputedStyle(one).display !== "inline")
  .map((one) => one.matches("[type=radio], [type=checkbox]") ? one.closest("label") ?? one : one)
  .filter((one) => { const box = one.getBoundingClientRect(); return box.height < 23.9 || box.width < 23.9; })
  .map((one) => `too small for a thumb: ${one.outerHTML.slice(0, 80)}`).slice(0, 5)"""
OPEN_ALL = 'document.querySelectorAll("main details").forEach((one) => { one.open = true; })'
PARTS = '() => [...document.querySelectorAll("body *")].map((one) => `${one.tagName}.${one.getAttribute("class")}`)'


def complaints(page: object, rules: object = RULES) -> list[str]:
    """What axe finds against the open page, and whether it is wider than its screen."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE)
    found = page.evaluate(RUN, rules)
    return found if page.evaluate(FITS) else [*found, "scrolls sideways"]


def each_look(page: object) -> Iterator[str]:
    """The loaded page on a phone and at a desk, light and dark, one after the other; never loaded again."""
    for look, size, scheme in LOOKS:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        yield look


def look_around(page: object, folder: Path | None, name: str) -> dict[str, list[str]]:
    """Complaints about the page by look; a picture of each look is left in `folder`. What is folded counts, too."""
    found = {name: leave_pictures(page, folder, name, is_whole=True)}
    page.evaluate(OPEN_ALL)
    for look in each_look(page):
        found[f"{name}, {look}"] = complaints(page, COLOURS if "dark" in look else RULES)
        if look == "phone":
            found[f"{name}, head"] = page.evaluate(HEAD)
            found[f"{name}, folded open"] = [*page.evaluate(TAPPED), *page.evaluate(TOO_WIDE)]
    return {place: told for place, told in found.items() if told}


def leave_pictures(page: object, folder: Path | None, name: str, *, is_whole: bool) -> list[str]:
    """One picture for each look, of the whole page or of what a screen shows first; says where it scrolls sideways."""
    wide = []
    for look in each_look(page):
        leave_picture(page, folder, f"{name}-{look}", is_whole=is_whole)
        if not page.evaluate(FITS):
            wide.append(f"{look}: scrolls sideways")
    return wide


def leave_picture(page: object, folder: Path | None, name: str, *, is_whole: bool = True) -> None:
    """One picture, where pictures are kept."""
    if folder is not None:
        (folder / f"{name}.png").write_bytes(picture_of(page, is_whole=is_whole))


def picture_of(page: object, *, is_whole: bool = True) -> bytes:
    """A PNG, asked of Chromium itself: half the processor time of Playwright, which waits for fonts and frames."""
    session = page.context.new_cdp_session(page)
    how: dict[str, object] = {"format": "png", "optimizeForSpeed": True}
    if is_whole:
        size = session.send("Page.getLayoutMetrics")["cssContentSize"]
        how |= {"captureBeyondViewport": True, "clip": {**size, "scale": 1}}
    taken = session.send("Page.captureScreenshot", how)["data"]
    session.detach()
    return b64decode(taken)


def parts_of(page: object) -> set[str]:
    """The kinds of elements that a page is made of: two people's pages with the same ones differ in words alone."""
    return set(page.evaluate(PARTS))


def told_of(found: dict[str, list[str]]) -> str:
    """Complaints by place, one a line."""
    return "\n".join(f"{place}: {one}" for place, told in found.items() for one in told)


def signed_in(user: object) -> Client:
    """A client of `user`, who has just proved who sits there; the forms for both have tests of their own."""
    client = Client()
    client.force_login(user)
    session = client.session
    session[sudo.KEY] = (clock.now() + timedelta(hours=1)).isoformat()
    session.save()
    return client


def cookie_of(user: object, url: str) -> dict[str, str]:
    """The same for a browser."""
    return {"name": "sessionid", "value": signed_in(user).cookies["sessionid"].value, "url": url}

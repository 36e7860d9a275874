"""What every answer carries, and what the console's own files must not hold."""

import gzip
import hashlib
import re
from contextlib import closing
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.test import Client

import monitor.console
from tests.rooms.console.conftest import address, signed_in

ROOM = Path(monitor.console.__file__).parent
TEMPLATES = sorted((ROOM / "templates").rglob("*.html"))
STYLES = sorted((ROOM / "static").rglob("*.css"))


@pytest.mark.parametrize("page", ["/", "/decided/", "/health/", "case", "/nowhere/", "/sign-in/"])
def test_no_page_is_kept_by_a_browser_or_a_proxy(cast, case, page):
    answer = signed_in(cast.ada).get(address(case) if page == "case" else page)
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("page", ["/", "case", "/health/", "/nowhere/", "/set-up/calendars/year/"])
def test_every_page_allows_only_its_own_scripts_and_styles_and_no_frame(cast, case, page):
    answer = signed_in(cast.ada).get(address(case) if page == "case" else page)
    policy = answer["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_holds_an_inline_style_or_script(template):
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:|hx-on|hx-vals=.js:", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert "|safe" not in text
    assert "autoescape" not in text


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_asks_another_host_for_anything(template):
    assert not re.search(r"(?:src|href|action)=[\"'](?:https?:)?//", template.read_text(encoding="utf-8"))


def test_templates_and_styles_stay_short():
    too_long = [path.name for path in TEMPLATES if len(path.read_text(encoding="utf-8").splitlines()) > 150]
    too_long += [path.name for path in STYLES if len(path.read_text(encoding="utf-8").splitlines()) > 400]
    assert too_long == []


def test_cases_are_reached_only_through_the_doors_of_triage():
    """Every list and every act asks `triage.access` or `triage.actions`; none reads the table of cases itself."""
    own = re.compile(r"\bCase\.(?:_default_manager|_base_manager|objects)|get_object_or_404|get_list_or_404")
    assert [path.name for path in ROOM.rglob("*.py") if own.search(path.read_text(encoding="utf-8"))] == []


def test_htmx_is_the_file_that_its_note_names():
    note = (ROOM / "static" / "console" / "htmx.txt").read_text(encoding="utf-8")
    script = (ROOM / "static" / "console" / "htmx.min.js").read_bytes()
    assert hashlib.sha256(script).hexdigest() in note
    assert "Zero-Clause BSD" in note


def test_htmx_may_neither_evaluate_nor_keep_pages(cast):
    text = signed_in(cast.ada).get("/").content.decode()
    for setting in ('"allowEval":false', '"includeIndicatorStyles":false', '"historyCacheSize":0'):
        assert setting in text


FILES = sorted(path.name for path in (ROOM / "static" / "console").iterdir())


@pytest.mark.parametrize("name", FILES)
def test_static_files_are_kept_for_good_compressed_and_for_this_site_alone(db, name):
    address = static(f"console/{name}")
    digest = hashlib.sha256((ROOM / "static" / "console" / name).read_bytes()).hexdigest()[:8]
    assert address == f"/static/console/{name}?v={digest}"
    with closing(Client(headers={"Accept-Encoding": "gzip"}).get(address)) as answer:
        assert answer.status_code == 200
        sent = b"".join(answer.streaming_content)
        assert "immutable" in answer["Cache-Control"]
        assert "no-store" not in answer["Cache-Control"]
        assert "Access-Control-Allow-Origin" not in answer
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
        whole = (ROOM / "static" / "console" / name).read_bytes()
        assert (gzip.decompress(sent) if answer.get("Content-Encoding") == "gzip" else sent) == whole
        assert answer.get("Content-Encoding") == "gzip" or len(whole) < 1000


def test_what_a_first_visit_transfers_is_small(cast, case):
    """The sign-in page, the queue and a case, and every file that they name, as bytes on the line."""
    first = Client(headers={"Accept-Encoding": "gzip"})
    client = signed_in(cast.ada)
    pages = [first.get("/sign-in/").content, client.get("/").content, client.get(address(case)).content]
    files = {found for page in pages for found in re.findall(rb'(?:src|href)="(/static/[^"#]+)', page)}
    total = sum(map(len, pages))
    for name in sorted(files):
        with closing(first.get(name.decode())) as answer:
            total += len(b"".join(answer.streaming_content))
    assert total < 100 * 1024  # the promise is 150 KiB; a queue of 50 rows adds some 45


def test_pages_are_never_compressed(cast):
    """How well a page shrinks would tell what stands on it beside what a visitor typed (BREACH)."""
    client = signed_in(cast.ada)
    assert "Content-Encoding" not in client.get("/?site=pine", headers={"Accept-Encoding": "gzip"})


def test_dark_differs_from_light_in_colours_alone():
    """The browser's tests ask axe for nothing but contrast in dark."""
    dark = [path.name for path in STYLES if "prefers-color-scheme" in path.read_text(encoding="utf-8")]
    assert dark == ["tokens.css"]
    tokens = (ROOM / "static/console/tokens.css").read_text(encoding="utf-8").partition("prefers-color-scheme")[2]
    assert not re.search(r"--(?:s\d|text|touch|round|wide|font)", tokens)


def test_every_drawing_that_a_page_names_exists():
    drawn = set(re.findall(r'<symbol id="([a-z]+)"', (ROOM / "static/console/icons.svg").read_text(encoding="utf-8")))
    named = {name for path in TEMPLATES for name in re.findall(r'icon "([a-z]+)"', path.read_text(encoding="utf-8"))}
    assert named | {"imminent", "severe", "concern", "low"} <= drawn


@pytest.mark.parametrize(
    ("page", "says"), [("400", "whole"), ("403", "role"), ("404", "not here"), ("500", "our side")]
)
def test_error_pages_need_no_request_and_lead_back(page, says):
    text = render_to_string(f"{page}.html")
    assert says in text
    assert 'href="/sign-in/"' in text


def test_a_page_that_breaks_says_so_without_saying_how(cast, monkeypatch):
    monkeypatch.setattr("monitor.console.views.queue.queue_for", lambda user: 1 / 0)
    client = signed_in(cast.bo)
    client.raise_request_exception = False
    answer = client.get("/")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.content.decode()
    assert "ZeroDivision" not in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"

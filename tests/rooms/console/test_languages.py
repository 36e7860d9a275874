"""Every page in Spanish for every role, how a language is chosen, and what is said in it outside the console."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import translation
from selectolax.lexbor import LexborHTMLParser

from monitor.accounts.languages import language_at
from monitor.accounts.models import User
from monitor.alerts.compose import compose
from monitor.alerts.models import Delivery
from monitor.calendars.models import Break
from monitor.console.words import ago_words, join_words, moment_words
from monitor.domain.category import Category
from monitor.handovers.document import build_document
from monitor.handovers.models import Kind
from monitor.insights.themes import quarters_offered
from monitor.lib import clock
from tests.rooms.console.conftest import address, signed_in
from tests.rooms.console.test_console_doors import SEEN
from tests.rooms.console.test_insight_pages import NAMES
from tests.rooms.factories import make_contact, make_finding
from tests.rooms.handovers.forms import draft, signed
from tests.rooms.insights.conftest import cases_at
from tests.rooms.tips.reporting import make_web_tip
from tests.unit.language.catalogue import messages

EVERYBODY = ["ada", "bo", "cy", "ivy", "lea", "ulf", "bea"]
OFFICE = [f"/set-up/{name}/" for name in ("contacts", "calendars", "policy", "units")]
LISTS = ["/tips/", "/texts/", "/texts/aside/", "/handovers/", "/handovers/care/", "/handovers/recipients/"]
TELLTALE = [
    "Sign out", "Your account", "Waiting for you", "Why this is here", "Nobody has it", "Take this case",
    "What happened",
    "Looks like", "The policy makes", "Nothing needs you", "may sign in", "in danger", "The last twelve months",
    "Cases by", "Something needs you", "All is well", "Search the audit trail", "Skip to the content", "Hand over",
    "not shown", "Counted", "just now", " ago", "This page", "You have it", "No school", "Record the decision",
    "Monday", "Who is told", "on duty", "written by", "just over", "well over", "far over", "Write a", "recorded",
]  # fmt: skip
PEOPLES_OWN = {"Spring", "English"}  # what people wrote, and names
TO_FAMILIES = "This is "  # messages in English for families whose language it is


def spanish(user: User) -> Client:
    User.objects.filter(pk=user.pk).update(language="es")
    user.refresh_from_db()
    return signed_in(user)


def texts(html: str) -> list[str]:
    """What a page says: its text nodes and what it says to those who listen.

    Left out is what says itself that it is in English, such as a signed record, and what a person would type as code.
    """
    tree = LexborHTMLParser(html)
    for foreign in tree.css('body [lang="en"], body .code'):
        foreign.decompose()
    said = [node.text_content for node in tree.root.traverse(include_text=True) if node.tag == "-text"]
    spoken = [node.attributes.get(name) for name in ("aria-label", "alt", "title") for node in tree.css(f"[{name}]")]
    return [" ".join(text.split()) for text in [*said, *spoken] if text and text.strip()]


def only_english() -> set[str]:
    """English words of the catalogue that Spanish says otherwise."""
    return {
        message.words
        for message in messages()
        if message.words not in message.translations and not re.search(r"[%{]", message.words)
    } - PEOPLES_OWN


def pages_of(case, tip, handover) -> list[str]:
    own = [address(case) if page == "case" else page for page in SEEN]
    begun = [f"/handovers/about/{case.public_id}/{part}" for part in ("", *(f"{kind}/" for kind in Kind.values))]
    figures = [f"/figures/{name}/" for name in NAMES]
    return [
        *own, *OFFICE, *LISTS, *figures, *begun, f"/tips/{tip.public_id}/", f"/handovers/{handover.public_id}/",
        "/figures/themes/?by=grade", "/nowhere/",
    ]  # fmt: skip


@pytest.fixture
def busy(cast, case):
    """Something on every page."""
    now = clock.now()
    make_finding(case.account, category=Category.BULLYING)
    cases_at(cast.pine, 12, Category.VIOLENCE, day=quarters_offered()[0].since)
    make_contact(cast.pine, name="Nora", order=1)
    Break.objects.create(site=cast.pine, name="Spring", starts_at=now, ends_at=now + timedelta(days=3))
    return make_web_tip(cast.pine), signed(case, cast.bo)


@pytest.mark.parametrize("who", EVERYBODY)
def test_every_page_speaks_spanish_to_whoever_chose_it(cast, case, busy, who):
    client, forbidden, opened = spanish(getattr(cast, who)), only_english(), 0
    if who in {"ada", "bo", "lea"}:
        client.post(address(case, "look"), {"reason": "triage"})
    for page in pages_of(case, *busy):
        answer = client.get(page)
        if answer.status_code == 302:
            continue
        html = answer.content.decode()
        assert '<html lang="es">' in html, page
        assert answer["Content-Language"] == "es"
        said = texts(html)
        assert [text for text in said if text in forbidden] == [], page
        ours = [text for text in said if not text.startswith(TO_FAMILIES)]
        assert [text for text in ours for mark in TELLTALE if mark in text] == [], page
        opened += answer.status_code == 200
    assert opened >= 5


def test_the_public_pages_and_the_way_in_follow_the_browser(cast, settings):
    settings.HEED_PUBLIC_FIGURES = True
    for page in ("/sign-in/", "/transparency/", "/report/", "/report/to/pine/", "/report/talk/", "/nowhere/"):
        for wanted, language in (("es-US,es;q=0.9,en;q=0.5", "es"), ("fr", "en")):
            answer = Client().get(page, headers={"Accept-Language": wanted})
            assert f'<html lang="{language}">' in answer.content.decode(), page
            assert answer["Content-Language"] == language
            assert not answer.cookies or page == "/sign-in/"
        said = texts(Client().get(page, headers={"Accept-Language": "es"}).content.decode())
        assert [text for text in said if text in only_english()] == [], page
    settings.LANGUAGE_CODE = "es"
    assert '<html lang="es">' in Client().get("/sign-in/").content.decode()


def test_a_language_is_chosen_in_the_account_and_remembered_for_the_way_in(cast):
    client = signed_in(cast.bo)
    assert "Your account" in client.get("/account/").content.decode()
    answer = client.post("/account/language/", {"language": "es"}, follow=True)
    assert "El idioma queda guardado en su cuenta." in answer.content.decode()
    cast.bo.refresh_from_db()
    assert cast.bo.language == "es"
    assert client.cookies["heed_language"]["httponly"]
    client.post("/sign-out/")
    assert '<html lang="es">' in client.get("/sign-in/").content.decode()
    client.force_login(cast.bo)
    client.post("/account/language/", {"language": "xx"})
    cast.bo.refresh_from_db()
    assert cast.bo.language == "es"
    client.post("/account/language/", {"language": ""})
    cast.bo.refresh_from_db()
    assert cast.bo.language == ""
    assert '<html lang="en">' in client.get("/account/").content.decode()


def test_the_account_wins_over_the_browser_and_ends_with_its_request(cast):
    client = spanish(cast.bo)
    assert '<html lang="es">' in client.get("/account/", headers={"Accept-Language": "en"}).content.decode()
    assert '<html lang="en">' in signed_in(cast.ada).get("/account/").content.decode()
    assert Client().post("/account/language/", {"language": "es"})["Location"].startswith("/sign-in/")


def test_an_alert_is_written_in_the_language_of_its_reader(cast, case):
    contact = make_contact(cast.pine, email=cast.bo.email.upper())
    delivery = Delivery(case=case, contact=contact, step=1, severity="imminent", created_at=clock.now())
    assert "A case at Pine School needs you" in compose([delivery]).subject
    spanish(cast.bo)
    message = compose([delivery])
    assert message.subject == "Un caso en Pine School le necesita (inminente)"
    assert message.short == "Heed: Un caso en Pine School le necesita (inminente). Por favor, véalo ahora."
    assert '<html lang="es">' in message.html
    assert message.language == "es"
    assert [text for text in message.text.split("\n\n") if text in only_english()] == []
    assert language_at("nobody@district.example") == "en"


def test_what_is_signed_is_in_the_language_of_the_installation(cast, case):
    with translation.override("es"):
        document = json.loads(build_document(draft(case, cast.bo), cast.bo, clock.now()))
        spanish_words = str(Kind(document["kind"]).label)
    assert document["language"] == "en"
    assert document["title"] == str(Kind(document["kind"]).label) != spanish_words


def test_times_and_lists_are_said_as_spanish_says_them():
    noon = datetime(2026, 11, 24, 12, 5, tzinfo=UTC)
    assert moment_words(noon) == "Tue 24 Nov, 12:05"
    with translation.override("es"):
        assert moment_words(noon) == "mar 24 nov, 12:05"
        assert ago_words(noon - timedelta(hours=30), noon) == "hace 30 h"
        assert ago_words(noon, noon) == "ahora mismo"
        assert join_words(["Violencia", "Acoso escolar"]) == "Violencia y acoso escolar"

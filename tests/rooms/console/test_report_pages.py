"""What reporters see: no sign-in, no script, no cookie, two languages, and the truth about who is watching."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from monitor.audit.models import AuditEvent
from monitor.audit.tags import Tag
from monitor.calendars.models import Break, FamilyNotice
from monitor.lib import clock
from monitor.tips import limits, receive
from monitor.tips.access import tips_for
from monitor.tips.actions import do_close_tip, do_reply
from monitor.tips.codes import code_index, new_form_token
from monitor.tips.models import Tip, TipMessage, TipRefusal
from monitor.tips.words import WORDS as LANGUAGES
from monitor.triage.models import Outcome
from tests.rooms.tips.reporting import WORDS

FORM = "/report/to/pine/"


def report(client=None, **changes):
    given = {
        "text": WORDS, "about": "Wilhelmina", "hurry": "soon", "identity": "anonymous", "reporter": "", "website": "",
        "token": new_form_token(), "lang": "en",
    }  # fmt: skip
    return (client or Client()).post(FORM, given | changes)


def code_in(answer) -> str:
    return re.search(r'<span class="code">([A-Z0-9-]+)</span>', answer.content.decode())[1]


def talk(code: str, **fields):
    return Client().post("/report/talk/", {"code": code, "lang": "en", **fields})


@pytest.mark.parametrize("page", ["/report/", FORM, "/report/talk/"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_every_page_says_that_nobody_may_be_watching_and_whom_to_call(cast, page, language):
    client = Client()
    answer = client.get(page, {"lang": language})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "911" in text
    assert "988" in text
    assert LANGUAGES[language]["danger"] in text
    assert f'<html lang="{language}">' in text
    assert "<script" not in text
    assert not client.cookies
    assert set(re.findall(r'(?:src|href|action)="(https?:)?//', text)) == set()
    assert answer["Cache-Control"] == "no-store"


def test_the_browsers_own_language_is_taken_unless_one_is_chosen(cast):
    spanish = {"Accept-Language": "es-MX,es;q=0.9"}
    assert 'lang="es"' in Client().get(FORM, headers=spanish).content.decode()
    assert '<html lang="en">' in Client().get(FORM + "?lang=en", headers=spanish).content.decode()
    assert '<html lang="en">' in Client().get(FORM + "?lang=xx").content.decode()


def test_both_languages_have_the_same_sentences():
    assert set(LANGUAGES["en"]) == set(LANGUAGES["es"])
    assert all(text.strip() for words in LANGUAGES.values() for text in words.values())


def test_in_a_break_the_form_says_until_when(cast):
    now = clock.now()
    Break.objects.create(site=cast.pine, name="Winter", starts_at=now, ends_at=now + timedelta(days=5))
    assert "is on a break until" in Client().get(FORM).content.decode()
    assert "está de vacaciones hasta el" in Client().get(FORM + "?lang=es").content.decode()
    assert "is on a break" not in Client().get("/report/to/oak/").content.decode()
    assert report().status_code == 200
    assert Tip.objects.exists()


def test_the_districts_own_crisis_lines_stand_on_every_page(cast):
    FamilyNotice.objects.update_or_create(pk=1, defaults={"lines": [["County crisis line", "+1 505 555 0111"]]})
    for page in ("/report/", FORM, "/report/talk/"):
        assert (
            'County crisis line: <a href="tel:+15055550111">+1 505 555 0111</a>' in Client().get(page).content.decode()
        )


def test_a_report_is_kept_and_answered_with_a_code_that_rests_nowhere(cast):
    answer = report(identity="confidential", reporter="Casimir, 9a")
    code = code_in(answer)
    tip = Tip.objects.get()
    assert (tip.site, tip.about, tip.reporter, tip.is_anonymous) == (cast.pine, "Wilhelmina", "Casimir, 9a", False)
    assert tip.code_index == code_index(code)
    assert code not in str(tip.__dict__)
    assert not Client().cookies


def test_a_name_that_was_typed_but_not_meant_is_not_kept(cast):
    report(identity="anonymous", reporter="Casimir")
    assert Tip.objects.get().reporter == ""


def test_pressing_twice_gives_the_same_code_and_one_tip(cast, monkeypatch):
    monkeypatch.setitem(limits.LIMITS, "tip", 1)
    token = new_form_token()
    assert code_in(report(token=token)) == code_in(report(token=token))
    assert Tip.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"text": " "}, "Write what is happening."),
        ({"text": "x" * 5001}, "5000"),
        ({"hurry": ""}, "Choose one of these."),
        ({"hurry": "yesterday"}, "Choose one of these."),
        ({"identity": ""}, "Choose one of these."),
        ({"identity": "confidential"}, "Write your name"),
        ({"website": "http://buy.example"}, "Leave this empty"),
        ({"token": "forged"}, "press Send again"),
        ({"text": ""}, "Write what is happening."),
    ],
)
def test_what_is_missing_is_said_and_nothing_typed_is_lost(cast, changes, words):
    answer = report(**changes)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert "Wilhelmina" in answer.content.decode()
    assert not Tip.objects.exists()


def test_a_mistake_is_said_in_spanish(cast):
    assert "Escriba qué está pasando." in report(text="", lang="es").content.decode()


def test_a_form_that_a_robot_filled_in_is_counted(cast):
    report(website="x")
    assert TipRefusal.objects.get(reason="robot").count == 1


def test_too_many_from_one_address_are_told_that_theirs_was_not_kept(cast, monkeypatch):
    monkeypatch.setitem(limits.LIMITS, "tip", 2)
    answers = [report() for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "NOT kept" in answers[2].content.decode()
    assert WORDS in answers[2].content.decode()  # to copy and send later
    assert Tip.objects.count() == 2


def test_a_school_that_is_gone_has_no_form(cast):
    cast.pine.is_active = False
    cast.pine.save()
    assert Client().get(FORM).status_code == 404
    assert report().status_code == 404
    assert Client().get("/report/to/nowhere/").status_code == 404
    assert "Pine School" not in Client().get("/report/").content.decode()


def test_the_code_opens_the_conversation_and_takes_more(cast):
    code = code_in(report())
    tip = Tip.objects.get()
    assert "No answer yet." in talk(code).content.decode()
    do_reply(tip, actor=cast.bo, text="Thank you. Is she at school now?", external_id="n1")
    page = talk(code.lower().replace("-", " ")).content.decode()
    assert "Is she at school now?" in page
    assert cast.bo.name not in page  # who answers is the school
    token = new_form_token()
    assert "Added." in talk(code, text="Yes, in the library.", token=token).content.decode()
    talk(code, text="Yes, in the library.", token=token)
    assert [message.text for message in TipMessage.objects.filter(direction="in")] == [WORDS, "Yes, in the library."]


def test_the_conversation_shows_no_note_of_staff_and_says_when_it_is_closed(cast):
    code = code_in(report())
    tip = Tip.objects.get()
    TipMessage.objects.create(
        tip=tip, case=tip.case, direction="note", text="welfare check", external_id="x", at=tip.opened_at
    )
    do_close_tip(
        tip, actor=cast.bo, outcome=Outcome.SUPPORT, reason="private reason", actions=["counselor"], seen_messages=1
    )
    page = talk(code).content.decode()
    assert "The school has closed this report." in page
    assert "Thank you for telling us." in page
    assert "welfare check" not in page
    assert "private reason" not in page


def test_what_could_not_be_added_stays_in_the_form(cast, monkeypatch):
    code = code_in(report())
    assert "It is now" in talk(code, text="It is now", token="old").content.decode()
    monkeypatch.setattr(receive, "MESSAGES_PER_TIP", 1)
    full = talk(code, text="It is now", token=new_form_token())
    assert full.status_code == 422
    assert "NOT kept" in full.content.decode()
    monkeypatch.setitem(limits.LIMITS, "message", 0)
    assert "NOT kept" in talk(code, text="It is now", token=new_form_token()).content.decode()
    assert TipMessage.objects.count() == 1


@pytest.mark.parametrize("code", ["", "x", "2222-2222-2222-2222", "\x00", "0" * 5000])
def test_a_wrong_code_opens_nothing_and_is_on_the_chain(cast, code):
    report()
    answer = talk(code)
    assert answer.status_code == 422
    assert WORDS not in answer.content.decode()
    event = AuditEvent.objects.get(tag=Tag.TIP_CODE_REFUSED.value)
    assert event.actor.startswith("visitor:")
    assert "127.0.0.1" not in event.actor


def test_guessing_codes_is_stopped_even_for_the_right_one(cast, monkeypatch):
    monkeypatch.setitem(limits.LIMITS, "code", 3)
    code = code_in(report())
    for _ in range(3):
        talk("2222-2222-2222-2222")
    assert talk(code).status_code == 429
    with clock.standing_at(clock.now() + timedelta(hours=2)):
        assert talk(code).status_code == 200


def test_markup_in_a_report_stays_text(cast):
    code = code_in(report(text="<script>alert(1)</script>"))
    assert "<script>alert" not in talk(code).content.decode()


def test_only_reading_and_sending_are_possible(cast):
    for page in ("/report/", FORM, "/report/talk/"):
        assert Client().delete(page).status_code == 405


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_report_about_staff_says_who_reads_it_and_the_school_does_not(cast, language):
    answer = report(staff="yes", lang=language)
    assert LANGUAGES[language]["sent_staff"].format(site="Pine School") in answer.content.decode()
    tip = Tip.objects.get()
    assert [tips_for(user).exists() for user in (cast.ada, cast.bo, cast.lea)] == [False, False, True]
    do_close_tip(
        tip, actor=cast.lea, outcome=Outcome.SUPPORT, reason="looked into", actions=["nothing"], seen_messages=1
    )
    talk(code_in(answer), text="He does it again.", token=new_form_token())  # a new case, and as hidden as the first
    assert Tip.objects.get().case != tip.case
    assert [tips_for(user).exists() for user in (cast.ada, cast.bo, cast.lea)] == [False, False, True]

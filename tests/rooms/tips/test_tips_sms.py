"""Text messages: only Twilio's own calls, each once, one conversation for a number."""

import pytest
from django.test import Client

from monitor.audit.models import AuditEvent
from monitor.audit.tags import Tag
from monitor.tips import limits
from monitor.tips.access import tips_for
from monitor.tips.actions import do_close_tip
from monitor.tips.models import Tip, TipMessage, TipRefusal
from monitor.tips.sms import is_signed
from monitor.triage.models import Case, Outcome
from monitor.triage.staff import matter_of
from tests.rooms import factories
from tests.rooms.tips.reporting import LINE, NUMBER, WORDS, bring, new_sid, signature_of, text_message


def test_the_signature_is_the_one_of_twilios_documentation():
    """The worked example of https://www.twilio.com/docs/usage/security#validating-requests."""
    fields = {
        "CallSid": ["CA1234567890ABCDE"], "Caller": ["+14158675309"], "Digits": ["1234"], "From": ["+14158675309"],
        "To": ["+18005551212"],
    }  # fmt: skip
    url, signature = "https://mycompany.com/myapp.php?foo=1&bar=2", "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    assert is_signed(url, fields, signature, "12345")
    assert not is_signed(url + "0", fields, signature, "12345")
    assert not is_signed(url, fields | {"Digits": ["9999"]}, signature, "12345")
    assert not is_signed(url, fields, signature, "")


def test_a_text_message_opens_a_tip_and_is_answered_at_once(school, line):
    answer = bring(text_message())
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/xml"
    said = answer.content.decode()
    assert "988" in said
    assert "Nobody may be reading it right now" in said
    assert WORDS not in said
    tip = Tip.objects.get()
    assert (tip.site, tip.channel, tip.is_anonymous, tip.number) == (school.site, "sms", True, NUMBER)
    assert TipMessage.objects.get().text == WORDS


def test_a_message_that_twilio_brings_again_changes_nothing(line):
    fields = text_message()
    bring(fields)
    again = bring(fields)
    assert again.status_code == 200
    assert "<Message>" not in again.content.decode()
    assert (Tip.objects.count(), Case.objects.count(), TipMessage.objects.count()) == (1, 1, 1)


def test_the_next_message_of_a_number_belongs_to_the_same_conversation(line):
    bring(text_message())
    bring(text_message("he is in the gym now"))
    bring(text_message("somebody else", From="+15055550178"))
    assert sorted(tip.messages.count() for tip in Tip.objects.all()) == [1, 2]


def test_after_the_closing_a_number_begins_a_new_conversation(school, line):
    bring(text_message())
    tip = Tip.objects.get()
    do_close_tip(
        tip, actor=school.counselor, outcome=Outcome.SUPPORT, reason="seen", actions=["counselor"], seen_messages=1
    )
    bring(text_message("again"))
    assert Tip.objects.count() == 2


@pytest.mark.parametrize("signature", ["", "AAAA", signature_of({"Body": "x"}), "\u00fc".encode().decode("latin-1")])
def test_a_forged_call_is_refused_counted_logged_and_on_the_chain(line, caplog, signature):
    answer = bring(text_message(), signature=signature)
    assert answer.status_code == 403
    bring(text_message(), signature=signature)
    assert not Tip.objects.exists()
    assert AuditEvent.objects.filter(tag=Tag.TIP_CALL_REFUSED.value).count() == 1  # one an hour and address
    assert TipRefusal.objects.get(reason="forged").count == 2
    assert "without a right signature was refused" in caplog.text
    assert NUMBER not in caplog.text
    assert "127.0.0.1" not in caplog.text


def test_a_call_that_was_changed_on_its_way_is_refused(line):
    fields = text_message()
    signature = signature_of(fields)
    assert bring(fields | {"Body": "something else"}, signature=signature).status_code == 403
    assert bring(fields | {"MessageSid": new_sid()}, signature=signature).status_code == 403
    assert bring(fields, signature=signature_of(fields, url="https://elsewhere.example/")).status_code == 403
    assert bring(fields, signature=signature_of(fields, token="another")).status_code == 403


def test_without_a_token_every_call_is_refused(line, settings):
    settings.HEED_TWILIO_TOKEN = ""
    fields = text_message()
    assert bring(fields, signature=signature_of(fields, token="")).status_code == 403
    assert AuditEvent.objects.get().detail == {"why": "no HEED_TWILIO_TOKEN"}


def test_the_address_takes_only_what_is_posted(line):
    assert Client().get("/report/sms/").status_code == 405


@pytest.mark.parametrize("change", [{"MessageSid": "x"}, {"From": "anonymous"}, {"From": ""}])
def test_a_signed_call_that_is_no_text_message_is_a_bad_request(line, change):
    assert bring(text_message(**change)).status_code == 400
    assert not Tip.objects.exists()


def test_a_number_that_is_no_line_tells_the_reporter_so(line):
    said = bring(text_message(To="+15055550999")).content.decode()
    assert "NOT kept" in said
    assert "911" in said
    line.is_active = False
    line.save()
    assert "NOT kept" in bring(text_message(To=LINE)).content.decode()
    assert TipRefusal.objects.get(reason="line").count == 2


def test_too_many_messages_of_one_number_are_refused_in_words(line, monkeypatch):
    monkeypatch.setitem(limits.LIMITS, "sms", 2)
    said = [bring(text_message(f"message {number}")).content.decode() for number in range(3)]
    assert ["NOT kept" in words for words in said] == [False, False, True]
    assert TipMessage.objects.count() == 2
    assert bring(text_message(From="+15055550178")).status_code == 200
    assert TipMessage.objects.count() == 3


def test_a_message_that_begins_with_a_schools_code_goes_to_that_school(line):
    elm = factories.make_site("elm")
    bring(text_message("Elm: there is a fight planned for Friday"))
    assert Tip.objects.get().site == elm


@pytest.mark.parametrize("word", ["STOP", "stop", "Unsubscribe"])
def test_a_word_that_stops_messages_opens_no_tip_but_belongs_to_an_open_one(line, word):
    assert bring(text_message(word)).status_code == 200
    assert not Tip.objects.exists()
    bring(text_message())
    bring(text_message(word))
    assert TipMessage.objects.count() == 2


@pytest.mark.parametrize("body", ["help", "HELP", "", "\U0001f622"])
def test_short_words_are_tips(line, body):
    bring(text_message(body, NumMedia="1"))
    assert TipMessage.objects.get().text == body
    assert TipMessage.objects.get().pictures == 1


@pytest.mark.parametrize(
    ("body", "site", "is_kept"),
    [
        ("#staff Mr. Quill does things", "oak-high", True),
        ("#Personal: el maestro hace cosas", "oak-high", True),
        ("maple-middle #staff Mr. Quill", "maple-middle", True),
        ("#staff maple-middle Mr. Quill", "maple-middle", True),
        ("#staff", "oak-high", True),
        ("Staff at the door saw it", "oak-high", False),
        ("I heard #staff is a sign", "oak-high", False),
    ],
)
def test_a_message_that_begins_with_the_sign_for_staff_is_kept_from_the_school(school, line, body, site, is_kept):
    bring(text_message(body))
    tip = Tip.objects.get()
    assert (tip.site.code, tip.messages.get().text) == (site, body)
    assert (matter_of(tip.case) is not None) is is_kept
    assert tips_for(school.counselor if site == "oak-high" else school.stranger).exists() is not is_kept

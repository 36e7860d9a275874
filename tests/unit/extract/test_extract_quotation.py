"""Who wrote what in a plain body: mail programs, languages, odd cases."""

import re

import pytest

from monitor.domain.text import SpanKind
from monitor.extract.quotation import is_forward_subject, split_quotation

NEW, QUOTED, FORWARDED, SIGNATURE = SpanKind.NEW, SpanKind.QUOTED, SpanKind.FORWARDED, SpanKind.SIGNATURE

ANA = "Ana Ruiz <ana@school.example>"
ENGLISH = f"From: {ANA}\nSent: Monday, May 5, 2025 10:00 AM\nTo: Bo Lee\nSubject: Party"
SPANISH = f"De: {ANA}\nEnviado el: lunes, 5 de mayo de 2025 10:00\nPara: Bo Lee\nAsunto: Fiesta"
GERMAN = f"Von: {ANA}\nGesendet: Montag, 5. Mai 2025\nAn: Bo Lee\nBetreff: Fest"

# Name: what was written now, the line that introduces the older message, the older message.
PARTS = {
    "gmail english": ("Sure", f"On Mon, May 5, 2025 at 10:00\u202fAM {ANA} wrote:", "> Are you coming?"),
    "gmail english wrapped": (
        "Sure",
        "On Mon, May 5, 2025 at 10:00 AM Ana Maria\n<ana@school.example> wrote:",
        "> Come?",
    ),
    "gmail spanish": ("Claro", "El lun, 5 may 2025 a las 10:00, Ana (<ana@school.example>) escribió:", "> ¿Vienes?"),
    "gmail spanish wrapped": ("Claro", "El lun, 5 may 2025 a las 10:00, Ana (<a@b.example>)\nescribió:", "> ¿Vienes?"),
    "gmail french": ("Oui", f"Le lun. 5 mai 2025 à 10:00, {ANA} a écrit :", "> Tu viens ?"),
    "gmail german": ("Ja", f"Am Mo., 5. Mai 2025 um 10:00 Uhr schrieb {ANA}:", "> Kommst du?"),
    "gmail portuguese": ("Sim", f"Em seg., 5 de mai. de 2025 às 10:00, {ANA} escreveu:", "> Vens?"),
    "apple english": ("Yes", f"On May 5, 2025, at 10:00, {ANA} wrote:", "> Are you coming?"),
    "apple spanish": ("Sí", f"El 5 may 2025, a las 10:00, {ANA} escribió:", "> ¿Vienes?"),
    "no marks": ("Yes", "On 5/5/2025 10:00, Ana Ruiz wrote:", "Are you coming?\nTell me."),
    "outlook english": ("Yes", ENGLISH, "Are you coming?"),
    "outlook bold": ("Yes", re.sub(r"(?m)^(\w+:)", r"*\1*", ENGLISH), "Are you coming?"),
    "outlook spanish": ("Sí", SPANISH, "¿Vienes?"),
    "outlook german": ("Ja", GERMAN, "Kommst du?"),
    "outlook rule": ("Yes", "_" * 32 + "\n" + ENGLISH, "Are you coming?"),
    "original message": ("Yes", "-----Original Message-----\n" + ENGLISH, "Are you coming?"),
    "mensaje original": ("Sí", "-----Mensaje original-----\n" + SPANISH, "¿Vienes?"),
    "old style": ("Yes", "Ana Ruiz wrote:", "> Are you coming?"),
    "initials": ("Yes", "On Mon, 5 May 2025, Ana Ruiz wrote:", "AR> Are you coming?\nAR> Tell me."),
    "bare marks": ("Yes", "> Are you coming?", ">> Where?"),
}
REPLIES = {name: f"{own}\n\n{intro}\n\n{older}\n" for name, (own, intro, older) in PARTS.items()}

FORWARDS = {
    "gmail": "---------- Forwarded message ---------\nFrom: Cy <cy@mail.example>\nDate: Mon\nSubject: x\n\n",
    "gmail spanish": "---------- Mensaje reenviado ---------\nDe: Cy <cy@mail.example>\nAsunto: x\n\n",
    "gmail french": "---------- Message transféré ---------\nDe: Cy\n\n",
    "gmail german": "---------- Weitergeleitete Nachricht ---------\nVon: Cy\n\n",
    "gmail portuguese": "---------- Mensagem encaminhada ---------\nDe: Cy\n\n",
    "apple": "Begin forwarded message:\n\nFrom: Cy <cy@mail.example>\nSubject: x\n\n",
    "apple spanish": "Inicio del mensaje reenviado:\n\nDe: Cy\nAsunto: x\n\n",
    "thunderbird": "-------- Forwarded Message --------\nSubject: x\nFrom: Cy\n\n",
    "list style": "--- begin forwarded text\n\nFrom: Cy\n\n",
}

THREAT = "I will hurt you on Friday.\nYou know where."


def kinds(text, **options):
    return [span.kind for span in split_quotation(text, **options)]


@pytest.mark.parametrize("name", REPLIES)
def test_a_reply_is_new_text_and_then_its_quotation(name):
    spans = split_quotation(REPLIES[name])
    assert [span.kind for span in spans] == [NEW, QUOTED]
    assert spans[0].text.strip() == REPLIES[name].split("\n")[0]
    assert "".join(span.text for span in spans) == REPLIES[name]


@pytest.mark.parametrize("name", FORWARDS)
def test_a_forwarded_threat_under_a_short_note_comes_out_as_forwarded(name):
    spans = split_quotation("look at this\n\n" + FORWARDS[name] + THREAT)
    assert [span.kind for span in spans] == [NEW, FORWARDED]
    assert spans[0].text.strip() == "look at this"
    assert spans[1].text.endswith(THREAT)


def test_quotes_inside_a_forwarded_message_stay_forwarded():
    text = "see\n" + FORWARDS["gmail"] + "> " + THREAT.replace("\n", "\n> ") + "\n\nOn 5/5/2025 Cy wrote:\n> more\n"
    assert kinds(text) == [NEW, FORWARDED]


def test_text_after_the_end_of_a_forwarded_message_is_new_again():
    text = "see\n----- Forwarded message from Cy -----\nhello\n----- End forwarded message -----\nwhat do you think?\n"
    spans = split_quotation(text)
    assert [span.kind for span in spans] == [NEW, FORWARDED, NEW]
    assert spans[2].text == "what do you think?\n"


def test_a_forward_inside_an_unmarked_quotation_is_forwarded():
    text = "ok\n\nOn 5/5/2025 10:00, Ana wrote:\nlook\n\n" + FORWARDS["gmail"] + THREAT
    assert kinds(text) == [NEW, QUOTED, FORWARDED]


def test_copied_headers_are_a_forward_when_the_subject_says_so():
    assert kinds(REPLIES["outlook english"], forwarded=True) == [NEW, FORWARDED]


def test_copied_headers_with_nothing_above_them_are_a_forward():
    assert kinds(REPLIES["outlook english"].removeprefix("Yes\n\n")) == [FORWARDED]


def test_answers_between_quoted_lines_alternate():
    text = "On Mon, 5 May 2025 10:00, Ana wrote:\n> one\nmy one\n> two\n\nmy two\n"
    spans = split_quotation(text)
    assert [span.kind for span in spans] == [QUOTED, NEW, QUOTED, NEW]
    assert spans[3].text == "my two\n"


def test_a_reply_below_a_cut_quotation_is_new():
    text = "On Mon, 5 May 2025 10:00, Ana wrote:\n[...]\n> one\n\nmy answer\n"
    assert kinds(text)[-1] is NEW


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nBo Lee\nRoom 12",
        "--\nBo Lee",
        "Sent from my iPhone",
        "Enviado desde mi iPhone",
        "Sent from my Samsung Galaxy smartphone.",
        "Sent from Yahoo Mail on Android",
        "Get Outlook for iOS<https://aka.ms/o0ukef>",
        "Obtener Outlook para Android",
        "Envoyé de mon iPhone",
        "Von meinem iPhone gesendet",
        "_______________________________________________\nChess mailing list\nChess@lists.school.example",
    ],
)
def test_a_signature_is_told_from_the_text(signature):
    spans = split_quotation(f"See you at noon\n\n{signature}\n")
    assert [span.kind for span in spans] == [NEW, SIGNATURE]
    assert spans[1].text.strip() == signature


def test_a_signature_ends_where_the_quotation_begins():
    text = "Yes\n\n-- \nBo\n\nOn Mon, 5 May 2025 10:00, Ana wrote:\n> hi\n"
    assert kinds(text) == [NEW, SIGNATURE, QUOTED]


def test_a_phone_line_does_not_swallow_the_text_below_it():
    assert kinds("Yes\n\nSent from my iPhone\n\nand one more thing\n") == [NEW, SIGNATURE, NEW]


def test_a_long_text_under_two_dashes_is_not_a_signature():
    long_text = "".join(f"Sentence number {number}.\n" for number in range(30))
    assert kinds("hi\n-- \n" + long_text) == [NEW]


@pytest.mark.parametrize(
    "text",
    [
        "Sent from my heart: you should be afraid of me\n",
        ">:( I am so angry\n",
        ">_< no\n",
        ">From here to there\n",
        "From: the bottom of my heart, sorry\n",
        "He wrote:\nI hate you\n",
        "On my way, wrote:\nnothing\n",
        "I said: stop it\n",
        "---------\nso\n---------\n",
        "Forwarded message\n",
    ],
)
def test_ordinary_text_that_looks_like_a_marker_stays_new(text):
    assert kinds(text) == [NEW]


def test_a_text_without_anything_gives_no_span_and_blank_text_one():
    assert split_quotation("") == []
    assert [span.text for span in split_quotation(" \n\n")] == [" \n\n"]


def test_each_span_carries_the_name_of_its_part():
    assert {span.part for span in split_quotation(REPLIES["gmail english"], part="body")} == {"body"}


@pytest.mark.parametrize("subject", ["Fwd: x", "FW: x", "fw:x", "RV: x", "TR : x", "WG: x", "[list] Fwd: x"])
def test_a_forward_is_recognised_by_its_subject(subject):
    assert is_forward_subject(subject)


@pytest.mark.parametrize("subject", ["Re: x", "forward march", "", "Fwd", "Re: Fwd: x"])
def test_other_subjects_are_not_forwards(subject):
    assert not is_forward_subject(subject)

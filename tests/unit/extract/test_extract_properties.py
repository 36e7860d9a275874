"""What must hold for any input at all."""

import json
import re
from email.message import EmailMessage
from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.domain.text import SpanKind
from monitor.extract.document import extract_export
from monitor.extract.files import extract_file
from monitor.extract.html import html_to_text
from monitor.extract.mail import extract_mail
from monitor.extract.plain import decode_bytes
from monitor.extract.quotation import split_lines, split_quotation

LINES = st.sampled_from(
    """> quoted|>> twice|On 5/5/2025 10:00, Ana wrote:|El 5/5/2025 Ana|escribió:|-----Original Message-----|From: Ana
Sent: Monday|To: Bo|Subject: x|---------- Forwarded message ---------|----- End forwarded message -----|--
-- |Sent from my iPhone|________________________________|Chess mailing list|hello|  indented|AR> hm||>:(""".replace(
        "\n", "|"
    ).split("|")
)
BODIES = st.one_of(st.text(), st.lists(st.one_of(LINES, st.text(max_size=30)), max_size=25).map("\n".join))
TAGS = st.sampled_from(
    """<div>|</div>|<p>|<br>|<blockquote type=cite>|</blockquote>|<div class=gmail_quote>|<div class="gmail_attr">|<li>
<td>|<div id=divRplyFwdMsg>|<div class=gmail_signature>|<b>|</b>|<pre>|<svg>|<template>|<table>|<title>|<!--|-->|<style>
&#0;|<textarea>|<select>|<script>|</script>|---------- Forwarded message ---------|&nbsp;""".replace("\n", "|").split(
        "|"
    )
)
PAGES = st.lists(st.one_of(TAGS, LINES, st.text(max_size=20)), max_size=40).map("".join)
HEADERS = st.sampled_from(
    [
        b"Subject: hi",
        b"From: a@b.example",
        b"Content-Type: multipart/mixed; boundary=b",
        b"Content-Type: multipart/alternative; boundary=c",
        b"Content-Type: message/rfc822",
        b"Content-Type: text/html",
        b"Content-Type: application/pkcs7-mime",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: quoted-printable",
        b"Content-Transfer-Encoding: x-uuencode",
        b"Content-Disposition: attachment; filename*0*=utf-8''a%F1; filename*1=b",
        b"--b",
        b"--b--",
        b"--c",
        b"",
        b"",
        b"begin 644 x",
    ]
)
MAILS = st.lists(st.one_of(HEADERS, st.binary(max_size=30)), max_size=30).map(b"\n".join)


def squeeze(text):
    return re.sub(r"\s+", "", text)


def assert_storable(extraction):
    line = json.dumps([[span.text, span.part] for span in extraction.spans] + [extraction.detail], ensure_ascii=False)
    assert "\0" not in json.loads(line)[-1]
    line.encode("utf-8")
    assert all(span.text.strip() for span in extraction.spans)


@given(BODIES, st.booleans())
@example("--\n", False)
def test_the_spans_of_a_text_put_together_are_the_text(text, forwarded):
    spans = split_quotation(text, forwarded=forwarded)
    assert "".join(span.text for span in spans) == text
    assert all(one.kind is not other.kind for one, other in pairwise(spans))


@given(BODIES)
def test_everything_below_a_forward_marker_is_forwarded(after):
    spans = split_quotation(f"note\n---------- Forwarded message ---------\n{after.replace('-----', '')}")
    assert {span.kind for span in spans[1:]} == {SpanKind.FORWARDED}


@given(PAGES)
def test_the_spans_of_a_page_put_together_are_its_text(html):
    page = html_to_text(html)
    spans = split_lines(page.lines, marks=page.marks, rests=page.rests)
    assert "".join(span.text for span in spans) == page.text
    page.text.encode("utf-8")


@given(st.lists(st.text(alphabet=st.characters(categories=["L", "N"]), min_size=1), min_size=1, max_size=8), st.data())
def test_every_word_between_tags_is_in_the_text(words, data):
    tags = ["<p>", "<br>", "</b>", "<b>", "<div class=gmail_quote>", "</div>", "<blockquote type=cite>", "<td>", "<li>"]
    html = "".join(f"{data.draw(st.sampled_from(tags))}{word} " for word in words)
    text = html_to_text(html).text
    assert all(word in text for word in words)


@given(BODIES)
def test_every_character_of_a_plain_body_is_in_its_mail(text):
    message = EmailMessage()
    message["From"] = "a@b.example"
    clean = decode_bytes(text.encode("utf-8", "replace"))
    message.set_content(clean, cte="base64")
    read = "".join(span.text for span in extract_mail(message.as_bytes()).spans)
    assert squeeze(read) == squeeze(clean)


@settings(max_examples=300)
@given(st.one_of(st.binary(), MAILS, MAILS.map(lambda raw: b"From: a@b.example\n" + raw)))
def test_any_bytes_as_a_mail_give_something_storable(raw):
    assert_storable(extract_mail(raw))


@given(st.binary(), st.text(max_size=10), st.sampled_from([None, "text/plain", "text/html", "message/rfc822"]))
def test_any_bytes_as_a_file_give_something_storable(data, name, media_type):
    assert_storable(extract_file(data, name=name, media_type=media_type))
    assert_storable(extract_export(data, media_type or "application/pdf", name))


@given(st.binary(), st.text(max_size=20))
def test_any_bytes_in_any_character_set_are_text_that_can_be_stored(data, charset):
    text = decode_bytes(data, charset)
    text.encode("utf-8")
    assert not re.search("[\0-\x08\x0e-\x1f\x7f]", text)

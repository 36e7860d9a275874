"""Of mails whose structure is known, the text of every part is found, whatever charset and encoding it stands in."""

import re

import pytest
from hypothesis import HealthCheck, given, settings

from monitor.extract.mail import extract_mail
from tests.unit.extract.mime_trees import CHARSETS, ENCODINGS, WORDS, encoded, mails


def squeezed(text):
    return re.sub(r"\s+", "", text)


def missed(raw, words):
    read = squeezed("".join(span.text for span in extract_mail(raw).spans))
    return [word for word in words if word not in read]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(mails())
def test_the_text_of_every_part_is_found(mail):
    raw, words = mail
    assert missed(raw, words) == []


@pytest.mark.parametrize("charset", CHARSETS)
def test_every_charset_of_mail_is_read_in_every_encoding_that_it_can_take(charset):
    word = WORDS[charset]
    for name, encode in ENCODINGS.items():
        if charset.startswith("utf-") and charset not in ("utf-8", "utf-7") and "base64" not in name.lower():
            continue
        body = encode(encoded(f"look {word} here\n", charset))
        head = f"From: a@b.example\nContent-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: {name}\n\n"
        assert missed(head.encode() + body, [word]) == [], name

"""Mails as broken programs and hostile people write them: text is still found, nothing raises."""

import base64

import pytest

from monitor.domain.text import ExtractStatus, SpanKind
from monitor.extract.mail import extract_mail

WORDS = "Nos vemos mañana"
B64 = base64.b64encode(WORDS.encode())


def text_of(raw):
    extraction = extract_mail(raw)
    assert extraction.status is ExtractStatus.OK
    return "\n".join(span.text for span in extraction.spans)


@pytest.mark.parametrize(
    ("header", "title"),
    [
        ("Subject: mañana".encode(), "mañana"),
        ("Subject: mañana".encode("cp1252"), "mañana"),
        (b"Subject: =?utf-8?B?bWHDsQ==?= =?utf-8?Q?ana?=", "mañana"),
        (b"Subject: =?utf-8?B?bWHD?=\n =?utf-8?B?sWFuYQ==?=", "mañana"),
        (b"Subject: a =?iso-8859-1?Q?ma=F1ana_x?= b", "a mañana x b"),
        (b"Subject: =?nonsense?Q?ma=C3=B1ana?=", "mañana"),
        (b"Subject: =?utf-8?B?!!!?=", "!!!"),
        (b"Subject: =?utf-8?Q?not finished", "=?utf-8?Q?not finished"),
        (b"Subject: =?utf-8?Q?two words?=", "two words"),
        (b"SUBJECT:no space", "no space"),
        (b"Subject: folded\n\tline", "folded\tline"),
        (b"Subject: first\nSubject: second", "first"),
    ],
)
def test_odd_subjects_are_read(header, title):
    extraction = extract_mail(b"From: a@b.example\n" + header + b"\n\nbody")
    assert (extraction.spans[0].kind, extraction.spans[0].text) == (SpanKind.TITLE, title)


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Type: text/plain; charset=no-such-charset",
        b"Content-Type: text/plain; charset=us-ascii",
        b'Content-Type: text/plain; charset="utf-8',
        b"Content-Type: text/plain; charset*=utf-8''utf-8",
        b"Content-Type: text/plain; charset*0=ut; charset*1=f-8",
        b"Content-Type: text/plain; charset=\xff\xfe",
        b"Content-Type: text/plain; charset=",
        b"Content-Type: text",
        b"Content-Type: ;;;",
        b"Content-Type: \xff/\xfe",
        b"Content-Type: multipart/mixed",
        b'Content-Type: multipart/mixed; boundary="never used"',
        b"Content-Type: multipart/alternative; boundary=",
        b"Content-Transfer-Encoding: 8bit",
        b"Content-Transfer-Encoding: nonsense",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: x-uuencode",
        b"Content-Disposition: attachment; filename*=utf-8''%FF%FE%zz",
        b"Content-Disposition: \xff; =; ;",
    ],
)
def test_the_body_is_read_whatever_the_headers_claim(headers):
    raw = b"From: a@b.example\nSubject: s\n" + headers + b"\n\n" + WORDS.encode() + b", a las ocho.\n"
    assert WORDS in text_of(raw)


@pytest.mark.parametrize(
    "content",
    [
        B64,
        B64.rstrip(b"="),
        B64[:8] + b"\n\n" + B64[8:],
        base64.b64encode(WORDS.encode()[:4]) + b"\n" + base64.b64encode(WORDS.encode()[4:]),
        B64 + b"\n_____\nlist footer here\n",
    ],
)
def test_base64_is_undone_as_far_as_it_goes(content):
    raw = b"From: a@b.example\nContent-Transfer-Encoding: base64\n\n" + content + b"\n"
    assert text_of(raw).startswith(WORDS)


def test_a_footer_below_base64_is_read():
    raw = b"From: a@b.example\nContent-Transfer-Encoding: base64\n\n" + B64 + b"\n\nthe footer of a list\n"
    assert text_of(raw).endswith("the footer of a list")


MIXED = b'From: a@b.example\nContent-Type: multipart/mixed; boundary="b"\n\n'


@pytest.mark.parametrize(
    "body",
    [
        MIXED + b"--b\n\nhidden words\n",
        MIXED + b"--b\nContent-Type: text/plain\nhidden words\n--b--\n",
        MIXED + b"hidden words\n--b\n\nx\n--b--\n",
        MIXED + b"--b\n\nx\n--b--\nhidden words\n",
        MIXED + b"hidden words\n",
        MIXED + b"--b\nContent-Type: message/rfc822\n\nhidden words\n--b--\n",
        MIXED
        + b"--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
        + base64.b64encode(b"Subject: s\n\nhidden words")
        + b"\n--b--\n",
        MIXED + b'--b\nContent-Type: multipart/mixed; boundary="b"\n\n--b\n\nhidden words\n--b--\n--b--\n',
        MIXED + b"--b\nContent-Type: text/html\n\n<p <b>hidden words</i></p--b--\n",
        b"Just text, hidden words and no header\n",
        b"From nobody Mon May  5 10:00:00 2025\nSubject: x\n\nhidden words\n",
        b"\xef\xbb\xbfSubject: x\r\n\r\nhidden words\r\n",
        b"\r\n\r\nSubject: x\r\n\r\nhidden words\r\n",
        b"Subject: x\nno colon here hidden words\n\nbody\n",
        b"Subject: x\r\rhidden words\r",
        b"Subject: x\nContent-Type: text/plain; charset=utf-16\nContent-Transfer-Encoding: base64\n\n"
        + base64.b64encode("hidden words".encode("utf-16")),
    ],
)
def test_words_in_malformed_structures_are_found(body):
    assert "hidden words" in text_of(body)


def test_a_part_behind_a_wrong_boundary_is_still_decoded():
    part = b"--real\nContent-Type: text/html\nContent-Transfer-Encoding: base64\n\n" + B64 + b"\n--real--\n"
    extraction = extract_mail(b"Subject: s\nContent-Type: multipart/mixed; boundary=wrong\n\n" + part)
    assert extraction.spans[-1].text == WORDS
    assert extraction.detail == "multipart with a wrong boundary, read by a guessed one"


def test_the_note_for_old_mail_programs_is_not_text():
    assert text_of(MIXED + b"This is a multi-part message in MIME format.\n--b\n\nx\n--b--\n") == "x"


def test_a_page_in_the_character_set_that_it_names_itself_is_read():
    page = f'<html><head><meta charset="iso-8859-7"></head><p>{"καλημέρα"}</p>'.encode("iso-8859-7")
    assert text_of(b"From: a@b.example\nContent-Type: text/html\n\n" + page) == "καλημέρα"


def test_bytes_that_are_no_mail_are_broken():
    extraction = extract_mail(bytes(range(256)) * 50)
    assert (extraction.status, extraction.spans) == (ExtractStatus.BROKEN, ())
    assert extraction.detail


def test_text_without_headers_is_read_and_says_so():
    extraction = extract_mail(b"hello there\nfriend\n")
    assert (extraction.spans[0].text, extraction.detail) == ("hello there\nfriend", "no mail headers")

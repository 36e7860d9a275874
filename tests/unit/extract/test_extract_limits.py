"""Each limit, when it is crossed, is said; and the work grows with the input, not with its square."""

import sys
import time
from email.message import EmailMessage

import pytest

from monitor.domain.text import ExtractStatus, SpanKind
from monitor.extract.files import extract_file
from monitor.extract.html import html_to_text
from monitor.extract.limits import Limits
from monitor.extract.mail import extract_mail
from monitor.extract.plain import decode_bytes
from monitor.extract.quotation import split_quotation


def mail_with(count):
    message = EmailMessage()
    message["From"] = "a@b.example"
    message.set_content("body text")
    for number in range(count):
        message.add_attachment(f"attachment {number}", filename=f"{number}.txt")
    return message.as_bytes()


def nested(levels):
    inner = b"Subject: innermost\n\nthe deepest words\n"
    for number in range(levels):
        boundary = b"b%d" % number
        inner = (
            (
                b"Subject: level %d\nContent-Type: multipart/mixed; boundary=%s\n\n--%s\n"
                b"Content-Type: message/rfc822\n\n" % (number, boundary, boundary)
            )
            + inner
            + b"\n--%s--\n" % boundary
        )
    return inner


def test_an_input_above_the_limit_is_too_large_and_not_read():
    extraction = extract_mail(b"Subject: s\n\n" + b"x" * 100, Limits(max_bytes=100))
    assert (extraction.status, extraction.spans) == (ExtractStatus.TOO_LARGE, ())
    assert "100 bytes" in extraction.detail


def test_text_above_the_limit_is_cut_and_the_detail_says_so():
    extraction = extract_mail(b"Subject: s\n\n" + b"word " * 100, Limits(max_chars=50))
    assert sum(len(span.text) for span in extraction.spans) <= 50
    assert extraction.detail.startswith("text cut at 50 characters")


def test_html_above_the_limit_is_cut_and_the_detail_says_so():
    raw = b"Subject: s\nContent-Type: text/html\n\n<div>" + b"<p>word</p>" * 100
    extraction = extract_mail(raw, Limits(max_chars=50))
    assert sum(len(span.text) for span in extraction.spans) <= 50
    assert "text cut at 50 characters" in extraction.detail


def test_parts_beyond_the_limit_are_named():
    extraction = extract_mail(mail_with(9), Limits(max_parts=5))
    assert len(extraction.spans) == 4
    assert extraction.detail == "parts beyond the first 5 not read (6 times)"


def test_deep_nesting_is_named():
    extraction = extract_mail(nested(10), Limits(max_depth=6))
    assert "nested deeper than 6 not read" in extraction.detail
    assert "the deepest words" in extract_mail(nested(10)).spans[-1].text


def test_nesting_beyond_pythons_stack_is_read_as_plain_text():
    extraction = extract_mail(nested(sys.getrecursionlimit()))
    assert "read as plain text" in extraction.detail
    assert "the deepest words" in extraction.spans[-1].text


@pytest.mark.parametrize("line", [b"boundary\n", b"--b\n\n"])
def test_too_many_boundaries_or_parts_are_read_as_plain_text(line):
    raw = b"Subject: s\n\n" + line * 200_000 + b"the last words\n"
    extraction = extract_mail(raw)
    assert "read as plain text" in extraction.detail
    assert "the last words" in extraction.spans[-1].text


def test_a_long_attachment_is_cut_and_named():
    extraction = extract_mail(mail_with(1), Limits(max_attachment_bytes=5))
    assert extraction.spans[-1].text == "attac"
    assert extraction.detail == "text attachment of 13 bytes cut at 5"


def test_many_remarks_are_counted_not_listed():
    message = EmailMessage()
    message["From"] = "a@b.example"
    message.set_content("body")
    for number in range(60):
        message.add_attachment(b"\0\1\2" * (number + 1), maintype="image", subtype="png")
    assert extract_mail(message.as_bytes()).detail.endswith("and 40 more remarks")


SHAPES = {
    "marks": lambda n: split_quotation(">" * n),
    "marked lines": lambda n: split_quotation(">\n" * n),
    "one line": lambda n: split_quotation("On " + "a 12:30 " * (n // 8)),
    "attributions": lambda n: split_quotation("On Mon 12:30\n" * (n // 12)),
    "headers": lambda n: split_quotation("From: x\n" * (n // 8)),
    "dashes": lambda n: split_quotation("--\n" * (n // 3)),
    "rules": lambda n: split_quotation(("_" * 20 + "\n") * (n // 20)),
    "spaces": lambda n: split_quotation(" " * n + "x"),
    "blank lines": lambda n: split_quotation("\n" * n),
    "forwards": lambda n: split_quotation("-" * n + " forwarded message"),
    "wrote": lambda n: split_quotation("On 12:30 " + "wrote " * (n // 6) + ":"),
    "bad bytes": lambda n: decode_bytes(b"\xff" * n),
    "open tags": lambda n: html_to_text("<" * n),
    "cells": lambda n: html_to_text("<table><tr>" + "<td>x" * (n // 5)),
    "spans": lambda n: html_to_text("<span class=gmail_quote>x</span>" * (n // 32)),
    "subject": lambda n: extract_mail(b"Subject: " + b"=?utf-8?Q?a?= " * (n // 14) + b"\n\nx"),
    "broken words": lambda n: extract_mail(b"Subject: " + b"=?" * (n // 2) + b"\n\nx"),
    "parameters": lambda n: extract_mail(b"Subject: s\nContent-Type: text/plain; " + b"a=b; " * (n // 5) + b"\n\nx"),
    "parts": lambda n: extract_mail(
        b"Subject: s\nContent-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n" * (n // 5)
    ),
    "base64": lambda n: extract_mail(b"Subject: s\nContent-Transfer-Encoding: base64\n\n" + b"QUJD=" * (n // 5)),
    "armour": lambda n: extract_mail(b"Subject: s\n\n" + b"-----BEGIN PGP MESSAGE-----\n" * (n // 28)),
    "meta": lambda n: extract_file(b"<html>" + b"<meta " * (n // 6), name="a.html"),
}


def seconds(shape, size):
    best = 60.0
    for _ in range(3):
        start = time.process_time()
        shape(size)
        best = min(best, time.process_time() - start)
    return best


@pytest.mark.parametrize("name", SHAPES)
def test_twenty_times_the_input_takes_nowhere_near_four_hundred_times_as_long(name):
    small, large = seconds(SHAPES[name], 10_000), seconds(SHAPES[name], 200_000)
    assert large < 100 * max(small, 0.001)


def test_a_long_line_is_new_text_in_one_piece():
    text = "word " * 500_000
    spans = split_quotation(text)
    assert [(span.kind, span.text == text) for span in spans] == [(SpanKind.NEW, True)]

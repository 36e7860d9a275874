"""What the head of a mail says, whatever somebody put there: this runs outside the caged reader."""

import base64
import quopri
import time

import pytest

from monitor.intake.mail_facts import LOCKED_LINK, mail_facts

HOSTILE = {
    "brackets": b"To: " + b"(" * 200_000 + b"\n\nx",
    "quotation marks": b"To: " + b'"\\' * 100_000 + b"\n\nx",
    "commas": b"To: " + b"," * 200_000 + b"\n\nx",
    "headers": b"a:b\n" * 1_000_000,
    "lines": b"a\n" * 2_000_000,
    "parts in parts": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3_000)
    ),
    "forwards in forwards": b"Content-Type: message/rfc822\n\n" * 5_000,
    "encoded": b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n" + b"QUFB" * 1_000_000,
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_no_header_takes_long_or_raises(raw):
    began = time.process_time()
    facts = mail_facts(raw)
    assert time.process_time() - began < 10  # a loaded machine takes a second or two; the square, minutes
    assert facts.sender == ""
    assert not facts.is_confidential


def test_addresses_are_found_behind_a_thousand_brackets():
    facts = mail_facts(b"From: " + b"(" * 5_000 + b" Bo <Bo@School.Example>\nTo: a@x.example, b@x.example\n\nhello\n")
    assert facts.sender == "bo@school.example"
    assert facts.recipients == ("a@x.example", "b@x.example")


@pytest.mark.parametrize("encoding", ["7bit", "base64", "quoted-printable"])
def test_a_locked_message_shows_by_its_link_however_it_is_written(encoding):
    body = b"<a href='" + LOCKED_LINK + b"abc'>open</a>"
    written = {"7bit": body, "base64": base64.encodebytes(body), "quoted-printable": quopri.encodestring(b"=" + body)}
    head = f"From: a@b.example\nContent-Type: text/html\nContent-Transfer-Encoding: {encoding}\n\n".encode()
    assert mail_facts(head + written[encoding]).is_confidential
    assert not mail_facts(head + b"PGI+aGVsbG88L2I+").is_confidential

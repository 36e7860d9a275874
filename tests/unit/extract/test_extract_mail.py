"""Well-formed mails of every usual shape, built with the standard library."""

from email.message import EmailMessage

import pytest

from monitor.domain.text import ExtractStatus, SpanKind
from monitor.extract.limits import Limits
from monitor.extract.mail import extract_mail

NEW, QUOTED, FORWARDED = SpanKind.NEW, SpanKind.QUOTED, SpanKind.FORWARDED
SIGNATURE, ATTACHMENT, TITLE = SpanKind.SIGNATURE, SpanKind.ATTACHMENT, SpanKind.TITLE
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


def mail(body="Hello there", subject="Party"):
    message = EmailMessage()
    message["From"], message["To"] = "ana@school.example", "bo@school.example"
    if subject:
        message["Subject"] = subject
    if body is not None:
        message.set_content(body)
    return message


def read(message, **limits):
    return extract_mail(message.as_bytes(), Limits(**limits))


def pairs(extraction):
    return [(span.kind, span.text) for span in extraction.spans]


def test_a_plain_mail_is_its_title_and_its_text():
    extraction = read(mail())
    assert (extraction.status, extraction.media_type, extraction.detail) == (ExtractStatus.OK, "message/rfc822", "")
    assert [(span.kind, span.text, span.part) for span in extraction.spans] == [
        (TITLE, "Party", ""),
        (NEW, "Hello there", "body"),
    ]


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1"])
def test_subject_and_body_outside_ascii_are_read(charset):
    message = mail(None, "¿Mañana? 🎉 " + "larga " * 20)
    message.set_content("Nos vemos mañana", charset=charset)
    assert [span.text for span in read(message).spans] == [message["Subject"].strip(), "Nos vemos mañana"]


def test_a_html_mail_is_split_by_its_elements():
    message = mail(None)
    message.set_content(
        '<div>Sure</div><div class="gmail_quote"><div class="gmail_attr">On Mon, Ana wrote:</div>'
        "<blockquote class=gmail_quote>Come?</blockquote></div>",
        subtype="html",
    )
    assert [kind for kind, _ in pairs(read(message))] == [TITLE, NEW, QUOTED]


def test_an_html_version_that_says_the_same_is_read_once():
    message = mail("See you at noon. Really.")
    message.add_alternative("<p>See <b>you</b> at noon.</p><p>Really.</p>", subtype="html")
    assert pairs(read(message)) == [(TITLE, "Party"), (NEW, "See you at noon. Really.")]


def test_an_html_version_that_says_more_is_read_too():
    message = mail("See you at noon.")
    message.add_alternative("<p>See you at noon.</p><p hidden>Nobody will believe you.</p>", subtype="html")
    assert "Nobody will believe you." in read(message).spans[-1].text


def test_an_empty_plain_version_leaves_the_html_one():
    message = mail("\n")
    message.add_alternative("<p>Only here</p>", subtype="html")
    assert pairs(read(message)) == [(TITLE, "Party"), (NEW, "Only here")]


@pytest.mark.parametrize(
    ("subtype", "name", "content", "read_as"),
    [
        ("plain", "notes.txt", "my notes", "my notes"),
        ("csv", "list.csv", "a,b\n1,2\n", "a,b\n1,2"),
        ("markdown", "my notes.md", "# head", "# head"),
        ("html", "page.html", "<title>T</title><p>one<p>two", "T\none\ntwo"),
        ("calendar", "x.ics", "SUMMARY:Meet me al\r\n one\\, now", "SUMMARY:Meet me alone, now"),
        ("plain", "año.txt", "texto", "texto"),
    ],
)
def test_a_text_attachment_is_read_under_its_file_name(subtype, name, content, read_as):
    message = mail()
    message.add_attachment(content, subtype=subtype, filename=name)
    span = read(message).spans[-1]
    assert (span.kind, span.text, span.part) == (ATTACHMENT, read_as, name)


@pytest.mark.parametrize("name", ["data.json", "unnamed", "x.bin"])
def test_a_text_attachment_is_recognised_under_a_binary_type(name):
    message = mail()
    message.add_attachment(b'{"a": "hello"}', maintype="application", subtype="octet-stream", filename=name)
    assert read(message).spans[-1].text == '{"a": "hello"}'


def test_an_attachment_that_cannot_be_read_is_named_by_type_and_size_only():
    message = mail()
    message.add_attachment(PNG, maintype="image", subtype="png", filename="secret plan.png")
    extraction = read(message)
    assert extraction.status is ExtractStatus.OK
    assert extraction.detail == "unsupported attachment: image/png 48 bytes"


def test_a_made_up_media_type_does_not_reach_the_detail():
    raw = mail().as_bytes().replace(b"text/plain", b"image/i-hate-you").replace(b"Hello", b"\0\1\2\3\4\5")
    assert extract_mail(raw).detail.startswith("unsupported attachment: image/other")


def test_a_picture_that_is_called_text_is_not_read():
    message = mail()
    message.add_attachment(PNG, maintype="text", subtype="plain", filename="a.txt")
    assert read(message).detail == "unsupported attachment: image/png 48 bytes"


def test_a_mail_forwarded_as_attachment_is_forwarded_with_its_title():
    message = mail("look")
    inner = mail("I will hurt you", "warning")
    inner.add_attachment("log", filename="log.txt")
    message.add_attachment(inner)
    assert pairs(read(message)) == [
        (TITLE, "Party"),
        (NEW, "look"),
        (FORWARDED, "warning"),
        (FORWARDED, "I will hurt you"),
        (ATTACHMENT, "log"),
    ]


def test_a_mail_file_attached_as_plain_bytes_is_forwarded_too():
    message = mail("look")
    inner = mail("I will hurt you", "warning").as_bytes()
    message.add_attachment(inner, maintype="application", subtype="octet-stream", filename="old.eml")
    assert pairs(read(message))[2:] == [(FORWARDED, "warning"), (FORWARDED, "I will hurt you")]


def test_an_inline_picture_beside_html_does_not_hide_the_text():
    message = mail("plain text")
    message.add_alternative("<p>plain text</p><img src='cid:1'>", subtype="html")
    message.get_payload()[1].add_related(PNG, "image", "png", cid="<1>")
    extraction = read(message)
    assert pairs(extraction) == [(TITLE, "Party"), (NEW, "plain text")]
    assert "image/png" in extraction.detail


def test_a_digest_is_read_message_by_message():
    raw = (
        b'Subject: digest\nMIME-Version: 1.0\nContent-Type: multipart/digest; boundary="b"\n\n--b\n\nSubject: one\n\n'
        b"first\n--b\n\nSubject: two\n\nsecond\n--b--\n"
    )
    assert pairs(extract_mail(raw)) == [
        (TITLE, "digest"),
        (FORWARDED, "one"),
        (FORWARDED, "first"),
        (FORWARDED, "two"),
        (FORWARDED, "second"),
    ]


def test_soft_line_breaks_are_joined():
    raw = b"Subject: s\nContent-Type: text/plain; format=flowed\n\nI will see \nyou\n> a \n> b\n"
    assert pairs(extract_mail(raw))[1:] == [(NEW, "I will see you"), (QUOTED, "> a b")]


def test_a_forward_by_its_subject_makes_copied_headers_forwarded():
    body = "look\n\nFrom: Cy\nSent: Monday\nTo: Bo\nSubject: x\n\nI will hurt you"
    assert [kind for kind, _ in pairs(read(mail(body, "FW: x")))] == [TITLE, NEW, FORWARDED]
    assert [kind for kind, _ in pairs(read(mail(body, "RE: x")))] == [TITLE, NEW, QUOTED]


ARMOUR = "-----BEGIN PGP MESSAGE-----\nVersion: 1\n\nhQEMA0jX\n=abcd\n-----END PGP MESSAGE-----\n"


def test_an_encrypted_body_is_encrypted_but_its_title_is_read():
    extraction = read(mail(ARMOUR))
    assert (extraction.status, pairs(extraction)) == (ExtractStatus.ENCRYPTED, [(TITLE, "Party")])


def test_words_beside_ciphertext_are_read():
    extraction = read(mail("Here you are:\n" + ARMOUR))
    assert extraction.status is ExtractStatus.OK
    assert extraction.spans[1].text.startswith("Here you are:")


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", ExtractStatus.ENCRYPTED),
        ("application/pkcs7-mime; smime-type=signed-data; name=smime.p7m", ExtractStatus.BROKEN),
        ("application/ms-tnef; name=winmail.dat", ExtractStatus.UNSUPPORTED),
    ],
)
def test_sealed_bodies_without_a_title_say_so(content_type, status):
    raw = f"From: a@b.example\nContent-Type: {content_type}\nContent-Transfer-Encoding: base64\n\nMIAGCSqGAAECAw==\n"
    extraction = extract_mail(raw.encode())
    assert (extraction.status, extraction.spans) == (status, ())
    assert extraction.detail


@pytest.mark.parametrize("raw", [b"", b"\n\n", b"From: a@b.example\n\n", b"From: a@b.example\nSubject: \n\n \n"])
def test_a_mail_without_any_text_is_empty(raw):
    assert extract_mail(raw).status is ExtractStatus.EMPTY


def test_a_title_alone_is_text():
    assert pairs(read(mail("\n", "help me"))) == [(TITLE, "help me")]

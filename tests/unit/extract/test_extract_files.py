"""Files on disk and from Drive: what they are, what is read, what is only named."""

import io
import os
import socket
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest

from monitor.domain.text import ExtractStatus, SpanKind
from monitor.extract.document import extract_export
from monitor.extract.files import extract_file, extract_path
from monitor.extract.limits import Limits

NEW, TITLE, FORWARDED = SpanKind.NEW, SpanKind.TITLE, SpanKind.FORWARDED
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100


def zipped(*names):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


def locked(archive):
    """The archive with the mark of encryption on its first member, in both places where it stands."""
    directory = archive.index(b"PK\x01\x02")
    return archive[:6] + b"\1" + archive[7 : directory + 8] + b"\1" + archive[directory + 9 :]


def some_mail(body="Hello"):
    message = EmailMessage()
    message["From"], message["Subject"], message["Message-ID"] = "a@b.example", "hi", "<1@b.example>"
    message.set_content(body)
    return message.as_bytes()


@pytest.mark.parametrize(
    ("data", "name", "media_type", "status"),
    [
        (b"%PDF-1.7 x", "a.txt", "application/pdf", "broken"),
        (
            zipped("word/document.xml"),
            "",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "broken",
        ),
        (
            zipped("xl/workbook.xml"),
            "",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "broken",
        ),
        (zipped("a.txt"), "", "application/zip", "ok"),
        (locked(zipped("a.txt")), "", "application/zip", "encrypted"),
        (OLE + "WordDocument".encode("utf-16-le"), "", "application/msword", "broken"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "", "application/x-ole-storage", "encrypted"),
        (b"{\\rtf1 hello}", "", "application/rtf", "ok"),
        (b"\x78\x9f\x3e\x22" + b"x", "winmail.dat", "application/ms-tnef", "broken"),
        (b"\0\0\0\x18ftypheic", "", "image/heic", "unsupported"),
        (bytes(range(256)), "a.txt", "application/octet-stream", "unsupported"),
        (b"-----BEGIN PGP MESSAGE-----\nx", "", "application/pgp-encrypted", "encrypted"),
        (b"hello", "a.txt", "text/plain", "ok"),
        (b"a,b", "A.CSV", "text/csv", "ok"),
        (b"# x", "a.md", "text/markdown", "ok"),
        (b"<p>x", "a.htm", "text/html", "ok"),
        (b"\xef\xbb\xbf<!DOCTYPE html><p>x", "", "text/html", "ok"),
        (b"{}", "a.json", "application/json", "ok"),
        (some_mail(), "", "message/rfc822", "ok"),
        (b"Subject: x\n\nbody", "a.eml", "message/rfc822", "ok"),
        (b"From: me\nTo: you\nSubject: x\n\npasted", "a.txt", "text/plain", "ok"),
        (b"", "a.txt", "text/plain", "empty"),
        (b" \n", "", "text/plain", "empty"),
    ],
)
def test_the_content_decides_what_a_file_is_then_its_name(data, name, media_type, status):
    extraction = extract_file(data, name=name)
    assert (extraction.media_type, extraction.status.value) == (media_type, status)
    assert bool(extraction.detail) == (status != "ok")
    assert bool(extraction.spans) == (status == "ok")


def test_a_text_file_is_one_new_span():
    [span] = extract_file(b"> not a mail\n\nhello", name="a.txt").spans
    assert (span.kind, span.text, span.part) == (NEW, "> not a mail\n\nhello", "body")


def test_a_page_is_its_title_and_its_text():
    extraction = extract_file(b"<html><title>Plan</title><p>one<p>two</html>")
    assert [(span.kind, span.text) for span in extraction.spans] == [(TITLE, "Plan"), (NEW, "one\ntwo")]


def test_every_mail_of_a_mailbox_is_read():
    separator = b"From a@b.example Mon May  5 10:00:00 2025\n"
    message = EmailMessage()
    message["From"] = "a@b.example"
    message.set_content("with attachment")
    message.add_attachment("second text", filename="x.txt")
    data = separator + message.as_bytes() + b"\n" + separator + some_mail("third text")
    texts = [span.text for span in extract_file(data).spans]
    assert texts == ["with attachment", "second text", "hi", "third text"]


def test_mails_beyond_the_limit_of_a_mailbox_are_counted():
    data = (b"From a@b.example Mon May  5 10:00:00 2025\n" + some_mail() + b"\n") * 5
    extraction = extract_file(data, limits=Limits(max_parts=3))
    assert len(extraction.spans) == 6
    assert extraction.detail == "mails beyond the first 3 of 5 not read"


def test_a_file_on_disk_is_read(tmp_path: Path):
    (tmp_path / "a.txt").write_bytes("mañana".encode("cp1252"))
    assert extract_path(tmp_path / "a.txt").spans[0].text == "mañana"


def test_a_large_file_is_not_read_whole(tmp_path: Path):
    path = tmp_path / "huge.txt"
    path.touch()
    os.truncate(path, 10**12)
    extraction = extract_path(path, Limits(max_bytes=1000))
    assert extraction.status is ExtractStatus.TOO_LARGE


def make_fifo(path):
    os.mkfifo(path)


def make_socket(path):
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))


def make_loop(path):
    path.symlink_to(path)


@pytest.mark.parametrize(
    "make",
    [make_fifo, make_socket, make_loop, Path.mkdir, lambda path: path.symlink_to("/dev/zero"), lambda path: None],
)
def test_what_is_no_readable_file_is_broken_and_never_waited_for(make, tmp_path: Path):
    make(tmp_path / "x")
    extraction = extract_path(tmp_path / "x")
    assert extraction.status is ExtractStatus.BROKEN
    assert extraction.detail.startswith("cannot be read: ")
    assert str(tmp_path) not in extraction.detail


def test_an_impossible_path_is_broken():
    assert extract_path(Path("a\0b")).status is ExtractStatus.BROKEN


@pytest.mark.parametrize("export_type", ["text/plain", "text/csv"])
def test_an_export_is_its_title_and_its_text(export_type):
    extraction = extract_export(b"\xef\xbb\xbfFrom: me\r\nMessage-ID: 1\r\n", export_type, "My essay")
    assert [(span.kind, span.text, span.part) for span in extraction.spans] == [
        (TITLE, "My essay", ""),
        (NEW, "From: me\nMessage-ID: 1", "body"),
    ]
    assert (extraction.status, extraction.media_type) == (ExtractStatus.OK, export_type)


@pytest.mark.parametrize(
    ("data", "export_type", "status"),
    [
        (b"%PDF-1.7", "application/pdf", ExtractStatus.BROKEN),
        (b"\x89PNG\r\n\0\0", "text/plain", ExtractStatus.UNSUPPORTED),
        (b"", "text/plain", ExtractStatus.OK),
        (b"x" * 200, "text/plain", ExtractStatus.TOO_LARGE),
        (b"x" * 200, "image/png", ExtractStatus.TOO_LARGE),
    ],
)
def test_the_title_is_read_even_where_the_content_is_not(data, export_type, status):
    extraction = extract_export(data, export_type, "My\0title", Limits(max_bytes=100))
    assert extraction.status is status
    assert [(span.kind, span.text) for span in extraction.spans] == [(TITLE, "My\ufffdtitle")]


def test_a_mail_file_in_drive_is_read_as_mail():
    extraction = extract_export(some_mail(), "message/rfc822", "saved.eml")
    assert [span.text for span in extraction.spans] == ["saved.eml", "hi", "Hello"]

"""What once cost a file its text, or could: found by reading real collections and by damaging files."""

import base64
import zipfile
from io import BytesIO

import pytest

from monitor.domain.text import ExtractStatus, SpanKind
from monitor.extract.files import extract_file
from monitor.extract.mail import extract_mail
from tests.unit.extract.planted import pdf, xlsx
from tests.unit.extract.planted_old import compound, label, xls
from tests.unit.extract.planted_zip import zipped

SENTENCE = "the purple heron left at dawn"


def texts(extraction):
    return [span.text for span in extraction.spans]


@pytest.mark.parametrize("value", ["<FEFFD8000041>", "<FEFFDC00>", "<FEFF>"])
def test_half_a_character_in_a_title_does_not_cost_the_pages_of_a_pdf(value):
    data = pdf(
        f"6 0 obj <</Title{value}>> endobj",
        "7 0 obj <</First 8 0 R/Last 8 0 R/Count 1>> endobj",
        f"8 0 obj <</Title{value}/Parent 7 0 R/Dest[3 0 R/Fit]>> endobj",
        content=f"BT /F 12 Tf 10 90 Td ({SENTENCE}) Tj ET",
        catalog="/Outlines 7 0 R",
        trailer="/Info 6 0 R",
    )
    extraction = extract_file(data)
    assert extraction.status is ExtractStatus.OK
    assert SENTENCE in texts(extraction)


def test_a_compound_file_is_what_stands_in_its_root_and_not_what_is_packed_into_it():
    book = xls(label(SENTENCE))
    assert extract_file(book).media_type == "application/vnd.ms-excel"
    inside = book + "WordDocument".encode("utf-16-le") + "__substg1.0_".encode("utf-16-le")
    extraction = extract_file(inside)
    assert extraction.media_type == "application/vnd.ms-excel"
    assert any(SENTENCE in text for text in texts(extraction))


def test_names_in_capitals_are_the_same_names():
    stream = BytesIO(xls(label(SENTENCE))).getvalue()
    renamed = stream.replace("Workbook".encode("utf-16-le"), "WORKBOOK".encode("utf-16-le"))
    assert renamed != stream
    assert any(SENTENCE in text for text in texts(extract_file(renamed)))


def test_a_compound_file_without_a_directory_is_still_named():
    data = compound({"WordDocument": b"x" * 600})[:512] + "WordDocument".encode("utf-16-le")
    assert extract_file(data).media_type == "application/msword"


@pytest.mark.parametrize("folder", ["word", "xl", "ppt", "homework"])
def test_a_folder_with_the_name_of_an_office_part_makes_no_office_file(folder):
    extraction = extract_file(zipped({f"{folder}/notes.txt": SENTENCE}))
    assert extraction.media_type == "application/zip"
    assert SENTENCE in texts(extraction)


def test_a_workbook_whose_directory_is_lost_is_told_by_its_members():
    whole = xlsx(f'<sheetData><row><c t="str"><v>{SENTENCE}</v></c></row></sheetData>')
    extraction = extract_file(whole[: whole.rindex(b"PK\x01\x02")])
    assert extraction.media_type.endswith("spreadsheetml.sheet")
    assert any(SENTENCE in text for text in texts(extraction))


def test_what_a_delivery_report_says_in_words_is_read():
    raw = (
        b"From: postmaster@school.example\nMIME-Version: 1.0\nContent-Type: multipart/report; boundary=b\n\n--b\n"
        b"Content-Type: message/delivery-status\n\nThis Message was undeliverable:\n\n\nMail box is full.\n\n--b--\n"
    )
    assert any("Mail box is full." in text for text in texts(extract_mail(raw)))


def test_a_page_of_a_book_is_one_whatever_its_extension():
    package = (
        '<package><manifest><item id="a" href="a.xml" media-type="application/xhtml+xml"/></manifest>'
        '<spine><itemref idref="a"/></spine></package>'
    )
    book = BytesIO()
    with zipfile.ZipFile(book, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("content.opf", package)
        archive.writestr("a.xml", f"<html><body><p>{SENTENCE}</p></body></html>")
    assert [span.kind for span in extract_file(book.getvalue()).spans if SENTENCE in span.text] == [SpanKind.NEW]


def test_lines_of_a_letter_written_as_html_in_rtf_stay_apart():
    data = rb"{\rtf1\ansi\fromhtml1 {\*\htmltag <BR>}one\htmlrtf \line\htmlrtf0 two}"
    assert texts(extract_file(data)) == ["one\ntwo"]


@pytest.mark.parametrize("declared", ["<!DOCTYPE a [<!ENTITY w 'the purple heron left at dawn'>]>", ""])
def test_words_in_an_entity_are_not_lost(declared):
    data = f'<?xml version="1.0"?>{declared}<a>{"&w;" if declared else SENTENCE}</a>'.encode()
    assert any(SENTENCE in text for text in texts(extract_file(data, name="a.xml")))


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b"7z\xbc\xaf\x27\x1c\0\4" + bytes(60), "application/x-7z-compressed"),
        (b"Rar!\x1a\x07\x01\0" + bytes(60), "application/vnd.rar"),
        (b"!BDN" + bytes(60), "application/vnd.ms-outlook-pst"),
        (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d" + bytes(60), "application/onenote"),
        (b"\0\0\0\x18ftypheic" + bytes(60), "image/heic"),
        (b"\0\0\0\x18ftypavif" + bytes(60), "image/avif"),
        (b"\xffWPC" + bytes(60), "application/vnd.wordperfect"),
    ],
)
def test_what_is_not_read_says_what_it_is(data, media_type):
    extraction = extract_file(data)
    assert (extraction.status, extraction.media_type) == (ExtractStatus.UNSUPPORTED, media_type)
    assert media_type in extraction.detail


@pytest.mark.parametrize("text", ["BMX is fun and so is this", "MZ was here today", "ID3 tags are what I study"])
def test_a_text_that_begins_like_a_picture_is_a_text(text):
    assert texts(extract_file(text.encode(), name="a.txt")) == [text]


@pytest.mark.parametrize("charset", ["utf-16", "utf-8-sig"])
@pytest.mark.parametrize("name", ["a.doc", "a.htm", "unnamed"])
def test_a_page_with_a_byte_order_mark_is_a_page_under_any_name(charset, name):
    data = f"<html><body><p>{SENTENCE}</p></body></html>".encode(charset)
    extraction = extract_file(data, name=name)
    assert extraction.media_type == "text/html"
    assert SENTENCE in texts(extraction)


def test_an_undeclared_charset_of_east_asia_is_read():
    words = "\u3042\u306e\u5b66\u6821\u3067\u5f85\u3063\u3066\u3044\u307e\u3059 \u30b2\u30fc\u30e0 "
    words += "\u3068\u8a00\u3044\u307e\u3057\u305f"
    assert texts(extract_file((words * 20).encode("cp932"), name="a.txt")) == [words * 20]


@pytest.mark.parametrize("disposition", ["attachment", "inline"])
def test_a_text_with_a_name_is_read_in_the_charset_that_it_declares(disposition):
    head = (
        f"From: a@b.example\nContent-Type: text/plain; charset=shift_jis\nContent-Transfer-Encoding: base64\n"
        f'Content-Disposition: {disposition}; filename="a b.txt"\n\n'
    )
    raw = head.encode() + base64.b64encode("look \u5b66\u6821 here".encode("shift_jis"))
    assert texts(extract_mail(raw)) == ["look \u5b66\u6821 here"]


def test_a_long_string_in_a_million_cells_is_not_written_a_million_times():
    cells = "<sheetData><row>" + '<c t="s"><v>0</v></c>' * 100_000 + "</row></sheetData>"
    strings = f"<sst xmlns='x'><si><t>{'harm ' * 20_000}</t></si></sst>"
    extraction = extract_file(xlsx(cells, **{"xl/sharedStrings.xml": strings}))
    assert extraction.status is ExtractStatus.OK
    assert "text cut" in extraction.detail

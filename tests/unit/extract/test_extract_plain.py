"""Bytes to text: character sets declared, missing and wrong."""

import codecs
import json

import pytest

from monitor.extract.flowed import join_flowed
from monitor.extract.plain import clean_text, decode_bytes, decode_document

WORD = "mañana café"


@pytest.mark.parametrize(
    ("data", "charset"),
    [
        (WORD.encode(), None),
        (WORD.encode(), "utf-8"),
        (WORD.encode("cp1252"), None),
        (WORD.encode("cp1252"), "utf-8"),
        (WORD.encode("cp1252"), "us-ascii"),
        (WORD.encode("cp1252"), "iso-8859-1"),
        (WORD.encode(), "no-such-charset"),
        (WORD.encode(), "x" * 5_000),
        (WORD.encode(), "idna"),
        (WORD.encode(), "base64"),
        (WORD.encode(), "unicode_escape"),
        (WORD.encode(), '"UTF-8"'),
        (WORD.encode("utf-16"), None),
        (WORD.encode("utf-16"), "utf-8"),
        (WORD.encode("utf-16-le"), None),
        (WORD.encode("utf-16-be"), None),
        (codecs.BOM_UTF8 + WORD.encode(), None),
        (codecs.BOM_UTF32_LE + WORD.encode("utf-32-le"), None),
        (WORD.encode("utf-7"), "unicode-1-1-utf-7"),
    ],
)
def test_text_is_read_whatever_its_character_set_is_said_to_be(data, charset):
    assert decode_bytes(data, charset) == WORD


def test_one_bad_byte_does_not_spoil_the_rest():
    assert decode_bytes("日本 ".encode() + b"\xe9 " + "año".encode()) == "日本 é año"
    assert decode_bytes("你好你好你好你好你好".encode("gb18030") + b"\xff" + b" fine" * 10, "gb2312").startswith("你好")


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("a\r\nb\rc\u2028d\x0be", "a\nb\nc\nd\ne"),
        ("k\0i\x1bl\x9fl", "k\ufffdi\ufffdl\ufffdl"),
        ("a\ud800b\udcffc", "a\ufffdb\ufffdc"),
        ("\ufeffa\tb", "a\tb"),
    ],
)
def test_what_json_or_a_database_could_refuse_is_replaced(raw, cleaned):
    assert clean_text(raw) == cleaned
    json.dumps(clean_text(raw), ensure_ascii=False).encode("utf-8")


@pytest.mark.parametrize("data", [bytes(range(256)) * 20, b"\x89\x00\x01\x02" * 100, b"\xff\xfe" + b"\0\xd8\1\0" * 99])
def test_a_binary_file_is_no_text(data):
    assert decode_document(data) is None


@pytest.mark.parametrize(
    "data", [WORD.encode(), WORD.encode("utf-16-le"), b"one\0nul in a long enough line of text", b""]
)
def test_text_with_a_stray_byte_is_still_text(data):
    assert decode_document(data) is not None


@pytest.mark.parametrize(
    ("flowed", "joined"),
    [
        ("I will \nsee you\nlater", "I will see you\nlater"),
        ("> a \n> b\nc", "> a b\nc"),
        ("> a \n>> b", "> a \n>> b"),
        ("text \n-- \nBo", "text \n-- \nBo"),
        (" From me", "From me"),
        ("", ""),
    ],
)
def test_soft_line_breaks_are_joined(flowed, joined):
    assert join_flowed(flowed) == joined


def test_soft_breaks_of_languages_without_spaces_leave_none():
    assert join_flowed("日本 \n語", delete_space=True) == "日本語"

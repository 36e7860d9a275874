"""Mails of random structure whose words are known: every charset and encoding that mail uses, nested in every way.

`mails()` draws a mail and the list of words planted in it, one for each part that people would read. The mail is put
together from bytes, by no library, so that it can be wrong in the ways in which real ones are.
"""

import base64
import binascii
import quopri
from collections.abc import Callable
from urllib.parse import quote_from_bytes

from hypothesis import strategies as st

Mail = tuple[bytes, list[str]]

# Charset → a word that it can write and ASCII cannot.
WORDS = {
    "utf-8": "žlutý", "iso-8859-1": "Größe", "iso-8859-2": "žluť", "iso-8859-3": "ĉielo", "iso-8859-4": "ķēde",
    "iso-8859-5": "школа", "iso-8859-6": "مدرسة", "iso-8859-7": "σχολείο", "iso-8859-8": "תיבה", "iso-8859-9": "ağaç",
    "iso-8859-10": "þak", "iso-8859-13": "žodis", "iso-8859-14": "ŵyth", "iso-8859-15": "cœur", "iso-8859-16": "școală",
    "windows-1250": "příliš", "windows-1251": "школа", "windows-1252": "naïve", "windows-1253": "σχολή",
    "windows-1254": "ışık", "windows-1255": "תיבה", "windows-1256": "مدرسة", "windows-1257": "ūdens",
    "windows-1258": "đi", "koi8-r": "школа", "koi8-u": "їжак", "ibm850": "niño", "cp437": "niño", "mac-roman": "été",
    "gb2312": "学校", "gbk": "學校", "gb18030": "学校", "big5": "學校", "euc-tw": "", "euc-jp": "学校", "shift_jis": "学校",
    "iso-2022-jp": "学校", "euc-kr": "학교", "ks_c_5601-1987": "학교", "iso-2022-kr": "학교", "utf-16": "škola",
    "utf-16le": "škola", "utf-32": "škola", "utf-7": "škola", "tis-620": "โรงเรียน", "hz-gb-2312": "学校",
}  # fmt: skip
_PYTHON_NAMES = {"ks_c_5601-1987": "cp949", "windows-874": "cp874", "hz-gb-2312": "hz"}
_NOT_FOR_HEADERS = {"utf-16", "utf-16le", "utf-32"}
_BINARY_ONLY = {"utf-16", "utf-16le", "utf-32"}
CHARSETS = sorted(name for name, word in WORDS.items() if word)


def encoded(text: str, charset: str) -> bytes:
    return text.encode(_PYTHON_NAMES.get(charset, charset))


def _uuencoded(data: bytes) -> bytes:
    lines = b"".join(binascii.b2a_uu(data[at : at + 45]) for at in range(0, len(data), 45))
    return b"begin 644 a.txt\n" + lines + b"`\nend\n"


ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "base64": base64.encodebytes,
    "BASE64": lambda data: base64.b64encode(data) + b"\n",
    "quoted-printable": quopri.encodestring,
    "8bit": lambda data: data,
    "binary": lambda data: data,
    "x-uuencode": _uuencoded,
}


class Planter:
    """Makes the words of a mail and remembers them; the number keeps each of them apart from the others."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def sentence(self, charset: str) -> str:
        word = f"{WORDS[charset]}{len(self.words)}x"
        self.words.append(word)
        return f"look {word} here"


@st.composite
def leaves(draw: st.DrawFn, planter: Planter) -> bytes:
    """A part with text, inline or attached, with its headers."""
    charset = draw(st.sampled_from(CHARSETS))
    text = planter.sentence(charset)
    is_page = draw(st.booleans())
    if is_page:
        text = f"<html><body><p>{text}</p></body></html>"
    wide = charset in _BINARY_ONLY
    encoding = draw(st.sampled_from(["base64", "BASE64"] if wide else sorted(ENCODINGS)))
    if is_page and encoding == "x-uuencode":
        encoding = "base64"
    body = ENCODINGS[encoding](encoded(text + "\n", charset))
    kind = b"text/html" if is_page else b"text/plain"
    shown = charset.upper() if draw(st.booleans()) else f'"{charset}"'
    head = b"Content-Type: " + kind + b"; charset=" + shown.encode()
    if not is_page and charset == "utf-8" and draw(st.booleans()):
        head += b"; format=flowed; delsp=yes"
    head += b"\nContent-Transfer-Encoding: " + encoding.encode() + b"\n"
    return head + draw(_disposition(planter)) + b"\n" + body


@st.composite
def _disposition(draw: st.DrawFn, planter: Planter) -> bytes:
    """Inline, or attached under a name that is written in one of the three ways in which names are written."""
    way = draw(st.sampled_from(["none", "none", "inline", "plain", "rfc2231", "pieces"]))
    if way == "none":
        return b""
    if way == "inline":
        return b"Content-Disposition: inline\n"
    if way == "plain":
        return b'Content-Disposition: attachment; filename="a b.txt"\n'
    name = f"note-{len(planter.words)}-é.txt".encode()
    if way == "rfc2231":
        return b"Content-Disposition: attachment; filename*=utf-8''" + quote_from_bytes(name).encode() + b"\n"
    first, second = (quote_from_bytes(piece).encode() for piece in (name[:4], name[4:]))
    return b"Content-Disposition: attachment;\n filename*0*=utf-8''" + first + b";\n filename*1*=" + second + b"\n"


@st.composite
def parts(draw: st.DrawFn, planter: Planter, depth: int) -> bytes:
    """A part: a leaf, a mail in the mail, or a multipart with more of them."""
    shape = draw(st.sampled_from(["leaf", "leaf", "mixed", "alternative", "related", "signed", "digest", "message"]))
    if depth <= 0 or shape == "leaf":
        return draw(leaves(planter))
    if shape == "message":
        return b"Content-Type: message/rfc822\n\n" + draw(messages(planter, depth - 1))
    boundary = f"=_{depth}.{len(planter.words)}=b".encode()
    count = draw(st.integers(1, 3))
    if shape == "digest":
        children = [b"\n" + draw(messages(planter, depth - 1)) for _ in range(count)]
    else:
        children = [draw(parts(planter, depth - 1)) for _ in range(count)]
    head = b"Content-Type: multipart/" + shape.encode() + b';\n\tboundary="' + boundary + b'"\n\n'
    preamble = draw(st.sampled_from([b"", b"This is a multi-part message in MIME format.\n"]))
    end = draw(st.sampled_from([b"--\n", b"--", b"\n", b""])) if depth == 1 else b"--\n"
    body = b"".join(b"\n--" + boundary + b"\n" + child for child in children)
    return head + preamble + body + (b"\n--" + boundary + end if end else b"\n")


@st.composite
def subjects(draw: st.DrawFn, planter: Planter) -> bytes:
    """A subject in encoded words of either kind, or in bare bytes."""
    charset = draw(st.sampled_from([name for name in CHARSETS if name not in _NOT_FOR_HEADERS]))
    way = draw(st.sampled_from(["b", "q", "raw", "split"]))
    if way == "raw":
        return b"Subject: " + planter.sentence("utf-8").encode()
    data = encoded(planter.sentence(charset), charset)
    name = charset.encode()
    if way == "b":
        return b"Subject: =?" + name + b"?B?" + base64.b64encode(data) + b"?="
    hexed = b"".join(b"=%02X" % byte for byte in data)
    if way == "q":
        return b"Subject: =?" + name + b"?Q?" + hexed + b"?="
    at = 3 * draw(st.integers(1, max(1, len(data) - 1)))
    return b"Subject: =?" + name + b"?q?" + hexed[:at] + b"?=\n =?" + name + b"?q?" + hexed[at:] + b"?="


@st.composite
def messages(draw: st.DrawFn, planter: Planter, depth: int) -> bytes:
    """A mail with some headers missing."""
    lines = [
        b"From: Ana <ana@school.example>",
        b"Message-ID: <1@school.example>",
        b"Date: Mon, 5 May 2025 10:00:00 +0000",
    ]
    kept = [line for line in lines[1:] if draw(st.booleans())]
    head = [lines[0], *kept]
    if draw(st.booleans()):
        head.append(draw(subjects(planter)))
    if draw(st.booleans()):
        head.append(b"MIME-Version: 1.0")
    return b"\n".join(head) + b"\n" + draw(parts(planter, depth))


@st.composite
def mails(draw: st.DrawFn) -> Mail:
    """A mail and the words that must be found in it."""
    planter = Planter()
    raw = draw(messages(planter, draw(st.integers(0, 3))))
    return (raw.replace(b"\n", b"\r\n") if _may_fold(raw) and draw(st.booleans()) else raw), planter.words


def _may_fold(raw: bytes) -> bool:
    # Line ends inside binary parts are not line ends.
    return all(byte < 128 for byte in raw)

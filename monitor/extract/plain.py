"""Bytes to text when nobody says, or somebody says wrongly, which character set they are in."""

import codecs
import re

from monitor.extract.charsets import guess_charset, guess_script, is_utf8_beyond_doubt

_REPLACEMENT = "\ufffd"
_BAD_BYTES = "heed-bad-utf8-bytes-as-cp1252"
_MOSTLY_BAD = 1000
_MANY_LETTERS = 12
_WIDE_LABELS = ("utf-16", "utf16", "utf-32", "utf32", "ucs-2")
# Charsets that look like ASCII and say by a mark where their letters begin.
_SHIFTED = ((b"\x1b$)C", "iso2022_kr"), (b"\x1b$", "iso2022_jp_2"), (b"~{", "hz"))
_SAMPLE_CHARS = 65_536
_CONTROL_SHARE = 0.05

_LINE_BREAK = re.compile("\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_CLEAN_ASCII = {
    number: "\n" if _LINE_BREAK.match(chr(number)) else _REPLACEMENT
    for number in range(128)
    if _LINE_BREAK.match(chr(number)) or _CONTROL.match(chr(number))
}
_NOT_TEXT = re.compile("[\x00-\x07\x0e-\x1a\x1c-\x1f\x7f\x81\x8d\x8f\x90\x9d\ufffd]")
_BEYOND_ASCII = re.compile("[^\0-\x7f]")
_CHARSET_NAME = re.compile(r"[a-z0-9._:-]{1,40}")

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Supersets that browsers use for these labels, and labels that mail programs invent.
_ALIASES = {
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "x-sjis": "cp932",
    "shift_jis": "cp932",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "unicode-1-1-utf-7": "utf-7",
    "cp-850": "cp850",
}
# A label that says nothing (ASCII is inside UTF-8), or a codec that is not a character set: some of Python's
# need time that grows with the square of the input or interpret escapes.
_GUESS_INSTEAD = frozenset(
    {"us-ascii", "ascii", "idna", "punycode", "unicode_escape", "unicode-escape", "raw_unicode_escape", "undefined"}
)


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)  # noqa: S101 - only registered for decoding
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_BAD_BYTES, _as_cp1252)


def clean_text(text: str) -> str:
    """`text` with `\\n` as the only line break and nothing that UTF-8 or JSON could refuse.

    Control characters, lone surrogates and non-characters become U+FFFD, so that a place where something
    stood stays visible.
    """
    text = text.removeprefix("\ufeff")
    if text.isascii():  # most of what is written, and far quicker this way
        return text.replace("\r\n", "\n").translate(_CLEAN_ASCII)
    return _CONTROL.sub(_REPLACEMENT, _LINE_BREAK.sub("\n", text))


def decode_bytes(data: bytes, charset: str | None = None) -> str:
    """`data` as clean text; never raises.

    Tried in this order: a byte order mark, `charset` as declared unless the bytes plainly say otherwise, UTF-16 by its
    zero bytes, UTF-8, the charset whose usual letters the bytes give, Windows-1252.
    """
    for bom, codec in _BOMS:
        if data.startswith(bom):
            return clean_text(data[len(bom) :].decode(codec, "replace"))
    declared = _decode_declared(data, charset) if charset else None
    return clean_text(_guess(data) if declared is None else declared)


def decode_document(data: bytes) -> str | None:
    """`data` as clean text, or None when it is not text at all (a picture, a program)."""
    text = decode_bytes(data)
    return text if is_readable(text) else None


def is_readable(text: str) -> bool:
    """Whether what bytes were decoded to is a text, and not a picture or a program read as one."""
    sample = text[:_SAMPLE_CHARS]
    return len(_NOT_TEXT.findall(sample)) <= _CONTROL_SHARE * len(sample)


def _decode_declared(data: bytes, charset: str) -> str | None:
    name = charset.strip(" \t'\"").lower()
    if name in _GUESS_INSTEAD or not _CHARSET_NAME.fullmatch(name):
        return None
    codec = _ALIASES.get(name, name)
    if _is_no_16_bits(data) if name.startswith(_WIDE_LABELS) else is_utf8_beyond_doubt(data):
        return None
    if codec == "cp1252":
        # The label of those who did not ask.
        codec = guess_script(data, _MANY_LETTERS) or codec
    try:
        return data.decode(codec)
    except (LookupError, ValueError):
        return _decode_damaged(data, name)


def _is_no_16_bits(data: bytes) -> bool:
    """Whether what is called UTF-16 or UTF-32 is plain UTF-8: no zero in it, and every byte in its place."""
    try:
        return 0 not in data and bool(data.decode("utf-8"))
    except UnicodeDecodeError:
        return False


def _decode_damaged(data: bytes, name: str) -> str | None:
    """A few bad bytes in a multi-byte charset are no reason to misread the rest."""
    if not name.startswith(("gb", "big5", "euc", "iso-2022", "shift", "utf-16", "utf-32", "ks_c")):
        return None
    try:
        text = data.decode(_ALIASES.get(name, name), "replace")
    except (LookupError, ValueError):
        return None
    return text if text.count(_REPLACEMENT) * 20 < len(text) else None


def _guess(data: bytes) -> str:
    wide = _utf16_byte_order(data[:4096])
    if wide:
        return data.decode(wide, "replace")
    shifted = _shifted(data)
    if shifted is not None:
        return shifted
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    text = data.decode("utf-8", "replace")
    bad = text.count(_REPLACEMENT)
    if len(_BEYOND_ASCII.findall(text[:_SAMPLE_CHARS])) < 2 * text[:_SAMPLE_CHARS].count(_REPLACEMENT):
        codec = guess_charset(data)
        if codec != "cp1252":
            return data.decode(codec, "replace")
    # The handler runs once per bad byte; where almost everything is bad, one fast pass is as good.
    if bad > _MOSTLY_BAD:
        return data.decode("cp1252", "replace")
    return data.decode("utf-8", _BAD_BYTES)


def _shifted(data: bytes) -> str | None:
    """The text of a charset that switches between alphabets; None where there is no such mark, or no whole text."""
    codec = next((codec for mark, codec in _SHIFTED if mark in data), None)
    if codec is None or not data.isascii():
        return None
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return None


def _utf16_byte_order(sample: bytes) -> str | None:
    """Western text in UTF-16 has a zero in nearly every second byte and hardly any in the others."""
    pairs = len(sample) // 2
    if not pairs:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > 0.6 * pairs and even <= 0.1 * pairs:
        return "utf-16-le"
    if even > 0.6 * pairs and odd <= 0.1 * pairs:
        return "utf-16-be"
    return None

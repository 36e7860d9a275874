"""Rich Text Format: the words of body, headers, notes, comments and shapes, hidden and deleted ones marked."""

import binascii
import codecs
import re
from dataclasses import dataclass, replace

from monitor.domain.text import Span, SpanKind
from monitor.extract.context import Context
from monitor.extract.gather import Gather, Key

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)|[\r\n]+"
)
_SKIPPED = frozenset(
    b"fonttbl colortbl stylesheet listtable listoverridetable rsidtbl generator pict nonshppict themedata datastore"
    b" colorschememapping latentstyles xmlnstbl fldinst filetbl revtbl mmathPr panose falt fname wgrffmtfilter"
    b" bkmkstart bkmkend atnid atnauthor atndate atnref atntime atrfstart atrfend objclass objname htmltag mhtmltag"
    b" pntext pntxtb pntxta author operator company creatim revtim printim buptim private passwordhash sn sp_ listname"
    b" background template manager hlinkbase docvar xe tc rxe factoidname protusertbl userprops".split()
)
_READ_ALTHOUGH_STARRED = frozenset(
    b"shpinst shptxt annotation footnote ftnsep bkmk field fldrslt formfield ffdeftext ffl shp shppict_ txfield"
    b" objdata title urtf upr ud do dptxbx dptxbxtext do".split()
)
_PLACES: dict[bytes, Key] = {
    b"annotation": (SpanKind.COMMENT, ""),
    b"title": (SpanKind.TITLE, ""),
    b"subject": (SpanKind.TITLE, ""),
    b"keywords": (SpanKind.TITLE, ""),
    b"doccomm": (SpanKind.TITLE, ""),
}
_BREAKS = {b"par": "\n", b"line": "\n", b"row": "\n", b"sect": "\n", b"page": "\n", b"tab": "\t", b"cell": "\t"}
_BREAKS |= {b"nestcell": "\t", b"nestrow": "\n"}
_CHARACTERS = {
    b"emdash": "\u2014", b"endash": "\u2013", b"lquote": "\u2018", b"rquote": "\u2019", b"ldblquote": "\u201c",
    b"rdblquote": "\u201d", b"bullet": "\u2022", b"emspace": " ", b"enspace": " ", b"qmspace": " ",
}  # fmt: skip
_CHARSETS = {
    0: "cp1252", 77: "mac-roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030", 136: "big5", 161: "cp1253",
    162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
    238: "cp1250",
}  # fmt: skip
_HIDDEN: Key = (SpanKind.HIDDEN, "hidden")
_DELETED: Key = (SpanKind.HIDDEN, "deleted")
_MAX_DEPTH = 5_000


@dataclass(slots=True)
class _State:
    """What a group inherits and gives back at its end."""

    place: Key | None = None
    skip: bool = False
    hidden: bool = False
    deleted: bool = False
    html: bool = False
    object_data: bool = False
    fonts: bool = False
    unicode_skip: int = 1
    charset: str = ""


def read_rtf(data: bytes, context: Context) -> list[Span]:
    """The spans of an RTF file, also of one that breaks off."""
    reader = _Reader()
    for match in _TOKEN.finditer(data):
        reader.take(match)
    reader.flush()
    spans = reader.gather.spans()
    for content in reader.objects:
        spans += context.nested(content, "object")
    return spans


class _Reader:
    """One pass over the tokens."""

    def __init__(self) -> None:
        self.gather = Gather("body")
        self.objects: list[bytes] = []
        self._state = _State()
        self._stack: list[_State] = []
        self._codepage = "cp1252"
        self._font_charsets: dict[int, str] = {}
        self._font = 0
        self._bytes = bytearray()
        self._object = bytearray()
        self._starred = False
        self._to_skip = 0
        self._high = 0

    def take(self, match: "re.Match[bytes]") -> None:
        """Handle one token."""
        word, number, code, symbol, brace, text = match.groups()
        if brace:
            self._group(brace)
        elif word:
            self._word(word, int(number) if number else None)
        elif code:
            self._byte(int(code, 16))
        elif symbol:
            self._symbol(symbol)
        elif text:
            self._text(text)

    def flush(self) -> None:
        """Decode the bytes that were met since the last other token."""
        if self._bytes:
            charset = self._state.charset or self._codepage
            self._write(bytes(self._bytes).decode(charset, "replace"))
            self._bytes.clear()

    def _group(self, brace: bytes) -> None:
        self.flush()
        self._starred = False
        self._to_skip = 0
        if brace == b"{":
            if len(self._stack) < _MAX_DEPTH:
                self._stack.append(replace(self._state))
        elif self._stack:
            before = self._state
            self._state = self._stack.pop()
            if before.place != self._state.place:
                self.gather.end()
            if before.object_data and not self._state.object_data:
                self._end_object()

    def _end_object(self) -> None:
        digits = bytes(self._object)
        self._object.clear()
        try:
            content = binascii.unhexlify(digits[: len(digits) // 2 * 2])
        except binascii.Error:
            return
        for magic in (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04", b"%PDF-", b"{\\rtf"):
            at = content.find(magic, 0, 4096)
            if at >= 0:
                self.objects.append(content[at:])
                return

    def _word(self, word: bytes, number: int | None) -> None:
        if word == b"u" and number is not None:
            self.flush()
            self._unicode(number)
            return
        self.flush()
        if self._starred:
            self._starred = False
            self._state.skip |= word not in _READ_ALTHOUGH_STARRED
        if word in _SKIPPED:
            self._state.skip = True
            self._state.fonts |= word == b"fonttbl"
        elif word in _PLACES:
            self._state.place = _PLACES[word]
        elif word in _BREAKS or word in _CHARACTERS:
            self._write(_BREAKS.get(word) or _CHARACTERS[word])
        else:
            self._property(word, number)

    def _property(self, word: bytes, number: int | None) -> None:
        state = self._state
        on = number != 0
        if word == b"v":
            state.hidden = on
        elif word == b"deleted":
            state.deleted = on
        elif word == b"plain":
            state.hidden = state.deleted = False
        elif word == b"htmlrtf":
            state.html = on
        elif word == b"objdata":
            state.object_data = True
        elif number is not None:
            self._number(word, number)

    def _number(self, word: bytes, number: int) -> None:
        if word == b"uc":
            self._state.unicode_skip = min(max(number, 0), 10)
        elif word == b"ansicpg":
            self._codepage = _codec(f"cp{number}") or self._codepage
        elif word == b"f":
            self._font = number
            self._state.charset = self._font_charsets.get(number, "")
        elif word == b"fcharset" and self._state.fonts and len(self._font_charsets) < 10_000:
            self._font_charsets[self._font] = _CHARSETS.get(number, "")

    def _unicode(self, number: int) -> None:
        self._to_skip = self._state.unicode_skip
        number &= 0xFFFF
        self._write(chr(number) if not 0xD800 <= number < 0xE000 else "")
        if 0xD800 <= number < 0xDC00:
            self._high = number
        elif 0xDC00 <= number < 0xE000 and self._high:
            self._write(chr(0x10000 + ((self._high - 0xD800) << 10) + number - 0xDC00))
            self._high = 0

    def _byte(self, value: int) -> None:
        if self._to_skip:
            self._to_skip -= 1
        else:
            self._bytes.append(value)

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self._starred = True
        elif symbol in b"\\{}":
            self._byte(symbol[0])
        elif symbol == b"~":
            self._bytes += b" "
        elif symbol == b"_":
            self._bytes += b"-"
        elif symbol in (b"\n", b"\r"):
            self.flush()
            self._write("\n")

    def _text(self, text: bytes) -> None:
        if self._state.object_data:
            self._object += b"".join(text.split())
            return
        if self._to_skip:
            skipped = min(self._to_skip, len(text))
            self._to_skip -= skipped
            text = text[skipped:]
        self._bytes += text

    def _write(self, text: str) -> None:
        state = self._state
        if state.skip or state.object_data or (state.html and text != "\n"):
            return  # line ends stand among what is written beside the HTML
        key = _DELETED if state.deleted else _HIDDEN if state.hidden else state.place
        self.gather.write(text, key)


def _codec(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        return {"cp10000": "mac-roman", "cp65001": "utf-8"}.get(name, "")

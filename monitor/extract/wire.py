"""What stands on the wire of a mail, decoded with patience: headers, transfer encodings, parameters.

The parser is the standard library's with its older policy: the newer one turns bytes outside ASCII in
headers into U+FFFD (a raw UTF-8 subject would be lost), raises on a number of malformed headers, and needs
time that grows with the square of a header's length. Decoding is done here, where it cannot fail.
"""

import binascii
import quopri
import re
from email import message_from_bytes
from email.message import Message
from email.policy import Compat32

from monitor.extract.plain import decode_bytes

PARSER_FAILURES = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError)
"""What the standard library's parser and its accessors raise on odd input."""

_MAX_BOUNDARY_WORK = 100_000_000
_MAX_NESTING = 1_000
_MAX_DELIMITERS = 100_000
_MAX_HEADER = 20_000
_ENCODED_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=_\-\s]|[A-Za-z0-9+/=][ \t]+[A-Za-z0-9+/=]")
_BASE64_LINE = re.compile(rb"[A-Za-z0-9+/=_-]*\s*")
_BASE64_PADDING = re.compile(rb"=+")
_BOUNDARY_LINE = re.compile(rb"^--([0-9A-Za-z'()+_,./:=?-]{4,70})[ \t]*\r?\n(?=[A-Za-z-]{1,40}:)", re.MULTILINE)
_URLSAFE = bytes.maketrans(b"-_", b"+/")
_FOLD = re.compile(r"\r?\n(?=[ \t])|[\r\n]+")


class _AsWritten(Compat32):
    """Hands headers out as they stand, bytes outside ASCII as surrogates, instead of as `Header` objects."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        # Reading parameters takes time that grows with the square of their number; titles may be long.
        return value if name.lower() == "subject" else value[:_MAX_HEADER]


_POLICY = _AsWritten()


def parse_message(raw: bytes) -> Message:
    """The structure of a mail.

    Raises ValueError when reading it would take time or memory out of all proportion (every line is compared
    with every boundary that is open, every part costs an object), and any of `PARSER_FAILURES` where
    the standard library gives up.
    """
    boundaries = min(raw.lower().count(b"boundary"), _MAX_NESTING)
    if boundaries * raw.count(b"\n") > _MAX_BOUNDARY_WORK:
        raise ValueError("too many boundaries for its length")
    if raw.count(b"\n--") > _MAX_DELIMITERS:
        raise ValueError("too many parts")
    return message_from_bytes(raw, policy=_POLICY)


def guess_parts(content: bytes) -> Message | None:
    """The parts of a multipart's content by the first line that looks like a boundary; None without one."""
    found = _BOUNDARY_LINE.search(content)
    if found is None:
        return None
    try:
        message = parse_message(b'Content-Type: multipart/mixed; boundary="%s"\n\n%s' % (found[1], content))
    except PARSER_FAILURES:
        return None
    return message if message.is_multipart() else None


def header_text(message: Message, name: str) -> str:
    """The first header `name`, unfolded, with encoded words decoded; empty when there is none."""
    try:
        value = message.get(name, "")
    except PARSER_FAILURES:
        return ""
    return decode_header(str(value)).strip()


def decode_header(value: str) -> str:
    """A header's value as text: folding undone, raw bytes guessed, encoded words (RFC 2047) decoded."""
    raw = _FOLD.sub("", value).encode("utf-8", "surrogateescape")
    return _decode_words(decode_bytes(raw))


def _decode_words(text: str) -> str:
    if "=?" not in text:
        return text
    out: list[str] = []
    run: list[bytes] = []
    run_charset = ""
    last = 0
    for match in _ENCODED_WORD.finditer(text):
        between = text[last : match.start()]
        charset = match[1].partition("*")[0].lower()
        # Space between two encoded words is not text; a character may be split over two of them.
        if between.strip() or charset != run_charset:
            out.append(decode_bytes(b"".join(run), run_charset))
            run = []
            out.append(between if between.strip() or not last else "")
        run.append(_decode_word(match[2], match[3]))
        run_charset, last = charset, match.end()
    out.append(decode_bytes(b"".join(run), run_charset))
    return "".join(out) + text[last:]


def _decode_word(encoding: str, word: str) -> bytes:
    data = word.encode("utf-8")
    if encoding in "qQ":
        return quopri.decodestring(data.replace(b"_", b"=20").replace(b" ", b"=20"))
    decoded = _decode_base64(data)
    return decoded if decoded or not word else data


def media_type_of(part: Message) -> str:
    """The declared media type in lower case; the default of the place where it is missing or senseless."""
    try:
        return part.get_content_type().lower()
    except PARSER_FAILURES:
        return "text/plain"


def parameter(part: Message, name: str, header: str = "content-type") -> str:
    """A parameter of a header, decoded however it was encoded; empty when there is none."""
    try:
        value = part.get_param(name, header=header)
    except PARSER_FAILURES:
        return ""
    if isinstance(value, tuple):
        charset, _, encoded = value
        # The standard library undoes the percent signs as Latin-1: one character for one byte.
        return decode_bytes(str(encoded).encode("latin-1", "surrogateescape"), charset)
    return decode_header(value) if value else ""


def file_name(part: Message) -> str:
    """The name that an attachment carries, without folders; empty when it has none."""
    name = parameter(part, "filename", "content-disposition") or parameter(part, "name")
    return re.split(r"[/\\]", name)[-1].strip()[:255]


def is_attached(part: Message) -> bool:
    """Whether the part says of itself that it is an attachment and not to be shown with the body."""
    return header_text(part, "content-disposition").lower().startswith("attachment")


def payload_bytes(part: Message) -> bytes:
    """The content of a part that has no parts, transfer encoding undone as far as it goes.

    Base64 that is followed by plain lines (the footer that a mailing list glued to it) or that is no base64 at
    all keeps those lines as they are.
    """
    encoding = header_text(part, "content-transfer-encoding").lower()
    try:
        if encoding == "base64":
            del part["content-transfer-encoding"]
        content = part.get_payload(decode=True)
    except PARSER_FAILURES:
        return b""
    if not isinstance(content, bytes):
        return b""
    return _decode_base64_and_rest(content) if encoding == "base64" else content


def _decode_base64_and_rest(content: bytes) -> bytes:
    if not _NOT_BASE64.search(content):
        return _decode_base64(content)
    encoded: list[bytes] = []
    rest: list[bytes] = []
    for line in content.splitlines():
        (encoded if _BASE64_LINE.fullmatch(line) else rest).append(line)
    return b"\n".join([_decode_base64(b"".join(encoded)), *rest]).strip(b"\n")


def _decode_base64(data: bytes) -> bytes:
    """Base64 in either alphabet, also several pieces one after another, also cut off in the middle."""
    letters = b"".join(data.split()).translate(_URLSAFE)
    pieces: list[bytes] = []
    for piece in _BASE64_PADDING.split(letters):
        whole = piece[: len(piece) - 1] if len(piece) % 4 == 1 else piece
        try:
            pieces.append(binascii.a2b_base64(whole + b"=" * (-len(whole) % 4)))
        except binascii.Error:
            continue
    return b"".join(pieces)

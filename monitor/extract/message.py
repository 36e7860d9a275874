"""The reader of mails: title, body split by who wrote it, attachments through the door that every file takes.

Nothing readable is dropped. What cannot be read is named in `detail` by media type and size only: file names
are a student's words and `detail` is kept.
"""

import re
from dataclasses import replace
from email.message import Message

from monitor.domain.text import Span, SpanKind
from monitor.extract import sniff, wire
from monitor.extract.context import Context
from monitor.extract.flowed import join_flowed
from monitor.extract.html import html_to_text
from monitor.extract.notes import name_media_type
from monitor.extract.plain import clean_text, decode_bytes, decode_document, is_readable
from monitor.extract.quotation import is_forward_subject, split_lines, split_quotation
from monitor.extract.smime import unwrap
from monitor.extract.trouble import Broken, Encrypted, Unreadable

MAIL = "message/rfc822"
BODY = "body"

_STOCK_PREAMBLE = re.compile(r"(?=.{0,600}$)[^\n]*\b(?:MIME|multi-?part)\b.*", re.IGNORECASE | re.DOTALL)
_WORD = re.compile(r"\w+")
_META_CHARSET = re.compile(rb"<meta[^<>]{0,200}?charset\s*=\s*[\"']?\s*([a-zA-Z0-9._:-]{1,40})", re.IGNORECASE)
_ARMOUR = re.compile(
    r"-----BEGIN PGP MESSAGE-----\n(?:[\w-]{1,30}: [^\n]*\n)*[A-Za-z0-9+/=\s]*-----END PGP MESSAGE-----"
)
_SMIME_TYPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_SIGNATURE_TYPES = frozenset(
    {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}
)
_UNREAD_MESSAGES = frozenset({"message/partial", "message/external-body"})
_FOLDED_TYPES = frozenset({"text/calendar", "text/vcard", "text/x-vcard", "text/directory"})
_SUBJECT = re.compile(rb"^subject:[ \t]*([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
_HEADERS_END = re.compile(rb"\r?\n[ \t]*\r?\n")


class MessageReader:
    """Reads one mail with everything nested in it; counts parts and remembers what was left out."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.notes = context.notes
        self._limits = context.limits

    def read_file(self, raw: bytes) -> list[Span]:
        """Spans of a mail that is a file of its own. Raises `Broken` when it is neither mail nor text."""
        spans = self.read_raw(raw, depth=0)
        if spans is None:
            raise Broken("not a mail message and not text")
        return spans

    def read_raw(self, raw: bytes, depth: int) -> list[Span] | None:
        """Spans of a message given as bytes; None when it is neither mail nor text."""
        raw = raw.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
        if not sniff.has_mail_header(raw):
            text = decode_document(raw)
            self.notes.add("no mail headers")
            return None if text is None else self._split_plain(text, forwarded=False)
        try:
            return self._read_message(wire.parse_message(raw), depth)
        except wire.PARSER_FAILURES as error:
            self.notes.add(f"structure not understood ({type(error).__name__}), read as plain text")
            return self._read_unparsed(raw)

    def _read_unparsed(self, raw: bytes) -> list[Span]:
        """Subject and everything after the headers of a message that the parser gave up on."""
        end = _HEADERS_END.search(raw)
        head, body = (raw[: end.start()], raw[end.end() :]) if end else (raw, b"")
        subject = _SUBJECT.search(head)
        title = wire.decode_header(subject[1].decode("ascii", "surrogateescape")) if subject else ""
        return [*_title(title), *self._split_plain(decode_bytes(body), is_forward_subject(title))]

    def _read_message(self, message: Message, depth: int) -> list[Span]:
        title = wire.header_text(message, "subject")
        return [*_title(title), *self._read_part(message, depth, is_forward_subject(title))]

    def _read_part(self, part: Message, depth: int, forwarded: bool) -> list[Span]:
        if depth > self._limits.max_depth:
            self.notes.add(f"parts nested deeper than {self._limits.max_depth} not read")
            return []
        if not self._context.take_part():
            return []
        media_type = wire.media_type_of(part)
        if part.is_multipart():
            return self._read_children(part, media_type, depth, forwarded)
        if media_type.startswith("multipart/"):
            return self._read_boundless(part, depth, forwarded)
        return self._read_leaf(part, media_type, depth, forwarded)

    def _read_boundless(self, part: Message, depth: int, forwarded: bool) -> list[Span]:
        """A multipart whose boundary is missing or never occurs: try the first line that looks like one."""
        guessed = wire.guess_parts(wire.payload_bytes(part))
        if guessed is None:
            self.notes.add("multipart without parts, read as plain text")
            return self._split_plain(_decode_text(part), forwarded)
        self.notes.add("multipart with a wrong boundary, read by a guessed one")
        return self._read_part(guessed, depth + 1, forwarded)

    def _read_children(self, part: Message, media_type: str, depth: int, forwarded: bool) -> list[Span]:
        children = [child for child in part.get_payload() if isinstance(child, Message)]
        if media_type.startswith("message/"):
            encoding = wire.header_text(part, "content-transfer-encoding").lower()
            return self._read_nested(children, media_type, encoding, depth)
        self._context.is_encrypted |= media_type == "multipart/encrypted"
        read = [self._read_margin(part.preamble, forwarded)]
        seen: set[str] = set()
        for child in children:
            spans = self._read_part(child, depth + 1, forwarded)
            words = {word for span in spans for word in _WORD.findall(span.text.lower())}
            # The HTML version usually repeats the plain one; one more word and it may hide something.
            if media_type != "multipart/alternative" or not words <= seen:
                read.append(spans)
            seen |= words
        read.append(self._read_margin(part.epilogue, forwarded))
        return [span for spans in read for span in spans]

    def _read_nested(self, children: list[Message], media_type: str, encoding: str, depth: int) -> list[Span]:
        """A message inside the message: whatever role its parts play there, here they are forwarded."""
        if media_type == "message/delivery-status":
            return [Span(SpanKind.ATTACHMENT, _report(child), media_type) for child in children]
        spans = (self._read_inner(child, encoding, depth + 1) for child in children)
        return _as_forwarded([span for some in spans for span in some])

    def _read_inner(self, child: Message, encoding: str, depth: int) -> list[Span]:
        """A message part may not be encoded, but some programs do, and then the parser finds no headers."""
        if encoding != "base64" or child.keys() or child.is_multipart():
            return self._read_message(child, depth)
        child["content-transfer-encoding"] = encoding
        return self.read_raw(wire.payload_bytes(child), depth) or []

    def _read_margin(self, margin: str | None, forwarded: bool) -> list[Span]:
        """Text before the first or after the last part; malformed mails and list footers put it there."""
        if not margin or not margin.strip():
            return []
        text = decode_bytes(margin.encode("utf-8", "surrogateescape"))
        return [] if _STOCK_PREAMBLE.match(text.strip()) else self._split_plain(text, forwarded)

    def _read_leaf(self, part: Message, media_type: str, depth: int, forwarded: bool) -> list[Span]:
        name = wire.file_name(part)
        if media_type.startswith("text/") and not name and not wire.is_attached(part):
            return self._read_body(part, media_type, forwarded)
        if media_type in _SIGNATURE_TYPES:
            return []  # holds no text of anybody
        return self._read_attachment(part, media_type, name, depth)

    def _read_body(self, part: Message, media_type: str, forwarded: bool) -> list[Span]:
        if media_type in sniff.HTML_TYPES or media_type == "text/x-amp-html":
            return self._split_html(decode_html(wire.payload_bytes(part), _charset(part)), forwarded)
        text = _decode_text(part)
        if wire.parameter(part, "format").lower() == "flowed":
            text = join_flowed(text, delete_space=wire.parameter(part, "delsp").lower() == "yes")
        if media_type in _FOLDED_TYPES:
            return [Span(SpanKind.ATTACHMENT, _unfold(text), media_type)]
        if "-----BEGIN PGP MESSAGE-----" in text and not _ARMOUR.sub("", text).strip():
            self._context.is_encrypted = True
            self.notes.add("body encrypted with PGP")
            return []
        return self._split_plain(text, forwarded)

    def _read_attachment(self, part: Message, media_type: str, name: str, depth: int) -> list[Span]:
        data = wire.payload_bytes(part)
        found = sniff.sniff(data, name, media_type)
        if found == sniff.BINARY and media_type.startswith("text/") and is_readable(decode_bytes(data, _charset(part))):
            found = media_type  # the part says in which charset it is text
        if media_type == "application/pgp-encrypted":
            self._context.is_encrypted = True
            self.notes.add(f"encrypted: {media_type} {len(data)} bytes")
            return []
        if media_type in _SMIME_TYPES and found in ("application/pkcs7-mime", sniff.BINARY):
            return self._read_smime(part, data, depth)
        if media_type in _UNREAD_MESSAGES:
            self.notes.add(f"unsupported attachment: {name_media_type(media_type)} {len(data)} bytes")
            return []
        if found in sniff.MAIL_TYPES:
            return _as_forwarded(self.read_raw(data, depth + 1) or []) if self._may_nest(depth) else []
        if sniff.is_text(found):
            return self._read_text_file(data, name or found, found, _charset(part))
        return self._context.nested(data, name or found, media_type)

    def _read_text_file(self, data: bytes, place: str, found: str, charset: str) -> list[Span]:
        """Unlike other files a text part may say its charset."""
        limit = self._limits.max_attachment_bytes
        if len(data) > limit:
            self.notes.add(f"text attachment of {len(data)} bytes cut at {limit}")
        return [Span(SpanKind.ATTACHMENT, read_text(data[:limit], found, charset), place)]

    def _read_smime(self, part: Message, data: bytes, depth: int) -> list[Span]:
        """What is only signed is this very mail, not an attachment of it."""
        try:
            inner = unwrap(data)
        except Unreadable as trouble:
            is_sealed = wire.parameter(part, "smime-type").lower() == "enveloped-data"
            self._context.is_encrypted |= isinstance(trouble, Encrypted) or is_sealed
            self.notes.add(f"{trouble.status.value}: application/pkcs7-mime {len(data)} bytes")
            return []
        return (self.read_raw(inner, depth + 1) or []) if inner and self._may_nest(depth) else []

    def _may_nest(self, depth: int) -> bool:
        if depth < self._limits.max_depth:
            return True
        self.notes.add(f"parts nested deeper than {self._limits.max_depth} not read")
        return False

    def _split_plain(self, text: str, forwarded: bool) -> list[Span]:
        return split_quotation(self._cut(text), part=BODY, forwarded=forwarded)

    def _split_html(self, html: str, forwarded: bool) -> list[Span]:
        page = html_to_text(html)
        if page.is_tangled:
            self.notes.add("HTML too deeply nested, read without its structure")
        if len(page.text) > self._limits.max_chars:
            return self._split_plain(page.text, forwarded)
        return split_lines(page.lines, marks=page.marks, rests=page.rests, part=BODY, forwarded=forwarded)

    def _cut(self, text: str) -> str:
        """No more of one part than may be handed out of the whole."""
        if len(text) > self._limits.max_chars:
            self.notes.add(f"text cut at {self._limits.max_chars} characters")
        return text[: self._limits.max_chars]


def read_text(data: bytes, media_type: str, charset: str | None = None) -> str:
    """The text of a file that `sniff` called `media_type`, HTML and calendars made readable."""
    if media_type in sniff.HTML_TYPES:
        page = html_to_text(decode_html(data, charset))
        return f"{page.title}\n{page.text}" if page.title else page.text
    text = decode_bytes(data, charset)
    return _unfold(text) if media_type in _FOLDED_TYPES else text


def _report(block: Message) -> str:
    """A block of a delivery report: its fields, and what some mail programs write there in words."""
    fields = "\n".join(f"{name}: {value}" for name, value in block.items())
    return clean_text(fields + "\n") + (_decode_text(block) if not block.is_multipart() else "")


def _title(text: str) -> list[Span]:
    return [Span(SpanKind.TITLE, text)] if text.strip() else []


def _as_forwarded(spans: list[Span]) -> list[Span]:
    return [span if span.kind is SpanKind.ATTACHMENT else replace(span, kind=SpanKind.FORWARDED) for span in spans]


def _charset(part: Message) -> str:
    return wire.parameter(part, "charset")


def _decode_text(part: Message) -> str:
    return decode_bytes(wire.payload_bytes(part), _charset(part))


def decode_html(data: bytes, charset: str | None) -> str:
    """A page as text: in the declared charset, else in the one that the page itself names."""
    if not charset:
        found = _META_CHARSET.search(data[:4096])
        charset = found[1].decode("ascii") if found else None
    return decode_bytes(data, charset)


def _unfold(text: str) -> str:
    """Calendar and address lines are broken in the middle of words and write their line ends as `\\n`."""
    text = re.sub(r"\n[ \t]", "", text)
    return text.replace("\\n", "\n").replace("\\,", ",").replace("\\;", ";")

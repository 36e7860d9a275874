"""Which reader reads what, for files and for files inside files."""

from monitor.domain.text import Span, SpanKind
from monitor.extract import containers, sniff
from monitor.extract.archives import read_bzip2, read_gzip, read_tar, read_xz, read_zip
from monitor.extract.context import Context, Reader
from monitor.extract.doc import read_doc
from monitor.extract.epub import read_epub
from monitor.extract.html import html_to_text
from monitor.extract.iwork import read_iwork
from monitor.extract.json_text import read_json
from monitor.extract.mbox import MBOX, read_mbox
from monitor.extract.message import BODY, MessageReader, decode_html, read_text
from monitor.extract.notes import name_media_type
from monitor.extract.opendocument import read_opendocument
from monitor.extract.outlook import read_msg
from monitor.extract.pdf import read_pdf
from monitor.extract.pictures import PICTURE_TYPES, read_picture
from monitor.extract.ppt import read_ppt
from monitor.extract.rtf import read_rtf
from monitor.extract.scraps import SCRAPERS
from monitor.extract.sheet import read_xlsx
from monitor.extract.slides import read_pptx
from monitor.extract.smime import read_smime
from monitor.extract.tnef import read_tnef
from monitor.extract.trouble import Broken, Encrypted, TooMuch, Unreadable
from monitor.extract.webarchive import read_webarchive
from monitor.extract.word import read_docx
from monitor.extract.xls import read_xls
from monitor.extract.xlsb import read_xlsb
from monitor.extract.xml_text import read_xml

_OFFICE = "application/vnd.openxmlformats-officedocument."
READERS: dict[str, Reader] = {
    _OFFICE + "wordprocessingml.document": read_docx,
    _OFFICE + "spreadsheetml.sheet": read_xlsx,
    _OFFICE + "presentationml.presentation": read_pptx,
    "application/pdf": read_pdf,
    "application/rtf": read_rtf,
    "application/msword": read_doc,
    "application/vnd.ms-excel": read_xls,
    "application/vnd.ms-powerpoint": read_ppt,
    "application/vnd.ms-outlook": read_msg,
    "application/ms-tnef": read_tnef,
    "application/pkcs7-mime": read_smime,
    "application/x-pkcs7-mime": read_smime,
    "application/epub+zip": read_epub,
    "application/zip": read_zip,
    "application/x-tar": read_tar,
    "application/gzip": read_gzip,
    "application/x-bzip2": read_bzip2,
    "application/x-xz": read_xz,
    "application/json": read_json,
    "text/xml": read_xml,
    "image/svg+xml": read_xml,
    "application/x-webarchive": read_webarchive,
    containers.XLSB: read_xlsb,
    containers.IWORK: read_iwork,
    **SCRAPERS,
}
_NO_MERE_ARCHIVES = frozenset({read_zip, read_docx, read_xlsx, read_pptx, read_xlsb})
_OPENDOCUMENT = ("application/vnd.oasis.opendocument.", "application/vnd.sun.xml.")


def read(data: bytes, media_type: str, context: Context) -> list[Span]:
    """The spans of `data`, which `sniff` called `media_type`. Raises `Unreadable` where there are none to be had."""
    if sniff.is_encrypted(data, media_type):
        message = f"encrypted: {name_media_type(media_type)}"
        raise Encrypted(message)
    reader = _reader_of(media_type)
    if reader is not None:
        return _read_by(reader, data, context)
    if media_type in PICTURE_TYPES and context.album is not None:
        return read_picture(data, context.album, context.notes)
    if media_type == MBOX:
        return read_mbox(data, context)
    if media_type in sniff.MAIL_TYPES:
        return MessageReader(context).read_file(data)
    if media_type in sniff.HTML_TYPES:
        return _read_page(data, context)
    if sniff.is_text(media_type):
        limit = context.limits.max_bytes
        return [Span(SpanKind.NEW, read_text(data[:limit], media_type), BODY)]
    message = f"unsupported: {name_media_type(media_type)}"
    raise Unreadable(message)


def _read_by(reader: Reader, data: bytes, context: Context) -> list[Span]:
    """As the format says; a zip archive that is not what its mark promises is at least an archive."""
    if not data.startswith(b"PK") or reader in _NO_MERE_ARCHIVES:
        return reader(data, context)
    try:
        return reader(data, context)
    except Broken:
        spans = read_zip(data, context)
        if not any(span.text.strip() for span in spans):
            raise
        context.notes.add("damaged, its files read one by one")
        return spans


def _reader_of(media_type: str) -> Reader | None:
    if media_type.startswith(_OPENDOCUMENT):
        return read_opendocument
    if media_type.endswith("+zip"):
        return READERS.get(media_type, read_zip)
    return READERS.get(media_type)


def read_nested(data: bytes, name: str, media_type: str | None, context: Context) -> list[Span]:
    """The spans of a file inside a file; trouble becomes a remark, and the rest of the outer file is read."""
    found = sniff.sniff(data, name, media_type)
    limits = context.limits
    if found.startswith("text/") and len(data) > limits.max_attachment_bytes:
        context.notes.add(f"text attachment of {len(data)} bytes cut at {limits.max_attachment_bytes}")
        data = data[: limits.max_attachment_bytes]
    try:
        return read(data, found, context)
    except TooMuch:
        raise
    except Unreadable as trouble:
        shown = media_type if media_type and found == sniff.BINARY else found
        context.is_encrypted |= isinstance(trouble, Encrypted)
        context.notes.add(f"{trouble.status.value} attachment: {name_media_type(shown)} {len(data)} bytes")
    except RecursionError:
        context.notes.add("a file inside is nested too deeply")
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - what one inner file does to its reader must not cost the others
        # The type alone: the message may quote the text.
        context.notes.add(f"broken attachment: {name_media_type(found)} {type(error).__name__}")
    return []


def _read_page(data: bytes, context: Context) -> list[Span]:
    page = html_to_text(decode_html(data, None))
    if page.is_tangled:
        context.notes.add("HTML too deeply nested, read without its structure")
    hidden = {number for number, kind in page.marks.items() if kind is SpanKind.HIDDEN}
    shown = "".join(line for number, line in enumerate(page.lines) if number not in hidden)
    unseen = "".join(page.lines[number] for number in sorted(hidden))
    return [
        Span(SpanKind.TITLE, page.title),
        Span(SpanKind.NEW, shown, BODY),
        Span(SpanKind.HIDDEN, unseen, BODY, "hidden by its style"),
    ]

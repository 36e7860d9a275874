"""What a run of bytes is: its content decides, then its name, then what somebody declared."""

import codecs
import re
from pathlib import PurePosixPath

from monitor.extract.containers import ole_type, zip_type
from monitor.extract.plain import decode_document

HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
MAIL_TYPES = frozenset({"message/rfc822", "message/global", "message/news", "application/mbox"})
XML_TYPES = frozenset({"text/xml", "image/svg+xml"})
BINARY = "application/octet-stream"

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP_END, _ZIP_TAIL = b"PK\x05\x06", 66_000
_ZIP, _EMPTY_ZIP = b"PK\x03\x04", b"PK\x05\x06"
_MAGIC = (
    (b"\x89PNG\r\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "application/ogg"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a", "application/vnd.rar"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\0", "application/x-xz"),
    (b"\x78\x9f\x3e\x22", "application/ms-tnef"),
    (b"%!PS", "application/postscript"),
    (b"SQLite format 3\0", "application/vnd.sqlite3"),
    (b"\x7fELF", "application/x-executable"),
    (b"-----BEGIN PGP MESSAGE-----", "application/pgp-encrypted"),
    (b"bplist00", "application/x-webarchive"),
    (b"BM", "image/bmp"),
    (b"!BDN", "application/vnd.ms-outlook-pst"),
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", "application/onenote"),
    (b"\xffWPC", "application/vnd.wordperfect"),
    (b"ITSF", "application/vnd.ms-htmlhelp"),
    (b"\0\1\0\0Standard ", "application/msaccess"),
    (b"\x1f\x9d", "application/x-compress"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"fLaC", "audio/flac"),
    (b"MThd", "audio/midi"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),
    (b"FLV\1", "video/x-flv"),
    (b"8BPS", "image/vnd.adobe.photoshop"),
    (b"\0\0\0\x0cjP  ", "image/jp2"),
    (b"AT&TFORM", "image/vnd.djvu"),
    (b"AC10", "image/vnd.dwg"),
    (b"\xd7\xcd\xc6\x9a", "image/wmf"),
    (b"MZ", "application/x-executable"),
)
_MAYBE_TEXT = frozenset({b"BM", b"MZ", b"AC10", b"ID3", b"ITSF", b"MThd", b"8BPS", b"fLaC", b"GIF8", b"BZh", b"OggS"})
_BIFF = {b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08\x08\x00", b"\x09\x08\x10\x00"}
_BRANDS = dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), "image/heic")
_BRANDS |= {b"avif": "image/avif", b"avis": "image/avif"}
_PKCS7 = re.compile(
    rb"\x2a\x86\x48\x86\xf7\x0d\x01\x07[\x02\x03]|\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01[\x17\x09]", re.DOTALL
)
_BY_EXTENSION = {
    ".htm": "text/html",
    ".html": "text/html",
    ".xhtml": "application/xhtml+xml",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".md": "text/markdown",
    ".ics": "text/calendar",
    ".vcf": "text/vcard",
    ".json": "application/json",
    ".ipynb": "application/json",
    ".jsonl": "application/json",
    ".xml": "text/xml",
    ".svg": "image/svg+xml",
    ".fodt": "text/xml",
    ".fods": "text/xml",
    ".fodp": "text/xml",
    ".opml": "text/xml",
    ".kml": "text/xml",
    ".mm": "text/xml",
    ".eml": "message/rfc822",
    ".mht": "message/rfc822",
    ".mhtml": "message/rfc822",
    ".mbox": "application/mbox",
}
_HTML_START = re.compile(
    rb"\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,500}?-->\s*)?<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL
)
_XML_START = re.compile(rb"\s*(?:<\?xml\b|<svg\b|<office:document\b)|<\0\?\0x\0|\0<\0\?\0x")
# Spreadsheets and letters that web pages hand out under an office name often begin in the middle of a page.
_HTML_PIECE = re.compile(
    rb"\s*<(?:head|body|meta|table|div|p|style|font|center|span|h[1-6])\b[^<>]{0,500}>", re.IGNORECASE
)
_OFFICE_NAMES = frozenset({".doc", ".xls", ".ppt", ".rtf", ".docx", ".xlsx"})
_HEADER = re.compile(rb"([!-9;-~]{1,60}):(?:[ \t]|\r?\n)")
_MULTIPART = re.compile(rb"^content-type:[ \t]*multipart/", re.IGNORECASE | re.MULTILINE)
_MAIL_HEADERS = frozenset(
    b"bcc cc content-transfer-encoding content-type date delivered-to delivery-date dkim-signature envelope-to from"
    b" in-reply-to message-id mime-version received references reply-to return-path sender subject to user-agent"
    b" x-mailer x-original-to".split()
)
_TRANSPORT_HEADERS = frozenset(b"delivered-to dkim-signature message-id mime-version received return-path".split())


def sniff(data: bytes, name: str = "", declared: str | None = None) -> str:
    """The media type of `data`: the type of some text, or of something that cannot be read here.

    `name`: a file name, for its extension. `declared`: a media type that somebody gave.
    """
    suffix = PurePosixPath(name.lower()).suffix
    found = _binary_type(data) or _marked_text(data, suffix)
    if found:
        return found
    if decode_document(data[:200_000]) is None:
        return zip_type(data) if _ZIP_END in data[-_ZIP_TAIL:] else BINARY  # something may stand before an archive
    extension = _BY_EXTENSION.get(suffix)
    if extension:
        return extension
    return declared if declared and declared.startswith("text/") else "text/plain"


def _marked_text(data: bytes, suffix: str) -> str | None:
    """Types of text that show by how it begins, helped by the extension."""
    extension = _BY_EXTENSION.get(suffix)
    head = _head(data)
    if extension in MAIL_TYPES or looks_like_mail(data):
        return "application/mbox" if data.startswith(b"From ") else "message/rfc822"
    if extension in HTML_TYPES or _HTML_START.match(head):
        return extension if extension in HTML_TYPES else "text/html"
    if suffix in _OFFICE_NAMES and _HTML_PIECE.match(head):
        return "text/html"
    if _XML_START.match(head):
        return extension if extension in XML_TYPES else "text/xml"
    return None


def _head(data: bytes) -> bytes:
    """The beginning without a byte order mark; of a text in 16 bits in 8."""
    if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return data[:4096].decode("utf-16", "ignore").encode("utf-8", "ignore")
    return data[:2048].removeprefix(codecs.BOM_UTF8)


def is_text(media_type: str) -> bool:
    """Whether what `sniff` called `media_type` is read as it stands, and not by its structure."""
    return (
        (media_type.startswith("text/") and media_type not in XML_TYPES)
        or media_type in HTML_TYPES
        or media_type in MAIL_TYPES
    )


def is_encrypted(data: bytes, media_type: str) -> bool:
    """Whether something that `sniff` called `media_type` needs a password or a key."""
    if media_type == "application/pgp-encrypted":
        return True
    if data.startswith(_OLE):
        return "EncryptedPackage".encode("utf-16-le") in data
    return False


def looks_like_mail(data: bytes) -> bool:
    """Whether `data` begins with the headers of a mail; a pasted From/To/Subject alone is just text.

    A web page in one file (MHTML), which Word also saves as .doc, has few headers but says that it has parts.
    """
    names = _first_header_names(data)
    if b"mime-version" in names and b"content-type" in names and _MULTIPART.search(data[:4096]):
        return True
    known = names & _MAIL_HEADERS
    return len(known) >= 3 and not known.isdisjoint(_TRANSPORT_HEADERS)


def has_mail_header(data: bytes) -> bool:
    """Whether at least one header that mail programs write stands at the beginning."""
    return not _first_header_names(data).isdisjoint(_MAIL_HEADERS)


def _first_header_names(data: bytes) -> set[bytes]:
    names: set[bytes] = set()
    lines = data[:65_536].splitlines()
    for number, line in enumerate(lines[:300]):
        found = _HEADER.match(line + b"\n")
        if found:
            names.add(found[1].lower())
        elif not line.startswith((b" ", b"\t")) and not (number == 0 and line.startswith((b"From ", b">From "))):
            break
    return names


def _binary_type(data: bytes) -> str | None:
    """Types that begin with a mark of their own."""
    if data[:64].removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"{\\rtf"):
        return "application/rtf"
    for magic, media_type in _MAGIC:
        if data.startswith(magic) and not (magic in _MAYBE_TEXT and _is_plainly_text(data)):
            return media_type
    if b"%PDF-" in data[:1024] and not looks_like_mail(data):
        return "application/pdf"
    if data.startswith((_ZIP, _EMPTY_ZIP)):
        return zip_type(data)
    if data.startswith(_OLE):
        return ole_type(data)
    return _boxed_type(data)


def _is_plainly_text(data: bytes) -> bool:
    """Whether a mark of letters is the beginning of a text ("BMX is fun") and no mark."""
    head = data[:512]
    return b"\0" not in head and decode_document(head) is not None


def _boxed_type(data: bytes) -> str | None:
    """Types whose mark does not stand at the very beginning."""
    if data[257:262] == b"ustar":
        return "application/x-tar"
    if data[:1] == b"\x30" and _PKCS7.search(data[:60]):
        return "application/pkcs7-mime"
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12], "video/mp4")
    if data[:4] in _BIFF:
        return "application/vnd.ms-excel"
    if data.startswith(b"RIFF"):
        return {b"WEBP": "image/webp", b"WAVE": "audio/x-wav"}.get(data[8:12], "video/x-msvideo")
    return None

"""What a run of bytes is: its content decides, then its name, then what somebody declared."""

import re
from pathlib import PurePosixPath

from monitor.extract.plain import decode_document

HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
MAIL_TYPES = frozenset({"message/rfc822", "message/global", "message/news", "application/mbox"})
BINARY = "application/octet-stream"

_OFFICE = "application/vnd.openxmlformats-officedocument."
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
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
    (b"{\\rtf", "application/rtf"),
    (b"\x78\x9f\x3e\x22", "application/ms-tnef"),
    (b"%!PS", "application/postscript"),
    (b"SQLite format 3\0", "application/vnd.sqlite3"),
    (b"\x7fELF", "application/x-executable"),
    (b"-----BEGIN PGP MESSAGE-----", "application/pgp-encrypted"),
)
_PKCS7 = re.compile(
    rb"\x2a\x86\x48\x86\xf7\x0d\x01\x07[\x02\x03]|\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01[\x17\x09]", re.DOTALL
)
_ZIP_PARTS = (
    (b"word/", _OFFICE + "wordprocessingml.document"),
    (b"xl/", _OFFICE + "spreadsheetml.sheet"),
    (b"ppt/", _OFFICE + "presentationml.presentation"),
)
_ZIP_MIMETYPE = re.compile(rb"mimetype(application/[a-z0-9.+-]{1,80})")
_OLE_PARTS = (
    ("__substg1.0_", "application/vnd.ms-outlook"),
    ("WordDocument", "application/msword"),
    ("Workbook", "application/vnd.ms-excel"),
    ("Book", "application/vnd.ms-excel"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),
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
    ".xml": "text/xml",
    ".eml": "message/rfc822",
    ".mht": "message/rfc822",
    ".mhtml": "message/rfc822",
    ".mbox": "application/mbox",
}
_HTML_START = re.compile(
    rb"\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,500}?-->\s*)?<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL
)
_HEADER = re.compile(rb"([!-9;-~]{1,60}):(?:[ \t]|\r?\n)")
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
    binary = _binary_type(data)
    if binary:
        return binary
    extension = _BY_EXTENSION.get(PurePosixPath(name.lower()).suffix)
    if extension in MAIL_TYPES or looks_like_mail(data):
        return "application/mbox" if data.startswith(b"From ") else "message/rfc822"
    if extension in HTML_TYPES or _HTML_START.match(data[:2048].lstrip(b"\xef\xbb\xbf")):
        return extension if extension in HTML_TYPES else "text/html"
    if decode_document(data[:200_000]) is None:
        return BINARY
    if extension:
        return extension
    return declared if declared and declared.startswith("text/") else "text/plain"


def is_text(media_type: str) -> bool:
    """Whether this room reads what `sniff` called `media_type`."""
    readable = media_type.startswith("text/") or media_type == "application/json"
    return readable or media_type in HTML_TYPES or media_type in MAIL_TYPES


def is_encrypted(data: bytes, media_type: str) -> bool:
    """Whether something that `sniff` called `media_type` needs a password or a key."""
    if media_type == "application/pgp-encrypted":
        return True
    if data.startswith(_OLE):
        return "EncryptedPackage".encode("utf-16-le") in data
    return False


def looks_like_mail(data: bytes) -> bool:
    """Whether `data` begins with the headers of a mail; a pasted From/To/Subject alone is just text."""
    names = _first_header_names(data)
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
    for magic, media_type in _MAGIC:
        if data.startswith(magic):
            return media_type
    if b"%PDF-" in data[:1024]:
        return "application/pdf"
    if data.startswith(_ZIP):
        return _zip_type(data)
    if data.startswith(_OLE):
        found = (kind for word, kind in _OLE_PARTS if word.encode("utf-16-le") in data)
        return next(found, "application/x-ole-storage")
    return _boxed_type(data)


def _zip_type(data: bytes) -> str:
    mimetype = _ZIP_MIMETYPE.search(data[:200])
    if mimetype:
        return mimetype[1].decode("ascii")
    found = (kind for folder, kind in _ZIP_PARTS if folder in data[:65_536] or folder in data[-65_536:])
    return next(found, "application/zip")


def _boxed_type(data: bytes) -> str | None:
    """Types whose mark does not stand at the very beginning."""
    if data[257:262] == b"ustar":
        return "application/x-tar"
    if data[:1] == b"\x30" and _PKCS7.search(data[:60]):
        return "application/pkcs7-mime"
    if data[4:8] == b"ftyp":
        return "image/heic" if data[8:12] in (b"heic", b"mif1", b"heix") else "video/mp4"
    if data.startswith(b"RIFF"):
        return {b"WEBP": "image/webp", b"WAVE": "audio/x-wav"}.get(data[8:12], "video/x-msvideo")
    return None

"""What a zip archive or a compound file is, by the names of what it holds."""

import io
import re
import zipfile

import olefile

_OFFICE = "application/vnd.openxmlformats-officedocument."
IWORK = "application/vnd.apple.iwork"
XLSB = "application/vnd.ms-excel.sheet.binary.macroenabled.12"
OPENDOCUMENT = "application/vnd.oasis.opendocument.text"

_MIMETYPE = re.compile(rb"application/[a-z0-9.+-]{1,80}")
_AT_START = re.compile(rb"mimetype(application/[a-z0-9.+-]{1,80})")
_MOST_NAMES = 20_000
_NAMED = re.compile(rb"PK\x03\x04.{22}(..)..", re.DOTALL)
# What only that kind of file holds, then what hints at it where the directory or the main part is gone.
_ZIP_PARTS = (
    (re.compile(r"xl/(?:workbook|worksheets/sheet\d+)\.bin$", re.IGNORECASE), XLSB),
    (re.compile(r"word/document\w*\.xml$", re.IGNORECASE), _OFFICE + "wordprocessingml.document"),
    (re.compile(r"xl/workbook\w*\.xml$", re.IGNORECASE), _OFFICE + "spreadsheetml.sheet"),
    (re.compile(r"ppt/presentation\w*\.xml$", re.IGNORECASE), _OFFICE + "presentationml.presentation"),
    (re.compile(r"(?:Index/)?Document\.iwa$|Index\.zip$"), IWORK),
)
_ZIP_FOLDERS = (
    ("word/", _OFFICE + "wordprocessingml.document"),
    ("xl/", _OFFICE + "spreadsheetml.sheet"),
    ("ppt/", _OFFICE + "presentationml.presentation"),
)
_OLE_PARTS = (
    ("__substg1.0_", "application/vnd.ms-outlook"),
    ("worddocument", "application/msword"),
    ("workbook", "application/vnd.ms-excel"),
    ("book", "application/vnd.ms-excel"),
    ("powerpoint document", "application/vnd.ms-powerpoint"),
)
_FAILURES = (zipfile.BadZipFile, OSError, ValueError, KeyError, EOFError, NotImplementedError, RuntimeError)


def zip_type(data: bytes) -> str:
    """The media type of a zip archive; `application/zip` where it is nothing more."""
    at_start = _AT_START.search(data[:200])
    if at_start:
        return at_start[1].decode("ascii")
    names, said = _zip_names(data)
    return said or _by_main_part(names) or _by_folder(names) or "application/zip"


def _by_main_part(names: list[str]) -> str:
    for pattern, media_type in _ZIP_PARTS:
        if any(pattern.match(name) for name in names):
            return media_type
    known = set(names)
    if "content.xml" in known and known & {"META-INF/manifest.xml", "styles.xml", "meta.xml"}:
        return OPENDOCUMENT
    return ""


def _by_folder(names: list[str]) -> str:
    if "[Content_Types].xml" in names:
        for folder, media_type in _ZIP_FOLDERS:
            if any(name.startswith(folder) for name in names):
                return media_type
    return ""


def _zip_names(data: bytes) -> tuple[list[str], str]:
    """The members' names, and the media type that one of them says; from their own headers in a damaged archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()[:_MOST_NAMES]
            return names, _said(archive) if "mimetype" in names else ""
    except _FAILURES:
        return _salvaged(data), ""


def _said(archive: zipfile.ZipFile) -> str:
    with archive.open("mimetype") as member:
        found = _MIMETYPE.match(member.read(200))
    return found[0].decode("ascii") if found else ""


def _salvaged(data: bytes) -> list[str]:
    names = []
    for match in _NAMED.finditer(data):
        size = int.from_bytes(match[1], "little")
        names.append(data[match.end() : match.end() + min(size, 500)].decode("utf-8", "replace"))
        if len(names) >= _MOST_NAMES:
            break
    return names


def ole_type(data: bytes) -> str:
    """The media type of a compound file: by what stands in its root, else by the names that occur anywhere in it."""
    roots = _root_names(data)
    for word, media_type in _OLE_PARTS:
        if any(name.startswith(word) if word.endswith("_") else name == word for name in roots):
            return media_type
    if roots:
        return "application/x-ole-storage"
    lowered = data.lower()
    found = (media_type for word, media_type in _OLE_PARTS if word.encode("utf-16-le") in lowered)
    return next(found, "application/x-ole-storage")


def _root_names(data: bytes) -> list[str]:
    try:
        with olefile.OleFileIO(io.BytesIO(data), raise_defects=olefile.DEFECT_FATAL) as file:
            return [path[0].lower() for path in file.listdir(streams=True, storages=True)[:_MOST_NAMES]]
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - the library lets whatever goes wrong inside it through
        return []

"""Extraction, measured beside the obvious library for each format on the same files in the same run.

Ours runs as in the worker: one file after another through the sandbox, warm. The library runs in this process, without
any protection, by the loop that its own introduction shows. Where a library is not installed there is no ratio.
"""

import importlib
import importlib.util
import io
import json
import statistics
import time
import zipfile
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pypdfium2
from selectolax.lexbor import LexborHTMLParser

from monitor.extract import sandbox
from monitor.extract.files import extract_file
from monitor.extract.languages import load_languages, with_languages

FILES = 20
PARAGRAPHS = 200
MAX_FILES = 5_000
MAX_BYTES = 20_000_000
SMALL = 200
_SENTENCE = "The chess club meets in room {} on Thursday after the last lesson, and everybody may bring a friend."
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_DOCX_PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default'
    ' Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override'
    ' PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.'
    'document.main+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship'
    ' Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"'
    ' Target="word/document.xml"/></Relationships>',
}

Files = list[tuple[str, bytes]]


def bench_extract(folder: Path | None, rounds: int) -> dict[str, Any]:
    """Figures by format, and what the sandbox adds to a small file. Raises `OSError` or `ValueError` without files."""
    by_format = _grouped(_read(folder)) if folder is not None else _invented()
    if not by_format:
        message = f"{folder} holds no file"
        raise ValueError(message)
    sandbox.extract(b"warm", name="a.txt")
    try:
        formats = {name: _measure(name, files, rounds) for name, files in sorted(by_format.items())}
        if folder is None:  # strangers' files are read in the cage only
            for name, files in by_format.items():
                formats[name]["sandbox_ms_per_file"] = _added_ms(files, rounds)
        return {"sandbox_ms_per_small_file": _overhead_ms(), "rounds": rounds, "formats": formats}
    finally:
        sandbox.close()


def _measure(name: str, files: Files, rounds: int) -> dict[str, Any]:
    size = sum(len(data) for _, data in files) / 2**20
    seconds = min(_seconds(files, lambda name, data: sandbox.extract(data, name=name)) for _ in range(rounds))
    figures: dict[str, Any] = {
        "files": len(files),
        "mib": round(size, 3),
        "files_per_second": round(len(files) / seconds, 1),
        "mib_per_second": round(size / seconds, 2),
    }
    module, read = _LIBRARIES.get(name, ("", None))
    if read is None or not _is_installed(module):
        return figures | {"baseline": f"{module or 'none'}: not installed" if module else "none"}
    theirs = min(_seconds(files, lambda _, data: read(data)) for _ in range(rounds))
    return figures | {"baseline": module, "baseline_seconds": round(theirs, 4), "ratio": round(theirs / seconds, 2)}


def _seconds(files: Files, read: Callable[[str, bytes], object]) -> float:
    started = time.perf_counter()
    for name, data in files:
        try:
            read(name, data)
        except Exception:  # noqa: BLE001, S112 - a library may refuse a file; the time it took counts
            continue
    return max(time.perf_counter() - started, 1e-9)


def _added_ms(files: Files, rounds: int) -> float:
    """What the way through the child adds to a file: the median over the files, each read in turn both ways."""
    load_languages()
    added = []
    for name, data in files * rounds:
        started = time.perf_counter()
        sandbox.extract(data, name=name)
        between = time.perf_counter()
        with_languages(extract_file(data, name=name))
        added.append(between - started - (time.perf_counter() - between))
    return round(1000 * statistics.median(added), 3)


def _overhead_ms() -> float:
    """The median time of a file with nothing to do in it: what the way there and back costs."""
    times = []
    for _ in range(SMALL):
        started = time.perf_counter()
        sandbox.extract(b"hello", name="a.txt")
        times.append(time.perf_counter() - started)
    return round(1000 * statistics.median(times), 3)


def _read(folder: Path) -> Iterator[tuple[str, bytes]]:
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.stat().st_size <= MAX_BYTES)
    for path, _ in zip(paths, range(MAX_FILES), strict=False):
        yield path.name, path.read_bytes()


def _grouped(files: Iterator[tuple[str, bytes]]) -> dict[str, Files]:
    groups: dict[str, Files] = {}
    for name, data in files:
        groups.setdefault(name.rpartition(".")[2].lower() if "." in name else "none", []).append((name, data))
    return groups


def _invented() -> dict[str, Files]:
    lines = [_SENTENCE.format(number) for number in range(PARAGRAPHS)]
    makers: dict[str, Callable[[list[str]], bytes]] = {
        "docx": _docx, "eml": _eml, "html": _html, "ipynb": _notebook,
        "pdf": _pdf, "rtf": _rtf, "txt": _txt, "xml": _xml,
    }  # fmt: skip
    return {name: [(f"{at}.{name}", make(lines)) for at in range(FILES)] for name, make in makers.items()}


def _docx(lines: list[str]) -> bytes:
    body = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in lines)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _DOCX_PARTS.items():
            archive.writestr(name, content)
        archive.writestr("word/document.xml", f"<w:document {_W}><w:body>{body}</w:body></w:document>")
    return buffer.getvalue()


def _eml(lines: list[str]) -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"], message["Message-ID"] = "a@school.example", "Chess", "<1@school.example>"
    message.set_content("\n".join(lines))
    message.add_alternative(_html(lines).decode(), subtype="html")
    return message.as_bytes()


def _txt(lines: list[str]) -> bytes:
    return "\n".join(lines).encode()


def _rtf(lines: list[str]) -> bytes:
    return (r"{\rtf1\ansi " + r"\par ".join(lines) + "}").encode("ascii")


def _xml(lines: list[str]) -> bytes:
    return f"<club>{''.join(f'<line>{line}</line>' for line in lines)}</club>".encode()


def _notebook(lines: list[str]) -> bytes:
    cells = [{"cell_type": "markdown", "source": [f"{line}\n"]} for line in lines]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}).encode()


def _html(lines: list[str]) -> bytes:
    return f"<html><body>{''.join(f'<p>{line}</p>' for line in lines)}</body></html>".encode()


def _pdf(lines: list[str]) -> bytes:
    pages = [lines[at : at + 50] for at in range(0, len(lines), 50)]
    kids = " ".join(f"{4 + 2 * at} 0 R" for at in range(len(pages)))
    objects = [
        "1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj",
        f"2 0 obj <</Type/Pages/Kids[{kids}]/Count {len(pages)}>> endobj",
        "3 0 obj <</Type/Font/Subtype/Type1/BaseFont/Helvetica>> endobj",
    ]
    for at, page in enumerate(pages):
        words = "BT /F 9 Tf 20 780 Td 14 TL " + " ".join(f"({line}) Tj T*" for line in page) + " ET"
        number = 4 + 2 * at
        objects.append(
            f"{number} 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents {number + 1} 0 R"
            f"/Resources<</Font<</F 3 0 R>>>>>> endobj\n{number + 1} 0 obj <</Length {len(words)}>> stream\n{words}\n"
            "endstream endobj"
        )
    return ("%PDF-1.7\n" + "\n".join(objects) + "\ntrailer <</Root 1 0 R>>\n%%EOF").encode()


def _is_installed(module: str) -> bool:
    return importlib.util.find_spec(module.partition(".")[0]) is not None


def _load(name: str) -> Any:
    return importlib.import_module(name)


def _by_pdfium(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    return "".join(page.get_textpage().get_text_range() for page in document)


def _by_email(data: bytes) -> str:
    body = message_from_bytes(data, policy=policy.default).get_body(("plain", "html"))
    return body.get_content() if body is not None else ""


def _by_docx(data: bytes) -> str:
    return "\n".join(paragraph.text for paragraph in _load("docx").Document(io.BytesIO(data)).paragraphs)


def _by_openpyxl(data: bytes) -> str:
    book = _load("openpyxl").load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    return "\n".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)


def _by_pptx(data: bytes) -> str:
    slides = _load("pptx").Presentation(io.BytesIO(data)).slides
    return "\n".join(shape.text for slide in slides for shape in slide.shapes if shape.has_text_frame)


def _by_striprtf(data: bytes) -> str:
    return str(_load("striprtf.striprtf").rtf_to_text(data.decode("latin-1")))


def _by_xlrd(data: bytes) -> str:
    book = _load("xlrd").open_workbook(file_contents=data)
    return "\n".join(str(cell.value) for sheet in book.sheets() for row in sheet.get_rows() for cell in row)


def _by_xlsb(data: bytes) -> str:
    with _load("pyxlsb").open_workbook(io.BytesIO(data)) as book:
        sheets = [book.get_sheet(name) for name in book.sheets]
        return "\n".join(str(cell.v) for sheet in sheets for row in sheet.rows() for cell in row)


def _by_odf(data: bytes) -> str:
    document = _load("odf.opendocument").load(io.BytesIO(data))
    return str(_load("odf.teletype").extractText(document.body))


def _by_msg(data: bytes) -> str:
    return str(_load("extract_msg").openMsg(data).body)


def _by_lxml(data: bytes) -> str:
    return "".join(_load("lxml.etree").fromstring(data).itertext())


def _by_json(data: bytes) -> str:
    return "".join("".join(cell["source"]) for cell in json.loads(data)["cells"])


def _by_decoding(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _by_selectolax(data: bytes) -> str:
    body = LexborHTMLParser(data.decode("utf-8", "replace")).body
    return body.text() if body is not None else ""


_LIBRARIES: dict[str, tuple[str, Callable[[bytes], str] | None]] = {
    "docx": ("docx", _by_docx),
    "eml": ("email", _by_email),
    "html": ("selectolax", _by_selectolax),
    "ipynb": ("json", _by_json),
    "msg": ("extract_msg", _by_msg),
    "odp": ("odf", _by_odf),
    "ods": ("odf", _by_odf),
    "odt": ("odf", _by_odf),
    "pdf": ("pypdfium2", _by_pdfium),
    "pptx": ("pptx", _by_pptx),
    "rtf": ("striprtf", _by_striprtf),
    "txt": ("codecs", _by_decoding),
    "xls": ("xlrd", _by_xlrd),
    "xlsb": ("pyxlsb", _by_xlsb),
    "xml": ("lxml", _by_lxml),
    "xlsx": ("openpyxl", _by_openpyxl),
}

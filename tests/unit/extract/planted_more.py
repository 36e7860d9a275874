"""Files in the less usual dress of the usual programs: binary workbooks, iWork, whole documents as XML, notebooks."""

import json
import plistlib
import struct
from collections.abc import Callable

from tests.unit.extract.planted_old import compound
from tests.unit.extract.planted_zip import ODF, zipped

Maker = Callable[[str], bytes]
WORD_2003 = "http://schemas.microsoft.com/office/word/2003/wordml"
PACKAGE = "http://schemas.microsoft.com/office/2006/xmlPackage"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


# --- Excel's binary workbook -------------------------------------------------------------------------
def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def record(kind: int, content: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size = len(content)
    return head + bytes([size & 0x7F | 0x80, size >> 7]) + content


def xlsb(sheet: bytes = b"", state: int = 0, **parts: bytes) -> bytes:
    entry = struct.pack("<II", state, 1) + wide("r1") + wide("One")
    links = '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.bin"/></Relationships>'
    fixed = {
        "[Content_Types].xml": "<Types/>",
        "xl/workbook.bin": record(156, entry),
        "xl/_rels/workbook.bin.rels": links,
        "xl/worksheets/sheet1.bin": sheet,
    }
    return zipped({**fixed, **parts})


def cell(kind: int, value: bytes) -> bytes:
    return record(0, bytes(17)) + record(kind, struct.pack("<II", 1, 0) + value)


def hidden_row(text: str) -> bytes:
    return record(0, bytes(11) + b"\x10" + bytes(5)) + record(6, struct.pack("<II", 1, 0) + wide(text))


def hidden_column(text: str) -> bytes:
    return record(60, struct.pack("<IIIIH", 1, 1, 0, 0, 1)) + cell(6, wide(text))


# --- Excel before it had a file system ---------------------------------------------------------------
def biff(begin: int, label: int, place: bytes, size: int) -> Maker:
    def made(text: str) -> bytes:
        content = place + len(text).to_bytes(size, "little") + text.encode("ascii")
        head = struct.pack("<HHHH", begin, 4 if begin == 9 else 6, 2, 0x10) + (b"" if begin == 9 else b"\0\0")
        return head + struct.pack("<HH", label, len(content)) + content + b"\x0a\0\0\0"

    return made


# --- iWork -------------------------------------------------------------------------------------------
def varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def field(number: int, value: bytes | int) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def snappy(plain: bytes) -> bytes:
    """Pieces of 60 bytes as they are; the last one's end as a copy of what stands before, where that repeats."""
    pieces = [plain[at : at + 60] for at in range(0, len(plain), 60)]
    return varint(len(plain)) + b"".join(bytes([len(piece) - 1 << 2]) + piece for piece in pieces)


def iwork(kind: int, message: bytes, nested: bool = False) -> bytes:
    info = field(1, kind) + field(3, len(message))
    head = field(1, 7) + field(2, info)
    packed = snappy(varint(len(head)) + head + message)
    part = b"\0" + len(packed).to_bytes(3, "little") + packed
    if nested:
        return zipped({"Index.zip": zipped({"Index/Document.iwa": part})})
    return zipped({"Index/Document.iwa": part})


# --- whole documents in one XML file -------------------------------------------------------------------
def flat(inner: str) -> bytes:
    return f'<?xml version="1.0"?><office:document {ODF}><office:body>{inner}</office:body></office:document>'.encode()


def word_2003(inner: str) -> bytes:
    return (
        f'<?xml version="1.0"?><w:wordDocument xmlns:w="{WORD_2003}"><w:body>{inner}</w:body></w:wordDocument>'.encode()
    )


def package(name: str, root: str) -> Maker:
    def made(text: str) -> bytes:
        words = f'<w:{root} xmlns:w="{W}"><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:{root}>'
        part = f'<p:part p:name="/word/{name}.xml"><p:xmlData>{words}</p:xmlData></p:part>'
        return f'<?xml version="1.0"?><p:package xmlns:p="{PACKAGE}">{part}</p:package>'.encode()

    return made


def notebook(text: str, place: str) -> bytes:
    words = f"# {text}\n\u00a1"
    printed = {"output_type": "stream", "text": [words]}
    result = {"output_type": "execute_result", "data": {"text/plain": [words]}}
    built = {"source": [words], "printed": [], "result": []}
    outputs = {"source": [], "printed": [printed], "result": [result]}
    cells = [{"cell_type": "code", "source": built[place], "outputs": outputs[place]}]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}).encode()


def webarchive(text: str) -> bytes:
    page = {"WebResourceData": f"<html><p>{text}</p></html>".encode(), "WebResourceMIMEType": "text/html"}
    return plistlib.dumps({"WebMainResource": page}, fmt=plistlib.FMT_BINARY)


def mhtml(text: str) -> bytes:
    return (
        'MIME-Version: 1.0\nContent-Type: multipart/related; boundary="b"\n\n--b\nContent-Type: text/html\n'
        f"Content-Transfer-Encoding: quoted-printable\n\n<html><p>{text.replace('e', '=65')}</p></html>\n--b--\n"
    ).encode()


PLACES: dict[str, dict[str, Maker]] = {
    "xlsb": {
        "cell": lambda text: xlsb(cell(6, wide(text))),
        "cell with formats inside": lambda text: xlsb(cell(62, b"\0" + wide(text))),
        "shared text": lambda text: xlsb(
            cell(7, struct.pack("<I", 0)), **{"xl/sharedStrings.bin": record(19, b"\0" + wide(text))}
        ),
        "text in no cell": lambda text: xlsb(**{"xl/sharedStrings.bin": record(19, b"\0" + wide(text))}),
        "formula's result": lambda text: xlsb(cell(8, wide(text))),
        "hidden sheet": lambda text: xlsb(cell(6, wide(text)), state=1),
        "hidden row": lambda text: xlsb(hidden_row(text)),
        "hidden column": lambda text: xlsb(hidden_column(text)),
        "comment": lambda text: xlsb(**{"xl/comments1.bin": record(637, b"\0" + wide(text))}),
        "header": lambda text: xlsb(record(479, b"\0\0" + wide(text))),
    },
    "pages": {
        "text": lambda text: iwork(2001, field(3, text.encode())),
        "text in an inner archive": lambda text: iwork(2001, field(3, text.encode()), nested=True),
        "comment": lambda text: iwork(3056, field(1, text.encode())),
    },
    "numbers": {"cell": lambda text: iwork(6005, field(3, field(1, 4) + field(3, text.encode())))},
    "fodt": {
        "body": lambda text: flat(f"<office:text><text:p>{text}</text:p></office:text>"),
        "comment": lambda text: flat(
            f"<office:text><text:p>a<office:annotation><text:p>{text}</text:p></office:annotation></text:p></office:text>"
        ),
    },
    "xml": {
        "element": lambda text: f"<a><b>{text}</b></a>".encode(),
        "running text": lambda text: f"<a>well, <b>{text[:9]}</b>{text[9:]}</a>".encode(),
        "attribute": lambda text: f'<a><b note="{text}"/></a>'.encode(),
        "comment": lambda text: f"<a><!-- {text} --></a>".encode(),
        "written with entities": lambda text: f"<a>{text.replace('e', '&#101;')}</a>".encode(),
        "Word 2003": lambda text: word_2003(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"),
        "Word's package": package("document", "body"),
        "Word's package, comment": package("comments", "comments"),
        "damaged": lambda text: f"<a><b>{text}</a>".encode(),
    },
    "svg": {"text": lambda text: f'<svg xmlns="http://www.w3.org/2000/svg"><text x="1">{text}</text></svg>'.encode()},
    "ipynb": {
        "cell": lambda text: notebook(text, "source"),
        "printed": lambda text: notebook(text, "printed"),
        "result": lambda text: notebook(text, "result"),
    },
    "webarchive": {"page": webarchive},
    # Of these only the words are found, without their places.
    "one": {"page": lambda text: b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d" + bytes(40) + text.encode("utf-16-le") + bytes(9)},
    "pub": {"page": lambda text: compound({"Quill": bytes(99) + text.encode("utf-16-le")})},
    "wps": {"page": lambda text: compound({"MatOST": bytes(99) + text.encode()})},
    "wpd": {"page": lambda text: b"\xffWPC" + bytes(40) + text.encode().replace(b" ", b"\x80") + bytes(9)},
    "mdb": {"field": lambda text: b"\0\1\0\0Standard Jet DB\0" + text.encode() + bytes(9)},
    "sqlite": {"field": lambda text: b"SQLite format 3\0" + bytes(99) + text.encode() + b"\1"},
}
IN_DISGUISE: dict[str, dict[str, Maker]] = {
    "doc": {
        "page saved as doc": lambda text: f"<html><body>{text}</body></html>".encode(),
        "piece of a page": lambda text: f"<div>{text.replace('e', '&#101;')}</div>".encode(),
        "MHTML saved as doc": mhtml,
        "RTF saved as doc": lambda text: rf"{{\rtf1 {text}}}".encode(),
        "Word 2003 XML saved as doc": PLACES["xml"]["Word 2003"],
    },
    "xls": {
        "table of a page": lambda text: f"<table><tr><td>{text.replace('e', '&#101;')}</td></tr></table>".encode(),
        "Excel 2": biff(9, 4, bytes(7), 1),
        "Excel 3": biff(0x209, 0x204, bytes(6), 2),
        "Excel 4": biff(0x409, 0x204, bytes(6), 2),
    },
}

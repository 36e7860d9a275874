"""The old binary formats, built record by record inside a minimal compound file."""

import struct

FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def compound(streams: dict[str, bytes]) -> bytes:
    """A compound file with `streams` in its root, each padded to more than the size at which a second table begins."""
    fat = [FAT]
    entries = [_entry("Root Entry", 5, END, 0, child=1)]
    body = b""
    sectors_of_directory = (len(streams) + 1 + 3) // 4
    fat += [*range(2, 1 + sectors_of_directory), END]
    number = 1 + sectors_of_directory
    for place, (name, content) in enumerate(streams.items(), start=1):
        padded = content.ljust(max(4096, -(-len(content) // 512) * 512), b"\0")
        count = len(padded) // 512
        fat += [*range(number + 1, number + count), END]
        right = place + 1 if place < len(streams) else FREE
        entries.append(_entry(name, 2, number, len(padded), right=right))
        body += padded
        number += count
    entries += [b"\0" * 128] * (sectors_of_directory * 4 - len(entries))
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(512, b"\xff")
    assert len(table) == 512
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, END, 0, END, 0) + struct.pack("<I", 0) + b"\xff" * 4 * 108
    return head + table + b"".join(entries) + body


def _entry(name: str, kind: int, start: int, size: int, *, child: int = FREE, right: int = FREE) -> bytes:
    encoded = (name + "\0").encode("utf-16-le")
    head = encoded.ljust(64, b"\0") + struct.pack("<HBB", len(encoded), kind, 1)
    return head + struct.pack("<III", FREE, right, child) + b"\0" * 36 + struct.pack("<III", start, size, 0)


def doc(part: int, text: str, *, wide: bool = True) -> bytes:
    """A document whose part number `part` (body, footnotes, header, …) holds `text`."""
    main = bytearray(b"\0" * 0x400)
    struct.pack_into("<HH", main, 0, 0xA5EC, 0xC1)
    struct.pack_into("<H", main, 10, 0x200)
    struct.pack_into("<i", main, 0x4C + 4 * part, len(text))
    at = len(main)
    main += text.encode("utf-16-le") if wide else text.encode("cp1252")
    where = at if wide else at * 2 | 0x40000000
    pieces = struct.pack("<II", 0, len(text)) + struct.pack("<HIH", 0, where, 0)
    clx = b"\x02" + struct.pack("<I", len(pieces)) + pieces
    struct.pack_into("<II", main, 0x1A2, 0, len(clx))
    return compound({"WordDocument": bytes(main), "1Table": clx})


def record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def unicode_string(text: str, length_size: int = 2) -> bytes:
    return len(text).to_bytes(length_size, "little") + b"\1" + text.encode("utf-16-le")


def xls(cells: bytes = b"", *, strings: bytes = b"", hidden: int = 0) -> bytes:
    start = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
    name = b"\3\0One"
    size = len(start) + len(strings) + 4 + 6 + len(name) + 4
    sheet = record(0x85, struct.pack("<IBB", size, hidden, 0) + name)
    book = start + sheet + strings + record(0x0A, b"")
    return compound({"Workbook": book + record(0x809, struct.pack("<HHHHII", 0x600, 16, 0, 0, 0, 0)) + cells})


def shared_cell(text: str, *, broken: bool = False) -> bytes:
    head = struct.pack("<II", 1, 1)
    if not broken:
        table = record(0xFC, head + unicode_string(text))
    else:
        first = head + len(text).to_bytes(2, "little") + b"\1" + text[:5].encode("utf-16-le")
        table = record(0xFC, first) + record(0x3C, b"\0" + text[5:].encode("latin-1"))
    return xls(record(0xFD, struct.pack("<HHHI", 0, 0, 0, 0)), strings=table)


def label(text: str) -> bytes:
    return record(0x204, struct.pack("<HHH", 0, 0, 0) + unicode_string(text))


def formula(text: str) -> bytes:
    return record(0x06, struct.pack("<HHH", 0, 0, 0) + b"\0\0\0\0\0\0\xff\xff" + b"\0" * 8) + record(
        0x207, unicode_string(text)
    )


def box(text: str) -> bytes:
    return record(0x1B6, b"\0" * 18) + record(0x3C, b"\1" + text.encode("utf-16-le"))


def atom(kind: int, data: bytes, version: int = 0) -> bytes:
    return struct.pack("<HHI", version, kind, len(data)) + data


def ppt(container: int, text: str, *, before: bytes = b"", wide: bool = True) -> bytes:
    words = atom(4000, text.encode("utf-16-le")) if wide else atom(4008, text.encode("latin-1"))
    return compound({"PowerPoint Document": atom(container, before + words, 0xF), "Current User": b"\0" * 32})


def summary(text: str) -> bytes:
    section = struct.pack("<IIII", 0, 1, 2, 16) + struct.pack("<II", 0x1E, len(text) + 1) + text.encode() + b"\0"
    return b"\xfe\xff" + b"\0" * 22 + struct.pack("<I", 1) + b"\0" * 16 + struct.pack("<I", 48) + section


PLACES = {
    "doc": {
        "title": lambda text: compound({"\x05SummaryInformation": summary(text), "WordDocument": b"\0" * 0x400}),
        "body": lambda text: doc(0, text),
        "body in 8 bits": lambda text: doc(0, text, wide=False),
        "footnote": lambda text: doc(1, text),
        "header": lambda text: doc(2, text),
        "comment": lambda text: doc(4, text),
        "endnote": lambda text: doc(5, text),
        "text box": lambda text: doc(6, text),
        "field's result": lambda text: doc(0, f"\x13 HYPERLINK x \x14{text}\x15"),
    },
    "xls": {
        "cell": lambda text: xls(label(text)),
        "shared text": shared_cell,
        "shared text over two records": lambda text: shared_cell(text, broken=True),
        "formula's result": lambda text: xls(formula(text)),
        "hidden sheet": lambda text: xls(label(text), hidden=1),
        "very hidden sheet": lambda text: xls(label(text), hidden=2),
        "comment or text box": lambda text: xls(box(text)),
        "header": lambda text: xls(record(0x14, unicode_string(text))),
    },
    "ppt": {
        "slide": lambda text: ppt(1006, text),
        "slide in 8 bits": lambda text: ppt(1006, text, wide=False),
        "hidden slide": lambda text: ppt(1006, text, before=atom(1017, b"\0" * 10 + b"\4" + b"\0" * 5)),
        "speaker note": lambda text: ppt(1008, text),
        "master": lambda text: ppt(1016, text),
        "comment": lambda text: compound(
            {"PowerPoint Document": atom(12000, atom(4026, text.encode("utf-16-le")), 0xF), "Current User": b"\0" * 32}
        ),
    },
    "msg": {
        "subject": lambda text: compound({"__substg1.0_0037001F": text.encode("utf-16-le")}),
        "body": lambda text: compound({"__substg1.0_1000001F": text.encode("utf-16-le")}),
        "body in 8 bits": lambda text: compound({"__substg1.0_1000001E": text.encode()}),
        "HTML body": lambda text: compound({"__substg1.0_10130102": f"<html><p>{text}</p></html>".encode()}),
    },
}

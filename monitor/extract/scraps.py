"""Words among the bytes of formats that have no reader of their own: notebooks of OneNote, Works, databases.

What is found are runs of letters, out of order and now and then with a letter too many: enough to notice what somebody
wrote, too little to be called reading.
"""

import re
from collections.abc import Iterator
from functools import partial

from monitor.domain.text import Span, SpanKind
from monitor.extract.context import Context, Reader
from monitor.extract.notes import name_media_type
from monitor.extract.ole import Storage
from monitor.extract.plain import clean_text
from monitor.extract.trouble import Unreadable

_OLE_STORAGE, _WORDPERFECT = "application/x-ole-storage", "application/vnd.wordperfect"
_TYPES = (_OLE_STORAGE, _WORDPERFECT, "application/onenote", "application/msaccess", "application/vnd.sqlite3")
FOUND = "found among the bytes"
"""The `detail` of a span whose words were found and not read."""

# Runs in 16 bits: Latin to Arabic letters, or those of East Asia with what stands between them.
_SIGN = rb"(?:[\x20-\x7e\xa0-\xff\t\r\n]\0|[\0-\xff][\x01-\x06]|[\x10-\x3a]\x20)"
_WIDE = re.compile(
    _SIGN + rb"{6,}|(?:[\0-\xff][\x4e-\x9f\xac-\xd7]|[\0-\xff]\x30|[\x20-\x7e]\0|[\0-\xff]\xff){4,}", re.DOTALL
)
_NARROW = re.compile(rb"[\x20-\x7e\xa1-\xff\t\r\n]{8,}")
_LETTER = re.compile(r"[^\W\d_]")
_OTHER_SCRIPTS = tuple(
    re.compile(f"[{block}]") for block in ("\u0370-\u03ff", "\u0400-\u052f", "\u0590-\u05ff", "\u0600-\u06ff")
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_EAST = re.compile("[\u3041-\u30ff\u4e00-\u9fff\uac00-\ud7a3]")
_USUAL_EAST = frozenset(
    "的一是不了在人有我他这這个個们們中来來上大和国國到说說要就出你对對生能那好吗嗎请請谢謝老师師学學도는이가을를하고다해지"
)
_LETTERS_OR_SPACE = re.compile(r"[^\W\d_]|[ \n.,!?'\u2019]")
_SPACES_OF_WORDPERFECT = bytes.maketrans(b"\x80\x8c\x8d\xa0\xa9\xaa\xd0", b" \n\n --\n")
_MAX_RUNS = 20_000
_MAX_BYTES = 10_000_000
_FEWEST_LETTERS = 6


def _read_scraps(data: bytes, context: Context, media_type: str) -> list[Span]:
    """The words in `data`. Raises `Unreadable` (unsupported) where there are none."""
    if len(data) > _MAX_BYTES:
        context.notes.add(f"words looked for in the first {_MAX_BYTES} bytes")
    lines: dict[str, None] = {}
    for stream in _streams(data[:_MAX_BYTES], media_type, context):
        for text in _runs(stream):
            if text not in lines and _is_written(text):
                lines[text] = None
            if len(lines) >= _MAX_RUNS:
                break
    if not lines:
        message = f"unsupported: {name_media_type(media_type)}"
        raise Unreadable(message)
    context.notes.add(f"words only: {name_media_type(media_type)}")
    return [Span(SpanKind.NEW, "\n".join(lines), "body", FOUND)]


def _streams(data: bytes, media_type: str, context: Context) -> Iterator[bytes]:
    """The stretches in which a text lies in one piece."""
    if media_type == _OLE_STORAGE:
        storage = Storage(data, context)
        for path in storage.paths:
            yield storage.read(*path)
    elif media_type == _WORDPERFECT:
        yield data.translate(_SPACES_OF_WORDPERFECT)
    else:
        yield data


def _runs(data: bytes) -> Iterator[str]:
    for match in _WIDE.finditer(data):
        yield clean_text(match[0].decode("utf-16-le", "replace")).strip()
    for match in _NARROW.finditer(data):
        try:
            yield match[0].decode("utf-8").strip()
        except UnicodeDecodeError:
            yield match[0].decode("cp1252", "replace").strip()


def _is_written(text: str) -> bool:
    """Whether a run is something that a person wrote: words with spaces between them, or common signs of East Asia."""
    eastern = _EAST.findall(text)
    if len(eastern) > len(text) / 2:
        return len(set(eastern) & _USUAL_EAST) >= 2
    words = _WORD.findall(text)
    return (
        len(words) >= 2
        and sum(map(len, words)) / len(words) < 14
        and len(words) <= 2 * (text.count(" ") + text.count("\n")) + 1
        and len(_LETTERS_OR_SPACE.findall(text)) >= 0.85 * len(text)
        and sum(word.islower() or word.isupper() or word.istitle() for word in words) >= 0.6 * len(words)
        and _is_of_one_script(text)
    )


def _is_of_one_script(text: str) -> bool:
    """Whether the letters belong together: chance mixes alphabets, and accented letters with plain ones."""
    letters = _LETTER.findall(text)
    most = max(len(script.findall(text)) for script in _OTHER_SCRIPTS)
    plain = sum(letter.isascii() for letter in letters)
    return len(letters) >= _FEWEST_LETTERS and max(most, plain) >= 0.75 * len(letters)


SCRAPERS: dict[str, Reader] = {kind: partial(_read_scraps, media_type=kind) for kind in _TYPES}

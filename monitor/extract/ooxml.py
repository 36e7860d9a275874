"""What the three new Office formats share: text of drawings, diagrams, charts, properties, and embedded files."""

import re
from typing import Any

from monitor.domain.text import Span, SpanKind
from monitor.extract.archive import Archive
from monitor.extract.context import Context
from monitor.extract.gather import Gather
from monitor.extract.trouble import Broken
from monitor.extract.xml_tree import attribute, local, parse_xml, walk

_PROPERTIES = frozenset({"title", "subject", "keywords", "description", "category"})
_EMBEDDED = re.compile(r"(?:word|xl|ppt)/(?:embeddings|media)/[^/]+\.(?!wmf$|emf$|vml$)\w+$", re.IGNORECASE)
_ALT_CHUNK = re.compile(
    r"(?:word/)?(?:afchunk[^/]*\.\w+|[^/]+\.(?:mht|mhtml|html?|xhtml|rtf|txt|docx|docm|doc|odt))$", re.IGNORECASE
)
_NUMBER = re.compile(r"\d+")
_DELETED = (SpanKind.HIDDEN, "deleted")
_HIDDEN = (SpanKind.HIDDEN, "hidden")
_PICTURE_WORDS = frozenset({"docPr", "cNvPr"})
_BREAKS = frozenset({"br", "cr"})
_LINES = frozenset({"p", "tr", "text", "pt", "si", "oddHeader", "oddFooter", "comment"})
_TEXTS = frozenset({"t", "v", "text"})


def open_office(data: bytes, context: Context, folder: str) -> Archive:
    """The archive of an Office file. Raises `Broken` when it has no part below `folder`."""
    archive = Archive(data, context)
    if not any(name.startswith(folder) for name in archive.names):
        raise Broken("holds no document")
    return archive


def check_read(spans: list[Span], archive: Archive, main: str) -> list[Span]:
    """`spans` as they are. Raises `Broken` where there are none and the main part is no XML: that is not empty."""
    if not any(span.text.strip() for span in spans) and parse_xml(archive.read(main)) is None:
        raise Broken("its main part cannot be read")
    return spans


def parts(archive: Archive, pattern: str) -> list[tuple[str, Any]]:
    """(name, root) of the XML parts whose name matches `pattern`, in the order of their numbers."""
    found = sorted((name for name in archive.names if re.fullmatch(pattern, name, re.IGNORECASE)), key=_order)
    trees = ((name, parse_xml(archive.read(name))) for name in found)
    return [(name, root) for name, root in trees if root is not None]


def _order(name: str) -> tuple[list[int], str]:
    return [int(number) for number in _NUMBER.findall(name[-60:])], name


def write_markup(root: Any, gather: Gather) -> None:
    """Write the words of WordprocessingML, DrawingML or a chart into `gather`, deletions and hidden runs marked."""
    writer = _Markup(gather)
    for event, name, element in walk(root):
        if event == "start":
            writer.start(name, element)
        else:
            writer.end(name)


class _Markup:
    """Follows where in the tree the walk is: inside a deletion, a hidden run or shape, a second version."""

    def __init__(self, gather: Gather) -> None:
        self._gather = gather
        self._deleted = 0
        self._skipped = 0
        self._hidden_run = False
        self._had_choice: list[bool] = []

    def start(self, name: str, element: Any) -> None:
        """Take note of an element's start."""
        if name in ("del", "moveFrom"):
            self._deleted += 1
        elif name == "AlternateContent":
            self._had_choice.append(any(local(child) == "Choice" and has_words(child) for child in element))
        elif name in ("rPh", "Fallback"):
            self._skipped += name == "rPh" or bool(self._had_choice and self._had_choice[-1])
        elif name in ("r", "rPr"):
            self._hidden_run = _is_hidden(element) if name == "r" else self._hidden_run
        else:
            self._write(name, element)

    def end(self, name: str) -> None:
        """Take note of an element's end."""
        if name in ("del", "moveFrom"):
            self._deleted -= 1
        elif name == "AlternateContent" and self._had_choice:
            self._had_choice.pop()
        elif name in ("rPh", "Fallback"):
            self._skipped -= name == "rPh" or bool(self._had_choice and self._had_choice[-1])
        elif name == "r":
            self._hidden_run = False
        elif name == "tc":
            self._gather.end("\t")
        elif name in _LINES:
            self._gather.end()

    def _write(self, name: str, element: Any) -> None:
        if self._skipped:
            return
        if name in _TEXTS or name == "delText":
            key = _DELETED if self._deleted or name == "delText" else _HIDDEN if self._hidden_run else None
            self._gather.write(element.text or "", key)
        elif name == "tab" and element.getparent() is not None and local(element.getparent()) == "r":
            self._gather.write("\t")
        elif name in _BREAKS:
            self._gather.write("\n")
        elif name == "textpath":
            self._gather.write(element.get("string") or "")
            self._gather.end()
        elif name in _PICTURE_WORDS:
            words = "\n".join(filter(None, (element.get("title"), element.get("descr"))))
            self._gather.write(words + "\n" if words else "", (SpanKind.IMAGE_TEXT, "description"))


def has_words(root: Any) -> bool:
    """Whether any element below `root` holds text to read."""
    return any(event == "start" and name in _TEXTS and element.text for event, name, element in walk(root))


def _is_hidden(run: Any) -> bool:
    for properties in run:
        if local(properties) == "rPr":
            return any(
                local(item) in ("vanish", "webHidden", "specVanish") and attribute(item, "val") not in ("0", "false")
                for item in properties
            )
    return False


def read_parts(archive: Archive, pattern: str, part: str, kind: SpanKind = SpanKind.NEW) -> list[Span]:
    """The words of every part that matches `pattern`."""
    spans: list[Span] = []
    for _, root in parts(archive, pattern):
        gather = Gather(part, kind)
        write_markup(root, gather)
        spans += gather.spans()
    return spans


def read_properties(archive: Archive) -> list[Span]:
    """Title, subject, keywords and description of the document."""
    root = parse_xml(archive.read("docProps/core.xml"))
    if root is None:
        return []
    texts = [(element.text or "").strip() for element in root.iter() if local(element) in _PROPERTIES]
    return [Span(SpanKind.TITLE, text) for text in texts if text]


def read_embedded(archive: Archive, context: Context) -> list[Span]:
    """The files inside the file: objects, pictures, imported pages."""
    spans: list[Span] = []
    for name in archive.names:
        if _EMBEDDED.match(name) or _ALT_CHUNK.match(name):
            spans += context.nested(archive.read(name), name.rpartition("/")[2])
    return spans

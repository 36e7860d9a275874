"""OpenDocument texts, sheets and slides (odt, ods, odp and their kin), by one walk over their XML."""

import re
from typing import Any

from monitor.domain.text import Span, SpanKind
from monitor.extract.archive import Archive
from monitor.extract.context import Context
from monitor.extract.gather import Gather, Key
from monitor.extract.markup import word_set
from monitor.extract.trouble import Broken, Encrypted
from monitor.extract.xml_tree import attribute, local, parse_xml, walk

_COMMENT: Key = (SpanKind.COMMENT, "")
_NOTES: Key = (SpanKind.COMMENT, "notes")
_DELETED: Key = (SpanKind.HIDDEN, "deleted")
_HIDDEN: Key = (SpanKind.HIDDEN, "hidden")
_PICTURE: Key = (SpanKind.IMAGE_TEXT, "description")
_NOTHING: Key = (SpanKind.HIDDEN, "not written by anybody")
_KEYS = {
    "annotation": _COMMENT,
    "notes": _NOTES,
    "tracked-changes": _DELETED,
    "hidden-text": _HIDDEN,
    "hidden-paragraph": _HIDDEN,
}
_LINES = frozenset({"p", "h", "table-row", "list-item", "annotation"})
_META = frozenset({"title", "subject", "description", "keyword"})
_DROPPED = frozenset({"creator", "date", "creator-initials", "script", "binary-data"})
_INNER = re.compile(r"(?:Object[^/]*|[^/]*/Object[^/]*)/content\.xml")
_FILES = re.compile(
    r"(?:Pictures|media|ObjectReplacements|Object[^/]*)/?[^/]*\.(?:png|jpe?g|gif|tiff?|webp|pdf)$", re.IGNORECASE
)
_MAX_SPACES = 100


def read_opendocument(data: bytes, context: Context) -> list[Span]:
    """The spans of an OpenDocument file. Raises `Encrypted` where its parts are locked, `Broken` without content."""
    archive = Archive(data, context)
    if b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise Encrypted("needs a password")
    root = parse_xml(archive.read("content.xml"))
    if root is None:
        raise Broken("its content cannot be read")
    hidden = _hidden_styles(root)
    spans = _titles(archive) + _read(root, "body", hidden)
    styles = parse_xml(archive.read("styles.xml"))
    if styles is not None:
        masters = [element for element in styles.iter() if local(element) == "master-page"]
        for master in masters:
            spans += _read(master, "header and footer", frozenset())
    for name in archive.names:
        inner = parse_xml(archive.read(name)) if _INNER.fullmatch(name) else None
        if inner is not None:
            spans += _read(inner, "embedded object", frozenset())
        elif _FILES.match(name):
            spans += context.nested(archive.read(name), name.rpartition("/")[2])
    return spans


def read_flat(root: Any) -> list[Span]:
    """The spans of a document that is one XML file (fodt, fods, fodp)."""
    titles = [
        (item.text or "").strip() for meta in root if local(meta) == "meta" for item in meta if local(item) in _META
    ]
    spans = [Span(SpanKind.TITLE, text) for text in titles if text]
    hidden = _hidden_styles(root)
    for element in root:
        if local(element) == "body":
            spans += _read(element, "body", hidden)
        elif local(element) == "master-styles":
            spans += _read(element, "header and footer", frozenset())
    return spans


def _titles(archive: Archive) -> list[Span]:
    root = parse_xml(archive.read("meta.xml"))
    texts = [(item.text or "").strip() for item in root.iter() if local(item) in _META] if root is not None else []
    return [Span(SpanKind.TITLE, text) for text in texts if text]


def _hidden_styles(root: Any) -> frozenset[str]:
    """Names of styles whose sheets, slides or characters do not show."""
    names = set()
    for style in (element for element in root.iter() if local(element) == "style"):
        for properties in style:
            shows = attribute(properties, "display")
            if shows in ("false", "none") or attribute(properties, "visibility") == "hidden":
                names.add(attribute(style, "name"))
    return frozenset(names)


def _read(root: Any, part: str, hidden: frozenset[str]) -> list[Span]:
    gather = Gather(part)
    writer = _Writer(gather, hidden)
    for event, name, element in walk(root):
        if event == "start":
            writer.start(name, element)
        else:
            writer.end(name, element)
    return gather.spans()


class _Writer:
    """Keeps the kind of text of each open element that says one."""

    def __init__(self, gather: Gather, hidden: frozenset[str]) -> None:
        self._gather = gather
        self._hidden = hidden
        self._open: list[tuple[Any, Key | None]] = []

    def start(self, name: str, element: Any) -> None:
        """Take note of an element and write the text at its beginning."""
        if name in _DROPPED:
            self._open.append((element, _NOTHING))
            return
        key = self._key_of(name, element)
        if key is not None:
            self._open.append((element, key))
        if name == "table":
            self._write(attribute(element, "name") + "\n")
        elif name in ("tab", "line-break"):
            self._write("\t" if name == "tab" else "\n")
        elif name == "s":
            count = attribute(element, "c")
            self._write(" " * min(int(count) if count.isdecimal() else 1, _MAX_SPACES))
        self._write(_own_text(element) if name in _HOLDS_TEXT else "")

    def end(self, name: str, element: Any) -> None:
        """Leave an element, and write the text that follows it."""
        if self._open and self._open[-1][0] is element:
            self._open.pop()
        if name in _LINES or name in ("title", "desc"):
            self._gather.end()
        elif name == "table-cell":
            self._gather.end("\t")
        parent = element.getparent()
        if parent is not None and local(parent) in _HOLDS_TEXT:
            self._write(element.tail or "")

    def _key_of(self, name: str, element: Any) -> Key | None:
        if name in ("title", "desc"):
            return _PICTURE
        if name in _KEYS:
            return _KEYS[name]
        collapsed = name in ("table-row", "table-column") and attribute(element, "visibility") in ("collapse", "filter")
        is_hidden = collapsed or (bool(self._hidden) and attribute(element, "style-name") in self._hidden)
        return _HIDDEN if is_hidden else None

    def _write(self, text: str) -> None:
        key = self._open[-1][1] if self._open else None
        if text and key is not _NOTHING:
            self._gather.write(text, key)


_HOLDS_TEXT = word_set(
    "p h span a title desc hidden-text ruby ruby-base meta meta-field date time page-number page-count author-name"
    " subject keywords description placeholder conditional-text text-input user-defined variable-set variable-get"
    " user-field-get sequence expression bookmark-ref reference-ref note-citation database-display sheet-name"
    " hidden-paragraph chapter file-name template-name sender-firstname sender-lastname"
)


def _own_text(element: Any) -> str:
    text = str(element.text or "")
    if local(element) in ("hidden-text", "conditional-text"):
        return text or attribute(element, "string-value")
    return text

"""XML files: what their elements say, attributes with words and comments apart; the known kinds by their own rules.

Known are flat OpenDocument (fodt and its kin), Word's own XML of 2003 and its packages in one file. All others are read
element by element. What is not whole XML is read as the text that it is.
"""

import re
from typing import Any

from lxml import etree

from monitor.domain.text import Span, SpanKind
from monitor.extract.context import Context
from monitor.extract.gather import Gather, Key
from monitor.extract.markup import word_set
from monitor.extract.ooxml import write_markup
from monitor.extract.opendocument import read_flat
from monitor.extract.plain import clean_text, decode_bytes
from monitor.extract.xml_tree import attribute, local, parse_whole, walk

BODY = "body"
_ATTRIBUTE: Key = (SpanKind.HIDDEN, "in an attribute")
_COMMENT: Key = (SpanKind.HIDDEN, "in a comment of the file")
_WORD_COMMENTS = re.compile(r".*/comments\w*\.xml$", re.IGNORECASE)
_ENTITY = re.compile(rb"<!ENTITY|<\0!\0E\0N\0T|\0<\0!\0E\0N\0T")
# Attributes in which drawing and mapping programs keep what is read on the screen.
_SHOWN = word_set("text unicodestring title label alt caption desc description content value summary s")
_OF_STYLE = word_set("style d points transform class viewbox schemalocation font-family fontfamily href src id type")
_WORDS = re.compile(r"[^\W\d_]{2,}[,.;:!?]?\s+[^\W\d_]{2,}")
_LETTER = re.compile(r"[^\W\d_]")
_DROPPED = frozenset({"style", "binData", "binaryData"})
_LONG = 1_000
_LONG_WORD = 60


def read_xml(data: bytes, context: Context) -> list[Span]:
    """The spans of an XML file; of one that is damaged, or that defines words elsewhere (entities), its text."""
    root = None if _ENTITY.search(data) else parse_whole(data)
    spans = _structured(root) if root is not None else []
    if any(span.text.strip() for span in spans):
        return spans
    return [Span(SpanKind.NEW, decode_bytes(data[: context.limits.max_bytes]), BODY)]


def _structured(root: Any) -> list[Span]:
    kind = local(root)
    if kind in ("document", "document-content") and "office" in root.tag:
        return read_flat(root)
    if kind == "wordDocument":
        return _read_word(root, BODY, SpanKind.NEW)
    if kind == "package" and any(local(part) == "part" for part in root):
        return _read_package(root)
    return read_elements(root, BODY)


def read_elements(root: Any, part: str) -> list[Span]:
    """All that the elements below `root` say; a line for each that is not part of a running text."""
    gather = Gather(part)
    dropped = 0
    for event, name, element in walk(root):
        if name in _DROPPED:
            dropped += 1 if event == "start" else -1
        elif event == "start" and not dropped and name:
            _write_attributes(element, gather)
            gather.write(_readable(element.text) if (element.text or "").strip() else "")
        if event == "end" and name and not dropped:
            _write_tail(element, gather)
    for comment in root.iter(etree.Comment):
        gather.write(clean_text(comment.text or "") + "\n", _COMMENT)
    return gather.spans()


def _write_tail(element: Any, gather: Gather) -> None:
    tail = _readable(element.tail)
    if tail.strip():
        gather.write(tail)
    elif not _is_running(element):
        gather.end()
    elif tail:
        gather.write(" ")


def _is_running(element: Any) -> bool:
    """Whether the element stands inside a text: its parent has words of its own before or after it."""
    parent = element.getparent()
    return parent is not None and (bool((parent.text or "").strip()) or _has_words_after(element))


def _has_words_after(element: Any) -> bool:
    following = element.getnext()
    return following is not None and bool((following.tail or "").strip())


def _write_attributes(element: Any, gather: Gather) -> None:
    for key, value in element.attrib.items():
        name = key.rpartition("}")[2].lower()
        if name in _SHOWN and _LETTER.search(value):
            gather.write(_readable(value))
            gather.end()
        elif name not in _OF_STYLE and _WORDS.search(value):
            gather.write(_readable(value), _ATTRIBUTE)
            gather.end()


def _readable(text: str | None) -> str:
    """`text` with ordinary spaces; nothing for data written as letters, such as a picture."""
    if not text:
        return ""
    words = text.split() if len(text) > _LONG else []
    if words and len(text) / len(words) > _LONG_WORD:
        return ""
    return clean_text(text)


def _read_word(root: Any, part: str, kind: SpanKind) -> list[Span]:
    titles = [element.text for element in root.iter() if local(element) == "Title" and element.text]
    gather = Gather(part, kind)
    write_markup(root, gather)
    return [*(Span(SpanKind.TITLE, title) for title in titles), *gather.spans()]


def _read_package(root: Any) -> list[Span]:
    """A docx or pptx in one XML file: its parts stand as elements."""
    spans: list[Span] = []
    for element in root:
        name = attribute(element, "name")
        kind = SpanKind.COMMENT if _WORD_COMMENTS.match(name) else SpanKind.NEW
        spans += _read_word(element, name.rpartition("/")[2], kind)
    return spans

"""HTML to lines of text, with what its elements say about who wrote them.

Left out: scripts, styles, comments, and the addresses of links: nobody wrote or read those, and tracking
addresses would drown the text. Kept: hidden text (a student may hide it or find it) and the words that
stand for pictures.
"""

import html as html_entities
import re
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.domain.text import SpanKind
from monitor.extract import phrases
from monitor.extract.markup import is_too_tangled, mark_of, opens_rest, word_set
from monitor.extract.plain import clean_text

_DROPPED = frozenset({"script", "style", "title", "template"})
_CELLS = frozenset({"td", "th"})
_KEEPS_SPACE = frozenset({"pre", "textarea", "xmp", "listing", "plaintext"})
_BLOCKS = word_set(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure"
    " footer form h1 h2 h3 h4 h5 h6 header hr html legend li listing main menu nav ol optgroup option p plaintext pre"
    " section select summary table tbody tfoot thead tr ul xmp"
)
_BULLET = "- "
_SPACE = re.compile(r"[ \t\n\r\f\u00a0]+")
_TAG = re.compile(r"<[^<>]*>")
_PRE_STYLE = re.compile(r"white-space\s*:\s*(?:pre|break-spaces)")


@dataclass(frozen=True, slots=True)
class HtmlText:
    """A page as lines (each with its line end), for `quotation.split_lines`.

    `marks`: line number → kind that an element gave it. `rests`: numbers of lines from which on everything is
    an older message. `is_tangled`: the markup was too deep to be followed, so the text is there but no marks.
    """

    title: str
    lines: list[str]
    marks: dict[int, SpanKind] = field(default_factory=dict)
    rests: frozenset[int] = frozenset()
    is_tangled: bool = False

    @property
    def text(self) -> str:
        """All lines together."""
        return "".join(self.lines)


def html_to_text(html: str) -> HtmlText:
    """The text of a page or of a mail's HTML body; never raises, whatever the markup."""
    html = clean_text(html)
    if is_too_tangled(html):
        lines = clean_text(html_entities.unescape(_TAG.sub(" ", html))).splitlines(keepends=True)
        return HtmlText("", lines, is_tangled=True)
    tree = LexborHTMLParser(html)
    title = tree.css_first("title")
    writer = _Writer()
    if tree.root is not None:
        _walk(tree.root, writer)
    writer.end_line()
    return HtmlText(
        _SPACE.sub(" ", clean_text(title.text())).strip() if title else "",
        writer.lines,
        writer.marks,
        frozenset(writer.rests),
    )


def _walk(root: LexborNode, writer: "_Writer") -> None:
    """Depth first without recursion: a hostile page nests deeper than Python's stack."""
    node: LexborNode | None = root
    end = root.mem_id
    while node is not None:
        following = node.child if writer.enter(node) else None
        while following is None:
            writer.leave(node)
            if node.mem_id == end:
                return
            following = node.next
            if following is None:
                node = node.parent
                if node is None:
                    return
        node = following


@dataclass(slots=True)
class _Frame:
    """An element that says who wrote its content; `is_open` until its first line was seen."""

    element: int
    kind: SpanKind | None
    is_open: bool


class _Writer:
    """Collects lines while the tree is walked."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.marks: dict[int, SpanKind] = {}
        self.rests: set[int] = set()
        self._line: list[str] = []
        self._frames: list[_Frame] = []
        self._spacious: list[int] = []
        self._rest_begins = False
        self._containers = 0

    def enter(self, node: LexborNode) -> bool:
        """Take note of a node; False when its children are to be skipped."""
        tag = node.tag
        if node.is_text_node:
            self._write_text(node.text_content or "")
            return False
        if tag in _DROPPED or node.is_comment_node:
            return False
        if tag == "br":
            self.end_line(even_if_empty=True)
        elif tag == "img":
            self._line.append(node.attributes.get("alt") or "")
        else:
            self._open_element(node, tag or "")
        return True

    def leave(self, node: LexborNode) -> None:
        """The end of a node that was entered."""
        if self._frames and self._frames[-1].element == node.mem_id:
            self.end_line()
            self._frames.pop()
        if self._spacious and self._spacious[-1] == node.mem_id:
            self._spacious.pop()
        if node.tag in _BLOCKS:
            self.end_line()

    def end_line(self, *, even_if_empty: bool = False) -> None:
        """Close the current line; an empty one only counts when a `<br>` asked for it."""
        text = clean_text("".join(self._line)).rstrip(" \n")
        self._line = []
        if not text.strip():
            if even_if_empty:
                self.lines.append("\n")
            return
        for line in text.split("\n"):
            self._add_line(line)

    def _open_element(self, node: LexborNode, tag: str) -> None:
        if tag in _BLOCKS and self._line != [_BULLET]:
            self.end_line()
            if tag == "li":
                self._line.append(_BULLET)
        elif tag in _CELLS and self._line and self._line[-1] != "\t":
            self._line.append("\t")
        attributes = node.attributes
        if not attributes and tag not in _KEEPS_SPACE:
            return
        if tag in _KEEPS_SPACE or _PRE_STYLE.search(attributes.get("style") or ""):
            self._spacious.append(node.mem_id)
        self._open_frame(node, attributes)

    def _open_frame(self, node: LexborNode, attributes: dict[str, str | None]) -> None:
        if any(frame.kind is not None and not frame.is_open for frame in self._frames):
            return
        if opens_rest(attributes):
            self.end_line()
            self._rest_begins = True
        mark = mark_of(node, attributes, self._containers)
        if mark is None:
            return
        self.end_line()
        self._containers += mark.is_container
        self._frames.append(_Frame(node.mem_id, mark.kind, is_open=True))

    def _write_text(self, text: str) -> None:
        if self._spacious:
            self._line.append(text.replace("\u00a0", " "))
            return
        text = _SPACE.sub(" ", text)
        at_line_start = not self._line or self._line[-1].endswith((" ", "\t", "\n"))
        self._line.append(text.lstrip(" ") if at_line_start else text)

    def _add_line(self, line: str) -> None:
        kind = self._kind_here(line)
        if kind is not None:
            self.marks[len(self.lines)] = kind
        elif self._rest_begins and line.strip():
            self.rests.add(len(self.lines))
            self._rest_begins = False
        self.lines.append(line + "\n")

    def _kind_here(self, line: str) -> SpanKind | None:
        """The outermost element that says something decides; a forward says so in its first line."""
        if not line.strip():
            return next((frame.kind for frame in self._frames if not frame.is_open and frame.kind), None)
        is_forward = phrases.FORWARD.match(line.strip()[: phrases.MAX_LINE]) is not None
        for frame in self._frames:
            if frame.is_open:
                frame.kind = SpanKind.FORWARDED if is_forward else frame.kind
                frame.is_open = False
        return next((frame.kind for frame in self._frames if frame.kind), None)

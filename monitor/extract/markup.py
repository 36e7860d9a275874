"""What mail programs' elements say about the text inside them, and which markup is too tangled to follow."""

import re
from collections import Counter
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from monitor.domain.text import SpanKind


def word_set(words: str) -> frozenset[str]:
    """The words of a line, for lists of names that would otherwise be a column each."""
    return frozenset(words.split())


# Class names and ids as Gmail, Outlook, Thunderbird, Apple Mail, Yahoo, Proton and Zoho write them. Outlook
# puts "x_" before the ones it finds in a message that it quotes.
_QUOTED = word_set(
    "gmail_attr gmail_extra yahoo_quoted moz-cite-prefix protonmail_quote zmail_extra outlookmessageheader"
    " tutanota_quote mailbutler_quote front-blockquote"
)
_SIGNATURE = word_set(
    "gmail_signature gmail_signature_prefix moz-signature signature applemailsignature ms-outlook-mobile-signature"
    " protonmail_signature_block yahoo-signature"
)
_REST = word_set(
    "divrplyfwdmsg appendonsend stopspelling ms-outlook-mobile-reference-message"
    " mail-editor-reference-message-container"
)
_GMAIL_QUOTE = frozenset({"gmail_quote", "gmail_quote_container"})
_QUOTING_BLOCK = re.compile(r"quote|cite", re.IGNORECASE)
_BORDER_LEFT = re.compile(r"border-left(?:-\w+)?\s*:\s*(?!none|0)", re.IGNORECASE)
_MAX_CONTAINERS = 100
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all"
    r"|(?<![\w-])(?:font-size|opacity|max-height)\s*:\s*0+(?:\.0+)?(?:px|pt|em|rem|%)?\s*(?:!important\s*)?(?:;|$)",
    re.IGNORECASE,
)

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})[^<>]*>?")
# Elements that need no end tag, or end when the next one begins.
_UNCOUNTED = word_set("area base br col dd dt embed hr img input li link meta option p param source td th tr tbody wbr")
_FORMATTING = word_set("a b big code em font i nobr s small strike strong tt u")
_MAX_OPEN = 1_000
_MAX_REOPENED = 2_000_000
_MAX_SELF_CLOSED = 5_000


class Mark(NamedTuple):
    """What an element says. `kind` None: its children decide, unless its first line says "forwarded"."""

    kind: SpanKind | None
    is_container: bool = False


def names_of(attributes: dict[str, str | None]) -> set[str]:
    """Class names and id of an element in lower case, without Outlook's prefix."""
    words = f"{attributes.get('class') or ''} {attributes.get('id') or ''}".lower().split()
    return {word.removeprefix("x_") for word in words}


def opens_rest(attributes: dict[str, str | None]) -> bool:
    """Whether everything after the element's start is an older message (Outlook on the web)."""
    return not _REST.isdisjoint(names_of(attributes))


def mark_of(node: LexborNode, attributes: dict[str, str | None], containers: int) -> Mark | None:
    """What the element says about its text, or None.

    `containers` counts Gmail's containers met so far: each costs a search, so there is a bound.
    """
    names = names_of(attributes)
    if not _SIGNATURE.isdisjoint(names):
        return Mark(SpanKind.SIGNATURE)
    if node.tag == "blockquote":
        return Mark(SpanKind.QUOTED) if _is_quoting(attributes, names) else None
    if not _GMAIL_QUOTE.isdisjoint(names):
        # Answers written between the quoted paragraphs stand in the container too, outside the blockquotes.
        has_inner = containers < _MAX_CONTAINERS and node.css_first("blockquote") is not None
        return Mark(None if has_inner else SpanKind.QUOTED, is_container=True)
    if not _QUOTED.isdisjoint(names):
        return Mark(SpanKind.QUOTED)
    if "hidden" in attributes or _HIDDEN.search(attributes.get("style") or ""):
        return Mark(SpanKind.HIDDEN)
    return None


def _is_quoting(attributes: dict[str, str | None], names: set[str]) -> bool:
    """Mail programs also use blockquote to indent what is being written; that is no quotation."""
    return (
        (attributes.get("type") or "").lower() == "cite"
        or any(_QUOTING_BLOCK.search(name) for name in names)
        or _BORDER_LEFT.search(attributes.get("style") or "") is not None
        or bool(attributes.get("cite"))
    )


def is_too_tangled(html: str) -> bool:
    """Whether a parser would need time or memory out of proportion to the page.

    Two shapes do that: elements nested by the thousand (the time grows with the square of the depth), and
    formatting left open, which the HTML standard has the parser open again in every paragraph.
    """
    count = _TagCount()
    for match in _TAG.finditer(html):
        name = match[2].lower()
        if match[1]:
            count.close(name)
        elif name not in _UNCOUNTED:
            count.open(name, is_self_closed=match[0].endswith("/>"))
        else:
            count.reopened += count.formatting
        if count.depth > _MAX_OPEN or count.reopened > _MAX_REOPENED:
            return True
    return False


class _TagCount:
    """How many elements are open at most, by their names alone."""

    def __init__(self) -> None:
        self.depth = self.formatting = self.reopened = 0
        self._self_closed = 0
        self._open: Counter[str] = Counter()

    def open(self, name: str, *, is_self_closed: bool) -> None:
        if is_self_closed and self._open["svg"] and self._self_closed < _MAX_SELF_CLOSED:
            # Only inside a drawing does "/>" end an element.
            self._self_closed += 1
            return
        self.reopened += self.formatting
        self._open[name] += 1
        self.depth += 1
        self.formatting += name in _FORMATTING

    def close(self, name: str) -> None:
        if self._open[name]:
            self._open[name] -= 1
            self.depth -= 1
            self.formatting -= name in _FORMATTING

"""Electronic books: their pages in reading order."""

import posixpath
import re
from urllib.parse import unquote

from monitor.domain.text import Span, SpanKind
from monitor.extract.archive import Archive
from monitor.extract.context import Context
from monitor.extract.html import html_to_text
from monitor.extract.message import decode_html
from monitor.extract.trouble import Encrypted
from monitor.extract.xml_tree import local, parse_xml

_PAGE = re.compile(r".*\.x?html?$", re.IGNORECASE)
_TITLES = frozenset({"title", "description", "subject"})


def read_epub(data: bytes, context: Context) -> list[Span]:
    """Title, then every page: those of the reading order first, the others after them as hidden."""
    archive = Archive(data, context)
    titles, order, listed = _package(archive)
    pages = [name for name in archive.names if _PAGE.match(name) or name in listed]
    spans = [Span(SpanKind.TITLE, title) for title in titles]
    for name in sorted(pages, key=lambda page: (order.get(page, len(order)), pages.index(page))):
        page = html_to_text(decode_html(archive.read(name), None))
        in_order = not order or name in order
        kind, detail = (SpanKind.NEW, "") if in_order else (SpanKind.HIDDEN, "outside the reading order")
        spans += [Span(kind, "".join(filter(None, (page.title and page.title + "\n", page.text))), "page", detail)]
    if not any(span.text.strip() for span in spans) and archive.read("META-INF/encryption.xml"):
        raise Encrypted("protected by its publisher")
    return spans


def _package(archive: Archive) -> tuple[list[str], dict[str, int], set[str]]:
    """The book's titles, page name → place in the reading order, and all names that are said to be pages."""
    name = next((name for name in archive.names if name.lower().endswith(".opf")), "")
    root = parse_xml(archive.read(name))
    if root is None:
        return [], {}, set()
    folder = posixpath.dirname(name)
    pages: dict[str, str] = {}
    order: dict[str, int] = {}
    titles: list[str] = []
    listed: set[str] = set()
    for element in root.iter():
        if local(element) == "item":
            href = unquote(element.get("href") or "")
            name = posixpath.normpath(posixpath.join(folder, href))
            pages[element.get("id") or ""] = name
            if "html" in (element.get("media-type") or ""):
                listed.add(name)
        elif local(element) == "itemref":
            order.setdefault(pages.get(element.get("idref") or "", ""), len(order))
        elif local(element) in _TITLES and element.text:
            titles.append(element.text.strip())
    return titles, order, listed

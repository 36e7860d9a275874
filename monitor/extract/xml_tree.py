"""XML of unknown origin to a tree: no entities, no network, and what is damaged as far as it goes."""

from collections.abc import Iterator
from typing import Any

from lxml import etree

MAX_ELEMENTS = 3_000_000


def parse_xml(data: bytes) -> Any | None:
    """The root element, or None where nothing is left of it. Entities are not expanded."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, recover=True, huge_tree=False, remove_pis=True
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def parse_whole(data: bytes) -> Any | None:
    """The root element of whole, well-formed XML, else None. Entities are not expanded."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, recover=False, huge_tree=False, remove_pis=True
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def local(element: Any) -> str:
    """The element's name without its namespace; empty for a comment or an entity."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Any, name: str) -> str:
    """The first attribute called `name` in whatever namespace; empty when there is none."""
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return str(value)
    return ""


def walk(root: Any) -> Iterator[tuple[str, str, Any]]:
    """("start" or "end", local name, element) over the tree, at most `MAX_ELEMENTS` of them."""
    for count, (event, element) in enumerate(etree.iterwalk(root, events=("start", "end"))):
        if count > 2 * MAX_ELEMENTS:
            return
        yield event, local(element), element


def all_text(root: Any, names: frozenset[str], lines: frozenset[str]) -> str:
    """The text of every element in `names`, one line for each element in `lines`."""
    pieces: list[str] = []
    for event, name, element in walk(root):
        if event == "start" and name in names and element.text:
            pieces.append(element.text)
        elif event == "end" and name in lines and pieces and pieces[-1] != "\n":
            pieces.append("\n")
    return "".join(pieces)

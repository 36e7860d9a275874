"""Presentations (pptx, ppsx, potx): slides in order, hidden ones marked, notes, comments, diagrams, charts."""

from typing import Any

from monitor.domain.text import Span, SpanKind
from monitor.extract.archive import Archive
from monitor.extract.context import Context
from monitor.extract.gather import Gather
from monitor.extract.ooxml import (
    check_read,
    open_office,
    parts,
    read_embedded,
    read_parts,
    read_properties,
    write_markup,
)
from monitor.extract.xml_tree import local

_PLACES = (
    (r"ppt/notesSlides/[^/]+\.xml", "notes", SpanKind.COMMENT),
    (r"ppt/comments/[^/]+\.xml", "comments", SpanKind.COMMENT),
    (r"ppt/threadedComments/[^/]+\.xml", "comments", SpanKind.COMMENT),
    (r"ppt/diagrams/data\d*\.xml", "diagram", SpanKind.NEW),
    (r"ppt/charts/chart\w*\.xml", "chart", SpanKind.NEW),
)


def read_pptx(data: bytes, context: Context) -> list[Span]:
    """The spans of a presentation."""
    archive = open_office(data, context, "ppt/")
    spans = read_properties(archive)
    for _, root in parts(archive, r"ppt/slides/[^/]+\.xml"):
        hidden = root.get("show") in ("0", "false")
        gather = Gather("slide", SpanKind.HIDDEN if hidden else SpanKind.NEW, "hidden slide" if hidden else "")
        _set_hidden_shapes_apart(root, gather)
        write_markup(root, gather)
        spans += gather.spans()
    for pattern, part, kind in _PLACES:
        spans += read_parts(archive, pattern, part, kind)
    spans += _read_masters(archive) + read_embedded(archive, context)
    return check_read(spans, archive, "ppt/presentation.xml")


def _set_hidden_shapes_apart(root: Any, gather: Gather) -> None:
    for named in [element for element in root.iter() if local(element) == "cNvPr" and element.get("hidden") == "1"]:
        frame = named.getparent()
        shape = frame.getparent() if frame is not None else None
        if shape is None or shape.getparent() is None:
            continue
        apart = Gather("slide")
        write_markup(shape, apart)
        for span in apart.spans():
            gather.write(span.text, (SpanKind.HIDDEN, "hidden shape"))
        gather.end()
        shape.getparent().remove(shape)


def _read_masters(archive: Archive) -> list[Span]:
    """What stands on masters and layouts outside the placeholders, whose prompts nobody wrote."""
    spans: list[Span] = []
    for _, root in parts(archive, r"ppt/(?:slideMasters|slideLayouts|notesMasters|handoutMasters)/[^/]+\.xml"):
        for mark in [element for element in root.iter() if local(element) == "ph"]:
            shape = mark
            while shape is not None and local(shape) not in ("sp", "pic", "graphicFrame"):
                shape = shape.getparent()
            if shape is not None and shape.getparent() is not None:
                shape.getparent().remove(shape)
        gather = Gather("master")
        write_markup(root, gather)
        spans += [span for span in gather.spans() if span.kind is SpanKind.NEW]
    return spans

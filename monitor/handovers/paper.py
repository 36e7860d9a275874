"""Paper as Heed prints it: one look, fonts with all their marks, and the same bytes each time.

The font covers Latin, Greek and Cyrillic letters. What people typed is never taken for the library's own markup.
"""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from reportlab.lib.pagesizes import letter
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate

PLAIN, BOLD = "HeedPlain", "HeedBold"
FILES = {PLAIN: "DejaVuSans.ttf", BOLD: "DejaVuSans-Bold.ttf"}
MARGIN = 20 * mm


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands around the content: the document's title and author, and the foot of each page, left and right."""

    title: str
    author: str
    foot_left: str
    foot_right: str
    language: str = "en"


def print_sheet(sheet: Sheet, story: Sequence[Flowable]) -> bytes:
    """The PDF of `story`; no clock and no random id is in it."""
    register_fonts()
    target = io.BytesIO()
    document = SimpleDocTemplate(
        target,
        pagesize=letter,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        invariant=1,
        title=sheet.title,
        author=sheet.author,
        lang=sheet.language,
    )

    def foot(canvas: Any, page: Any) -> None:
        canvas.setFont(PLAIN, 7)
        canvas.drawString(MARGIN, 12 * mm, sheet.foot_left)
        number = _("page {number}").format(number=page.page)
        canvas.drawRightString(letter[0] - MARGIN, 12 * mm, f"{sheet.foot_right}  {number}")

    document.build(list(story), onFirstPage=foot, onLaterPages=foot)
    return target.getvalue()


def text(words: str, font: str = PLAIN, size: float = 9.5) -> Paragraph:
    """A paragraph of plain words; line breaks stay."""
    register_fonts()
    style = ParagraphStyle(font, fontName=font, fontSize=size, leading=size * 1.4, splitLongWords=True)
    return Paragraph(escape(words).replace("\n", "<br/>"), style)


def marked_text(segments: Iterable[tuple[str, bool]], size: float = 9.5) -> Paragraph:
    """A paragraph in which the marked stretches are bold and underlined; line breaks stay."""
    register_fonts()
    style = ParagraphStyle(PLAIN, fontName=PLAIN, fontSize=size, leading=size * 1.4, splitLongWords=True, leftIndent=6)
    parts = [(escape(words).replace("\n", "<br/>"), is_marked) for words, is_marked in segments]
    marked = [f'<u><font name="{BOLD}">{words}</font></u>' if is_marked else words for words, is_marked in parts]
    return Paragraph("".join(marked), style)


def has_all_shapes(texts: Iterable[str]) -> bool:
    """Whether every letter of `texts` has a shape in the font."""
    register_fonts()
    shapes = pdfmetrics.getFont(PLAIN).face.charToGlyph
    return all(ord(one) in shapes for words in texts for one in words if one > " ")


def local_time(instant: datetime, zone: ZoneInfo) -> str:
    """An instant by a school's clock, such as `November 24, 2026, 10:15 CST`, in the language in force."""
    return dateformat.format(instant.astimezone(zone), pgettext("date format", "F j, Y, H:i T"))


@cache
def register_fonts() -> None:
    """The fonts lie beside matplotlib, which is installed for the evaluation's plots and is not loaded for this."""
    found = find_spec("matplotlib")
    folder = Path((found.submodule_search_locations or [""])[0]) if found else Path()
    for name, file in FILES.items():
        pdfmetrics.registerFont(TTFont(name, str(folder / "mpl-data" / "fonts" / "ttf" / file)))

"""A signed hand-over as a PDF: text that can be selected and searched, and the same bytes each time.

The font covers Latin, Greek and Cyrillic letters with all their marks. Where a letter has no shape in it, the PDF says
so and points at the JSON, which holds every letter.
"""

import io
import json
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from django.utils import dateformat, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from reportlab.lib.pagesizes import letter
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, HRFlowable, Paragraph, SimpleDocTemplate, Spacer

from monitor.handovers.models import Handover

PLAIN, BOLD = "HeedPlain", "HeedBold"
FILES = {PLAIN: "DejaVuSans.ttf", BOLD: "DejaVuSans-Bold.ttf"}
MARGIN = 20 * mm
NO_SHAPE = gettext_lazy("Some letters have no shape in this PDF. The JSON export of the same hand-over holds them all.")


def export_pdf(handover: Handover) -> bytes:
    """The PDF of a signed `handover`, in the language in which it was signed; the same bytes whenever it is made."""
    _register_fonts()
    content: dict[str, Any] = json.loads(handover.document or "{}")
    with translation.override(content.get("language", "en")):
        return _made(handover, content)


def _made(handover: Handover, content: dict[str, Any]) -> bytes:
    zone = ZoneInfo(content["site"]["time_zone"])
    story = [*_head(content), *_answers(content), *_signatures(handover, zone)]
    target = io.BytesIO()
    document = SimpleDocTemplate(
        target,
        pagesize=letter,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        invariant=1,  # no clock and no random id in it
        title=f"{content['title']} {content['handover']}",
        author=content["district"],
        lang=content.get("language", "en"),
    )

    def foot(canvas: Any, page: Any) -> None:
        canvas.setFont(PLAIN, 7)
        canvas.drawString(
            MARGIN, 12 * mm, _("Confidential student record. Hand-over {id}").format(id=content["handover"])
        )
        number = _("page {number}").format(number=page.page)
        canvas.drawRightString(letter[0] - MARGIN, 12 * mm, f"SHA-256 {handover.digest[:16]}…  {number}")

    document.build(story, onFirstPage=foot, onLaterPages=foot)
    return target.getvalue()


def _head(content: dict[str, Any]) -> list[Flowable]:
    student, case = content["student"], content["case"]
    lines = [f"{content['site']['name']}, {content['district']}"]
    if student:
        lines.append(_("Student: {name}, {address}").format(name=student["name"], address=student["address"]))
    lines.append(_("Case {id} (sign in to see it): {address}").format(id=case["id"], address=case["url"]))
    lines += [
        _("To: {names}").format(names=", ".join(filter(None, [one["name"], one["organisation"], one["reach"]])))
        for one in content["recipients"]
    ]
    author = content["author"]
    lines.append(_("From: {name}, {role}").format(name=author["name"], role=author["role"]))
    return [
        _text(content["title"], BOLD, 18),
        Spacer(1, 3 * mm),
        *[_text(line) for line in lines],
        Spacer(1, 2 * mm),
        HRFlowable(width="100%"),
    ]


def _answers(content: dict[str, Any]) -> list[Flowable]:
    flow: list[Flowable] = []
    shapes = pdfmetrics.getFont(PLAIN).face.charToGlyph
    if any(ord(letter_) not in shapes for field in content["fields"] for letter_ in field["words"] if letter_ > " "):
        flow.append(_text(str(NO_SHAPE), BOLD, 8))
    for field in content["fields"]:
        flow += [Spacer(1, 3 * mm), _text(field["label"], BOLD, 9), _text(field["words"])]
    return flow


def _signatures(handover: Handover, zone: ZoneInfo) -> list[Flowable]:
    flow: list[Flowable] = [Spacer(1, 5 * mm), HRFlowable(width="100%"), _text(_("Signatures"), BOLD, 11)]
    for signature in handover.signatures.select_related("user"):
        words = f"{signature.get_part_display()}: {signature.typed_name}, {signature.user.get_role_display()}"
        flow.append(_text(f"{words}, {_local(signature.at, zone)}"))
    flow.append(
        _text(_("Each signature is under the content with SHA-256 {digest}.").format(digest=handover.digest), PLAIN, 7)
    )
    return flow


def _local(instant: datetime, zone: ZoneInfo) -> str:
    local = instant.astimezone(zone)
    return dateformat.format(local, pgettext("date format", "F j, Y, H:i T"))


def _text(words: str, font: str = PLAIN, size: float = 9.5) -> Paragraph:
    """A paragraph; what people typed is never taken for the library's own markup."""
    style = ParagraphStyle(font, fontName=font, fontSize=size, leading=size * 1.4, splitLongWords=True)
    return Paragraph(escape(words).replace("\n", "<br/>"), style)


@cache
def _register_fonts() -> None:
    """The fonts lie beside matplotlib, which is installed for the evaluation's plots and is not loaded for this."""
    found = find_spec("matplotlib")
    folder = Path((found.submodule_search_locations or [""])[0]) if found else Path()
    for name, file in FILES.items():
        pdfmetrics.registerFont(TTFont(name, str(folder / "mpl-data" / "fonts" / "ttf" / file)))

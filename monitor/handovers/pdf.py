"""A signed hand-over as a PDF: text that can be selected and searched, and the same bytes each time.

Where a letter has no shape in the font, the PDF says so and points at the JSON, which holds every letter.
"""

import json
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, HRFlowable, Spacer

from monitor.handovers.models import Handover
from monitor.handovers.paper import BOLD, PLAIN, Sheet, has_all_shapes, local_time, print_sheet, text

NO_SHAPE = gettext_lazy("Some letters have no shape in this PDF. The JSON export of the same hand-over holds them all.")


def export_pdf(handover: Handover) -> bytes:
    """The PDF of a signed `handover`, in the language in which it was signed; the same bytes whenever it is made."""
    content: dict[str, Any] = json.loads(handover.document or "{}")
    with translation.override(content.get("language", "en")):
        return _made(handover, content)


def _made(handover: Handover, content: dict[str, Any]) -> bytes:
    zone = ZoneInfo(content["site"]["time_zone"])
    sheet = Sheet(
        title=f"{content['title']} {content['handover']}",
        author=content["district"],
        foot_left=_("Confidential student record. Hand-over {id}").format(id=content["handover"]),
        foot_right=f"SHA-256 {handover.digest[:16]}…",
        language=content.get("language", "en"),
    )
    return print_sheet(sheet, [*_head(content), *_answers(content), *_signatures(handover, zone)])


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
        text(content["title"], BOLD, 18),
        Spacer(1, 3 * mm),
        *[text(line) for line in lines],
        Spacer(1, 2 * mm),
        HRFlowable(width="100%"),
    ]


def _answers(content: dict[str, Any]) -> list[Flowable]:
    flow: list[Flowable] = []
    if not has_all_shapes(field["words"] for field in content["fields"]):
        flow.append(text(str(NO_SHAPE), BOLD, 8))
    for field in content["fields"]:
        flow += [Spacer(1, 3 * mm), text(field["label"], BOLD, 9), text(field["words"])]
    return flow


def _signatures(handover: Handover, zone: ZoneInfo) -> list[Flowable]:
    flow: list[Flowable] = [Spacer(1, 5 * mm), HRFlowable(width="100%"), text(_("Signatures"), BOLD, 11)]
    for signature in handover.signatures.select_related("user"):
        words = f"{signature.get_part_display()}: {signature.typed_name}, {signature.user.get_role_display()}"
        flow.append(text(f"{words}, {local_time(signature.at, zone)}"))
    flow.append(
        text(_("Each signature is under the content with SHA-256 {digest}.").format(digest=handover.digest), PLAIN, 7)
    )
    return flow

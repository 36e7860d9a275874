"""Messages to a family, ready to be changed by the person who sends them, and the CSV for a messaging system.

They say nothing of what was written: a message may be read by anybody, and some things are said by a person.
"""

import csv
import io
import json
from typing import Any

from django.utils.translation import gettext_lazy as _

from monitor.handovers.models import Handover
from monitor.lib.spreadsheet import plain_cell

TEMPLATES = {
    "call_back": (
        _("Please call us"),
        "This is {author} at {site}. I would like to talk with you about how your child is doing. Nothing has to be "
        "decided today. Please call me back at [number], or tell me when I can reach you.",
    ),
    "call_back_es": (
        _("Por favor, llámenos (Spanish)"),
        "Soy {author}, de {site}. Quisiera hablar con usted sobre cómo está su hijo o hija. Hoy no hay que decidir "
        "nada. Por favor, llámeme al [número] o dígame cuándo puedo llamarle.",
    ),
    "urgent": (
        _("Please call us today"),
        "This is {author} at {site}. Please call me as soon as you can at [number]: I am worried about your child's "
        "safety and want to talk with you today. If your child is in danger now, call 911. You can call or text 988 at "
        "any hour.",
    ),
    "urgent_es": (
        _("Llámenos hoy, por favor (Spanish)"),
        "Soy {author}, de {site}. Llámeme cuanto antes al [número]: me preocupa la seguridad de su hijo o hija y "
        "quiero hablar con usted hoy. Si hay peligro ahora, llame al 911. Puede llamar o enviar un mensaje al 988 a "
        "cualquier hora.",
    ),
    "meeting": (
        _("An invitation to talk at school"),
        "This is {author} at {site}. We would like to sit down with you and plan together how the school can support "
        "your child. Would [day] at [time] suit you? We can have an interpreter there.",
    ),
    "meeting_es": (
        _("Una invitación a la escuela (Spanish)"),
        "Soy {author}, de {site}. Nos gustaría reunirnos con usted y planear juntos cómo puede la escuela apoyar a su "
        "hijo o hija. ¿Le vendría bien el [día] a las [hora]? Podemos tener un intérprete.",
    ),
}
COLUMNS = ["student_address", "guardian", "way", "language", "message", "school", "from", "hand_over"]


def templates_for(author: str, site: str) -> list[tuple[str, str, str]]:
    """Each message as (code, what it is for, words) with the names filled in."""
    return [(code, str(label), words.format(author=author, site=site)) for code, (label, words) in TEMPLATES.items()]


def export_csv(handover: Handover) -> bytes:
    """The message as one line of CSV for a messaging system: UTF-8 with a byte order mark, as spreadsheets read it."""
    content: dict[str, Any] = json.loads(handover.document or "{}")
    answers = {field["key"]: field["value"] for field in content["fields"]}
    student = content["student"] or {"address": ""}
    row = [
        student["address"],
        answers.get("guardian", ""),
        answers.get("way", ""),
        answers.get("language", ""),
        answers.get("message", ""),
        content["site"]["name"],
        content["author"]["name"],
        content["handover"],
    ]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerow([plain_cell(value) for value in row])
    return text.getvalue().encode("utf-8-sig", "replace")

"""A signed hand-over to a crisis platform as a CAP 1.2 message (OASIS Common Alerting Protocol), and its rules.

`scope` is always `Private` with the recipients that a person chose as `addresses`: nothing here can address everybody.
https://docs.oasis-open.org/emergency/cap/v1.2/CAP-v1.2.html
"""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from django.conf import settings

from monitor.handovers.models import Handover

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
HEADLINE = 160
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d")  # never Z
NOT_IN_IDS = re.compile(r"[\s,<&]")
NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ALERT = ("identifier", "sender", "sent", "status", "msgType", "source", "scope", "restriction", "addresses", "code",
         "note", "references", "incidents", "info")  # fmt: skip
INFO = ("language", "category", "event", "responseType", "urgency", "severity", "certainty", "audience", "eventCode",
        "effective", "onset", "expires", "senderName", "headline", "description", "instruction", "web", "contact",
        "parameter", "resource", "area")  # fmt: skip
NEEDED = {
    "alert": ("identifier", "sender", "sent", "status", "msgType", "scope"),
    "info": ("category", "event", "urgency", "severity", "certainty"),
}
WORDS = {
    "status": {"Actual", "Exercise", "System", "Test", "Draft"},
    "msgType": {"Alert", "Update", "Cancel", "Ack", "Error"},
    "scope": {"Public", "Restricted", "Private"},
    "category": {"Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE",
                 "Other"},
    "urgency": {"Immediate", "Expected", "Future", "Past", "Unknown"},
    "severity": {"Extreme", "Severe", "Moderate", "Minor", "Unknown"},
    "certainty": {"Observed", "Likely", "Possible", "Unlikely", "Unknown"},
    "responseType": {"Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None"},
}  # fmt: skip


SCOPE_NEEDS = {"Private": "addresses", "Restricted": "restriction"}


class NotCap(Exception):
    """The message breaks a rule of CAP 1.2; `problems` names each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def export_cap(handover: Handover) -> bytes:
    """The CAP 1.2 message of a signed `handover`, checked. Raises `NotCap`."""
    content: dict[str, Any] = json.loads(handover.document or "{}")
    root = _alert(content)
    if problems := list(problems_of(root)):
        raise NotCap(problems)
    ET.indent(root)
    message: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return message + b"\n"


def _alert(content: dict[str, Any]) -> ET.Element:
    answers = {field["key"]: field["value"] for field in content["fields"]}
    host = urlsplit(settings.HEED_CONSOLE_URL).hostname or "localhost"
    root = ET.Element("alert", xmlns=NAMESPACE)
    _put(root, "identifier", f"heed-{content['handover']}")
    _put(root, "sender", f"heed@{host}")
    _put(root, "sent", content["signed_at"])
    _put(root, "status", answers["status"])
    _put(root, "msgType", "Alert")
    _put(root, "source", "Heed: monitoring of school accounts or a tip, judged by a person")
    _put(root, "scope", "Private")
    _put(root, "addresses", " ".join(_address(one) for one in content["recipients"]))
    info = ET.SubElement(root, "info")
    _put(info, "language", "en-US")
    for name in ("category", "event", "urgency", "severity", "certainty"):
        _put(info, name, answers[name])
    _put(info, "senderName", f"{content['author']['name']}, {content['site']['name']}")
    _put(info, "headline", answers["headline"][:HEADLINE])
    _put(info, "description", answers["description"])
    _put(info, "instruction", answers["instruction"])
    _put(info, "web", content["case"]["url"])
    area = ET.SubElement(info, "area")
    _put(area, "areaDesc", f"{content['site']['name']}: {answers['place']}")
    return root


def _put(parent: ET.Element, name: str, words: str) -> None:
    ET.SubElement(parent, name).text = NOT_IN_XML.sub("", words)


def _address(recipient: dict[str, str]) -> str:
    """A recipient as CAP writes addresses: separated by spaces, in quotation marks where a space is inside."""
    words = (recipient["reach"] or recipient["name"]).replace('"', "'")
    return f'"{words}"' if " " in words else words


def problems_of(root: ET.Element) -> Iterator[str]:
    """Every rule of CAP 1.2 that `root`, an alert without namespace prefixes, breaks; one sentence each."""
    if root.tag != "alert" or root.get("xmlns") != NAMESPACE:
        yield "the root must be alert in the namespace of CAP 1.2"
    yield from _shape(root, "alert", ALERT)
    for name in ("identifier", "sender"):
        if NOT_IN_IDS.search(root.findtext(name, "")):
            yield f"{name} must hold no space, comma, < or &"
    yield from _values(root)
    scope = root.findtext("scope", "")
    needed = SCOPE_NEEDS.get(scope)
    if needed and not root.findtext(needed):
        yield f"scope {scope} needs {needed}"
    for info in root.findall("info"):
        yield from _shape(info, "info", INFO)
        yield from ("area needs areaDesc" for area in info.findall("area") if not area.findtext("areaDesc"))


def _values(root: ET.Element) -> Iterator[str]:
    for element in root.iter():
        if element.tag in {"sent", "effective", "onset", "expires"} and not INSTANT.fullmatch(element.text or ""):
            yield f"{element.tag} must be an instant with an offset such as 2026-11-25T09:30:00-06:00, never with Z"
        if element.tag in WORDS and element.text not in WORDS[element.tag]:
            yield f"{element.tag} must be one of {', '.join(sorted(WORDS[element.tag]))}"


def _shape(element: ET.Element, name: str, order: tuple[str, ...]) -> Iterator[str]:
    tags = [child.tag for child in element]
    unknown = [tag for tag in tags if tag not in order]
    if unknown:
        yield f"{name} must not hold {', '.join(unknown)}"
        return
    places = [order.index(tag) for tag in tags]
    if places != sorted(places):
        yield f"what stands in {name} is not in the order of the schema"
    yield from (f"{name} needs {needed}" for needed in NEEDED[name] if not element.findtext(needed))

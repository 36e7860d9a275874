"""What leaves: a PDF, JSON, CSV and CAP 1.2, each the same whenever it is made."""

import base64
import csv
import io
import json
import os
import re
import subprocess
import sys
import zlib
from xml.etree import ElementTree as ET

import pytest

from monitor.handovers.cap import NAMESPACE, NotCap, export_cap, problems_of
from monitor.handovers.document import export_json
from monitor.handovers.family import COLUMNS, TEMPLATES, export_csv, templates_for
from monitor.handovers.models import Kind, Recipient
from monitor.handovers.pdf import export_pdf
from tests.rooms.handovers.forms import make_recipient, signed


def text_of(pdf: bytes) -> str:
    """The text of a PDF as a reader copies it: glyph codes through each font's table of Unicode characters."""
    objects = dict(re.findall(rb"(\d+) 0 obj(.*?)endobj", pdf, re.DOTALL))
    streams = {key: _stream(body) for key, body in objects.items()}
    tables = {}
    for key, body in objects.items():
        if target := re.search(rb"/ToUnicode (\d+) 0 R", body):
            tables[key] = _table(streams[target[1]])
    fonts = {
        name: tables[key]
        for body in objects.values()
        for name, key in re.findall(rb"/(F\d\+\d+) (\d+) 0 R", body)
        if key in tables
    }
    words, font = [], {}
    for stream in streams.values():
        for name, literal in re.findall(rb"/(F\d\+\d+) [\d.]+ Tf|\(((?:\\.|[^\\)])*)\) Tj", stream, re.DOTALL):
            if name:
                font = fonts.get(name, {})
            else:
                words += [font.get(code, "") for code in _bytes(literal)]
    return "".join(words)


def _stream(body: bytes) -> bytes:
    found = re.search(rb"stream\r?\n(.*?)\r?\n?endstream", body, re.DOTALL)
    if not found:
        return b""
    data = found[1]
    if b"/ASCII85Decode" in body:
        data = base64.a85decode(data.strip().removesuffix(b"~>"))
    return zlib.decompress(data) if b"/FlateDecode" in body else data


def _table(cmap: bytes) -> dict[int, str]:
    table = {}
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", cmap, re.DOTALL):
        for first, _, codes in re.findall(rb"<(\w+)>\s*<(\w+)>\s*\[(.*?)\]", block, re.DOTALL):
            for offset, code in enumerate(re.findall(rb"<(\w+)>", codes)):
                table[int(first, 16) + offset] = bytes.fromhex(code.decode()).decode("utf-16-be")
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", cmap, re.DOTALL):
        for code, letter in re.findall(rb"<(\w+)>\s*<(\w+)>", block):
            table[int(code, 16)] = bytes.fromhex(letter.decode()).decode("utf-16-be")
    return table


def _bytes(literal: bytes) -> bytes:
    def plain(found: re.Match[bytes]) -> bytes:
        code = found[1]
        if code.isdigit():
            return bytes([int(code, 8)])
        return {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}.get(code, code)

    return re.sub(rb"\\([0-7]{1,3}|.)", plain, literal, flags=re.DOTALL)


def test_a_pdf_holds_the_text_of_the_hand_over_for_reading_and_searching(school, case):
    make_recipient(Kind.SCREENING)
    handover = signed(case, school.counselor, Kind.SCREENING, words="She wrote: I don't want to be here.\nTwice.")
    pdf = export_pdf(handover)
    assert pdf.startswith(b"%PDF-")
    text = text_of(pdf)
    for words in ("Suicide screening", "I don't want to be here.", "Twice.", "Is an adult with the student now?",
                  school.counselor.name, handover.digest, "Quillon Abernathy", "Dr. Ottoline Reyes"):  # fmt: skip
        assert words in text, words


def test_a_pdf_is_the_same_each_time_even_in_another_process(school, case):
    handover = signed(case, school.counselor)
    assert export_pdf(handover) == export_pdf(handover)
    script = (
        "import io,hashlib\nfrom reportlab.platypus import SimpleDocTemplate\n"
        "from monitor.handovers.paper import register_fonts, text\nregister_fonts()\nt=io.BytesIO()\n"
        "SimpleDocTemplate(t, invariant=1).build([text('\\u00dcber alles hinweg \\u0416')])\n"
        "print(hashlib.sha256(t.getvalue()).hexdigest())"
    )
    setup = "import django;django.setup()\n"
    prints = {
        subprocess.run([sys.executable, "-c", setup + script], capture_output=True, text=True, check=True,
                       env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}).stdout
        for _ in range(2)
    }  # fmt: skip
    assert len(prints) == 1


def test_markup_and_strange_letters_are_text_in_a_pdf(school, case):
    handover = signed(
        case, school.counselor, observed="<b>bold</b> & <font color='red'> \u017b\u00f3\u0142\u0107 \u0416"
    )
    text = text_of(export_pdf(handover))
    assert "<b>bold</b> & <font color='red'> \u017b\u00f3\u0142\u0107 \u0416" in text
    assert "no shape" not in text
    strange = signed(case, school.counselor, observed="\u6211\u5f88\u96be\u8fc7 and more")
    assert "Some letters have no shape in this PDF." in text_of(export_pdf(strange))
    assert "\u6211\u5f88\u96be\u8fc7" in export_json(strange).decode()


def test_a_very_long_hand_over_has_pages(school, case):
    handover = signed(case, school.counselor, Kind.THREAT, words="word " * 799, before="x" * 4000)
    pdf = export_pdf(handover)
    assert len(re.findall(rb"/Type /Page\b", pdf)) >= 3


def test_the_csv_is_one_line_that_no_spreadsheet_runs(school, case):
    handover = signed(case, school.counselor, Kind.FAMILY, guardian="=HYPERLINK(1)", way="+15055550123, or a letter")
    data = export_csv(handover)
    assert data.startswith(b"\xef\xbb\xbf")
    header, row = csv.reader(io.StringIO(data.decode("utf-8-sig")))
    cells = dict(zip(header, row, strict=True))
    assert header == COLUMNS
    assert cells["guardian"] == "'=HYPERLINK(1)"
    assert cells["way"].startswith("'+1505")
    assert cells["student_address"] == school.account.address


def test_messages_to_families_say_nothing_of_what_was_found_and_stand_in_two_languages():
    assert {code for code in TEMPLATES if not code.endswith("_es")} == {
        code.removesuffix("_es") for code in TEMPLATES if code.endswith("_es")
    }
    for _, _, words in templates_for("Cora Lane", "Oak High"):
        assert "Cora Lane" in words
        for word in ("suicid", "self-harm", "bully", "violen", "weapon"):
            assert word not in words.lower()


@pytest.fixture
def cap(school, case):
    make_recipient(Kind.CRISIS, reach="crisis-team-oak")
    make_recipient(Kind.CRISIS, name="Nurse", reach="nurse at oak")
    handover = signed(case, school.counselor, Kind.CRISIS, headline="Please come", description="A <b> & a \x07 bell")
    handover.recipients.set(Recipient.objects.all())
    return handover


def test_a_cap_message_goes_to_the_people_named_and_names_no_student(school, cap):
    root = ET.fromstring(export_cap(cap))
    ns = {"c": NAMESPACE}
    assert root.findtext("c:scope", namespaces=ns) == "Private"
    assert root.findtext("c:addresses", namespaces=ns) == "crisis-team-oak"
    assert root.findtext("c:identifier", namespaces=ns) == f"heed-{cap.public_id}"
    assert root.findtext("c:info/c:description", namespaces=ns) == "A <b> & a  bell"
    assert root.findtext("c:info/c:web", namespaces=ns).endswith(f"/cases/{cap.case.public_id}/")
    assert school.account.full_name not in export_cap(cap).decode()
    assert [child.tag.partition("}")[2] for child in root] == [
        "identifier", "sender", "sent", "status", "msgType", "source", "scope", "addresses", "info",
    ]  # fmt: skip
    assert export_cap(cap) == export_cap(cap)


def _plain(cap) -> ET.Element:
    root = ET.fromstring(export_cap(cap).replace(f' xmlns="{NAMESPACE}"'.encode(), b""))
    root.set("xmlns", NAMESPACE)
    return root


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda root: root.find("sent").__setattr__("text", "2026-11-25T09:30:00Z"), "sent must be an instant"),
        (lambda root: root.find("status").__setattr__("text", "Real"), "status must be one of"),
        (lambda root: root.find("identifier").__setattr__("text", "a b"), "identifier must hold no space"),
        (lambda root: root.remove(root.find("addresses")), "scope Private needs addresses"),
        (lambda root: root.find("scope").__setattr__("text", "Restricted"), "scope Restricted needs restriction"),
        (lambda root: root.remove(root.find("msgType")), "alert needs msgType"),
        (lambda root: root.find("info").remove(root.find("info/certainty")), "info needs certainty"),
        (lambda root: root.insert(0, root.find("scope")), "not in the order of the schema"),
        (lambda root: ET.SubElement(root, "siren"), "must not hold siren"),
        (lambda root: root.find("info/area").remove(root.find("info/area/areaDesc")), "area needs areaDesc"),
        (lambda root: root.set("xmlns", "other"), "namespace of CAP 1.2"),
        (lambda root: root.find("info/urgency").__setattr__("text", ""), "urgency must be one of"),
    ],
)
def test_a_message_that_breaks_a_rule_of_cap_is_seen(cap, change, problem):
    root = _plain(cap)
    assert list(problems_of(root)) == []
    change(root)
    assert any(problem in found for found in problems_of(root))


def test_a_broken_message_does_not_leave(cap, settings):
    content = json.loads(cap.document)
    next(field for field in content["fields"] if field["key"] == "urgency")["value"] = "Whenever"
    cap.document = json.dumps(content)
    with pytest.raises(NotCap):
        export_cap(cap)

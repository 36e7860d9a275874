"""Promise 7: no classifier calls the police, writes to a family or labels a diagnosis."""

import ast
from pathlib import Path

import pytest

from monitor.alerts.outbox import prepare_deliveries
from monitor.domain.severity import Severity
from monitor.handovers import kinds
from monitor.handovers.models import Handover, Kind, Sending, Signature
from monitor.handovers.send import send_handovers
from monitor.tips.models import TipMessage
from monitor.tips.receive import Hurry
from monitor.tips.scoring import score_messages
from monitor.triage.grouping import group_findings
from monitor.triage.models import Decision
from tests.rooms import factories
from tests.rooms.detection.marker import MarkerClassifier
from tests.rooms.tips.reporting import make_web_tip

ROOT = Path(__file__).resolve().parents[2]
BY_A_PERSON = {
    "do_start", "do_sign", "do_second", "do_send", "do_close", "do_decide_case", "do_close_tip", "do_reply",
    "do_decide_picked",
}  # fmt: skip
# do_close_tip decides the case it closes, do_decide_picked each case that somebody ticked; pages alone call both.
ACTORS = {"monitor/console/views", "monitor/tips/actions.py", "monitor/triage/hand_picked.py"}


def callers() -> dict[str, set[str]]:
    """Every file of the product that calls one of the acts, and which."""
    found: dict[str, set[str]] = {}
    for path in (ROOT / "monitor").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in BY_A_PERSON:
                found.setdefault(str(path.relative_to(ROOT)), set()).add(node.func.id)
    return found


def test_only_pages_behind_a_sign_in_call_what_a_person_decides():
    found = callers()
    assert set().union(*found.values()) == BY_A_PERSON
    for path in found:
        assert any(path.startswith(actor) for actor in ACTORS), path


@pytest.mark.django_db
def test_the_most_urgent_finding_and_tip_hand_over_nothing_by_themselves(settings):
    settings.HEED_EMERGENCY_DISCLOSURE = True
    settings.HEED_HANDOVER_WEBHOOK_URL, settings.HEED_HANDOVER_WEBHOOK_SECRET = "https://hook.example/", "secret"
    site = factories.make_site()
    factories.make_contact(site)
    factories.make_finding(factories.make_account(site), severity=Severity.IMMINENT)
    make_web_tip(site, "sign-self_harm3! sign-violence3!", hurry=Hurry.NOW)
    group_findings()
    score_messages(classifier=MarkerClassifier())
    assert prepare_deliveries() == 2  # people are told
    assert send_handovers() == 0
    for table in (Handover, Signature, Sending, Decision):
        assert not table.objects.exists()
    assert TipMessage.objects.filter(direction="out").count() == 0


def test_what_goes_to_the_police_or_an_agency_needs_a_second_person():
    assert [kind for kind, spec in kinds.SPECS.items() if spec.second_person] == [Kind.EMERGENCY]

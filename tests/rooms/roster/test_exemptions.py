"""Exemptions: by whom a mail is and to whom it goes, on the audit chain, and ended by leaving the file."""

import pytest

from monitor.audit.models import AuditEvent
from monitor.domain.reading import ExemptionSpec
from monitor.roster.exemptions import apply_exemptions, count_left_out, exemptions_in_force
from monitor.roster.models import Exemption

pytestmark = pytest.mark.django_db
NURSE = ExemptionSpec("address", "nurse@oak.example", "Health")
RECORDS = ExemptionSpec("label", "records request", "Law")
STUDENT = "ada@oak.example"


@pytest.mark.parametrize(
    ("sender", "recipients", "is_exempt"),
    [
        ("Nurse@oak.example", [STUDENT], True),
        (STUDENT, ["nurse@oak.example"], True),
        (STUDENT, ["nurse@oak.example", STUDENT], True),
        (STUDENT, ["nurse@oak.example", "ben@oak.example"], False),  # a copy to the nurse must hide nothing
        ("ben@oak.example", [STUDENT, "nurse@oak.example"], False),
        (STUDENT, [], False),
        (STUDENT, [STUDENT], False),
    ],
)
def test_a_mail_is_exempt_by_its_sender_or_by_all_of_its_recipients(sender, recipients, is_exempt):
    apply_exemptions([NURSE], actor="command")
    assert bool(exemptions_in_force().of_mail(sender, recipients, STUDENT)) is is_exempt


def test_labels_are_found_whatever_their_case():
    apply_exemptions([RECORDS], actor="command")
    rules = exemptions_in_force()
    assert rules.of_labels(["INBOX", "Records Request"]) == Exemption.objects.get().pk
    assert rules.of_labels(["INBOX"]) is None


def test_each_change_is_on_the_chain_without_the_address_and_the_count_outlives_the_rule():
    apply_exemptions([NURSE, RECORDS], actor="command")
    apply_exemptions([NURSE, RECORDS], actor="command")
    count_left_out(exemptions_in_force().of_address("nurse@oak.example"))
    apply_exemptions([RECORDS], actor="command")
    tags = list(AuditEvent.objects.order_by("id").values_list("tag", flat=True))
    assert tags == ["config:exemption:add"] * 2 + ["config:exemption:end"]
    assert AuditEvent.objects.last().detail["left_out"] == 1
    assert "nurse" not in repr(list(AuditEvent.objects.values()))
    assert exemptions_in_force().of_address("nurse@oak.example") is None
    apply_exemptions([NURSE], actor="command")
    assert Exemption.objects.get(kind="address").left_out == 1

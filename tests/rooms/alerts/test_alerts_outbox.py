"""Who is told at which step: the escalation as a timeline."""

from datetime import timedelta

import pytest

from monitor.alerts.contacts import UnknownSite, apply_contacts
from monitor.alerts.models import Contact, Delivery, DeliveryState
from monitor.alerts.outbox import prepare_deliveries, undeliverable_cases
from monitor.alerts.send import send_due
from monitor.domain.district import ContactSpec
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.roster.models import Site
from monitor.triage.actions import do_claim_case, do_decide_case, do_release_case
from monitor.triage.grouping import group_findings
from monitor.triage.models import Case, Outcome
from tests.rooms import factories
from tests.rooms.alerts.conftest import NOON, Mailbox, make_case
from tests.rooms.workers import together


@pytest.fixture
def contacts(site: Site) -> None:
    """Two to tell first, one to tell second, and the district's own."""
    factories.make_contact(site, email="first@oak.example", order=1)
    factories.make_contact(site, email="also@oak.example", order=1)
    factories.make_contact(site, email="second@oak.example", order=2)
    factories.make_contact(None, email="office@district.example", order=1)
    factories.make_contact(factories.make_site("maple"), email="nobody@maple.example")


def told(case: Case) -> list[tuple[int, str, str]]:
    rows = Delivery.objects.filter(case=case).order_by("created_at", "contact__email").select_related("contact")
    return [(row.step, row.severity, row.contact.email) for row in rows]


def prepare_at(minutes: float) -> int:
    with clock.standing_at(NOON + timedelta(minutes=minutes)):
        return prepare_deliveries()


FIRST = [(1, "severe", "also@oak.example"), (1, "severe", "first@oak.example")]
SECOND = (2, "severe", "second@oak.example")
THIRD = (3, "severe", "office@district.example")


def test_an_unanswered_case_climbs_the_ladder(site: Site, contacts: None):
    case = make_case(site)
    timeline = [(0, FIRST), (59, FIRST), (61, [*FIRST, SECOND]), (119, [*FIRST, SECOND])]
    timeline += [(122, [*FIRST, SECOND, THIRD]), (9000, [*FIRST, SECOND, THIRD])]
    for minutes, expected in timeline:
        prepare_at(minutes)
        assert told(case) == expected, minutes
        assert prepare_at(minutes) == 0


@pytest.mark.parametrize(
    ("severity", "minutes", "steps"),
    [
        (Severity.LOW, 9000, 0),  # below mail_from_severity
        (Severity.CONCERN, 9000, 1),  # concern_minutes = 0: only the first step
        (Severity.SEVERE, 30, 1),
        (Severity.SEVERE, 61, 2),
        (Severity.IMMINENT, 9, 1),
        (Severity.IMMINENT, 11, 2),
    ],
)
def test_how_fast_a_case_climbs_depends_on_its_severity(
    site: Site, contacts: None, severity: Severity, minutes: int, steps: int
):
    case = make_case(site, severity)
    prepare_at(0)
    prepare_at(minutes)
    assert len({step for step, _, _ in told(case)}) == steps


def test_a_live_claim_or_a_decision_stops_the_climb(site: Site, contacts: None):
    claimed, decided = make_case(site), make_case(site)
    prepare_at(0)
    person = factories.make_user("", site)
    with clock.standing_at(NOON + timedelta(minutes=50)):
        do_claim_case(claimed, actor=person)
        do_decide_case(decided, actor=person, outcome=Outcome.SUPPORT, reason="Spoke with the student.")
    assert prepare_at(70) == 0
    assert prepare_at(81) == 1, "the claim of 30 minutes ran out without a decision"
    assert (told(claimed), told(decided)) == ([*FIRST, SECOND], FIRST)


def test_a_released_case_goes_on_climbing(site: Site, contacts: None):
    case = make_case(site)
    prepare_at(0)
    person = factories.make_user("", site)
    with clock.standing_at(NOON + timedelta(minutes=50)):
        do_claim_case(case, actor=person)
        do_release_case(case, actor=person)
    assert prepare_at(61) == 1


def test_a_case_that_grows_more_urgent_is_told_anew_from_the_first_step(site: Site, contacts: None):
    case = make_case(site)
    prepare_at(0)
    with clock.standing_at(NOON + timedelta(minutes=5)):
        factories.make_finding(case.account, severity=Severity.IMMINENT)
        group_findings()
    prepare_at(5)
    anew = [(1, "imminent", "also@oak.example"), (1, "imminent", "first@oak.example")]
    assert told(case) == FIRST + anew
    prepare_at(16)
    assert told(case) == [*FIRST, *anew, (2, "imminent", "second@oak.example")]


def test_a_step_whose_deliveries_all_failed_does_not_wait(site: Site, contacts: None):
    case = make_case(site)
    prepare_at(0)
    deliveries = list(Delivery.objects.all())
    Delivery.objects.filter(pk=deliveries[0].pk).update(state=DeliveryState.FAILED)
    assert prepare_at(1) == 0, "one of the two may still arrive"
    Delivery.objects.filter(pk=deliveries[1].pk).update(state=DeliveryState.FAILED)
    assert prepare_at(1) == 1
    assert told(case) == [*FIRST, SECOND]
    assert not undeliverable_cases().exists()


def test_a_site_without_contacts_goes_to_the_district_at_once(site: Site):
    factories.make_contact(site, email="left@oak.example", is_active=False)
    factories.make_contact(None, email="office@district.example", order=1)
    factories.make_contact(None, email="head@district.example", order=2)
    case = make_case(site)
    prepare_at(0)
    prepare_at(61)
    assert told(case) == [(1, "severe", "office@district.example"), (2, "severe", "head@district.example")]


def test_a_case_with_nobody_to_tell_is_visible_and_told_once_somebody_is_there(site: Site):
    case, mild = make_case(site), make_case(site, Severity.LOW)
    assert prepare_at(0) == 0
    assert list(undeliverable_cases()) == [case]
    factories.make_contact(site, email="new@oak.example")
    assert not undeliverable_cases().exists(), "it is about to be told"
    assert prepare_at(1) == 1
    assert told(case) == [(1, "severe", "new@oak.example")]
    assert told(mild) == []


def test_a_case_whose_every_delivery_failed_is_visible(site: Site, contacts: None):
    case = make_case(site)
    for _ in range(3):
        prepare_at(0)
        Delivery.objects.update(state=DeliveryState.FAILED)
    assert len(told(case)) == 4
    assert list(undeliverable_cases()) == [case]
    assert prepare_at(0) == 0


def test_whoever_replaces_a_contact_in_the_middle_is_told_at_the_next_step(site: Site, contacts: None):
    case = make_case(site)
    prepare_at(0)
    Contact.objects.filter(email="first@oak.example").update(is_active=False)
    factories.make_contact(site, email="successor@oak.example", order=1)
    prepare_at(61)
    assert told(case) == [*FIRST, (2, "severe", "second@oak.example"), (2, "severe", "successor@oak.example")]


def test_a_step_that_was_not_needed_is_told_after_all_when_the_claim_runs_out(
    site: Site, contacts: None, mailbox: Mailbox
):
    case = make_case(site)
    prepare_at(0)
    prepare_at(61)
    with clock.standing_at(NOON + timedelta(minutes=62)):
        do_claim_case(case, actor=factories.make_user("", site))
        assert send_due().not_needed == 1
    assert prepare_at(90) == 0
    assert prepare_at(122) == 1
    assert told(case)[-1] == (3, "severe", "second@oak.example")


def test_the_limit_bounds_one_pass_and_the_most_urgent_come_first(site: Site):
    factories.make_contact(site)
    make_case(site, Severity.CONCERN)
    urgent = make_case(site, Severity.IMMINENT)
    with clock.standing_at(NOON):
        assert prepare_deliveries(limit=1) == 1
        assert Delivery.objects.get().case == urgent
        assert prepare_deliveries(limit=1) == 1
        assert prepare_deliveries(limit=1) == 0


def test_cases_with_nobody_left_to_tell_do_not_hold_up_the_others(site: Site, contacts: None):
    for _ in range(3):
        make_case(factories.make_site(), Severity.IMMINENT)
    for minutes in (0, 11):
        prepare_at(minutes)
    case = make_case(site)
    for second in range(20):  # each of the three is looked at and put off, then it is this one's turn
        with clock.standing_at(NOON + timedelta(days=1, seconds=second)):
            prepare_deliveries(limit=1)
    assert told(case) == FIRST


def test_workers_at_once_write_each_delivery_once(shared_database: None):
    site = factories.make_site("oak-high")
    for number in range(3):
        factories.make_contact(site, email=f"person{number}@oak.example", order=1)
        factories.make_contact(site, email=f"later{number}@oak.example", order=2)
    for _ in range(5):
        make_case(site)
    for minutes in (0, 61):
        with clock.standing_at(NOON + timedelta(minutes=minutes)):
            assert sum(together(*[prepare_deliveries] * 4)) == 15
    assert Delivery.objects.count() == 30


SPECS = [
    ContactSpec(site_code="oak-high", name="Ada", email="Ada@Oak.example", order=1),
    ContactSpec(site_code=None, name="Office", email="office@district.example", order=2),
]


def listed() -> list[tuple[str, str, int, bool]]:
    return [(row.name, row.email, row.order, row.is_active) for row in Contact.objects.order_by("id")]


def test_contacts_become_what_the_district_file_lists(site: Site):
    apply_contacts(SPECS)
    first = listed()
    assert first == [("Ada", "ada@oak.example", 1, True), ("Office", "office@district.example", 2, True)]
    apply_contacts(SPECS)
    assert listed() == first
    apply_contacts([ContactSpec("oak-high", "Ada F.", "ada@oak.example", 3)])
    assert listed() == [("Ada F.", "ada@oak.example", 3, True), ("Office", "office@district.example", 2, False)]
    apply_contacts(SPECS)
    assert listed() == first


def test_a_contact_of_an_unknown_site_changes_nothing(site: Site):
    with pytest.raises(UnknownSite, match="elm"):
        apply_contacts([*SPECS, ContactSpec("elm", "Eve", "eve@elm.example", 1)])
    assert listed() == []

"""Who is told when a case is passed on: another school's contacts, or, about staff, the district's alone."""

from datetime import timedelta

import pytest

from monitor.accounts.models import Role
from monitor.alerts.acknowledge import do_acknowledge_case
from monitor.alerts.models import Delivery, Round
from monitor.alerts.notices import troubles
from monitor.alerts.outbox import prepare_deliveries, undeliverable_cases
from monitor.alerts.send import send_due
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.tips.actions import do_move_tip
from monitor.tips.receive import Hurry
from monitor.triage.staff import do_give_back, do_keep_from_school
from tests.rooms.alerts.conftest import NOON
from tests.rooms.factories import make_contact, make_district, make_site, make_user
from tests.rooms.tips.reporting import make_web_tip

SCHOOL, DISTRICT, LAST = "ada@oak.example", "lea@district.example", "last@district.example"


@pytest.fixture
def people(site):
    make_district()
    make_contact(site, email=SCHOOL)
    make_contact(email=DISTRICT)
    make_contact(email=LAST, is_last_responder=True)
    return make_user("cora@district.example", site), make_user(DISTRICT, role=Role.SAFETY_LEAD)


def told(minutes: float = 0) -> list[str]:
    """Whom a tick at that minute writes deliveries to."""
    before = set(Delivery.objects.values_list("pk", flat=True))
    with clock.standing_at(NOON + timedelta(minutes=minutes)):
        prepare_deliveries()
    return list(Delivery.objects.exclude(pk__in=before).order_by("pk").values_list("contact__email", flat=True))


def test_a_tip_that_its_reporter_calls_one_about_staff_is_told_to_the_district_alone(site, people):
    with clock.standing_at(NOON):
        make_web_tip(site, hurry=Hurry.NOW, is_about_staff=True)
    assert [told(minutes) for minutes in range(0, 55, 11)] == [[DISTRICT], [DISTRICT], [DISTRICT], [LAST], []]


def test_keeping_a_case_from_the_school_tells_the_district_at_once_and_takes_back_what_waits(site, people):
    counselor, _lead = people
    with clock.standing_at(NOON):
        tip = make_web_tip(site, hurry=Hurry.NOW)
    assert told() == [SCHOOL]
    with clock.standing_at(NOON + timedelta(minutes=1)):
        do_acknowledge_case(tip.case, actor=counselor)  # holds no longer once the case is out of sight
        do_keep_from_school(tip.case, actor=counselor, person=None)
    assert told(2) == [DISTRICT]
    with clock.standing_at(NOON + timedelta(minutes=2)):
        tally = send_due()
    assert (tally.not_needed, Delivery.objects.get(state="not_needed").contact.email) == (1, SCHOOL)
    assert told(3) == []


def test_the_districts_own_contact_who_is_the_person_is_not_told(site, people):
    counselor, lead = people
    make_user("max@district.example", role=Role.SAFETY_LEAD)
    with clock.standing_at(NOON):
        tip = make_web_tip(site, hurry=Hurry.NOW)
        do_keep_from_school(tip.case, actor=counselor, person=lead)
    assert told() == [LAST]


def test_a_kept_case_that_nobody_of_the_district_can_be_told_of_is_undeliverable(site, people):
    with clock.standing_at(NOON):
        case = make_web_tip(site, is_about_staff=True).case
    assert not undeliverable_cases().exists()
    for contact in (DISTRICT, LAST):
        site.contacts.model.objects.filter(email=contact).update(is_active=False)
    assert told() == []
    assert list(undeliverable_cases()) == [case]


def test_a_case_that_is_given_back_is_told_to_the_school(site, people):
    _counselor, lead = people
    with clock.standing_at(NOON):
        tip = make_web_tip(site, is_about_staff=True)
    assert told() == [DISTRICT]
    do_give_back(tip.case, actor=lead)
    assert told(1) == [SCHOOL]


def test_a_tip_for_another_school_is_told_there_at_once_even_when_everybody_here_was_told(site, people):
    counselor, _lead = people
    elm = make_site("elm")
    make_contact(elm, email="eve@elm.example")
    with clock.standing_at(NOON):
        tip = make_web_tip(site)
    assert [told(minutes) for minutes in (0, 61, 122, 183)] == [[SCHOOL], [DISTRICT], [LAST], []]
    assert Round.objects.get().due_at is None
    do_move_tip(tip, actor=counselor, site_code="elm")
    assert told(184) == ["eve@elm.example"]


def test_it_is_told_of_a_tip_about_staff_that_nobody_may_read(site, people):
    make_web_tip(site, is_about_staff=True)
    assert "staff" not in dict(troubles())
    lead = people[1]
    lead.is_active = False
    lead.save()
    assert dict(troubles())["staff"].startswith("1 tips about staff that no safety lead can read")


def test_severity_plays_no_part_in_who_may_be_told(site, people):
    with clock.standing_at(NOON):
        tip = make_web_tip(site, hurry=Hurry.LATER, is_about_staff=True)
    assert tip.case.severity == Severity.CONCERN
    assert told() == [DISTRICT]

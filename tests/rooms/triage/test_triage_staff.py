"""A case about a member of staff: kept from the school, and from the very person, whoever that is."""

import pytest

from monitor.accounts.models import Role
from monitor.audit.models import AuditEvent
from monitor.audit.tags import Tag
from monitor.domain.severity import Severity
from monitor.handovers.meetings import owners_of
from monitor.lib import clock
from monitor.triage.access import CaseNotFound, access_case, queue_for
from monitor.triage.actions import do_claim_case
from monitor.triage.models import Case
from monitor.triage.reported import open_reported_case
from monitor.triage.staff import (
    NobodyToAsk,
    NotYours,
    do_give_back,
    do_keep_from_school,
    matter_of,
    matters_nobody_sees,
    people_of,
)
from tests.rooms.factories import make_user


@pytest.fixture
def case(school) -> Case:
    return open_reported_case(school.site, Severity.SEVERE, at=clock.now())


@pytest.fixture
def lead(school):
    return make_user("lea@district.example", role=Role.SAFETY_LEAD)


def test_a_kept_case_is_the_leads_alone_and_whoever_had_it_has_it_no_longer(school, case, lead):
    do_claim_case(case, actor=school.colleague)
    do_keep_from_school(case, actor=school.counselor, person=school.colleague)
    for person in (school.counselor, school.colleague, school.stranger, school.it):
        with pytest.raises(CaseNotFound):
            access_case(person, case.public_id)
        assert not queue_for(person).exists()
    fresh = access_case(lead, case.public_id)
    assert (fresh.state, fresh.claimed_by, fresh.passed_on) == ("open", None, 1)
    assert matter_of(case).person == school.colleague
    assert owners_of(case) == [lead]
    event = AuditEvent.objects.get(tag=Tag.STAFF_MATTER_BEGUN.value)
    assert (event.actor, event.detail["about"]) == (school.counselor.actor, school.colleague.actor)


def test_a_lead_about_whom_it_is_does_not_see_it_while_another_does(school, case, lead):
    with pytest.raises(NobodyToAsk):
        do_keep_from_school(case, actor=school.counselor, person=lead)
    other = make_user("max@district.example", role=Role.SAFETY_LEAD)
    do_claim_case(case, actor=other)
    do_keep_from_school(case, actor=other, person=lead)
    with pytest.raises(CaseNotFound):
        access_case(lead, case.public_id)
    with pytest.raises(CaseNotFound):
        do_give_back(case, actor=lead)
    assert access_case(other, case.public_id).claimed_by == other
    assert owners_of(case) == [other]
    do_keep_from_school(case, actor=other, person=None)
    assert access_case(lead, case.public_id).passed_on == 1


def test_only_a_lead_gives_it_back_and_the_school_sees_it_again(school, case, lead):
    with pytest.raises(NotYours):
        do_give_back(case, actor=school.counselor)
    assert not do_give_back(case, actor=lead)
    do_keep_from_school(case, actor=school.counselor, person=None)
    with pytest.raises(CaseNotFound):
        do_keep_from_school(case, actor=school.counselor, person=None)
    assert do_give_back(case, actor=lead)
    assert access_case(school.counselor, case.public_id).passed_on == 2
    assert matter_of(case) is None
    do_keep_from_school(case, actor=lead, person=None)
    assert not queue_for(school.counselor).exists()


def test_people_who_left_or_work_elsewhere_are_not_among_those_it_may_be_about(school, case, lead):
    school.colleague.is_active = False
    school.colleague.save()
    assert set(people_of(school.site)) == {school.counselor, school.it, lead}


def test_a_case_that_no_lead_may_see_is_counted(school, case, lead):
    do_keep_from_school(case, actor=school.counselor, person=None)
    assert matters_nobody_sees() == 0
    lead.is_active = False
    lead.save()
    assert matters_nobody_sees() == 1

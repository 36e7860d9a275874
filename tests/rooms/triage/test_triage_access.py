"""Who sees which case: the people of its site whose role reads student text, and nobody else."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.accounts.models import Role
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.roster.models import SiteAccess
from monitor.triage.access import CaseNotFound, access_case, cases_for, decided_for, queue_for
from monitor.triage.grouping import group_findings
from monitor.triage.models import Case, CaseState
from tests.rooms import factories
from tests.rooms.triage.conftest import School

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def case(school: School) -> Case:
    factories.make_finding(school.account)
    group_findings()
    return Case.objects.get()


@pytest.mark.parametrize("who", ["counselor", "colleague"])
def test_people_of_the_site_see_its_case(school: School, case: Case, who: str):
    user = getattr(school, who)
    assert access_case(user, case.public_id) == case
    assert list(cases_for(user)) == list(queue_for(user)) == [case]


@pytest.mark.parametrize("who", ["stranger", "it"])
def test_a_case_does_not_exist_for_strangers_and_it_staff(school: School, case: Case, who: str):
    user = getattr(school, who)
    for cases in (cases_for(user), queue_for(user), decided_for(user)):
        assert not cases.exists()
    with pytest.raises(CaseNotFound) as refused:
        access_case(user, case.public_id)
    with pytest.raises(CaseNotFound) as unknown:
        access_case(user, "0123456789ab")
    assert str(refused.value) == str(unknown.value)


@pytest.mark.parametrize(
    "public_id", ["", "x", "0123456789ab0", "0123456789AB", "0123456789a\0", "' OR 1=1 --", "é" * 12]
)
def test_a_malformed_id_is_answered_like_an_unknown_one(school: School, case: Case, public_id: str):
    with pytest.raises(CaseNotFound):
        access_case(school.counselor, public_id)


def test_losing_access_or_being_switched_off_hides_every_case(school: School, case: Case):
    SiteAccess.objects.filter(user=school.counselor).delete()
    assert not cases_for(school.counselor).exists()
    school.colleague.is_active = False
    assert not cases_for(school.colleague).exists()


def test_somebody_with_two_sites_sees_the_cases_of_both_once(school: School, case: Case):
    elsewhere = factories.make_site("elm-school")
    factories.make_finding(factories.make_account(elsewhere))
    group_findings()
    both = factories.make_user("", school.site, elsewhere, role=Role.SITE_ADMINISTRATOR)
    assert cases_for(both).count() == 2


def test_the_queue_is_ordered_by_urgency_and_then_by_how_long_a_case_waits(school: School):
    made = {}
    for name, severity, minutes in [
        ("severe, late", Severity.SEVERE, 30),
        ("low, first", Severity.LOW, 0),
        ("imminent, last", Severity.IMMINENT, 60),
        ("severe, early", Severity.SEVERE, 10),
    ]:
        with clock.standing_at(NOON + timedelta(minutes=minutes)):
            factories.make_finding(factories.make_account(school.site), severity=severity)
            group_findings()
        made[Case.objects.latest("id").pk] = name
    order = [made[case.pk] for case in queue_for(school.counselor)]
    assert order == ["imminent, last", "severe, early", "severe, late", "low, first"]


def test_decided_cases_leave_the_queue_and_are_listed_latest_first(school: School):
    for hours in (1, 3, 2):
        factories.make_finding(factories.make_account(school.site))
        group_findings()
        Case.objects.filter(pk=Case.objects.latest("id").pk).update(
            state=CaseState.DECIDED, decided_at=NOON + timedelta(hours=hours)
        )
    assert not queue_for(school.counselor).exists()
    assert [case.decided_at.hour for case in decided_for(school.counselor)] == [15, 14, 13]

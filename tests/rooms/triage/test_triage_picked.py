"""Cases that a person picked by hand: each decided by itself, and what was left is named with its reason."""

import pytest

from monitor.audit.models import AuditEvent
from monitor.domain.severity import Severity
from monitor.triage.actions import ReasonMissing, do_claim_case, do_decide_case, do_view_content
from monitor.triage.grouping import group_findings
from monitor.triage.hand_picked import PICKED_LIMIT, WhyLeft, do_decide_picked
from monitor.triage.models import Case, Decision, Outcome
from tests.rooms import factories
from tests.rooms.triage.conftest import School


def read_case(school: School, *, site=None, severity: Severity = Severity.CONCERN, is_read: bool = True) -> Case:
    account = factories.make_account(site or school.site)
    factories.make_finding(account, severity=severity)
    group_findings()
    case = Case.objects.get(account=account)
    if is_read:
        reader = school.stranger if site else school.colleague
        do_view_content(case, actor=reader, reason="triage")
    return case


def decide(school: School, *cases: Case, seen: int = 1):
    return do_decide_picked(
        {case.public_id: seen for case in cases}, actor=school.counselor, outcome=Outcome.NO_CONCERN, reason="rude only"
    )


def test_each_case_has_its_own_decision_and_its_own_line_in_the_audit_trail(school: School):
    cases = [read_case(school), read_case(school, severity=Severity.SEVERE), read_case(school, severity=Severity.LOW)]
    result = decide(school, *cases)
    assert set(result.decided) == {case.public_id for case in cases}
    assert result.left == ()
    told = AuditEvent.objects.filter(tag="case:decision:record").values_list("subject", "actor")
    assert sorted(told) == sorted((case.public_id, school.counselor.actor) for case in cases)
    assert Decision.objects.count() == 3


def test_what_was_left_is_named_with_its_reason_and_stays_as_it_was(school: School):
    elsewhere = school.stranger.site_access.get().site
    fine = read_case(school)
    urgent = read_case(school, severity=Severity.IMMINENT)
    unread = read_case(school, is_read=False)
    taken = read_case(school)
    do_claim_case(taken, actor=school.colleague)
    done = read_case(school)
    do_decide_case(done, actor=school.colleague, outcome=Outcome.SUPPORT, reason="talked")
    theirs = read_case(school, site=elsewhere)
    result = decide(school, fine, urgent, unread, taken, done, theirs)
    assert result.decided == (fine.public_id,)
    assert dict(result.left) == {
        urgent.public_id: WhyLeft.IMMINENT,
        unread.public_id: WhyLeft.UNREAD,
        taken.public_id: WhyLeft.TAKEN,
        done.public_id: WhyLeft.DECIDED,
        theirs.public_id: WhyLeft.NOT_FOUND,
    }
    for case in (urgent, unread, taken, theirs):
        case.refresh_from_db()
        assert case.state != "decided"
    assert Decision.objects.filter(case=done).count() == 1


def test_a_case_that_grew_is_not_decided_unseen(school: School):
    case = read_case(school)
    factories.make_finding(case.account, severity=Severity.CONCERN)
    group_findings()
    assert decide(school, case).left == ((case.public_id, WhyLeft.GREW),)
    assert decide(school, case, seen=2).decided == (case.public_id,)


def test_without_a_reason_nothing_is_decided(school: School):
    case = read_case(school)
    with pytest.raises(ReasonMissing):
        do_decide_picked({case.public_id: 1}, actor=school.counselor, outcome=Outcome.SUPPORT, reason=" ")
    case.refresh_from_db()
    assert case.state != "decided"


def test_no_more_are_decided_than_stand_on_a_page(school: School):
    case = read_case(school)
    picked = {f"{number:012x}": 1 for number in range(PICKED_LIMIT)} | {case.public_id: 1}
    result = do_decide_picked(picked, actor=school.counselor, outcome=Outcome.SUPPORT, reason="talked")
    assert result.decided == ()
    assert result.left[-1] == (case.public_id, WhyLeft.TOO_MANY)

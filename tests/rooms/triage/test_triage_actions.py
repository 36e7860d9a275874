"""Claiming, releasing and deciding: exactly one person at a time, and a trace of each."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from monitor.audit.chain import verify
from monitor.audit.models import AuditEvent
from monitor.audit.tags import Tag
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.triage import actions, deciding
from monitor.triage.access import CaseNotFound
from monitor.triage.actions import (
    AlreadyDecided,
    CaseGrew,
    CaseTaken,
    ReasonMissing,
    do_claim_case,
    do_decide_case,
    do_release_case,
    do_view_content,
)
from monitor.triage.grouping import group_findings
from monitor.triage.models import Case, CaseState, Decision, Outcome
from tests.rooms import factories
from tests.rooms.triage.conftest import School, make_school
from tests.rooms.workers import together

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
CLAIM = timedelta(minutes=30)  # config/policy.toml
REASON = "Spoke with the student."


@pytest.fixture
def case(school: School) -> Case:
    return make_case(school)


def make_case(school: School) -> Case:
    factories.make_finding(school.account)
    group_findings()
    return Case.objects.get()


def tags() -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("tag", flat=True))


def test_a_claim_holds_for_the_policys_time_and_is_on_the_chain(school: School, case: Case):
    with clock.standing_at(NOON):
        claimed = do_claim_case(case, actor=school.counselor)
    assert (claimed.state, claimed.claimed_by) == (CaseState.CLAIMED, school.counselor)
    assert abs(claimed.claimed_until - NOON - CLAIM) < timedelta(seconds=5)
    event = AuditEvent.objects.get()
    assert (event.tag, event.actor, event.subject) == (Tag.CASE_CLAIMED, school.counselor.actor, case.public_id)
    assert event.site_code == school.site.code


@pytest.mark.parametrize(("minutes", "is_free"), [(0, False), (29, False), (31, True)])
def test_somebody_elses_claim_stands_until_it_runs_out(school: School, case: Case, minutes: int, is_free: bool):
    with clock.standing_at(NOON):
        do_claim_case(case, actor=school.counselor)
    with clock.standing_at(NOON + timedelta(minutes=minutes)):
        if is_free:
            assert do_claim_case(case, actor=school.colleague).claimed_by == school.colleague
        else:
            with pytest.raises(CaseTaken) as taken:
                do_claim_case(case, actor=school.colleague)
            assert taken.value.by == school.counselor
            assert tags() == [Tag.CASE_CLAIMED]


def test_claiming_again_renews_and_keeps_the_first_moment(school: School, case: Case):
    with clock.standing_at(NOON):
        first = do_claim_case(case, actor=school.counselor)
    with clock.standing_at(NOON + timedelta(minutes=20)):
        again = do_claim_case(case, actor=school.counselor)
    assert again.claimed_until > first.claimed_until
    assert again.first_claimed_at == first.first_claimed_at


def test_releasing_puts_the_case_back(school: School, case: Case):
    do_claim_case(case, actor=school.counselor)
    released = do_release_case(case, actor=school.counselor)
    assert (released.state, released.claimed_by, released.claimed_until) == (CaseState.OPEN, None, None)
    assert released.first_claimed_at is not None
    assert tags() == [Tag.CASE_CLAIMED, Tag.CASE_RELEASED]
    assert do_claim_case(case, actor=school.colleague).claimed_by == school.colleague


def test_releasing_what_nobody_has_does_nothing(school: School, case: Case):
    assert do_release_case(case, actor=school.counselor).state == CaseState.OPEN
    assert tags() == []


def test_nobody_releases_somebody_elses_claim(school: School, case: Case):
    do_claim_case(case, actor=school.counselor)
    with pytest.raises(CaseTaken):
        do_release_case(case, actor=school.colleague)
    assert Case.objects.get().claimed_by == school.counselor


def test_a_decision_records_who_what_why_and_by_which_rules(school: School):
    factories.make_finding(school.account, severity=Severity.CONCERN, classifier_id="milder", policy_version="older")
    case = make_case(school)
    decision = do_decide_case(case, actor=school.counselor, outcome=Outcome.SUPPORT, reason=f"  {REASON} ")
    case.refresh_from_db()
    assert (case.state, case.claimed_until) == (CaseState.DECIDED, None)
    assert case.decided_at == decision.at == case.first_claimed_at
    stored = Decision.objects.get()
    assert (stored.actor, stored.outcome, stored.reason) == (school.counselor, Outcome.SUPPORT, REASON)
    assert (stored.classifier_id, stored.policy_version) == (factories.CLASSIFIER_ID, factories.POLICY_VERSION)
    assert stored.severity == Severity.SEVERE
    event = AuditEvent.objects.get()
    assert (event.tag, event.detail["outcome"]) == (Tag.CASE_DECIDED, "support")
    assert REASON not in str(event.detail)
    assert verify() == 1


@pytest.mark.parametrize("reason", ["", "  ", "ok", " o k ", "\u00a0\u2003\n\t"])
def test_a_decision_needs_a_reason(school: School, case: Case, reason: str):
    with pytest.raises(ReasonMissing):
        do_decide_case(case, actor=school.counselor, outcome=Outcome.NO_CONCERN, reason=reason)
    assert Case.objects.get().state == CaseState.OPEN
    assert tags() == []


def test_a_decision_is_final(school: School, case: Case):
    do_decide_case(case, actor=school.counselor, outcome=Outcome.SUPPORT, reason=REASON)
    for act in (
        lambda: do_decide_case(case, actor=school.counselor, outcome=Outcome.FALSE_ALARM, reason=REASON),
        lambda: do_claim_case(case, actor=school.counselor),
        lambda: do_release_case(case, actor=school.colleague),
    ):
        with pytest.raises(AlreadyDecided):
            act()
    assert Decision.objects.get().outcome == Outcome.SUPPORT
    assert tags() == [Tag.CASE_DECIDED]


def test_nobody_decides_what_somebody_else_has(school: School, case: Case):
    with clock.standing_at(NOON):
        do_claim_case(case, actor=school.counselor)
        with pytest.raises(CaseTaken) as taken:
            do_decide_case(case, actor=school.colleague, outcome=Outcome.SUPPORT, reason=REASON)
        assert taken.value.by == school.counselor
    with clock.standing_at(NOON + CLAIM + timedelta(minutes=1)):
        decision = do_decide_case(case, actor=school.colleague, outcome=Outcome.SUPPORT, reason=REASON)
    assert decision.actor == school.colleague


def test_a_case_that_grew_since_it_was_shown_is_not_decided_unseen(school: School, case: Case):
    factories.make_finding(school.account)
    group_findings()
    with pytest.raises(CaseGrew) as grew:
        do_decide_case(case, actor=school.counselor, outcome=Outcome.NO_CONCERN, reason=REASON, seen_findings=1)
    assert grew.value.new == 1
    assert (Case.objects.get().state, tags()) == (CaseState.OPEN, [])
    do_decide_case(case, actor=school.counselor, outcome=Outcome.NO_CONCERN, reason=REASON, seen_findings=2)


ACTIONS: list[Callable[[Case, object], object]] = [
    lambda case, actor: do_claim_case(case, actor=actor),
    lambda case, actor: do_release_case(case, actor=actor),
    lambda case, actor: do_decide_case(case, actor=actor, outcome=Outcome.SUPPORT, reason=REASON),
    lambda case, actor: do_view_content(case, actor=actor, reason="triage"),
]


@pytest.mark.parametrize("act", ACTIONS, ids=["claim", "release", "decide", "view"])
@pytest.mark.parametrize("who", ["stranger", "it"])
def test_strangers_and_it_staff_can_do_nothing(school: School, case: Case, who: str, act: Callable):
    before = Case.objects.values().get()
    with pytest.raises(CaseNotFound):
        act(case, getattr(school, who))
    assert Case.objects.values().get() == before
    assert tags() == []


@pytest.mark.parametrize("act", ACTIONS[:3], ids=["claim", "release", "decide"])
def test_without_its_trace_on_the_chain_nothing_happens(
    school: School, case: Case, act: Callable, monkeypatch: pytest.MonkeyPatch
):
    if act is ACTIONS[1]:
        do_claim_case(case, actor=school.counselor)
    before = Case.objects.values().get()
    with monkeypatch.context() as patch:
        patch.setattr(actions, "record", killed)
        patch.setattr(deciding, "record", killed)
        with pytest.raises(KeyboardInterrupt):
            act(case, school.counselor)
    assert Case.objects.values().get() == before
    assert not Decision.objects.exists()


def killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def attempt(work: Callable[[], object]) -> str:
    try:
        work()
    except (CaseTaken, AlreadyDecided) as refused:
        return type(refused).__name__
    return "done"


def test_of_two_who_claim_at_once_one_gets_it(shared_database: None):
    school = make_school()
    case = make_case(school)
    people = [school.counselor, school.colleague]
    outcomes = together(*[lambda p=person: attempt(lambda: do_claim_case(case, actor=p)) for person in people])
    assert sorted(outcomes) == ["CaseTaken", "done"]
    assert Case.objects.get().claimed_by == people[outcomes.index("done")]
    assert (tags(), verify()) == ([Tag.CASE_CLAIMED], 1)


def test_of_two_who_decide_at_once_one_decides(shared_database: None):
    school = make_school()
    case = make_case(school)

    def decide(actor: object, outcome: Outcome) -> str:
        return attempt(lambda: do_decide_case(case, actor=actor, outcome=outcome, reason=REASON))

    outcomes = together(
        lambda: decide(school.counselor, Outcome.SUPPORT), lambda: decide(school.colleague, Outcome.FALSE_ALARM)
    )
    assert sorted(outcomes) == ["AlreadyDecided", "done"]
    assert Decision.objects.count() == 1
    assert tags() == [Tag.CASE_DECIDED]


def test_a_finding_that_arrives_during_the_decision_is_in_it_or_in_a_case_of_its_own(shared_database: None):
    school = make_school()
    case = make_case(school)
    factories.make_finding(school.account)
    together(
        lambda: do_decide_case(case, actor=school.counselor, outcome=Outcome.SUPPORT, reason=REASON), group_findings
    )
    decided = Case.objects.get(state=CaseState.DECIDED)
    placed = decided.case_findings.count(), Case.objects.filter(state=CaseState.OPEN).count()
    assert placed in {(2, 0), (1, 1)}

"""Something new after a decision: a case that follows the decided one, more urgent where the danger was real."""

import importlib
from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitor.audit.models import AuditEvent
from monitor.audit.tags import Tag
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.triage import deciding
from monitor.triage.access import CaseNotFound
from monitor.triage.actions import CaseTaken, do_claim_case, do_decide_case, do_reopen_case, do_view_content
from monitor.triage.deciding import NotDecided
from monitor.triage.grouping import group_findings
from monitor.triage.models import Case, CaseCategory, CaseFinding, CaseState, Decision, Outcome
from monitor.triage.notes import notes_for
from monitor.triage.stories import severity_note, story_of
from tests.rooms import factories
from tests.rooms.triage.conftest import School, make_school
from tests.rooms.workers import together

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
FOLLOW = timedelta(days=30)  # config/policy.toml


def found(school: School, at: datetime, severity: Severity = Severity.CONCERN) -> Case:
    with clock.standing_at(at):
        factories.make_finding(school.account, found_at=at, severity=severity)
        group_findings()
    return Case.objects.latest("id")


def decided(school: School, at: datetime, outcome: Outcome) -> Case:
    case = found(school, at)
    with clock.standing_at(at + timedelta(minutes=5)):
        do_decide_case(case, actor=school.counselor, outcome=outcome, reason="Spoke with the student.")
    return case


@pytest.mark.parametrize(
    ("outcome", "severity", "expected"),
    [
        (Outcome.SUPPORT, Severity.LOW, Severity.CONCERN),
        (Outcome.SUPPORT, Severity.CONCERN, Severity.SEVERE),
        (Outcome.HANDED_OVER, Severity.CONCERN, Severity.SEVERE),
        (Outcome.HANDED_OVER, Severity.SEVERE, Severity.SEVERE),  # history alone makes nothing imminent
        (Outcome.SUPPORT, Severity.IMMINENT, Severity.IMMINENT),
        (Outcome.NO_CONCERN, Severity.CONCERN, Severity.CONCERN),
        (Outcome.FALSE_ALARM, Severity.CONCERN, Severity.CONCERN),
    ],
)
def test_what_comes_after_a_real_danger_is_one_step_more_urgent(
    school: School, outcome: Outcome, severity: Severity, expected: Severity
):
    first = decided(school, NOON, outcome)
    second = found(school, NOON + timedelta(days=2), severity)
    assert (second.follows, second.severity, second.severity_rank) == (first, expected.value, expected.rank)
    assert bool(severity_note(second)) is second.is_raised is (outcome in {Outcome.SUPPORT, Outcome.HANDED_OVER})
    first.refresh_from_db()
    assert (first.state, first.outcome, first.decisions.count()) == (CaseState.DECIDED, outcome.value, 1)


def test_later_findings_of_a_raised_case_are_raised_as_well(school: School):
    decided(school, NOON, Outcome.SUPPORT)
    found(school, NOON + timedelta(hours=1), Severity.LOW)
    third = found(school, NOON + timedelta(hours=2), Severity.CONCERN)
    assert (third.severity, third.case_findings.count()) == (Severity.SEVERE.value, 2)


@pytest.mark.parametrize(("gap", "follows"), [(FOLLOW, True), (FOLLOW + timedelta(minutes=6), False)])
def test_a_story_ends_when_nothing_comes_for_long(school: School, gap: timedelta, follows: bool):
    first = decided(school, NOON, Outcome.SUPPORT)
    second = found(school, NOON + gap)
    assert (second.follows == first) is second.is_raised is follows


def test_an_undecided_case_is_not_followed_only_left_behind(school: School):
    found(school, NOON)
    assert found(school, NOON + timedelta(days=9)).follows is None


def test_a_story_is_told_newest_first_in_a_fixed_number_of_queries(school: School):
    counts = []
    for day in range(0, 20, 5):
        decided(school, NOON + timedelta(days=day), Outcome.SUPPORT)
        last = Case.objects.latest("id")
        with CaptureQueriesContext(connection) as asked:
            story = story_of(last, school.colleague)
        counts.append(len(asked))
    assert [chapter.case.pk for chapter in story] == sorted((chapter.case.pk for chapter in story), reverse=True)
    assert [chapter.decision.outcome for chapter in story] == [Outcome.SUPPORT.value] * 3
    assert counts[1] == counts[-1] == 2
    assert story_of(last, school.stranger) == story_of(last, school.it) == []


def test_a_person_opens_a_decided_case_again_and_the_decision_stays(school: School):
    case = decided(school, NOON, Outcome.FALSE_ALARM)
    with clock.standing_at(NOON + timedelta(hours=1)):
        again = do_reopen_case(case, actor=school.colleague, reason="The family called about it.")
    assert (again.state, again.claimed_by, again.outcome, again.decided_at) == (
        CaseState.CLAIMED,
        school.colleague,
        "",
        None,
    )
    assert Decision.objects.get().outcome == Outcome.FALSE_ALARM
    assert CaseCategory.objects.get().judgement is None
    assert [note.text for note in notes_for(again, school.counselor)] == ["The family called about it."]
    assert AuditEvent.objects.filter(tag=Tag.CASE_REOPENED).get().subject == case.public_id
    with clock.standing_at(NOON + timedelta(hours=2)):
        do_decide_case(again, actor=school.colleague, outcome=Outcome.SUPPORT, reason="It was real after all.")
    assert list(Decision.objects.values_list("outcome", flat=True)) == ["false_alarm", "support"]
    assert CaseCategory.objects.get().outcome == "support"


def test_only_a_decided_case_is_opened_again_and_only_by_its_people(school: School):
    case = found(school, NOON)
    with pytest.raises(NotDecided):
        do_reopen_case(case, actor=school.counselor, reason="The family called.")
    case = decided(school, NOON + timedelta(days=9), Outcome.SUPPORT)
    for nobody in (school.stranger, school.it):
        with pytest.raises(CaseNotFound):
            do_reopen_case(case, actor=nobody, reason="The family called.")


def test_without_its_trace_nothing_is_opened_again(school: School, monkeypatch: pytest.MonkeyPatch):
    case = decided(school, NOON, Outcome.SUPPORT)
    before = Case.objects.values().get()
    with monkeypatch.context() as patch:
        patch.setattr(deciding, "record", _killed)
        with pytest.raises(KeyboardInterrupt):
            do_reopen_case(case, actor=school.counselor, reason="The family called.")
    assert Case.objects.values().get() == before
    assert notes_for(case, school.counselor) == []


def _killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_of_two_who_open_it_again_one_has_it(shared_database: None):
    school = make_school()
    case = decided(school, NOON, Outcome.SUPPORT)

    def again(actor):
        def act() -> bool:
            try:
                do_reopen_case(case, actor=actor, reason="The family called.")
            except NotDecided:
                return False
            return True

        return act

    assert sorted(together(again(school.counselor), again(school.colleague))) == [False, True]


def test_the_first_look_the_first_claim_and_the_end_are_timed_once(school: School):
    case = found(school, NOON)
    opened = case.opened_at
    for minutes, act in [
        (2, lambda: do_view_content(case, actor=school.counselor, reason="triage")),
        (5, lambda: do_claim_case(case, actor=school.counselor)),
        (9, lambda: do_view_content(case, actor=school.colleague, reason="triage")),
        (10, lambda: do_claim_case(case, actor=school.counselor)),
        (20, lambda: do_decide_case(case, actor=school.counselor, outcome=Outcome.SUPPORT, reason="Spoke.")),
    ]:
        with clock.standing_at(opened + timedelta(minutes=minutes, seconds=1)):
            act()
    case.refresh_from_db()
    times = (case.seconds_to_look, case.seconds_to_acknowledge, case.seconds_to_close)
    assert [seconds // 60 for seconds in times] == [2, 5, 20]


def test_a_claim_of_somebody_else_stands_in_the_way_of_a_decision(school: School):
    case = found(school, NOON)
    do_claim_case(case, actor=school.counselor)
    with pytest.raises(CaseTaken):
        do_decide_case(case, actor=school.colleague, outcome=Outcome.SUPPORT, reason="Spoke.")


def test_cases_from_before_there_were_figures_get_theirs(school: School):
    decided(school, NOON, Outcome.SUPPORT)
    found(school, NOON + timedelta(days=40), Severity.SEVERE)
    fields = ("id", "opened_on", "signature", "outcome", "seconds_to_acknowledge", "seconds_to_close")
    now = list(Case.objects.order_by("id").values(*fields))
    facts = list(
        CaseCategory.objects.order_by("case_id").values("case_id", "severity_rank", "day", "hour", "judgement")
    )
    passages = list(CaseFinding.objects.order_by("id").values_list("passage", flat=True))
    CaseCategory.objects.all().delete()
    CaseFinding.objects.update(passage="")
    Case.objects.update(opened_on=None, signature="", outcome="", seconds_to_acknowledge=None, seconds_to_close=None)
    importlib.import_module("monitor.triage.migrations.0003_fill_figures").fill(apps, None)
    assert list(Case.objects.order_by("id").values(*fields)) == now
    again = CaseCategory.objects.order_by("case_id").values("case_id", "severity_rank", "day", "hour", "judgement")
    assert [{**row, "judgement": None} for row in again] == [{**row, "judgement": None} for row in facts]
    assert list(CaseFinding.objects.order_by("id").values_list("passage", flat=True)) == passages
    assert CaseCategory.objects.get(case=now[0]["id"]).outcome == "support"

"""Looking at student text leaves a trace first, and marks show exactly what the classifier marked."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from monitor.audit.models import AuditEvent
from monitor.audit.tags import Tag
from monitor.domain.category import Category
from monitor.domain.severity import Severity
from monitor.domain.source import Direction, Source
from monitor.domain.text import SpanKind
from monitor.triage import actions
from monitor.triage.actions import ReasonMissing, do_view_content
from monitor.triage.grouping import group_findings
from monitor.triage.models import Case
from monitor.triage.passages import cut
from monitor.triage.why import explain
from tests.rooms import factories
from tests.rooms.triage.conftest import School


def test_a_look_gives_the_text_with_its_marks_and_is_on_the_chain(school: School):
    finding = factories.make_finding(school.account)
    group_findings()
    (view,) = do_view_content(Case.objects.get(), actor=school.counselor, reason="triage")
    start, end = factories.MARK
    assert view.segments == ((factories.EXCERPT[start:end], True), (factories.EXCERPT[end:], False))
    assert (view.finding, view.title, view.part) == (finding, factories.TITLE, "body")
    event = AuditEvent.objects.get()
    assert (event.tag, event.actor) == (Tag.CONTENT_VIEWED, school.counselor.actor)
    assert event.detail == {"reason": "triage", "findings": [finding.public_id]}


def test_nothing_sealed_is_read_before_the_trace_stands(school: School, monkeypatch: pytest.MonkeyPatch):
    factories.make_finding(school.account)
    group_findings()
    case = Case.objects.get()

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(actions, "record", killed)
    with CaptureQueriesContext(connection) as queries, pytest.raises(KeyboardInterrupt):
        do_view_content(case, actor=school.counselor, reason="triage")
    assert not [query for query in queries.captured_queries if "excerpt" in query["sql"].replace("excerpt_index", "")]


@pytest.mark.parametrize("reason", ["", "  ", "Because I want to", "x", "Triage", "a" * 41])
def test_a_look_needs_a_reason_code(school: School, reason: str):
    factories.make_finding(school.account)
    group_findings()
    with pytest.raises(ReasonMissing):
        do_view_content(Case.objects.get(), actor=school.counselor, reason=reason)
    assert not AuditEvent.objects.exists()


def test_the_most_urgent_findings_come_first_and_one_look_is_bounded(school: School, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(actions, "VIEW_LIMIT", 2)
    for severity in (Severity.CONCERN, Severity.IMMINENT, Severity.SEVERE):
        factories.make_finding(school.account, severity=severity)
    group_findings()
    views = do_view_content(Case.objects.get(), actor=school.counselor, reason="triage")
    assert [view.finding.severity for view in views] == ["imminent", "severe"]
    assert len(AuditEvent.objects.get().detail["findings"]) == 2


TEXT = "0123456789"


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ([], [(TEXT, False)]),
        ([[0, 10]], [(TEXT, True)]),
        ([[2, 4]], [("01", False), ("23", True), ("456789", False)]),
        ([[6, 8], [0, 2]], [("01", True), ("2345", False), ("67", True), ("89", False)]),
        ([[2, 6], [4, 8]], [("01", False), ("234567", True), ("89", False)]),
        ([[2, 4], [4, 6]], [("01", False), ("2345", True), ("6789", False)]),
        ([[-5, 2], [8, 99]], [("01", True), ("234567", False), ("89", True)]),
        ([[5, 5], [7, 3], [50, 60]], [(TEXT, False)]),
    ],
)
def test_text_is_cut_at_its_marks(marks: list[list[int]], expected: list[tuple[str, bool]]):
    assert list(cut(TEXT, marks)) == expected


@given(st.text(max_size=40), st.lists(st.tuples(st.integers(-5, 50), st.integers(-5, 50)), max_size=6))
def test_cutting_loses_and_doubles_nothing(text: str, marks: list[tuple[int, int]]):
    segments = cut(text, marks)
    assert "".join(part for part, _ in segments) == text
    flags = [is_marked for part, is_marked in segments for _ in part]
    assert flags == [any(start <= at < end for start, end in marks) for at in range(len(text))]


@pytest.mark.parametrize(
    ("fields", "speaker", "reason"),
    [
        ({}, "written by the student", "The policy makes bullying over the threshold a concern."),
        (
            {"direction": Direction.RECEIVED, "span_kind": SpanKind.QUOTED, "severity": Severity.LOW},
            "received by the student, quoted from an earlier message",
            "The policy makes bullying over the threshold a concern, and milder where it is quoted from an earlier "
            "message; here it is low.",
        ),
        (
            {"category": Category.SELF_HARM, "probability": 0.99, "threshold": 0.5, "severity": Severity.IMMINENT},
            "written by the student",
            "The policy makes self-harm or suicide far over the threshold imminent.",
        ),
        (
            {"source": Source.DRIVE, "direction": Direction.SHARED, "policy_version": "2025-old"},
            "in a file shared with the student; who wrote it is not known",
            "By the policy 2025-old, which was in force then.",
        ),
    ],
)
def test_the_reason_is_said_in_plain_words(school: School, fields: dict, speaker: str, reason: str):
    why = explain(factories.make_finding(school.account, **({"severity": Severity.CONCERN} | fields)))
    assert (why.speaker, why.severity_reason) == (speaker, reason)
    assert why.classifier_id == factories.CLASSIFIER_ID


@pytest.mark.parametrize("source", Source)
@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("kind", SpanKind)
def test_every_kind_of_finding_can_be_explained_without_its_text(
    school: School, source: Source, direction: Direction, kind: SpanKind
):
    for category in Category:
        finding = factories.make_finding(
            school.account, source=source, direction=direction, span_kind=kind, category=category
        )
        said = " ".join([str(explain(finding)), explain(finding).sentence])
        assert not [word for word in factories.EXCERPT.split() if len(word) > 4 and word in said]
        assert factories.TITLE not in said

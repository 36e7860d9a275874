"""Notes are sealed; a private one is its author's alone."""

import pytest
from django.db import connection

from monitor.audit.models import AuditEvent
from monitor.audit.tags import Tag
from monitor.triage import notes
from monitor.triage.access import CaseNotFound
from monitor.triage.grouping import group_findings
from monitor.triage.models import Case, Note
from monitor.triage.notes import NOTE_CHARACTERS, do_add_note, notes_for
from monitor.triage.refusals import ReasonMissing
from tests.rooms import factories
from tests.rooms.triage.conftest import School

WORDS = "Quiet in class since the move; ask the nurse."


@pytest.fixture
def case(school: School) -> Case:
    factories.make_finding(school.account)
    group_findings()
    return Case.objects.get()


def test_everybody_of_the_site_reads_a_shared_note_and_only_its_author_a_private_one(school: School, case: Case):
    do_add_note(case, actor=school.counselor, text=WORDS, is_private=False)
    do_add_note(case, actor=school.counselor, text="Mine alone.", is_private=True)
    assert [note.text for note in notes_for(case, school.counselor)] == [WORDS, "Mine alone."]
    assert [note.text for note in notes_for(case, school.colleague)] == [WORDS]


@pytest.mark.parametrize("who", ["stranger", "it"])
def test_nobody_else_reads_or_writes_one(school: School, case: Case, who: str):
    for act in (lambda user: notes_for(case, user), lambda user: _add(case, user)):
        with pytest.raises(CaseNotFound):
            act(getattr(school, who))


def _add(case: Case, user) -> None:
    do_add_note(case, actor=user, text=WORDS, is_private=False)


def test_a_note_rests_sealed_and_its_trace_holds_no_word(school: School, case: Case):
    _add(case, school.counselor)
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM triage_note")
        assert b"nurse" not in bytes(cursor.fetchone()[0])
    event = AuditEvent.objects.get(tag=Tag.NOTE_ADDED)
    assert (event.subject, event.detail) == (case.public_id, {"private": False})


@pytest.mark.parametrize("text", ["", " \n ", "x" * (NOTE_CHARACTERS + 1)])
def test_an_empty_or_endless_note_is_refused(school: School, case: Case, text: str):
    with pytest.raises(ReasonMissing):
        do_add_note(case, actor=school.counselor, text=text, is_private=False)
    assert not Note.objects.exists()


def test_without_its_trace_there_is_no_note(school: School, case: Case, monkeypatch: pytest.MonkeyPatch):
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(notes, "record", killed)
        with pytest.raises(KeyboardInterrupt):
            _add(case, school.counselor)
    assert not Note.objects.exists()

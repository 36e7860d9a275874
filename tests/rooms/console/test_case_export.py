"""A case on paper: after proof, veiled unless unveiled, on the audit chain, with its digest on the last page."""

import pypdfium2
import pytest

from monitor.audit.models import AuditEvent
from monitor.triage.actions import do_decide_case
from monitor.triage.models import Outcome
from monitor.triage.notes import do_add_note
from tests.rooms.console.conftest import address, signed_in
from tests.rooms.console.test_work_doors import proved
from tests.rooms.factories import EXCERPT, MARK, STUDENT_ADDRESS, STUDENT_NAME

SECRETS = (STUDENT_NAME, STUDENT_ADDRESS, EXCERPT[MARK[0] : MARK[1]])


def pages(answer) -> list[str]:
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Cache-Control"] == "no-store"
    with pypdfium2.PdfDocument(answer.content) as document:
        return [" ".join(page.get_textpage().get_text_range().split()) for page in document]


@pytest.mark.parametrize("ask", ["get", "post"])
def test_without_fresh_proof_there_is_neither_page_nor_paper(cast, case, ask):
    answer = getattr(signed_in(cast.bo), ask)(address(case, "export"))
    assert answer["Location"] == f"/account/confirm/?next=%2Fcases%2F{case.public_id}%2Fexport%2F"
    assert not AuditEvent.objects.filter(tag="case:record:export").exists()


def test_a_veiled_copy_has_the_facts_and_neither_name_nor_words(cast, case):
    do_decide_case(case, actor=cast.ada, outcome=Outcome.NO_CONCERN, reason="A rehearsal of the play.")
    client = proved(cast.bo)
    paper = pages(client.post(address(case, "export"), {"with_words": "yes"}))  # nothing was unveiled
    text = " ".join(paper)
    for secret in SECRETS:
        assert secret not in text
    for words in (
        case.account.reference, "Pine School", "Looks like bullying", "A rehearsal of the play.", "Ada Byrne",
        "Case opened with one finding", "Names and words are veiled in this copy.",
    ):  # fmt: skip
        assert words in text, words
    event = AuditEvent.objects.get(tag="case:record:export")
    assert (event.actor, event.subject, event.site_code) == (cast.bo.actor, case.public_id, "pine")
    assert (event.detail["words"], event.detail["reason"]) == (False, "")
    assert event.detail["digest"] in paper[-1].replace(" ", "")
    assert "Bo Castell made a PDF of the case" in client.get(address(case)).content.decode()


def test_with_a_reason_and_a_tick_the_name_and_the_marked_words_are_in_it(cast, case):
    client = proved(cast.bo)
    client.post(address(case, "look"), {"reason": "follow_up"})
    unticked = " ".join(pages(client.post(address(case, "export"))))
    ticked = " ".join(pages(client.post(address(case, "export"), {"with_words": "yes"})))
    for secret in SECRETS:
        assert secret not in unticked
        assert secret in ticked
    last = AuditEvent.objects.filter(tag="case:record:export").order_by("-id").first()
    assert (last.detail["words"], last.detail["reason"]) == (True, "follow_up")


def test_private_notes_are_in_it_only_for_their_author_and_only_when_asked(cast, case):
    do_add_note(case, actor=cast.bo, text="For everybody.", is_private=False)
    do_add_note(case, actor=cast.bo, text="For Bo alone.", is_private=True)
    do_add_note(case, actor=cast.ada, text="For Ada alone.", is_private=True)
    client = proved(cast.bo)
    usual = " ".join(pages(client.post(address(case, "export"))))
    asked = " ".join(pages(client.post(address(case, "export"), {"with_private": "yes"})))
    assert "For everybody." in usual
    assert "For Bo alone." not in usual
    assert "For Bo alone." in asked
    assert "For Ada alone." not in asked


def test_what_people_typed_is_never_taken_for_markup(cast, case):
    do_add_note(case, actor=cast.bo, text="<b>bold</b> & <font size=99>", is_private=False)
    assert "<b>bold</b> & <font size=99>" in " ".join(pages(proved(cast.bo).post(address(case, "export"))))

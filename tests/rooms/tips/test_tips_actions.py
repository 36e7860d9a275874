"""What people at a school do with a tip."""

import pytest

from monitor.audit.models import AuditEvent
from monitor.audit.tags import Tag
from monitor.tips.access import TipNotFound, access_tip, tip_of_case, tips_for
from monitor.tips.actions import (
    NoSuchSite,
    NoSuchStudent,
    NothingToSay,
    TipDecided,
    do_close_tip,
    do_move_tip,
    do_name_student,
    do_reply,
    do_reveal_number,
    do_view_tip,
    reported_messages,
)
from monitor.tips.models import MessageDirection, Tip, TipClosing, TipMessage
from monitor.tips.receive import add_message
from monitor.triage.actions import AlreadyDecided, CaseGrew, CaseTaken, ReasonMissing, do_claim_case
from monitor.triage.models import Case, Decision, Outcome
from tests.rooms import factories
from tests.rooms.tips.reporting import NUMBER, WORDS, make_line, make_sms_tip, make_web_tip


def close(tip, actor, **changes):
    given = {"outcome": Outcome.SUPPORT, "reason": "spoke with her", "actions": ["counselor"], "seen_messages": 1}
    return do_close_tip(tip, actor=actor, **(given | changes))


def tags() -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("tag", flat=True))


@pytest.mark.parametrize("who", ["stranger", "it"])
def test_a_stranger_and_it_staff_can_do_nothing_with_a_tip(school, line, who):
    tip, person = make_sms_tip(line), getattr(school, who)
    acts = [
        lambda: access_tip(person, tip.public_id),
        lambda: do_reply(tip, actor=person, text="hello", external_id="1"),
        lambda: do_name_student(tip, actor=person, address=school.account.address),
        lambda: do_move_tip(tip, actor=person, site_code="maple-middle"),
        lambda: do_reveal_number(tip, actor=person, reason="because I would like to"),
        lambda: close(tip, person),
    ]
    for act in acts:
        with pytest.raises(TipNotFound):
            act()
    assert not tips_for(person).exists()
    assert tags() == [Tag.TIP_OPENED.value]
    assert (TipMessage.objects.count(), Decision.objects.count()) == (1, 0)


@pytest.mark.django_db(transaction=True)
def test_a_look_is_written_down_before_anything_is_unsealed():
    site = factories.make_site()
    person, stranger = factories.make_user("", site), factories.make_user("", factories.make_site())
    tip = make_web_tip(site, about="Wilhelmina", reporter="her cousin")
    view = do_view_tip(tip, actor=person, reason="triage")
    assert ([message.text for message in view.messages], view.about, view.reporter) == (
        [WORDS],
        "Wilhelmina",
        "her cousin",
    )
    assert Case.objects.get().seconds_to_look == 0
    assert AuditEvent.objects.get(tag=Tag.TIP_VIEWED.value).detail == {"reason": "triage", "messages": 1}
    with pytest.raises(ReasonMissing):
        do_view_tip(tip, actor=person, reason="")
    with pytest.raises(TipNotFound):
        do_view_tip(tip, actor=stranger, reason="triage")


@pytest.mark.django_db(transaction=True)
def test_a_number_is_shown_for_a_reason_that_stays():
    site = factories.make_site()
    person = factories.make_user("", site)
    tip = make_sms_tip(make_line(site))
    with pytest.raises(ReasonMissing):
        do_reveal_number(tip, actor=person, reason="   need   ")
    assert do_reveal_number(tip, actor=person, reason="Welfare check: she says tonight.") == NUMBER
    note = TipMessage.objects.get(direction=MessageDirection.NOTE)
    assert (note.author, note.text) == (person, "Welfare check: she says tonight.")
    assert AuditEvent.objects.filter(tag=Tag.TIP_REVEALED.value).count() == 1
    assert reported_messages(tip) == 1


def test_an_answer_is_sent_once_by_the_way_the_tip_came(school, line):
    by_text, by_web = make_sms_tip(line), make_web_tip(school.site)
    sent = do_reply(by_text, actor=school.counselor, text=" Where are you? ", external_id="n1")
    again = do_reply(by_text, actor=school.counselor, text="Where are you?", external_id="n1")
    assert (sent, sent.state, sent.text) == (again, "pending", "Where are you?")
    assert do_reply(by_web, actor=school.counselor, text="Thank you.", external_id="n2").state == ""
    with pytest.raises(NothingToSay):
        do_reply(by_web, actor=school.counselor, text="  ", external_id="n3")
    assert tags().count(Tag.TIP_ANSWERED.value) == 2


def test_a_person_says_whom_it_is_about(school):
    tip = make_web_tip(school.site)
    with pytest.raises(NoSuchStudent):
        do_name_student(tip, actor=school.counselor, address="nobody@district.example")
    elsewhere = factories.make_account(factories.make_site(), address="far@district.example")
    with pytest.raises(NoSuchStudent):
        do_name_student(tip, actor=school.counselor, address=elsewhere.address)
    case = do_name_student(tip, actor=school.counselor, address=f" {school.account.address.upper()} ")
    assert case.account == school.account
    close(tip, school.counselor)
    with pytest.raises(TipDecided):
        do_name_student(tip, actor=school.counselor, address=school.account.address)


def test_a_tip_goes_to_another_school_and_leaves_this_one(school):
    tip = make_web_tip(school.site)
    do_claim_case(tip.case, actor=school.counselor)
    with pytest.raises(NoSuchSite):
        do_move_tip(tip, actor=school.counselor, site_code="nowhere")
    do_move_tip(tip, actor=school.counselor, site_code="maple-middle")
    with pytest.raises(TipNotFound):
        access_tip(school.counselor, tip.public_id)
    case = access_tip(school.stranger, tip.public_id).case
    assert (case.site.code, case.state, case.claimed_by) == ("maple-middle", "open", None)


def test_closing_decides_the_case_names_what_was_done_and_thanks(school, line):
    tip = make_sms_tip(line)
    closing = close(tip, school.counselor, actions=["called_family", "counselor", "unknown"])
    assert closing.actions == ["called_family", "counselor"]
    assert closing.decision.reason == "spoke with her"
    case = Case.objects.get()
    assert case.state == "decided"
    thanks = TipMessage.objects.get(direction=MessageDirection.TO_REPORTER)
    assert (thanks.state, thanks.author) == ("pending", None)
    assert "Wilhelmina" not in thanks.text
    assert tags()[-2:] == [Tag.CASE_DECIDED.value, Tag.TIP_CLOSED.value]
    with pytest.raises(AlreadyDecided):
        close(tip, school.counselor)


def test_a_tip_that_grew_is_not_closed_unseen(school):
    tip = make_web_tip(school.site)
    add_message(tip, "It is tonight.", "web:2")
    with pytest.raises(CaseGrew) as grew:
        close(tip, school.counselor)
    assert grew.value.new == 1
    assert not TipClosing.objects.exists()
    assert not Decision.objects.exists()
    assert Case.objects.get().state == "open"
    close(tip, school.counselor, seen_messages=2)


def test_a_tip_that_somebody_else_has_is_not_closed(school):
    tip = make_web_tip(school.site)
    do_claim_case(tip.case, actor=school.colleague)
    with pytest.raises(CaseTaken):
        close(tip, school.counselor)
    with pytest.raises(ReasonMissing):
        close(tip, school.colleague, reason=" ")
    assert Tip.objects.get().closed_at is None


def test_each_case_of_a_conversation_leads_to_it(school):
    tip = make_web_tip(school.site)
    first = tip.case
    close(tip, school.counselor)
    second = add_message(tip, "again", "web:9").case
    assert tip_of_case(first) == tip_of_case(second) == tip
    factories.make_finding(school.account)
    assert tip_of_case(Case(pk=10**6)) is None

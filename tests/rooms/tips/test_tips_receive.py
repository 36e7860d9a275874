"""What a reporter says becomes rows, each once, and is told to people like any other case."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection

from monitor.alerts.models import Delivery
from monitor.alerts.outbox import prepare_deliveries
from monitor.audit.chain import verify
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.tips import limits, receive
from monitor.tips.codes import (
    ALPHABET,
    CODE_CHARACTERS,
    StaleForm,
    code_index,
    code_of,
    new_form_token,
    read_form_token,
)
from monitor.tips.models import Tip, TipAttempt, TipMessage, TipRefusal
from monitor.tips.receive import ConversationFull, Hurry, add_message
from monitor.triage.access import queue_for
from monitor.triage.actions import do_decide_case
from monitor.triage.grouping import group_findings
from monitor.triage.models import Case, Origin, Outcome
from tests.rooms import factories
from tests.rooms.tips.reporting import NUMBER, WORDS, make_line, make_sms_tip, make_web_tip
from tests.rooms.workers import together


@pytest.mark.parametrize(
    ("hurry", "severity"),
    [(Hurry.NOW, Severity.IMMINENT), (Hurry.SOON, Severity.SEVERE), (Hurry.LATER, Severity.CONCERN)],
)
def test_a_tip_opens_a_case_as_urgent_as_the_reporter_says(school, hurry, severity):
    tip = make_web_tip(school.site, hurry=hurry)
    assert (tip.case.origin, tip.case.account, tip.case.severity) == (Origin.TIP, None, severity.value)
    assert list(queue_for(school.counselor)) == [tip.case]
    assert not queue_for(school.stranger).exists()
    assert not queue_for(school.it).exists()
    assert verify() == 1


def test_a_tip_is_told_and_escalates_like_any_case(school):
    factories.make_contact(school.site, order=1)
    second = factories.make_contact(school.site, order=2)
    make_web_tip(school.site, hurry=Hurry.NOW)
    assert prepare_deliveries() == 1
    with clock.standing_at(clock.now() + timedelta(minutes=11)):
        assert prepare_deliveries() == 1
    assert Delivery.objects.get(step=2).contact == second


def test_findings_never_join_the_case_of_a_tip(school):
    tip = make_web_tip(school.site)
    Case.objects.filter(pk=tip.case_id).update(account=school.account)
    factories.make_finding(school.account)
    group_findings()
    assert Case.objects.count() == 2
    assert not tip.case.case_findings.exists()


def test_a_case_without_an_account_is_only_ever_a_tips(school):
    now = clock.now()
    with pytest.raises(IntegrityError):
        Case.objects.create(
            site=school.site, severity="low", severity_rank=0, opened_at=now, last_finding_at=now, account=None
        )


def test_the_same_form_twice_is_one_tip(school):
    first = make_web_tip(school.site, nonce="a" * 32)
    again = make_web_tip(school.site, nonce="a" * 32)
    assert first == again
    assert (Tip.objects.count(), Case.objects.count(), TipMessage.objects.count()) == (1, 1, 1)


def test_the_same_form_at_once_is_one_tip(shared_database):
    site = factories.make_site("oak-high")
    tips = together(*[lambda: make_web_tip(site, nonce="b" * 32).pk] * 4)
    assert len(set(tips)) == 1
    assert (Tip.objects.count(), Case.objects.count()) == (1, 1)


def test_nothing_of_a_tip_rests_in_clear(school):
    tip = make_sms_tip(make_line(school.site))
    add_message(tip, "He told me on the bus.", "sms:2")
    make_web_tip(school.site, about="Wilhelmina", reporter="Casimir, room 12", nonce="c" * 32)
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                kept = b" ".join(bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in row)
                for secret in (WORDS, "Wilhelmina", "Casimir", NUMBER, "on the bus", code_of("c" * 32)):
                    assert secret.encode() not in kept, table


def test_a_message_after_the_decision_opens_another_case(school):
    tip = make_web_tip(school.site)
    first = tip.case
    Case.objects.filter(pk=first.pk).update(account=school.account)
    do_decide_case(first, actor=school.counselor, outcome=Outcome.SUPPORT, reason="spoke with her")
    message = add_message(tip, "It began again today.", "web:later")
    assert message.case != first
    assert message.case.account == school.account
    assert list(queue_for(school.counselor)) == [message.case]
    tip.refresh_from_db()
    assert (tip.case, tip.closed_at) == (message.case, None)


def test_a_message_that_comes_twice_is_one(school):
    tip = make_web_tip(school.site)
    assert add_message(tip, "One more thing.", "sms:x") == add_message(tip, "One more thing.", "sms:x")
    assert TipMessage.objects.count() == 2


def test_a_full_conversation_says_so_and_is_counted(school, monkeypatch):
    monkeypatch.setattr(receive, "MESSAGES_PER_TIP", 2)
    tip = make_web_tip(school.site)
    add_message(tip, "two", "web:2")
    with pytest.raises(ConversationFull):
        add_message(tip, "three", "web:3")
    assert TipRefusal.objects.get(reason="full").count == 1


def test_a_flood_is_kept_and_marked_and_cannot_shout_everybody_else_down(school, monkeypatch):
    monkeypatch.setattr(limits, "TIPS_PER_SITE", 3)
    tips = [make_web_tip(school.site, hurry=Hurry.NOW) for _ in range(5)]
    assert [tip.is_over_limit for tip in tips] == [False, False, False, True, True]
    assert [tip.case.severity for tip in tips][2:] == ["imminent", "concern", "concern"]
    with clock.standing_at(clock.now() + timedelta(hours=2)):
        assert not make_web_tip(school.site).is_over_limit
    assert not make_web_tip(factories.make_site()).is_over_limit


def test_limits_count_by_the_hour_and_keep_no_address(school, monkeypatch):
    monkeypatch.setitem(limits.LIMITS, "tip", 2)
    assert [limits.take("tip", "192.0.2.1") for _ in range(3)] == [True, True, False]
    assert limits.take("tip", "192.0.2.2")
    assert TipRefusal.objects.get().count == 1
    assert not TipAttempt.objects.filter(place__contains="192.0.2").exists()
    with clock.standing_at(clock.now() + timedelta(hours=1, seconds=1)):
        assert limits.take("tip", "192.0.2.1")
    assert limits.forget_attempts() == 0
    with clock.standing_at(clock.now() + timedelta(days=2)):
        assert limits.forget_attempts() == 4


def test_a_code_is_long_has_no_letters_that_look_alike_and_is_found_however_it_is_typed(db):
    code = code_of("d" * 32)
    plain = code.replace("-", "")
    assert len(plain) == CODE_CHARACTERS
    assert len(ALPHABET) ** CODE_CHARACTERS > 2**77
    assert not set("0O1IL") - {"L"} & set(ALPHABET)
    assert code_index(code) == code_index(f" {plain.lower()} ") == code_index(" ".join(plain))
    assert code_of("e" * 32) != code
    assert code_index(plain[:-1]) is None
    assert code_index("A" * CODE_CHARACTERS) is None


def test_a_form_token_is_ours_and_lasts_a_day(db):
    token = new_form_token()
    assert len(read_form_token(token)) == 32
    for wrong in ("", "x", token[:-2], token.replace(":", "", 1)):
        with pytest.raises(StaleForm):
            read_form_token(wrong)

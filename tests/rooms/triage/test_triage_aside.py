"""A class text that was decided harmless is put aside when it comes again, and nothing else ever is."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitor.audit.models import AuditEvent
from monitor.audit.tags import Tag
from monitor.domain.category import Category
from monitor.domain.role import Role as Speaker
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.roster.models import MonitoredAccount, Site
from monitor.triage import aside
from monitor.triage.access import CaseNotFound
from monitor.triage.actions import do_decide_case
from monitor.triage.aside_actions import (
    access_text,
    do_end_text,
    do_restore_finding,
    do_view_aside,
    set_aside_by,
    texts_for,
)
from monitor.triage.cluster_actions import do_decide_cluster
from monitor.triage.grouping import group_findings
from monitor.triage.models import Case, CaseFinding, Cluster, HarmlessText, Outcome, SetAside, WhyEnded
from monitor.triage.reasons import ReasonCode
from monitor.triage.refusals import ReasonMissing
from tests.rooms import factories
from tests.rooms.triage.conftest import School, make_school
from tests.rooms.workers import together

POEM = "Is this a dagger which I see before me, the handle toward my hand? Come, let me clutch thee."
WHOLE = [[0, len(POEM)]]
OWN = "nobody would notice if I were gone"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
LASTS = timedelta(days=120)  # config/policy.toml


def copy_of(site: Site, account: MonitoredAccount | None = None, **fields) -> MonitoredAccount:
    account = account or factories.make_account(site)
    factories.make_finding(account, **{"text": POEM, "marks": WHOLE, **fields})
    return account


def decide_all(school: School, outcome: Outcome = Outcome.FALSE_ALARM, code=ReasonCode.CLASS_TEXT) -> None:
    for case in Case.objects.exclude(state="decided"):
        do_decide_case(case, actor=school.counselor, outcome=outcome, reason="The class reads it.", reason_code=code)


def learn(school: School, people: int = 3, **fields) -> None:
    for _ in range(people):
        copy_of(school.site, **fields)
    group_findings()
    decide_all(school)


def aside_and_cases() -> tuple[int, int]:
    """How many lie aside, and how many undecided cases there are, after the next tick."""
    group_findings()
    return SetAside.objects.filter(restored_at=None).count(), Case.objects.exclude(state="decided").count()


def test_a_later_copy_is_put_aside_with_its_reason_and_its_decision(school: School):
    learn(school)
    account = copy_of(school.site)
    assert aside_and_cases() == (1, 0)
    assert group_findings() == 0
    (row,) = texts_for(school.colleague)
    assert (row.is_live, row.aside, row.text.used, row.text.people) == (True, 1, 1, 3)
    assert row.text.learned_from.case.site == school.site
    assert "harmless (a class text or an assignment) for 3 students at Oak High" in row.because
    (lying,) = set_aside_by(row.text, school.counselor)
    assert lying.finding.account == account
    event = AuditEvent.objects.get(tag=Tag.TEXT_LEARNED)
    assert (event.subject, event.actor, event.detail["people"]) == (row.text.public_id, school.counselor.actor, 3)


def test_one_act_upon_a_cluster_teaches_as_well(school: School):
    for _ in range(3):
        copy_of(school.site)
    group_findings()
    do_decide_cluster(
        Cluster.objects.get(),
        actor=school.counselor,
        outcome=Outcome.FALSE_ALARM,
        reason="The class reads it.",
        reason_code=ReasonCode.CLASS_TEXT,
    )
    copy_of(school.site)
    assert aside_and_cases() == (1, 0)


def test_two_people_teach_nothing_nor_does_one_person_three_times(school: School):
    learn(school, people=2)
    for day in (10, 20, 30):
        copy_of(school.site, school.account, found_at=NOON + timedelta(days=day))
        group_findings()
        decide_all(school)
        if day < 30:
            HarmlessText.objects.all().delete()
    assert HarmlessText.objects.get().people == 3  # two and one
    HarmlessText.objects.all().delete()
    Case.objects.exclude(account=school.account).update(outcome="no_concern")
    copy_of(school.site, school.account, found_at=NOON + timedelta(days=40))
    group_findings()
    decide_all(school)
    assert not HarmlessText.objects.exists()


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Outcome.FALSE_ALARM, None),
        (Outcome.FALSE_ALARM, ReasonCode.FIGURE_OF_SPEECH),
        (Outcome.FALSE_ALARM, ReasonCode.MISREAD),
        (Outcome.NO_CONCERN, ReasonCode.JOKING),
        (Outcome.SUPPORT, ReasonCode.TALKED),
    ],
)
def test_only_a_false_alarm_about_a_text_teaches(school: School, outcome: Outcome, code: ReasonCode | None):
    for _ in range(4):
        copy_of(school.site)
    group_findings()
    decide_all(school, outcome, code)
    assert not HarmlessText.objects.exists()


def test_a_short_phrase_teaches_nothing_however_often_it_is_decided(school: School):
    learn(school, people=5, text="I want to sleep and never wake up", marks=[[0, 33]])
    assert not HarmlessText.objects.exists()


def test_one_real_danger_with_the_same_text_stands_against_it(school: School):
    copy_of(school.site)
    group_findings()
    decide_all(school, Outcome.SUPPORT, ReasonCode.TALKED)
    learn(school)
    assert not HarmlessText.objects.exists()


@pytest.mark.parametrize(
    "other",
    [
        {"text": POEM + " I have thee not."},
        {"role": Speaker.RECEIVED.value},
        {"source": "drive"},
        {"severity": Severity.IMMINENT},
    ],
    ids=["one sentence more", "another speaker", "another place", "imminent"],
)
def test_what_differs_or_is_imminent_opens_a_case(school: School, other: dict):
    learn(school)
    copy_of(school.site, **other)
    assert aside_and_cases() == (0, 1)


def test_another_site_learns_for_itself(school: School):
    learn(school)
    copy_of(factories.make_site("elm-school"))
    assert aside_and_cases() == (0, 1)


def test_an_imminent_text_is_not_even_learned(school: School):
    learn(school, severity=Severity.IMMINENT)
    assert not HarmlessText.objects.exists()


@pytest.mark.parametrize("own_first", [True, False])
def test_where_own_words_crossed_the_threshold_the_whole_item_is_a_case(school: School, own_first: bool):
    learn(school)
    account = factories.make_account(school.site)
    scoring = factories.make_scoring(factories.make_item(account))
    for number, text in enumerate([OWN, POEM] if own_first else [POEM, OWN]):
        category = Category.SELF_HARM if text == OWN else Category.BULLYING
        factories.make_finding(
            account, text=text, marks=[[0, len(text)]], scoring=scoring, span_number=number, category=category
        )
    assert aside_and_cases() == (0, 1)
    assert CaseFinding.objects.filter(case__account=account).count() == 2


def test_an_item_of_known_texts_alone_is_put_aside_whole(school: School):
    second = "Methought I heard a voice cry Sleep no more! Macbeth does murder sleep, the innocent sleep."
    learn(school)
    learn(school, text=second, marks=[[0, len(second)]])
    account = factories.make_account(school.site)
    scoring = factories.make_scoring(factories.make_item(account))
    for number, text in enumerate([POEM, second]):
        factories.make_finding(account, text=text, scoring=scoring, span_number=number)
    group_findings(limit=1)  # a sibling in another batch is looked at all the same
    assert aside_and_cases() == (2, 0)


def test_somebody_under_review_is_looked_at_whole(school: School):
    learn(school)
    factories.make_finding(school.account, text=OWN)
    group_findings()
    copy_of(school.site, school.account)
    assert aside_and_cases() == (0, 1)


def test_it_ends_by_itself(school: School):
    with clock.standing_at(NOON):
        learn(school)
    with clock.standing_at(NOON + LASTS + timedelta(minutes=1)):
        copy_of(school.site)
        assert aside_and_cases() == (0, 1)
        assert [row.is_live for row in texts_for(school.counselor)] == [False]
        decide_all(school)  # a fresh decision makes it live again: the evidence is still there
        copy_of(school.site)
        assert aside_and_cases() == (1, 0)


def test_a_policy_that_says_never_learns_nothing(school: School, settings, tmp_path):
    policy = tmp_path / "policy.toml"
    shipped = settings.HEED_POLICY_FILE.read_text(encoding="utf-8")
    policy.write_text(shipped.replace("aside_accounts = 3", "aside_accounts = 0"), encoding="utf-8")
    settings.HEED_POLICY_FILE = policy
    learn(school)
    assert not HarmlessText.objects.exists()


def test_a_person_ends_it_and_gets_everything_back(school: School):
    learn(school)
    for _ in range(4):
        copy_of(school.site)
    assert aside_and_cases() == (4, 0)
    text = HarmlessText.objects.get()
    assert do_end_text(text, actor=school.colleague, reason="One of them was no homework.")
    assert not do_end_text(text, actor=school.colleague, reason="Again.")
    assert aside_and_cases() == (0, 4)
    text.refresh_from_db()
    assert (text.why_ended, text.ended_by, text.ended_reason) == (
        WhyEnded.BY_PERSON,
        school.colleague,
        "One of them was no homework.",
    )
    assert AuditEvent.objects.get(tag=Tag.TEXT_ENDED).detail == {"why": "by_person", "restored": 4}
    copy_of(school.site)
    assert aside_and_cases() == (0, 5)


def test_what_was_decided_before_somebody_ended_it_does_not_teach_again(school: School):
    learn(school)
    do_end_text(HarmlessText.objects.get(), actor=school.counselor, reason="No.")
    learn(school, people=2)
    assert not aside.live_texts(clock.now()).exists()
    learn(school, people=1)
    assert aside.live_texts(clock.now()).exists()


def test_one_finding_can_be_given_back_and_is_not_put_aside_again(school: School):
    learn(school)
    for _ in range(2):
        copy_of(school.site)
    group_findings()
    first = set_aside_by(HarmlessText.objects.get(), school.counselor)[0]
    assert do_restore_finding(first, actor=school.counselor)
    assert not do_restore_finding(first, actor=school.counselor)
    assert aside_and_cases() == (1, 1)
    assert AuditEvent.objects.get(tag=Tag.FINDING_RESTORED).detail == {"finding": first.finding.public_id}


def test_a_copy_that_turns_out_to_be_real_ends_it_for_all(school: School):
    learn(school)
    copy_of(school.site)
    group_findings()
    copy_of(school.site, severity=Severity.IMMINENT)
    group_findings()
    decide_all(school, Outcome.HANDED_OVER, ReasonCode.COUNSELOR)
    assert HarmlessText.objects.get().why_ended == WhyEnded.CONTRADICTED
    assert aside_and_cases() == (0, 1)


def test_a_real_danger_in_own_words_says_nothing_against_the_text_beside_them(school: School):
    learn(school)
    factories.make_finding(school.account, text=OWN)
    group_findings()
    copy_of(school.site, school.account)
    group_findings()
    decide_all(school, Outcome.SUPPORT, ReasonCode.TALKED)
    assert HarmlessText.objects.get().ended_at is None


@pytest.mark.parametrize("who", ["stranger", "it"])
def test_nobody_else_sees_it_or_takes_it_back(school: School, who: str):
    learn(school)
    copy_of(school.site)
    group_findings()
    text, nobody = HarmlessText.objects.get(), getattr(school, who)
    lying = SetAside.objects.get()
    assert texts_for(nobody) == []
    for act in (
        lambda: access_text(nobody, text.public_id),
        lambda: set_aside_by(text, nobody),
        lambda: do_end_text(text, actor=nobody, reason="Mine."),
        lambda: do_restore_finding(lying, actor=nobody),
        lambda: do_view_aside(lying, actor=nobody, reason="triage"),
    ):
        with pytest.raises(CaseNotFound):
            act()
    assert HarmlessText.objects.get().ended_at is None
    with pytest.raises(CaseNotFound):
        access_text(school.counselor, "no such id")


def test_ending_needs_a_reason(school: School):
    learn(school)
    with pytest.raises(ReasonMissing):
        do_end_text(HarmlessText.objects.get(), actor=school.counselor, reason=" ")


@pytest.mark.django_db(transaction=True)
def test_a_look_at_what_lies_aside_leaves_its_trace_first():
    school = make_school()
    learn(school)
    copy_of(school.site)
    group_findings()
    lying = SetAside.objects.get()
    with pytest.raises(ReasonMissing):
        do_view_aside(lying, actor=school.counselor, reason="")
    assert not AuditEvent.objects.filter(tag=Tag.CONTENT_VIEWED).exists()
    view = do_view_aside(lying, actor=school.counselor, reason="second_look")
    assert view.segments == ((POEM, True),)
    event = AuditEvent.objects.get(tag=Tag.CONTENT_VIEWED)
    assert event.detail == {"reason": "second_look", "findings": [lying.finding.public_id]}


def test_a_step_that_breaks_off_leaves_the_finding_waiting(school: School, monkeypatch: pytest.MonkeyPatch):
    learn(school)
    copy_of(school.site)

    def killed(**_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(SetAside.objects, "create", killed)
        with pytest.raises(KeyboardInterrupt):
            group_findings()
    assert HarmlessText.objects.get().used == 0
    assert aside_and_cases() == (1, 0)


def test_workers_at_once_put_each_copy_aside_once(shared_database: None):
    school = make_school()
    learn(school)
    for _ in range(10):
        copy_of(school.site)
    assert sum(together(*[group_findings] * 3)) == 10 == SetAside.objects.count()
    assert HarmlessText.objects.get().used == 10


def test_ending_and_putting_aside_at_once_leaves_nothing_behind(shared_database: None):
    school = make_school()
    learn(school)
    for _ in range(8):
        copy_of(school.site)
    text = HarmlessText.objects.get()
    together(group_findings, lambda: do_end_text(text, actor=school.counselor, reason="Not harmless."))
    assert aside_and_cases() == (0, 8)


def test_the_list_costs_one_query(school: School):
    counts = []
    for number in range(3):
        words = f"{POEM} {number}"
        learn(school, text=words, marks=[[0, len(words)]])
        with CaptureQueriesContext(connection) as asked:
            assert len(texts_for(school.counselor)) == number + 1
        counts.append(len(asked))
    assert counts == [1, 1, 1]

"""The same text in many accounts is one cluster: one act decides it, and each case keeps its own record."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitor.audit.chain import verify
from monitor.audit.models import AuditEvent
from monitor.audit.tags import Tag
from monitor.domain.category import Category
from monitor.domain.role import Role as Speaker
from monitor.domain.severity import Severity
from monitor.roster.models import MonitoredAccount
from monitor.triage import cluster_actions
from monitor.triage.access import CaseNotFound
from monitor.triage.actions import ReasonMissing, do_claim_case
from monitor.triage.cluster_actions import do_decide_cluster
from monitor.triage.clusters import access_cluster, build_cluster_page, cluster_of, clusters_for, find_clusters
from monitor.triage.grouping import group_findings
from monitor.triage.models import BulkDecision, Case, CaseCategory, CaseState, Cluster, Decision, Outcome
from monitor.triage.reasons import CODES, ReasonCode, WrongReasonCode
from tests.rooms import factories
from tests.rooms.triage.conftest import School, make_school
from tests.rooms.workers import together

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
POEM = "a dagger of the mind, a false creation, proceeding from the heat-oppressed brain"
OWN = "nobody would notice if I were gone"
HARMLESS = {"outcome": Outcome.FALSE_ALARM, "reason": "The class reads the play.", "reason_code": ReasonCode.CLASS_TEXT}


def copies(site, number: int, text: str = POEM, **fields) -> list[MonitoredAccount]:
    accounts = [factories.make_account(site) for _ in range(number)]
    for account in accounts:
        factories.make_finding(account, text=text, **fields)
    group_findings()
    return accounts


def states(accounts: list[MonitoredAccount]) -> list[str]:
    return list(Case.objects.filter(account__in=accounts).order_by("account_id").values_list("state", flat=True))


@pytest.mark.parametrize(("people", "clusters"), [(1, 0), (2, 0), (3, 1), (30, 1)])
def test_a_text_with_three_people_is_a_cluster(school: School, people: int, clusters: int):
    copies(school.site, people)
    assert Cluster.objects.count() == clusters
    assert [row.waiting for row in clusters_for(school.counselor)] == [people] * clusters
    assert find_clusters(3) == 0  # again: nothing new


def test_the_same_person_three_times_is_no_cluster(school: School):
    for day in range(0, 30, 10):
        factories.make_finding(school.account, text=POEM, found_at=NOON + timedelta(days=day))
    group_findings()
    assert (Case.objects.count(), Cluster.objects.count()) == (3, 0)


@pytest.mark.parametrize(
    "other",
    [
        {"text": POEM + " now"},
        {"role": Speaker.RECEIVED.value},
        {"source": "drive"},
    ],
    ids=["one word more", "another speaker", "another place"],
)
def test_what_differs_is_another_text(school: School, other: dict):
    copies(school.site, 2)
    copies(school.site, 1, **other)
    assert not Cluster.objects.exists()


def test_whoever_added_words_of_their_own_is_named_apart_and_not_decided(school: School):
    accounts = copies(school.site, 3)
    writer = factories.make_account(school.site)
    for text, category in [(POEM, Category.VIOLENCE), (OWN, Category.SELF_HARM)]:
        factories.make_finding(writer, text=text, category=category, role="")
    group_findings()
    (row,) = clusters_for(school.counselor)
    page = build_cluster_page(school.counselor, row.cluster)
    assert ([case.account for case in page.partly], row.waiting) == ([writer], 3)
    result = do_decide_cluster(row.cluster, actor=school.counselor, **HARMLESS)
    assert (len(result.decided), result.left, result.is_more) == (3, (), False)
    assert states(accounts) == [CaseState.DECIDED] * 3
    assert states([writer]) == [CaseState.OPEN]
    assert build_cluster_page(school.counselor, row.cluster) is None


def test_one_act_leaves_a_record_of_each_case_and_one_of_itself(school: School):
    copies(school.site, 3)
    cluster = Cluster.objects.get()
    result = do_decide_cluster(cluster, actor=school.counselor, **HARMLESS)
    decisions = list(Decision.objects.select_related("case"))
    assert {decision.case.public_id for decision in decisions} == set(result.decided)
    assert {decision.bulk for decision in decisions} == {BulkDecision.objects.get()}
    assert {decision.reason_code for decision in decisions} == {"class_text"}
    assert CaseCategory.objects.values("judgement").distinct().count() == 1
    assert AuditEvent.objects.filter(tag=Tag.CASE_DECIDED).count() == 3
    event = AuditEvent.objects.get(tag=Tag.CLUSTER_DECIDED)
    assert (event.subject, sorted(event.detail["cases"])) == (cluster.public_id, sorted(result.decided))
    assert verify() == 4
    assert do_decide_cluster(cluster, actor=school.counselor, **HARMLESS).bulk is None  # nothing left, no second record


def test_only_some_may_be_chosen_and_a_case_that_somebody_has_is_left(school: School):
    first, second, third = (cluster_case(account) for account in copies(school.site, 3))
    do_claim_case(second, actor=school.colleague)
    cluster = cluster_of(first)
    chosen = [first.public_id, second.public_id]
    result = do_decide_cluster(cluster, actor=school.counselor, only=chosen, **HARMLESS)
    assert (result.decided, result.left) == ((first.public_id,), (second.public_id,))
    assert Case.objects.get(pk=third.pk).state == CaseState.OPEN


def cluster_case(account: MonitoredAccount) -> Case:
    return Case.objects.get(account=account)


def test_a_case_that_grew_after_the_list_was_read_is_left(school: School, monkeypatch: pytest.MonkeyPatch):
    account = copies(school.site, 3)[0]
    listed = cluster_actions.check_reason

    def grow(*args: object) -> None:
        listed(*args)

    def grow_inside(*args: object, **more: object):
        if not grown:
            grown.append(True)
            factories.make_finding(account, text=OWN)
            group_findings()
        return close(*args, **more)

    grown: list[bool] = []
    close = cluster_actions.close_case
    monkeypatch.setattr(cluster_actions, "check_reason", grow)
    monkeypatch.setattr(cluster_actions, "close_case", grow_inside)
    result = do_decide_cluster(Cluster.objects.get(), actor=school.counselor, **HARMLESS)
    assert (len(result.decided), result.left) == (2, (cluster_case(account).public_id,))


def test_nobody_decides_or_counts_cases_of_another_site(school: School):
    elsewhere = factories.make_site("elm-school")
    ours, theirs = copies(school.site, 2), copies(elsewhere, 2)
    cluster = Cluster.objects.get()
    (row,) = clusters_for(school.counselor)
    assert (row.waiting, row.sites) == (2, 1)
    do_decide_cluster(cluster, actor=school.counselor, **HARMLESS)
    assert states(ours) == [CaseState.DECIDED] * 2
    assert states(theirs) == [CaseState.OPEN] * 2
    for nobody in (school.stranger, school.it):
        assert clusters_for(nobody) == []
        with pytest.raises(CaseNotFound):
            access_cluster(nobody, cluster.public_id)
        with pytest.raises(CaseNotFound):
            do_decide_cluster(cluster, actor=nobody, **HARMLESS)


@pytest.mark.parametrize("public_id", ["", "0123456789ab", "' OR 1=1 --", "0123456789a\0"])
def test_an_unknown_cluster_does_not_exist(school: School, public_id: str):
    with pytest.raises(CaseNotFound):
        access_cluster(school.counselor, public_id)


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"reason": "  "}, ReasonMissing),
        ({"reason_code": ReasonCode.TALKED}, WrongReasonCode),
    ],
)
def test_an_act_without_a_usable_reason_decides_nothing(school: School, given: dict, refusal: type[Exception]):
    copies(school.site, 3)
    with pytest.raises(refusal):
        do_decide_cluster(Cluster.objects.get(), actor=school.counselor, **{**HARMLESS, **given})
    assert not Decision.objects.exists()


def test_every_code_belongs_to_an_outcome():
    assert {code for codes in CODES.values() for code in codes} == set(ReasonCode)
    assert set(CODES) == set(Outcome)


def test_whoever_is_killed_in_between_has_decided_nothing(school: School, monkeypatch: pytest.MonkeyPatch):
    accounts = copies(school.site, 4)
    write, written = cluster_actions.write_decision, []

    def killed_at_the_third(*args: object, **more: object) -> Decision:
        written.append(args)
        if len(written) == 3:
            raise KeyboardInterrupt
        return write(*args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(cluster_actions, "write_decision", killed_at_the_third)
        with pytest.raises(KeyboardInterrupt):
            do_decide_cluster(Cluster.objects.get(), actor=school.counselor, **HARMLESS)
    assert states(accounts) == [CaseState.OPEN] * 4
    assert [model.objects.count() for model in (Decision, BulkDecision, AuditEvent)] == [0, 0, 0]
    assert len(do_decide_cluster(Cluster.objects.get(), actor=school.counselor, **HARMLESS).decided) == 4


def test_two_who_decide_at_once_decide_each_case_once(shared_database: None):
    school = make_school()
    copies(school.site, 6)
    cluster = Cluster.objects.get()

    def act(actor) -> Callable[[], int]:
        return lambda: len(do_decide_cluster(cluster, actor=actor, **HARMLESS).decided)

    assert sum(together(act(school.counselor), act(school.colleague))) == 6 == Decision.objects.count()
    assert verify() == AuditEvent.objects.count()


def test_more_than_the_limit_is_said_and_done_by_the_next_act(school: School, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cluster_actions, "BULK_LIMIT", 3)
    copies(school.site, 5)
    acts = [do_decide_cluster(Cluster.objects.get(), actor=school.counselor, **HARMLESS) for _ in range(2)]
    assert [(len(act.decided), act.is_more) for act in acts] == [(3, True), (2, False)]


def test_clusters_are_listed_most_urgent_first_in_a_fixed_number_of_queries(school: School):
    counts = []
    for number, severity in enumerate([Severity.CONCERN, Severity.IMMINENT, Severity.SEVERE]):
        copies(school.site, 3 + number, text=f"{POEM} {number}", severity=severity)
        with CaptureQueriesContext(connection) as asked:
            rows = clusters_for(school.counselor)
        with CaptureQueriesContext(connection) as asked_page:
            page = build_cluster_page(school.counselor, rows[0].cluster)
        counts.append((len(asked), len(asked_page)))
    assert [row.severity for row in rows] == [Severity.IMMINENT, Severity.SEVERE, Severity.CONCERN]
    assert [row.waiting for row in rows] == [4, 5, 3]
    assert counts[0] == counts[-1]
    assert page.example == page.cases[0]
    assert page.row.categories == ("bullying",)


def test_an_old_text_that_comes_again_shows_what_was_decided_before(school: School):
    copies(school.site, 3)
    cluster = Cluster.objects.get()
    do_decide_cluster(cluster, actor=school.counselor, **HARMLESS)
    copies(school.site, 2)
    page = build_cluster_page(school.colleague, cluster)
    assert [(act.actor, act.cases) for act in page.earlier] == [(school.counselor, 3)]
    assert page.row.waiting == 2

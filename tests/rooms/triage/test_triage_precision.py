"""Running precision from people's decisions, how long cases waited, and what Heed proposes to change."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitor.accounts.models import Role
from monitor.audit.models import AuditEvent
from monitor.audit.tags import Tag
from monitor.detection.models import PolicyChange
from monitor.detection.policy import current_policy
from monitor.detection.policy_changes import PolicyStale, do_change_policy, dry_run
from monitor.domain.category import Category
from monitor.domain.severity import Severity
from monitor.domain.source import Source
from monitor.lib import clock
from monitor.roster.models import Site, SiteAccess
from monitor.triage import proposal_actions
from monitor.triage.actions import do_claim_case, do_decide_case, do_reopen_case
from monitor.triage.cluster_actions import do_decide_cluster
from monitor.triage.grouping import group_findings
from monitor.triage.models import Case, Cluster, Outcome, ProposalState, ThresholdProposal
from monitor.triage.points import threshold_at
from monitor.triage.precision import running_precision
from monitor.triage.proposal_actions import (
    ProposalClosed,
    ProposalNotFound,
    access_proposal,
    do_accept_proposal,
    do_decline_proposal,
    proposals_for,
    sees_proposals,
)
from monitor.triage.proposals import DISTRICT, district_sensitivity, evidence_of, propose_thresholds, summary
from monitor.triage.tasks import propose_thresholds as task
from monitor.triage.times import DAY, EDGES, HOUR, MINUTE, waiting_times
from tests.rooms import factories
from tests.rooms.triage.conftest import School, make_school
from tests.rooms.workers import together

NOW = datetime(2026, 11, 24, 18, tzinfo=UTC)
TODAY = NOW.date()
LONG_AGO = TODAY - timedelta(days=400)
SHIPPED = "heed-minilm-6-1f46b385"


def judged(school: School, *outcomes: Outcome, site: Site | None = None, **fields) -> None:
    """One case for each of `outcomes`, each with a text of its own."""
    for number, outcome in enumerate(outcomes):
        account = factories.make_account(site or school.site)
        factories.make_finding(account, text=f"words {number} {account.reference}", **fields)
        group_findings()
        case = Case.objects.get(account=account)
        actor = school.counselor if case.site == school.site else school.stranger
        do_decide_case(case, actor=actor, outcome=outcome, reason="Looked at it.")


def precision(*sites: Site, **more):
    return running_precision(sites, LONG_AGO, clock.now().date(), **more)


def test_each_outcome_counts_as_what_it_means(school: School):
    judged(school, Outcome.SUPPORT, Outcome.HANDED_OVER, Outcome.NO_CONCERN, Outcome.FALSE_ALARM, Outcome.FALSE_ALARM)
    factories.make_finding(factories.make_account(school.site))  # under review: not counted
    group_findings()
    (row,) = precision(school.site)
    assert (row.category, row.site_id, row.cases) == (Category.BULLYING, None, 5)
    assert (row.useful.part, row.useful.whole, row.not_false.part) == (2, 5, 3)
    assert row.useful.low < 0.4 < row.useful.high


def test_thirty_copies_decided_by_one_act_are_one_judgement(school: School):
    for _ in range(30):
        factories.make_finding(factories.make_account(school.site), text="To be, or not to be")
    group_findings()
    do_decide_cluster(Cluster.objects.get(), actor=school.counselor, outcome=Outcome.FALSE_ALARM, reason="Hamlet.")
    judged(school, Outcome.SUPPORT)
    (row,) = precision(school.site)
    assert (row.useful.part, row.useful.whole, row.cases) == (1, 2, 31)


def test_sites_and_categories_are_counted_apart_in_one_query(school: School):
    elsewhere = Site.objects.get(code="maple-middle")
    judged(school, Outcome.SUPPORT, Outcome.FALSE_ALARM)
    judged(school, Outcome.SUPPORT, category=Category.VIOLENCE)
    judged(school, Outcome.NO_CONCERN, site=elsewhere)
    with CaptureQueriesContext(connection) as asked:
        rows = precision(school.site, elsewhere, by_site=True)
    assert len(asked) == 1
    assert {(row.site_id, row.category, row.useful.whole) for row in rows} == {
        (school.site.pk, Category.BULLYING, 2),
        (school.site.pk, Category.VIOLENCE, 1),
        (elsewhere.pk, Category.BULLYING, 1),
    }
    assert [row.useful.whole for row in precision(school.site, elsewhere)] == [3, 1]


def test_a_case_with_two_harms_is_judged_for_both_and_a_reopened_one_for_none(school: School):
    for category in (Category.BULLYING, Category.VIOLENCE):
        factories.make_finding(school.account, category=category)
    group_findings()
    case = Case.objects.get()
    do_decide_case(case, actor=school.counselor, outcome=Outcome.SUPPORT, reason="Spoke.")
    assert [row.useful.part for row in precision(school.site)] == [1, 1]
    do_reopen_case(case, actor=school.counselor, reason="The family called.")
    assert precision(school.site) == []


def test_only_cases_of_the_days_asked_for_count(school: School):
    with clock.standing_at(NOW - timedelta(days=10)):
        judged(school, Outcome.SUPPORT)
    with clock.standing_at(NOW):
        judged(school, Outcome.FALSE_ALARM)
        for since, until, expected in [(TODAY, TODAY, 1), (TODAY - timedelta(days=10), TODAY, 2)]:
            (row,) = running_precision([school.site], since, until)
            assert row.useful.whole == expected


def test_waits_are_told_by_the_first_edge_that_holds_half_and_most(school: School):
    for minutes in (1, 4, 10, 50, 3000):
        with clock.standing_at(NOW):
            account = factories.make_account(school.site)
            factories.make_finding(account, text=str(minutes))
            group_findings()
        case = Case.objects.get(account=account)
        with clock.standing_at(NOW + timedelta(minutes=minutes)):
            do_claim_case(case, actor=school.counselor)
    with CaptureQueriesContext(connection) as asked:
        waits = {wait.what: wait for wait in waiting_times([school.site], TODAY, TODAY)}
    acknowledge = waits["acknowledge"]
    assert len(asked) == 1
    assert dict(zip(EDGES, acknowledge.within, strict=True)) == {
        5 * MINUTE: 2, 15 * MINUTE: 3, HOUR: 4, 4 * HOUR: 4, DAY: 4, 3 * DAY: 5, 7 * DAY: 5,
    }  # fmt: skip
    assert (acknowledge.half, acknowledge.most, acknowledge.done, acknowledge.cases) == (15 * MINUTE, 3 * DAY, 5, 5)
    assert (waits["close"].half, waits["close"].done, waits["close"].cases) == (None, 0, 5)


def test_waits_are_told_by_severity_most_urgent_first(school: School):
    for severity in (Severity.CONCERN, Severity.IMMINENT):
        factories.make_finding(factories.make_account(school.site), severity=severity)
    group_findings()
    waits = waiting_times([school.site], LONG_AGO, clock.now().date())
    assert [wait.severity for wait in waits] == [Severity.IMMINENT] * 3 + [Severity.CONCERN] * 3


# --- proposals ---


def just_over(level: str = "standard", source: Source = Source.GMAIL) -> float:
    from monitor.domain.sensitivity import Sensitivity

    return threshold_at(SHIPPED, "bullying", Sensitivity(level))[source] * 1.001


def weak_and_false(school: School, number: int = 40, **fields) -> None:
    given = {"probability": just_over(), "classifier_id": SHIPPED, "severity": Severity.CONCERN}
    judged(school, *[Outcome.FALSE_ALARM] * number, **(given | fields))


@pytest.fixture
def chief(school: School):
    """Somebody who looks after every school."""
    return factories.make_user("", *Site.objects.all(), role=Role.SITE_ADMINISTRATOR)


def test_many_weak_false_alarms_make_a_proposal_with_its_evidence(school: School, chief):
    weak_and_false(school)
    judged(school, Outcome.SUPPORT, probability=0.9, classifier_id=SHIPPED)
    assert propose_thresholds() == 1
    assert propose_thresholds() == 0
    task.run()
    (proposal,) = proposals_for(chief)
    found = evidence_of(proposal)
    assert (proposal.category, proposal.present, proposal.proposed) == ("bullying", "standard", "lower")
    assert (found.judgements, found.useful, found.avoided, found.lost, found.lost_severe) == (41, 1, 40, 0, 0)
    assert "40 needless ones would not have come, and none that needed somebody been lost" in summary(proposal)


@pytest.mark.parametrize(
    "more",
    [
        {"severity": Severity.SEVERE},  # one severe case that was real would be lost
        {"severity": Severity.CONCERN},  # one mild one is more than a twentieth of the one real one
    ],
)
def test_what_would_lose_a_real_case_is_not_proposed(school: School, more: dict):
    weak_and_false(school)
    judged(school, Outcome.SUPPORT, probability=just_over(), classifier_id=SHIPPED, **more)
    assert propose_thresholds() == 0


def test_strong_false_alarms_are_not_helped_by_a_threshold(school: School):
    judged(school, *[Outcome.FALSE_ALARM] * 40, probability=0.9, classifier_id=SHIPPED)
    assert propose_thresholds() == 0


def test_a_threshold_of_files_is_that_of_files(school: School):
    weak_and_false(school, source="drive", probability=just_over("lower", Source.DRIVE))
    assert propose_thresholds() == 0


def test_few_judgements_propose_nothing(school: School):
    weak_and_false(school, 29)
    assert propose_thresholds() == 0


def test_another_classifier_is_not_judged_by_the_thresholds_of_ours(school: School):
    weak_and_false(school, classifier_id="toxic-en")
    assert propose_thresholds() == 0


def test_a_category_that_is_nearly_always_right_may_be_raised(school: School):
    judged(school, *[Outcome.SUPPORT] * 40)
    propose_thresholds()
    proposal = ThresholdProposal.objects.get()
    assert (proposal.proposed, evidence_of(proposal).avoided) == ("higher", None)
    assert "what was missed is not known" in summary(proposal)


def test_an_open_proposal_is_outdated_when_the_figures_change(school: School):
    judged(school, *[Outcome.SUPPORT] * 40)
    propose_thresholds()
    judged(school, *[Outcome.FALSE_ALARM] * 40, probability=0.9)
    propose_thresholds()
    assert ThresholdProposal.objects.get().state == ProposalState.OUTDATED


def test_a_person_accepts_it_once_and_it_is_not_proposed_again(school: School, chief):
    judged(school, *[Outcome.SUPPORT] * 40)
    propose_thresholds()
    proposal = access_proposal(chief, ThresholdProposal.objects.get().public_id)
    change = do_accept_proposal(proposal, actor=chief, reason="The board agreed on Tuesday.")
    assert (change.scope, change.document, change.actor) == (
        "district",
        {"sensitivity": {"bullying": "higher"}},
        chief.actor,
    )
    assert district_sensitivity(Category.BULLYING, current_policy()) == "higher"
    with pytest.raises(ProposalClosed):
        do_decline_proposal(proposal, actor=chief, reason="No.")
    proposal.refresh_from_db()
    assert (proposal.state, proposal.closed_by, proposal.reason) == (
        ProposalState.ACCEPTED,
        chief,
        "The board agreed on Tuesday.",
    )
    assert PolicyChange.objects.count() == AuditEvent.objects.filter(tag=Tag.POLICY_CHANGED).count() == 1
    event = AuditEvent.objects.get(tag=Tag.PROPOSAL_ACCEPTED)
    assert (event.actor, event.detail["proposed"]) == (chief.actor, "higher")
    assert propose_thresholds() == 0


def test_what_the_district_said_before_stays_beside_what_was_accepted(school: School, chief):
    do_change_policy(dry_run(DISTRICT, {"sensitivity": {"violence": "lower"}}), actor="command", reason="The board.")
    judged(school, *[Outcome.SUPPORT] * 40)
    propose_thresholds()
    change = do_accept_proposal(ThresholdProposal.objects.get(), actor=chief, reason="The board agreed.")
    assert change.document == {"sensitivity": {"violence": "lower", "bullying": "higher"}}


def test_a_proposal_stays_open_when_the_policy_cannot_be_changed(school: School, chief, monkeypatch):
    judged(school, *[Outcome.SUPPORT] * 40)
    propose_thresholds()

    def stale(*_: object, **__: object) -> None:
        raise PolicyStale

    with monkeypatch.context() as patch:
        patch.setattr(proposal_actions, "do_change_policy", stale)
        with pytest.raises(PolicyStale):
            do_accept_proposal(ThresholdProposal.objects.get(), actor=chief, reason="The board agreed.")
    assert ThresholdProposal.objects.get().state == ProposalState.OPEN
    assert not AuditEvent.objects.filter(tag=Tag.PROPOSAL_ACCEPTED).exists()


def test_what_was_declined_is_not_proposed_again_for_a_while(school: School, chief):
    judged(school, *[Outcome.SUPPORT] * 40)
    propose_thresholds()
    do_decline_proposal(ThresholdProposal.objects.get(), actor=chief, reason="Not before the new year.")
    assert propose_thresholds() == 0
    ThresholdProposal.objects.update(closed_at=clock.now() - timedelta(days=91))
    assert propose_thresholds() == 1


def test_only_who_looks_after_the_whole_district_sees_proposals(school: School, chief):
    judged(school, *[Outcome.SUPPORT] * 40)
    propose_thresholds()
    proposal = ThresholdProposal.objects.get()
    for nobody in (school.counselor, school.colleague, school.stranger, school.it):
        assert not sees_proposals(nobody)
        assert proposals_for(nobody) == []
        with pytest.raises(ProposalNotFound):
            do_accept_proposal(proposal, actor=nobody, reason="Mine.")
    SiteAccess.objects.filter(user=chief)[0].delete()
    with pytest.raises(ProposalNotFound):
        access_proposal(chief, proposal.public_id)


def test_workers_at_once_make_one_proposal(shared_database: None):
    school = make_school()
    judged(school, *[Outcome.SUPPORT] * 40)
    assert sum(together(*[propose_thresholds] * 3)) == 1 == ThresholdProposal.objects.count()


def test_two_who_answer_at_once_close_it_once(shared_database: None):
    school = make_school()
    chief = factories.make_user("", *Site.objects.all(), role=Role.SITE_ADMINISTRATOR)
    judged(school, *[Outcome.SUPPORT] * 40)
    propose_thresholds()
    proposal = ThresholdProposal.objects.get()

    def answer(act):
        def answered() -> bool:
            try:
                act(proposal, actor=chief, reason="So be it.")
            except ProposalClosed:
                return False
            return True

        return answered

    assert sorted(together(answer(do_accept_proposal), answer(do_decline_proposal))) == [False, True]
    assert AuditEvent.objects.filter(subject=proposal.public_id).count() == 1

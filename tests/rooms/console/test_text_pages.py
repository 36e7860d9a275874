"""The same text in many accounts, and texts that are put aside."""

import re

import pytest
from django.test import Client

from monitor.audit.models import AuditEvent
from monitor.roster.models import Site
from monitor.triage.actions import do_claim_case, do_decide_case
from monitor.triage.grouping import group_findings
from monitor.triage.models import Case, Cluster, Decision, HarmlessText, Outcome, SetAside
from monitor.triage.reasons import ReasonCode
from tests.rooms.console.conftest import address, signed_in
from tests.rooms.factories import STUDENT_NAME, make_account, make_finding

POEM = "Is this a dagger which I see before me, the handle toward my hand? Come, let me clutch thee."
WORDS = "dagger which I see"
DECISION = {"outcome": "false_alarm", "reason": "The class reads the play.", "reason_code": "class_text"}
STRANGERS = {"cy": 404, "ivy": 403, "ulf": 403, "bea": 403}


def copies(site: Site, number: int) -> None:
    for _ in range(number):
        make_finding(make_account(site), text=POEM, marks=[[0, len(POEM)]])
    group_findings()


@pytest.fixture
def cluster(cast) -> Cluster:
    """Four copies at Pine."""
    copies(cast.pine, 4)
    return Cluster.objects.get()


@pytest.fixture
def lying(cast) -> SetAside:
    """A fifth copy, put aside by what was decided about three."""
    copies(cast.pine, 3)
    for case in Case.objects.all():
        do_decide_case(
            case, actor=cast.ada, outcome=Outcome.FALSE_ALARM, reason="a play", reason_code=ReasonCode.CLASS_TEXT
        )
    copies(cast.pine, 1)
    return SetAside.objects.select_related("text", "finding").get()


def page(cluster: Cluster, act: str = "") -> str:
    return f"/texts/{cluster.public_id}/{act}/" if act else f"/texts/{cluster.public_id}/"


def aside_page(row: SetAside, act: str = "") -> str:
    whole = f"/texts/aside/{row.text.public_id}/"
    return f"{whole}{row.finding.public_id}/{act}/" if act in {"look", "restore"} else whole + (act and f"{act}/")


def waiting() -> list[str]:
    return list(Case.objects.exclude(state="decided").order_by("id").values_list("public_id", flat=True))


def test_the_list_counts_the_cases_of_a_text(cast, cluster):
    text = signed_in(cast.bo).get("/texts/").content.decode()
    assert "4 cases at 1 school" in text
    assert page(cluster) in text
    assert page(cluster) not in signed_in(cast.cy).get("/texts/").content.decode()


def test_the_words_wait_for_a_reason_and_name_nobody(cast, cluster):
    client = signed_in(cast.bo)
    before = client.get(page(cluster)).content.decode()
    assert WORDS not in before
    assert "Record for all" not in before
    client.post(page(cluster, "look"), {"reason": "nonsense!"})
    assert not AuditEvent.objects.exists()
    after = client.post(page(cluster, "look"), {"reason": "triage"}, follow=True).content.decode()
    assert WORDS in after
    assert STUDENT_NAME not in after
    assert "Record for all" in after
    assert AuditEvent.objects.get().tag == "content:finding:view"


def test_one_decision_is_recorded_for_each_ticked_case_and_no_other(cast, cluster):
    ids = waiting()
    answer = signed_in(cast.bo).post(page(cluster, "decide"), DECISION | {"case": ids[:3]}, follow=True)
    assert "3 cases are decided: False alarm" in answer.content.decode()
    assert waiting() == ids[3:]
    assert set(Decision.objects.values_list("reason_code", "bulk__cases")) == {("class_text", 3)}


def test_a_case_that_somebody_has_is_left_and_said(cast, cluster):
    ids = waiting()
    do_claim_case(Case.objects.get(public_id=ids[0]), actor=cast.ada)
    text = signed_in(cast.bo).post(page(cluster, "decide"), DECISION | {"case": ids}, follow=True).content.decode()
    assert "3 cases are decided" in text
    assert "1 left as they were" in text
    assert waiting() == ids[:1]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"case": []}, "Tick at least one case."),
        ({"case": ["a\0b", "'; --"]}, "Tick at least one case."),
        ({"reason": "ok"}, "at least three characters"),
        ({"reason_code": "talked"}, "does not belong to"),
        ({"outcome": ""}, "Choose what you concluded."),
    ],
)
def test_a_decision_with_something_missing_decides_nothing(cast, cluster, changed, says):
    ids = waiting()
    answer = signed_in(cast.bo).post(page(cluster, "decide"), DECISION | {"case": ids[:2]} | changed)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert says in text
    if "case" not in changed:  # what was ticked stays ticked
        assert text.count('name="case"') == 4
        assert len(re.findall(r'name="case" value="[0-9a-f]{12}" checked', text)) == 2
    assert not Decision.objects.exists()


def test_a_case_of_another_school_is_not_decided_along(cast, cluster):
    copies(cast.oak, 1)
    theirs = Case.objects.get(site=cast.oak)
    signed_in(cast.bo).post(page(cluster, "decide"), DECISION | {"case": waiting()})
    assert waiting() == [theirs.public_id]


def test_a_text_whose_cases_are_all_decided_leads_back_to_the_list(cast, cluster):
    client = signed_in(cast.bo)
    client.post(page(cluster, "decide"), DECISION | {"case": waiting()})
    for answer in (client.get(page(cluster), follow=True), client.post(page(cluster, "look"), follow=True)):
        assert "No case of this text waits any more." in answer.content.decode()


def test_a_case_with_something_of_its_own_is_listed_apart(cast, cluster):
    account = Case.objects.first().account
    make_finding(account, text="nobody would notice if I were gone")
    group_findings()
    text = signed_in(cast.bo).get(page(cluster)).content.decode()
    assert "Decide these one by one" in text
    assert address(Case.objects.get(account=account)) in text


def test_a_case_of_such_a_text_leads_to_the_decision_for_all_while_it_waits(cast, cluster):
    case, client = Case.objects.first(), signed_in(cast.bo)
    assert f'href="{page(cluster)}">Decide them together' in client.get(address(case)).content.decode()
    do_decide_case(case, actor=cast.bo, outcome=Outcome.NO_CONCERN, reason="a play")
    assert "Decide them together" not in client.get(address(case)).content.decode()


@pytest.mark.parametrize(("who", "status"), STRANGERS.items())
def test_a_stranger_does_nothing_with_a_text(cast, cluster, who, status):
    client = signed_in(getattr(cast, who))
    given = {"look": {"reason": "triage"}, "decide": DECISION | {"case": waiting()}}
    assert client.get(page(cluster)).status_code == status
    assert [client.post(page(cluster, act), sent).status_code for act, sent in given.items()] == [status, status]
    assert not Decision.objects.exists()
    assert not AuditEvent.objects.exists()


def test_what_lies_aside_is_listed_with_its_reason_and_without_its_words(cast, lying):
    client = signed_in(cast.bo)
    listed, shown = client.get("/texts/aside/").content.decode(), client.get(aside_page(lying)).content.decode()
    assert "1 lies aside" in listed
    assert "for 3 students at Pine School" in listed
    assert WORDS not in listed + shown
    assert lying.text.public_id not in signed_in(cast.cy).get("/texts/aside/").content.decode()


def test_reading_what_lies_aside_leaves_a_trace_first(cast, lying):
    client = signed_in(cast.bo)
    before = AuditEvent.objects.count()
    client.post(aside_page(lying, "look"), {"reason": ""})
    assert AuditEvent.objects.count() == before
    assert WORDS in client.post(aside_page(lying, "look"), {"reason": "second_look"}).content.decode()
    event = AuditEvent.objects.latest("id")
    assert (event.tag, event.actor) == ("content:finding:view", cast.bo.actor)


def test_what_is_given_back_becomes_a_case(cast, lying):
    client = signed_in(cast.bo)
    assert "Given back." in client.post(aside_page(lying, "restore"), follow=True).content.decode()
    assert "given back before" in client.post(aside_page(lying, "restore"), follow=True).content.decode()
    group_findings()
    assert len(waiting()) == 1


def test_a_text_is_ended_with_a_reason_and_everything_comes_back(cast, lying):
    client = signed_in(cast.bo)
    for reason in ("", "no"):
        assert client.post(aside_page(lying, "end"), {"reason": reason}).status_code == 422
    assert HarmlessText.objects.get().ended_at is None
    text = client.post(aside_page(lying, "end"), {"reason": "Not only the play."}, follow=True).content.decode()
    assert "Ended. What lay aside is given back" in text
    assert "A person ended it" in text
    assert (
        "It was ended before."
        in client.post(aside_page(lying, "end"), {"reason": "Again."}, follow=True).content.decode()
    )
    group_findings()
    assert len(waiting()) == 1


@pytest.mark.parametrize(("who", "status"), STRANGERS.items())
def test_a_stranger_does_nothing_with_what_lies_aside(cast, lying, who, status):
    client = signed_in(getattr(cast, who))
    before = AuditEvent.objects.count()
    given = {"look": {"reason": "triage"}, "restore": {}, "end": {"reason": "Because."}}
    assert client.get(aside_page(lying)).status_code == status
    assert {client.post(aside_page(lying, act), sent).status_code for act, sent in given.items()} == {status}
    lying.refresh_from_db()
    assert lying.restored_at is None
    assert HarmlessText.objects.get().ended_at is None
    assert AuditEvent.objects.count() == before


@pytest.mark.parametrize("listed", ["/texts/", "/texts/aside/"])
def test_the_lists_are_for_those_who_read_cases(cast, listed):
    seen = {
        who: signed_in(getattr(cast, who)).get(listed).status_code for who in ["ada", "bo", "cy", "lea", *STRANGERS]
    }
    assert seen == {"ada": 200, "bo": 200, "cy": 200, "lea": 200, "ivy": 403, "ulf": 403, "bea": 403}
    assert Client().get(listed).status_code == 302


def test_nothing_is_done_by_a_link_or_without_signing_in(cast, cluster, lying):
    places = [page(cluster, act) for act in ("look", "decide")]
    places += [aside_page(lying, act) for act in ("look", "restore", "end")]
    assert {signed_in(cast.bo).get(place).status_code for place in places} == {405}
    assert {Client().post(place).status_code for place in places} == {302}

"""Waiting items come to an end: scored, parked with a reason, or tried again later. One does not stop another."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from monitor.detection.models import Finding, Scoring
from monitor.detection.policy import current_policy
from monitor.detection.scan import Held, ScanTally, _write, score_pending
from monitor.domain.policy import PolicyError
from monitor.domain.source import Direction, Source
from monitor.domain.text import Extraction, ExtractStatus, Span, SpanKind
from monitor.intake.leases import LEASE
from monitor.intake.models import Item, ItemState
from monitor.intake.poll import poll_account
from monitor.intake.queue import MAX_ATTEMPTS, has_waiting, take_items
from monitor.intake.reading import Reading
from monitor.lib import clock
from tests.rooms.detection.marker import BREAKS, MarkerClassifier, score_all
from tests.rooms.factories import make_account, make_item, make_site
from tests.rooms.workers import shared_database, together  # noqa: F401

NOON = datetime(2026, 10, 6, 19, tzinfo=UTC)
HOUR = timedelta(hours=1)
GET = "gmail.users.messages.get"


def receive(watched, *texts: str, number: int = 0) -> list[str]:
    """Let mails arrive after the first contact; their ids."""
    account = watched.account(number)
    poll_account(account, Source.GMAIL)
    keys = [
        watched.control.mail("pal@elsewhere.example", watched.addresses[number], "Hi", text)["copies"][0]["id"]
        for text in texts
    ]
    poll_account(account, Source.GMAIL)
    return keys


def test_a_message_that_is_gone_ends_with_that_reason(watched):
    (key,) = receive(watched, "At three.")
    watched.control.do("delete_message", mailbox=watched.addresses[0], id=key)
    assert score_all().settled == 1
    item = Item.objects.get()
    assert (item.state, item.reason, item.attempts) == (ItemState.GONE, "removed before it was read", 1)


def test_a_passing_fault_is_tried_again_later_and_later_and_at_last_parked_with_its_reason(watched):
    receive(watched, "At three.")
    watched.control.do("faults", rules=[{"kind": "503", "match": GET}])
    now, delays = clock.now(), []
    for _ in range(MAX_ATTEMPTS - 1):
        with clock.standing_at(now):
            assert score_all().postponed == 1
            item = Item.objects.get()
            assert (item.state, item.leased_until) == (ItemState.PENDING, None)
            assert "503" in item.reason
            delays.append(item.not_before - now)
            now = item.not_before
    with clock.standing_at(now + timedelta(seconds=1)):
        assert score_all().parked == 1
    item = Item.objects.get()
    assert item.state == ItemState.PARKED
    assert item.reason.startswith(f"given up after {MAX_ATTEMPTS} attempts: ")
    assert all(later > 1.5 * earlier for earlier, later in pairwise(delays))
    assert sum(delays, timedelta()) > 2 * HOUR


def test_an_item_that_was_postponed_is_scored_when_the_trouble_is_over(watched):
    receive(watched, "At three.")
    watched.control.do("faults", rules=[{"kind": "503", "match": GET, "count": 4}])
    assert score_all().postponed == 1
    assert score_all().handled == 0
    with clock.standing_at(clock.now() + timedelta(minutes=2)):
        assert score_all().scored == 1


def test_an_item_whose_access_was_revoked_is_read_once_it_is_granted_again(watched):
    receive(watched, "At three.")
    watched.control.do("revoke", subject=watched.addresses[0])
    assert score_all().postponed == 1
    item = Item.objects.get()
    assert "delegation" in item.reason
    assert watched.addresses[0] not in item.reason
    watched.control.do("revoke", subject=watched.addresses[0], restore=True)
    with clock.standing_at(clock.now() + HOUR + timedelta(seconds=1)):
        assert score_all().scored == 1


def test_an_item_that_breaks_the_reading_is_parked_and_those_beside_it_are_scored(watched):
    receive(watched, "sign-bullying one.", "sign-bullying two.", "sign-bullying three.")
    broken = Item.objects.order_by("id")[1]
    Item.objects.filter(pk=broken.pk).update(source=Source.DRIVE.value, direction="sign-bullying")
    file = watched.control.write_file(watched.addresses[0], "Essay", "Chess.")
    Item.objects.filter(pk=broken.pk).update(item_key=file["id"])
    tally = score_all()
    assert (tally.scored, tally.parked, tally.findings) == (2, 1, 2)
    broken.refresh_from_db()
    assert broken.reason == "could not be read: ValueError"


def test_a_text_that_breaks_the_classifier_is_tried_again_and_those_beside_it_are_scored(watched):
    receive(watched, "sign-bullying one.", f"My secret {BREAKS}.", "sign-bullying three.")
    tally = score_all()
    assert (tally.scored, tally.postponed, tally.findings) == (2, 1, 2)
    assert Item.objects.get(state=ItemState.PENDING).reason == "could not be scored: RuntimeError"
    for _ in range(MAX_ATTEMPTS):
        waiting = Item.objects.filter(state=ItemState.PENDING).first()
        with clock.standing_at((waiting.not_before if waiting else clock.now()) + timedelta(seconds=1)):
            score_all()
    parked = Item.objects.get(state=ItemState.PARKED)
    assert "secret" not in parked.reason


def test_with_a_broken_policy_nothing_is_taken_and_nothing_fetched(watched, settings, tmp_path):
    receive(watched, "At three.")
    settings.HEED_POLICY_FILE = tmp_path / "policy.toml"
    settings.HEED_POLICY_FILE.write_text("version = 3")
    with pytest.raises(PolicyError):
        score_pending(classifier=MarkerClassifier())
    assert watched.content_calls() == []
    assert has_waiting()


def test_workers_at_once_score_each_item_once(shared_database, watched):  # noqa: F811
    keys = receive(watched, *[f"sign-bullying number {number}." for number in range(12)])
    watched.control.calls(reset=True)

    def work() -> int:
        scored = 0
        for _ in range(20):
            scored += score_pending(3, MarkerClassifier()).scored
        return scored

    counts = together(work, work, work)
    assert sum(counts) == 12
    assert Scoring.objects.count() == Finding.objects.count() == 12
    assert sorted(call["item"] for call in watched.control.calls() if call["method"] == GET) == sorted(keys)


@pytest.fixture
def held(db) -> Held:
    """One item in hand, with its text read."""
    make_item(make_account(make_site()), state=ItemState.PENDING, finished_at=None)
    ((item, owner),) = take_items(1)
    extraction = Extraction(ExtractStatus.OK, "text/plain", (Span(SpanKind.NEW, "sign-bullying here.", "body"),))
    return Held(item, owner, Reading(extraction, Direction.WRITTEN, clock.now(), "Hi"))


def write(held: Held, classifier: MarkerClassifier) -> ScanTally:
    tally, spans = ScanTally(), held.reading.extraction.spans
    scores = classifier.score([span.text for span in spans])
    _write(held, list(zip(spans, scores, strict=True)), classifier, current_policy(), tally)
    return tally


def test_a_worker_that_lost_its_lease_writes_nothing(held):
    with clock.standing_at(clock.now() + LEASE + timedelta(seconds=1)):
        ((item, second),) = take_items(1)
        assert write(held, MarkerClassifier()) == ScanTally()
        assert not Scoring.objects.exists()
        assert write(Held(item, second, held.reading), MarkerClassifier()).findings == 1
        assert write(held, MarkerClassifier()) == ScanTally()
    assert Scoring.objects.count() == Finding.objects.count() == 1


def test_what_a_classifier_scored_before_is_not_scored_by_it_again_but_by_another_it_is(held):
    first, second = MarkerClassifier("marker-1"), MarkerClassifier("marker-2")
    assert write(held, first).findings == 1
    for classifier, findings in ((first, 0), (second, 1)):
        Item.objects.update(state=ItemState.PENDING)
        ((item, owner),) = take_items(1)
        tally = write(Held(item, owner, held.reading), classifier)
        assert (tally.scored, tally.findings) == (1, findings)
    assert set(Scoring.objects.values_list("classifier_id", flat=True)) == {"marker-1", "marker-2"}


def test_an_item_in_hand_whose_site_falls_asleep_goes_back_unscored(watched):
    receive(watched, "sign-bullying here.")
    ((item, owner),) = take_items(1)
    reading = Reading(
        Extraction(ExtractStatus.OK, "text/plain", (Span(SpanKind.NEW, "sign-bullying."),)),
        Direction.RECEIVED,
        NOON,
        "",
    )
    watched.put_to_sleep(clock.now() - HOUR, clock.now() + HOUR)
    assert write(Held(item, owner, reading), MarkerClassifier()) == ScanTally(asleep=1)
    item.refresh_from_db()
    assert (item.state, item.lease_owner) == (ItemState.PENDING, "")
    assert not Scoring.objects.exists()


def test_an_item_of_an_account_that_lost_its_site_waits_and_is_scored_when_the_site_is_back(watched):
    receive(watched, "At three.")
    account = watched.account(0)
    site, account.site = account.site, None
    account.save()
    watched.control.calls(reset=True)
    assert score_all().handled == 0
    assert watched.control.calls() == []
    account.site = site
    account.save()
    assert score_all().scored == 1

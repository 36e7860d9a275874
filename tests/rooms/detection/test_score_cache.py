"""What was scored before is not computed again; the cache holds no text, stays within bounds and never stops a scan."""

import hashlib
from datetime import date, timedelta

import pytest
from django.db import OperationalError, connection

from models.cache import CacheUse
from monitor.detection import score_cache
from monitor.detection.models import CachedScore, Finding
from monitor.detection.policy import current_policy
from monitor.detection.scan import Held, ScanTally, _score_batch
from monitor.detection.score_cache import DAYS, KEYS_AT_ONCE, PURPOSE, DatabaseScoreCache, purge_score_cache
from monitor.detection.tasks import purge_cache
from monitor.domain.source import Direction, Source
from monitor.domain.text import Extraction, ExtractStatus, Span, SpanKind
from monitor.intake.models import ItemState
from monitor.intake.queue import take_items
from monitor.intake.reading import Reading
from monitor.lib import clock
from monitor.sealed.keys import blind_index, derived_key
from tests.rooms.detection.marker import BREAKS, MarkerClassifier
from tests.rooms.factories import make_account, make_item, make_site
from tests.rooms.workers import shared_database, together  # noqa: F401

pytestmark = pytest.mark.django_db


def keys(count: int, start: int = 0) -> list[bytes]:
    return [hashlib.sha256(str(number).encode()).digest()[:16] for number in range(start, start + count)]


def keep(entries: dict[bytes, bytes], classifier_id: str = "marker-1") -> None:
    cache = DatabaseScoreCache(classifier_id)
    cache.put_many(entries)
    cache.flush()


def row(number: int, *, classifier_id: str = "marker-1", age: int = 0) -> None:
    used_on = clock.now().date() - timedelta(days=age)
    CachedScore.objects.create(key=keys(1, number)[0], classifier_id=classifier_id, value=b"1234", used_on=used_on)


def today() -> date:
    return clock.now().date()


# --- reading and writing ---------------------------------------------------------------------------------


def test_what_was_put_is_known_to_this_batch_at_once_and_to_others_after_it():
    (key, other), first = keys(2), DatabaseScoreCache("marker-1")
    first.put_many({key: b"\x00\xff1"})
    assert first.get_many([key, other]) == {key: b"\x00\xff1"}
    assert DatabaseScoreCache("marker-1").get_many([key]) == {}
    first.flush()
    assert DatabaseScoreCache("marker-1").get_many([key, other]) == {key: b"\x00\xff1"}


def test_a_batch_costs_one_query_to_read_and_one_to_write(django_assert_num_queries):
    known, new = keys(100), keys(100, start=100)
    with clock.standing_at(clock.now() - timedelta(days=2)):
        keep(dict.fromkeys(known, b"1234"))
    cache = DatabaseScoreCache("marker-1")
    with django_assert_num_queries(2):
        assert cache.get_many([*known, *new]) == dict.fromkeys(known, b"1234")
        cache.put_many(dict.fromkeys(new, b"5678"))
        cache.flush()
    with django_assert_num_queries(0):
        DatabaseScoreCache("marker-1").flush()
        assert DatabaseScoreCache("marker-1").get_many([]) == {}
        assert cache.get_many([]) == {}


def test_more_keys_than_one_query_takes_are_all_found():
    entries = {key: key[:4] for key in keys(2 * KEYS_AT_ONCE + 7)}
    keep(entries)
    assert DatabaseScoreCache("marker-1").get_many([*entries, *entries]) == entries


def test_what_is_read_counts_as_used_on_that_day():
    (used, unused) = keys(2)
    with clock.standing_at(clock.now() - timedelta(days=30)):
        keep({used: b"1", unused: b"2"})
    cache = DatabaseScoreCache("marker-1")
    cache.get_many([used])
    cache.flush()
    days = {bytes(key): day for key, day in CachedScore.objects.values_list("key", "used_on")}
    assert days == {used: today(), unused: today() - timedelta(days=30)}


def test_reading_what_was_used_today_writes_nothing(django_assert_num_queries):
    keep(dict.fromkeys(keys(3), b"1"))
    cache = DatabaseScoreCache("marker-1")
    with django_assert_num_queries(1):
        cache.get_many(keys(3))
        cache.flush()


def test_workers_at_once_keep_the_same_and_different_rows(shared_database):  # noqa: F811
    def work(start: int) -> int:
        for step in range(20):
            cache = DatabaseScoreCache("marker-1")
            some = keys(30, start + step * 10)
            found = cache.get_many(some)
            assert all(value == key[:4] for key, value in found.items())
            cache.put_many({key: key[:4] for key in reversed(some)})
            cache.flush()
            assert cache._works
        return start

    together(lambda: work(0), lambda: work(5), lambda: work(0))
    assert CachedScore.objects.count() == 225
    assert all(bytes(kept.value) == bytes(kept.key)[:4] for kept in CachedScore.objects.all())


# --- what it holds ---------------------------------------------------------------------------------------


def test_a_row_has_room_for_neither_text_nor_account():
    assert {field.name for field in CachedScore._meta.fields} == {"key", "classifier_id", "value", "used_on"}


def test_its_key_is_its_own_and_no_blind_index_is_ever_equal_to_it():
    secret = derived_key(PURPOSE)
    assert secret == derived_key(PURPOSE) != derived_key("another purpose")
    assert len(secret) == 32
    for value in (PURPOSE, "", "heed", f"\x00{PURPOSE}\x01", f"{PURPOSE}\x01"):
        assert blind_index(value) != secret.hex()


# --- bounds ----------------------------------------------------------------------------------------------


def test_what_is_old_and_what_another_classifier_said_goes():
    for number, (age, classifier_id) in enumerate(
        [(0, "marker-1"), (DAYS, "marker-1"), (DAYS + 1, "marker-1"), (0, "marker-0"), (0, "marker-10")]
    ):
        row(number, age=age, classifier_id=classifier_id)
    assert purge_score_cache("marker-1") == 3
    assert sorted((today() - kept.used_on).days for kept in CachedScore.objects.all()) == [0, DAYS]
    assert purge_score_cache("marker-1") == 0


def test_over_the_limit_the_longest_unused_go(settings, monkeypatch):
    monkeypatch.setattr(score_cache, "PURGED_AT_ONCE", 2)
    settings.HEED_SCORE_CACHE_ROWS = 4
    for number in range(9):
        row(number, age=number)
    assert purge_score_cache("marker-1") == 5
    assert {(today() - kept.used_on).days for kept in CachedScore.objects.all()} == {0, 1, 2, 3}


def test_the_task_purges_for_the_classifier_in_use(monkeypatch):
    row(0)
    row(1, classifier_id="marker-0")
    monkeypatch.setattr("monitor.detection.tasks.get_classifier", MarkerClassifier)
    purge_cache()
    assert [kept.classifier_id for kept in CachedScore.objects.all()] == ["marker-1"]


# --- the scan --------------------------------------------------------------------------------------------


def hold(*texts: str, source: Source = Source.GMAIL) -> list[Held]:
    """One item per text, in hand and read."""
    account = make_account(make_site())
    for _ in texts:
        make_item(account, source=source, state=ItemState.PENDING, finished_at=None)
    readings = [
        Reading(
            Extraction(ExtractStatus.OK, "text/plain", (Span(SpanKind.NEW, text, "body"),)),
            Direction.WRITTEN,
            clock.now(),
            "Hi",
        )
        for text in texts
    ]
    return [Held(item, owner, reading) for (item, owner), reading in zip(take_items(len(texts)), readings, strict=True)]


def scan(held: list[Held], classifier: MarkerClassifier) -> ScanTally:
    tally = ScanTally()
    _score_batch(held, classifier, current_policy(), tally)
    return tally


def test_a_text_that_was_scored_before_is_looked_up_and_found_again():
    texts = ["The buses leave at three.", "A sign-violence here."]
    first, second = MarkerClassifier(), MarkerClassifier()
    assert scan(hold(*texts), first).findings == 1
    assert scan(hold(*texts, "Something new."), second).findings == 1
    assert (first.computed, second.computed) == (texts, ["Something new."])
    other = MarkerClassifier("marker-2")
    scan(hold(*texts), other)
    assert other.computed == texts


def test_neither_text_nor_account_is_in_the_database_for_what_was_not_flagged():
    (held,) = hold("The greenhouse opens at three.")
    scan([held], MarkerClassifier())
    assert CachedScore.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM detection_cachedscore")
        cells = [bytes(c) if isinstance(c, bytes | memoryview) else str(c).encode() for c in cursor.fetchone()]
    for clear in (b"greenhouse", held.item.account.address.encode(), held.item.account.google_id.encode()):
        assert clear not in b" ".join(cells)


@pytest.mark.parametrize("fails", ["read", "write", "both"])
def test_a_database_that_fails_does_not_stop_the_scoring(monkeypatch, caplog, fails):
    calls: list[str] = []

    def broken(what: str) -> object:
        def fail(*_: object, **__: object) -> None:
            calls.append(what)
            message = "greenhouse"
            raise OperationalError(message)

        return fail

    if fails in {"read", "both"}:
        monkeypatch.setattr(CachedScore.objects, "filter", broken("read"))
    if fails in {"write", "both"}:
        monkeypatch.setattr(CachedScore.objects, "bulk_create", broken("write"))
    tally = scan(hold("A sign-violence in the greenhouse.", "See you."), MarkerClassifier())
    assert (tally.scored, tally.findings, tally.postponed) == (2, 1, 0)
    assert Finding.objects.count() == 1
    assert calls == (["write"] if fails == "write" else ["read"])  # once in trouble it is left alone
    assert "OperationalError" in caplog.text
    assert "greenhouse" not in caplog.text


def test_a_text_that_breaks_the_classifier_does_not_keep_the_others_out_of_the_cache():
    scan(hold("One.", f"Two {BREAKS}.", "Three."), MarkerClassifier())
    again = MarkerClassifier()
    scan(hold("One.", "Three."), again)
    assert again.computed == []


def test_the_settings_switch_the_cache_and_the_first_pass_off(settings):
    asked = MarkerClassifier()
    scan(hold("See you."), asked)
    settings.HEED_SCORE_CACHE, settings.HEED_FIRST_PASS = False, False
    CachedScore.objects.all().delete()
    scan(hold("See you."), asked)
    assert asked.first_passes == [True, False]
    assert asked.computed == ["See you."] * 2
    assert not CachedScore.objects.exists()


def test_the_cache_is_written_even_where_the_batch_ends_in_an_error():
    def fail() -> None:
        with score_cache.score_cache("marker-1") as cache:
            assert isinstance(cache, CacheUse)
            cache.store.put_many({keys(1)[0]: b"1234"})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert CachedScore.objects.count() == 1

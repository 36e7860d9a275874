"""Scores of stretches of text that were computed before, kept in the database for every worker.

School mail repeats itself: one notice goes to a thousand mailboxes, every reply quotes what went before. A row holds
a keyed hash of the text, packed numbers and a day. Nothing here may stop the scoring: where the database fails, the
score is computed.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import islice

from django.conf import settings
from django.db import Error
from django.db.models import QuerySet

from models.cache import CacheUse
from monitor.detection.models import CachedScore
from monitor.lib import clock
from monitor.sealed.keys import derived_key

logger = logging.getLogger(__name__)

PURPOSE = "score cache"
DAYS = 90  # a row that was not used for so long goes
KEYS_AT_ONCE = 900  # in one query: SQLite takes 999 parameters
ROWS_AT_ONCE = 500
PURGED_AT_ONCE = 900  # in one statement, so that writers never wait long


class DatabaseScoreCache:
    """The cache as one batch of items sees it: read once, written once, in `flush`. Not for several threads."""

    def __init__(self, classifier_id: str) -> None:
        self._classifier_id = classifier_id
        self._today = clock.now().date()
        self._written: dict[bytes, bytes] = {}
        self._touched: dict[bytes, bytes] = {}
        self._works = True

    def get_many(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The values that are known, by key. Empty where the database fails."""
        found = {key: self._written[key] for key in keys if key in self._written}
        rest = iter([key for key in dict.fromkeys(keys) if key not in found])
        while self._works and (some := list(islice(rest, KEYS_AT_ONCE))):
            for key, value, used_on in self._read(some):
                found[key] = value
                if used_on < self._today:
                    self._touched[key] = value
        return found

    def put_many(self, entries: Mapping[bytes, bytes]) -> None:
        """Keep `entries` for this batch at once, and for everybody from `flush` on."""
        self._written.update(entries)

    def flush(self) -> None:
        """Write what was put, and that what was read is in use: one query in all, none where there is nothing."""
        entries = sorted((self._touched | self._written).items())  # in order, so that two workers cannot deadlock
        self._touched, self._written = {}, {}
        if not entries or not self._works:
            return
        rows = [
            CachedScore(key=key, classifier_id=self._classifier_id, value=value, used_on=self._today)
            for key, value in entries
        ]
        try:
            CachedScore.objects.bulk_create(
                rows, ROWS_AT_ONCE, update_conflicts=True, unique_fields=["key"], update_fields=["used_on"]
            )
        except Error as error:
            self._give_up(error)

    def _read(self, keys: list[bytes]) -> list[tuple[bytes, bytes, date]]:
        try:
            rows = list(CachedScore.objects.filter(key__in=keys).values_list("key", "value", "used_on"))
        except Error as error:
            self._give_up(error)
            return []
        return [(bytes(key), bytes(value), used_on) for key, value, used_on in rows]

    def _give_up(self, error: Error) -> None:
        """Not asked again in this batch: a database in trouble may take half a minute to say so."""
        self._works = False
        logger.warning("the score cache cannot be used (%s); scores are computed", type(error).__name__)


@contextmanager
def score_cache(classifier_id: str) -> Iterator[CacheUse | None]:
    """The cache for one batch, written back at the end; None where the settings switch it off."""
    if not settings.HEED_SCORE_CACHE:
        yield None
        return
    store = DatabaseScoreCache(classifier_id)
    try:
        yield CacheUse(secret=derived_key(PURPOSE), store=store)
    finally:
        store.flush()


def purge_score_cache(classifier_id: str) -> int:
    """Remove what was not used for `DAYS`, what other classifiers said, and the oldest rows over the limit.

    `classifier_id` is the classifier in use. Returns how many rows went. Statements are short: others write meanwhile.
    """
    oldest = clock.now().date() - timedelta(days=DAYS)
    purged = _purge(CachedScore.objects.filter(used_on__lt=oldest))
    purged += _purge(CachedScore.objects.exclude(classifier_id=classifier_id))
    return purged + _purge_excess(settings.HEED_SCORE_CACHE_ROWS)


def _purge(rows: QuerySet[CachedScore], most: int | None = None) -> int:
    """Remove `rows`, the longest unused first, `most` of them at most."""
    purged = 0
    while most is None or purged < most:
        room = PURGED_AT_ONCE if most is None else min(PURGED_AT_ONCE, most - purged)
        keys = [bytes(key) for key in rows.order_by("used_on").values_list("key", flat=True)[:room]]
        if not keys:
            break
        CachedScore.objects.filter(key__in=keys).delete()
        purged += len(keys)
    return purged


def _purge_excess(limit: int) -> int:
    excess = CachedScore.objects.count() - limit
    return _purge(CachedScore.objects.all(), excess) if excess > 0 else 0

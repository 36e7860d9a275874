"""Reads waiting items, scores their text and writes what crossed a threshold. Text lives in this call's memory only."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction

from models.classifier import TextScore
from models.panel import Scorer
from monitor.calendars.awake import is_awake
from monitor.detection.effective import policy_for
from monitor.detection.findings import build_findings
from monitor.detection.models import Finding, Scoring
from monitor.detection.panel import get_classifier
from monitor.detection.policy import current_policy
from monitor.detection.score_cache import score_cache
from monitor.domain.policy import Policy
from monitor.domain.source import CHANNELS
from monitor.domain.text import Span
from monitor.google.credentials import KeyFileError
from monitor.google.errors import AccessLost, PermanentError, TransientError
from monitor.intake.leases import release
from monitor.intake.ledger import Asleep, UsageTally
from monitor.intake.models import Item, ItemState
from monitor.intake.poll import failure_text
from monitor.intake.queue import finish, has_waiting, hold, postpone, take_items
from monitor.intake.quota import QuotaHeld
from monitor.intake.reading import Reading, Settled, Unreadable, read_item
from monitor.intake.text_memory import enter
from monitor.lib import clock

BATCH_ITEMS = 16  # how many items share one pass through the encoder
BATCH_CHARACTERS = 2_000_000  # and how much text may be in memory at once, whatever their number
ACCESS_DELAY_SECONDS = 3600.0

Pairs = list[tuple[Span, TextScore]]  # an item's spans in order, each with its scores


@dataclass(slots=True)
class ScanTally:
    """What one pass did, in items, and the findings it wrote."""

    scored: int = 0
    parked: int = 0
    asleep: int = 0
    postponed: int = 0
    settled: int = 0  # gone, or left out by a rule
    findings: int = 0

    @property
    def handled(self) -> int:
        """Items that were taken in hand."""
        return self.scored + self.parked + self.asleep + self.postponed + self.settled


@dataclass(frozen=True, slots=True)
class Held:
    """An item in hand, the lease it is held by, and its text."""

    item: Item
    owner: str
    reading: Reading


def score_pending(limit: int = BATCH_ITEMS, classifier: Scorer | None = None) -> ScanTally:
    """Take up to `limit` waiting items all the way to scored, parked or postponed. Bounded in items and memory.

    `classifier` is the one in use where none is given. Raises `ClassifierError` and `PolicyError` before any item is
    taken or fetched.
    """
    tally, usage = ScanTally(), UsageTally()
    if not has_waiting():
        return tally
    classifier, policy = classifier or get_classifier(), current_policy()
    try:
        for batch in _batches(_read_all(limit, tally, usage)):
            _score_batch(batch, classifier, policy, tally)
    finally:
        usage.flush()
    return tally


def _read_all(limit: int, tally: ScanTally, usage: UsageTally) -> Iterator[Held]:
    for item, owner in take_items(limit):
        reading = _read_or_settle(item, owner, tally, usage)
        if reading is not None:
            yield Held(item, owner, reading)


def _read_or_settle(item: Item, owner: str, tally: ScanTally, usage: UsageTally) -> Reading | None:
    """The item's text, or None after it was settled in another way."""
    try:
        return read_item(item, usage)
    except Asleep:
        _settle_asleep(item, owner, tally)
    except QuotaHeld as held:
        hold(item, owner, str(held), held.retry_after_seconds or 60.0)
        tally.postponed += 1
    except (AccessLost, TransientError, KeyFileError) as error:
        _postpone(item, owner, tally, failure_text(error, item.account), _delay_seconds(error))
    except Settled as end:
        tally.settled += finish(item, owner, end.state, str(end), attempts=item.attempts + 1)
    except (Unreadable, PermanentError) as error:
        _park(item, owner, tally, failure_text(error, item.account))
    except DatabaseError:
        raise  # no fault of the item's: its lease runs out and it is read again
    except Exception as error:  # noqa: BLE001 - one poisoned item must not stop the others; its reason is kept
        # The type alone: the message of an unforeseen error may quote the student's text.
        _park(item, owner, tally, f"could not be read: {type(error).__name__}")
    return None


def _delay_seconds(error: Exception) -> float | None:
    """How long to wait at least: what Google asked for, or long enough for a person to grant access again."""
    return ACCESS_DELAY_SECONDS if isinstance(error, AccessLost) else getattr(error, "retry_after_seconds", None)


def _settle_asleep(item: Item, owner: str, tally: ScanTally) -> None:
    """What is dated inside a break is never read; what merely waits while its site sleeps goes on waiting."""
    tally.asleep += 1
    if is_awake(item.account, clock.now()):
        finish(item, owner, ItemState.ASLEEP)
    else:
        release(item, owner)


def _park(item: Item, owner: str, tally: ScanTally, reason: str) -> None:
    tally.parked += finish(item, owner, ItemState.PARKED, reason, attempts=item.attempts + 1)


def _postpone(item: Item, owner: str, tally: ScanTally, reason: str, delay_seconds: float | None = None) -> None:
    state = postpone(item, owner, reason, delay_seconds)
    if state is ItemState.PARKED:
        tally.parked += 1
    else:
        tally.postponed += 1


def _batches(held: Iterator[Held]) -> Iterator[list[Held]]:
    batch: list[Held] = []
    characters = 0
    for one in held:
        batch.append(one)
        characters += sum(len(span.text) for span in one.reading.extraction.spans)
        if characters >= BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _score_batch(batch: list[Held], classifier: Scorer, policy: Policy, tally: ScanTally) -> None:
    for channel in dict.fromkeys(CHANNELS[held.item.source] for held in batch):
        of_channel = [held for held in batch if CHANNELS[held.item.source] == channel]
        try:
            pairs = _score(of_channel, channel, classifier)
        except Exception:  # noqa: BLE001 - one text that breaks the classifier must not hold up those beside it
            pairs = [pair for held in of_channel for pair in _score_alone(held, channel, classifier, tally)]
        for held, scored in pairs:
            _write(held, scored, classifier, policy, tally)


def _score(batch: list[Held], channel: str, classifier: Scorer) -> list[tuple[Held, Pairs]]:
    texts = [span.text for held in batch for span in held.reading.extraction.spans]
    with score_cache(classifier.id) as cache:
        scores = iter(classifier.score(texts, channel=channel, first_pass=settings.HEED_FIRST_PASS, cache=cache))
    return [(held, [(span, next(scores)) for span in held.reading.extraction.spans]) for held in batch]


def _score_alone(held: Held, channel: str, classifier: Scorer, tally: ScanTally) -> list[tuple[Held, Pairs]]:
    try:
        return _score([held], channel, classifier)
    except Exception as error:  # noqa: BLE001 - as above; the type alone, for the message may quote the text
        _postpone(held.item, held.owner, tally, f"could not be scored: {type(error).__name__}")
        return []


def _write(held: Held, pairs: Pairs, classifier: Scorer, policy: Policy, tally: ScanTally) -> None:
    """Scoring, findings and the item's end in one transaction, unless its site fell asleep meanwhile."""
    item, reading = held.item, held.reading
    policy = policy_for(item.account, policy)
    if not is_awake(item.account, clock.now()):
        release(item, held.owner)
        tally.asleep += 1
        return
    with transaction.atomic():
        end = finish(
            item,
            held.owner,
            ItemState.SCORED,
            reading.extraction.detail,
            occurred_at=reading.occurred_at,
            direction=reading.direction.value,
            attempts=item.attempts + 1,
        )
        if not end:
            return  # the lease was lost and another worker ended the item
        if reading.remembered is not None:
            enter(item, reading.remembered)
        findings = _record(held, pairs, classifier, policy)
    tally.scored += 1
    tally.findings += findings


def _record(held: Held, pairs: Pairs, classifier: Scorer, policy: Policy) -> int:
    scoring = Scoring(
        item=held.item,
        classifier_id=classifier.id,
        policy_version=policy.version,
        scores=_highest(pairs),
        characters=sum(len(span.text) for span, _ in pairs),
        scored_at=clock.now(),
    )
    try:
        with transaction.atomic():
            scoring.save()
    except IntegrityError:
        return 0  # this classifier scored this version before
    findings = build_findings(scoring, held.reading, pairs, classifier, policy)
    Finding.objects.bulk_create(findings)
    return len(findings)


def _highest(pairs: Pairs) -> dict[str, float]:
    highest: dict[str, float] = {}
    for _, score in pairs:
        for category, probability in score.scores.items():
            highest[category] = max(highest.get(category, 0.0), round(probability, 4))
    return highest

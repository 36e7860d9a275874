"""The classifiers read tips too: their word may make a case more urgent, never milder, and never decides anything."""

import logging
from collections.abc import Sequence

from django.conf import settings
from django.db import transaction

from models.classifier import TextScore
from models.panel import Scorer, verdict_of
from monitor.detection.panel import get_classifier
from monitor.detection.policy import current_policy
from monitor.detection.score_cache import score_cache
from monitor.domain.category import Category
from monitor.domain.policy import Policy
from monitor.domain.role import Role
from monitor.domain.severity import Severity, most_severe
from monitor.domain.strength import strength_of
from monitor.domain.text import SpanKind
from monitor.lib import clock
from monitor.tips.models import MessageDirection, TipMessage
from monitor.triage.reported import raise_severity

logger = logging.getLogger(__name__)

CHANNEL = "mail"  # whose thresholds hold: a tip is a short message
GIVE_UP_AFTER = 5


def score_messages(limit: int = 16, classifier: Scorer | None = None) -> int:
    """Score up to `limit` messages of reporters, oldest first; how many were handled.

    Doing it again, or at the same time, changes nothing. Raises `ClassifierError` and `PolicyError`.
    """
    waiting = list(
        TipMessage.objects.filter(direction=MessageDirection.FROM_REPORTER, scored_at=None)
        .select_related("case")
        .order_by("score_attempts", "id")[:limit]
    )
    if not waiting:
        return 0
    classifier, policy = classifier or get_classifier(), current_policy()
    for message in waiting:
        try:
            score = _score(classifier, [message.text])[0]
        except Exception as error:  # noqa: BLE001 - one text that breaks the classifier must not hold up the others
            _postpone(message, error)
            continue
        _write(message, score, classifier, policy)
    return len(waiting)


def _score(classifier: Scorer, texts: Sequence[str]) -> list[TextScore]:
    with score_cache(classifier.id) as cache:
        return classifier.score(texts, channel=CHANNEL, first_pass=settings.HEED_FIRST_PASS, cache=cache)


def _write(message: TipMessage, score: TextScore, classifier: Scorer, policy: Policy) -> None:
    severity = most_severe([_severity(score, name, classifier, policy) for name in score.flags])
    with transaction.atomic():
        TipMessage.objects.filter(pk=message.pk, scored_at=None).update(
            scored_at=clock.now(),
            scores={name: round(value, 4) for name, value in score.scores.items()},
            flags=list(score.flags),
            severity=severity.value if severity else "",
            classifier_id=classifier.id,
            policy_version=policy.version,
            score_error="",
        )
        if severity is not None:
            raise_severity(message.case, severity)


def _severity(score: TextScore, name: str, classifier: Scorer, policy: Policy) -> Severity:
    """What the policy makes of it. The reporter may write about themselves, so the words count as a student's own."""
    verdict = verdict_of(classifier, score, name, CHANNEL)
    strength = strength_of(verdict.probability, verdict.threshold)
    return policy.severity(Category(name), strength, SpanKind.NEW, role=Role.WRITTEN, level=score.levels.get(name))


def _postpone(message: TipMessage, error: Exception) -> None:
    """Try again at the next tick, a few times; then say on the page that no classifier has read it."""
    attempts = message.score_attempts + 1
    kind = type(error).__name__  # the type alone: its message might quote the text
    given_up = {"scored_at": clock.now()} if attempts >= GIVE_UP_AFTER else {}
    TipMessage.objects.filter(pk=message.pk, scored_at=None).update(
        score_attempts=attempts, score_error=f"could not be scored: {kind}", **given_up
    )
    logger.warning("message %s of a tip could not be scored: %s", message.public_id, kind)

"""From scores to findings: which spans count, how urgent they are, and the sealed excerpt that people will read."""

import json
import re
from datetime import timedelta

from django.conf import settings

from models.classifier import Classifier, ScoredSpan, TextScore
from monitor.detection.models import Finding, Scoring
from monitor.domain.category import Category
from monitor.domain.policy import Policy
from monitor.domain.source import Source
from monitor.domain.text import Span, SpanKind
from monitor.intake.reading import Reading
from monitor.lib import clock
from monitor.sealed.keys import blind_index

NEIGHBOURS = 600  # characters kept before the first and after the last marked passage
EXCERPT_LIMIT = 6000


def build_findings(
    scoring: Scoring,
    reading: Reading,
    pairs: list[tuple[Span, TextScore]],
    classifier: Classifier,
    policy: Policy,
) -> list[Finding]:
    """The findings (unsaved) of one item: one for each span and category over the alert threshold.

    A passage that this account was flagged for before is left out where it is only repeated: quoted in a reply, or
    still standing in a document that changed elsewhere.
    """
    findings = []
    for number, (span, score) in enumerate(pairs):
        for name in score.flags:
            finding = _finding(scoring, reading, span, score, Category(name), policy)
            finding.span_number, finding.threshold = number, classifier.thresholds[name]["alert"]
            if not _is_repeated(finding):
                findings.append(finding)
    return findings


def _finding(
    scoring: Scoring, reading: Reading, span: Span, score: TextScore, category: Category, policy: Policy
) -> Finding:
    item, now = scoring.item, clock.now()
    marks = [mark for mark in score.spans if mark.category == category.value]
    site = item.account.site
    if site is None:
        message = "an account without a site is never scored"
        raise ValueError(message)
    return Finding(
        scoring=scoring,
        account=item.account,
        site=site,
        source=item.source,
        category=category.value,
        probability=score.scores[category.value],
        severity=policy.severity(category, score.scores[category.value], span.kind).value,
        direction=reading.direction.value,
        span_kind=span.kind.value,
        excerpt=build_excerpt(span, marks, reading.title),
        excerpt_index=blind_index(f"{category.value}:{_passage(span, marks)}"),
        occurred_at=reading.occurred_at,
        found_at=now,
        purge_on=(now + timedelta(days=settings.HEED_RETENTION_DAYS)).date(),
        classifier_id=scoring.classifier_id,
        policy_version=scoring.policy_version,
    )


def build_excerpt(span: Span, marks: list[ScoredSpan], title: str) -> str:
    """The marked passages with their neighbours, as the JSON that a `Finding` seals."""
    first = min((mark.start for mark in marks), default=0)
    last = max((mark.end for mark in marks), default=min(len(span.text), EXCERPT_LIMIT))
    start = max(0, first - NEIGHBOURS)
    end = min(len(span.text), last + NEIGHBOURS, start + EXCERPT_LIMIT)
    inside = [[mark.start - start, min(mark.end, end) - start] for mark in marks if mark.start < end]
    return json.dumps(
        {"text": span.text[start:end], "marks": sorted(inside), "part": span.part or span.kind.value, "title": title}
    )


def _passage(span: Span, marks: list[ScoredSpan]) -> str:
    text = " ".join(span.text[mark.start : mark.end] for mark in sorted(marks, key=lambda mark: mark.start))
    return re.sub(r"\W+", " ", (text or span.text).casefold()).strip()


def _is_repeated(finding: Finding) -> bool:
    repeats = finding.span_kind == SpanKind.QUOTED or finding.source == Source.DRIVE
    return (
        repeats and Finding.objects.filter(account_id=finding.account_id, excerpt_index=finding.excerpt_index).exists()
    )

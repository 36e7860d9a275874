"""From scores to findings: which spans count, how urgent they are, and the sealed excerpt that people will read."""

import json
import re
from datetime import timedelta

from django.conf import settings

from models.classifier import ScoredSpan, TextScore
from models.panel import Scorer, Verdict, verdict_of
from monitor.detection.circumstances import circumstances_of, own_verdict
from monitor.detection.conversation import as_spoken, split_marks
from monitor.detection.models import Finding, Scoring
from monitor.domain.category import Category
from monitor.domain.policy import Policy
from monitor.domain.role import role_of
from monitor.domain.severity_rules import apply_rules
from monitor.domain.source import CHANNELS, Source
from monitor.domain.strength import strength_of
from monitor.domain.text import Span, SpanKind
from monitor.intake.models import Item
from monitor.intake.reading import Reading
from monitor.lib import clock
from monitor.sealed.keys import blind_index

NEIGHBOURS = 600  # characters kept before the first and after the last marked passage
EXCERPT_LIMIT = 6000
REMEMBERED = 200  # findings of one account and category whose passages are compared


def build_findings(
    scoring: Scoring,
    reading: Reading,
    pairs: list[tuple[Span, TextScore]],
    classifier: Scorer,
    policy: Policy,
) -> list[Finding]:
    """The findings (unsaved) of one item: one for each span and category over the alert threshold.

    A passage that this account was flagged for before is left out where it is only repeated: quoted in a reply, or
    still standing in a document that changed elsewhere.
    """
    findings, channel, said = [], CHANNELS[scoring.item.source], set[tuple[str, str]]()
    for number, (span, score) in enumerate(pairs):
        for name in score.flags:
            marks = [mark for mark in score.spans if mark.category == name]
            verdict = own_verdict(classifier, verdict_of(classifier, score, name, channel), (name, channel), policy)
            if verdict is None:
                continue  # another account's policy asked for more than this one's
            fresh = _news(scoring.item, span, name, marks)
            if fresh is None or (span.part, name) in said:
                continue
            if span.turns and any(turn.is_new and turn.start < mark.end for turn in span.turns for mark in fresh):
                said.add(("message", name))  # the message alone would tell the same once more
            finding = _finding(scoring, reading, span, Category(name), fresh)
            finding.span_number = number
            _judge(finding, verdict, score.levels.get(name), policy)
            findings.append(finding)
    return findings


def _finding(scoring: Scoring, reading: Reading, span: Span, category: Category, marks: list[ScoredSpan]) -> Finding:
    item, now = scoring.item, clock.now()
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
        direction=reading.direction.value,
        span_kind=span.kind.value,
        role=role_of(reading.direction, span.kind).value,
        excerpt=build_excerpt(span, marks, reading.title),
        excerpt_index=_index(category.value, span, marks),
        occurred_at=reading.occurred_at,
        found_at=now,
        purge_on=(now + timedelta(days=settings.HEED_RETENTION_DAYS)).date(),
        policy_version=scoring.policy_version,
    )


def _judge(finding: Finding, verdict: Verdict, level: int | None, policy: Policy) -> None:
    """Write into `finding` who flagged it, how strongly and at which level, and what the policy makes of that."""
    finding.classifier_id = verdict.classifier_id
    finding.probability, finding.threshold = verdict.probability, verdict.threshold
    finding.level = level
    severity = policy.severity(
        Category(finding.category),
        strength_of(verdict.probability, verdict.threshold),
        SpanKind(finding.span_kind),
        role=finding.speaker,
        level=level,
    )
    if policy.severity_rules:
        severity, finding.rules = apply_rules(policy.severity_rules, severity, circumstances_of(finding, policy))
    finding.severity = severity.value


def build_excerpt(span: Span, marks: list[ScoredSpan], title: str) -> str:
    """The marked passages with their neighbours, as the JSON that a `Finding` seals."""
    if span.turns:
        text, places, heads = as_spoken(span, marks)
        kept = [[start, min(end, EXCERPT_LIMIT)] for start, end in places if start < EXCERPT_LIMIT]
        whole = [head for head in heads if head[1] <= EXCERPT_LIMIT]
        found = {"text": text[:EXCERPT_LIMIT], "marks": kept, "part": span.part, "title": title, "speakers": whole}
        return json.dumps(found)
    first = min((mark.start for mark in marks), default=0)
    last = max((mark.end for mark in marks), default=min(len(span.text), EXCERPT_LIMIT))
    start = max(0, first - NEIGHBOURS)
    end = min(len(span.text), last + NEIGHBOURS, start + EXCERPT_LIMIT)
    inside = [[mark.start - start, min(mark.end, end) - start] for mark in marks if mark.start < end]
    return json.dumps(
        {"text": span.text[start:end], "marks": sorted(inside), "part": span.part or span.kind.value, "title": title}
    )


def _index(category: str, span: Span, marks: list[ScoredSpan]) -> str:
    text = " ".join(span.text[mark.start : mark.end] for mark in sorted(marks, key=lambda mark: mark.start))
    return blind_index(f"{category}:{_plain(text or span.text)}")


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text.casefold()).strip()


def _news(item: Item, span: Span, category: str, marks: list[ScoredSpan]) -> list[ScoredSpan] | None:
    """As `_unreported`; of a conversation only the marks on what this person says, in the new message or before it."""
    if not span.turns:
        return _unreported(item, span, category, marks)
    new, older = split_marks(span, marks)
    if new:
        return _unreported(item, span, category, new)
    fresh = _only_unknown(item, span, category, older) if older else None
    return fresh or None


def _unreported(item: Item, span: Span, category: str, marks: list[ScoredSpan]) -> list[ScoredSpan] | None:
    """The marks that are news about this account; None where `span` only repeats what was reported."""
    is_changed = item.source == Source.DRIVE or (item.source == Source.CHAT and bool(item.version))
    if span.kind is not SpanKind.QUOTED and not is_changed:
        return marks
    return _only_unknown(item, span, category, marks)


def _only_unknown(item: Item, span: Span, category: str, marks: list[ScoredSpan]) -> list[ScoredSpan] | None:
    before = Finding.objects.filter(account_id=item.account_id, category=category)
    if before.filter(excerpt_index=_index(category, span, marks)).exists():
        return None
    known = {
        _plain(excerpt["text"][start:end])
        for excerpt in map(json.loads, before.order_by("-id").values_list("excerpt", flat=True)[:REMEMBERED])
        for start, end in excerpt["marks"]
    }
    fresh = [mark for mark in marks if _plain(span.text[mark.start : mark.end]) not in known]
    return fresh if fresh or not marks else None

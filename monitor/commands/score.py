"""`worker.py score [FILE or -]`: JSON lines of text in, JSON lines of scores out, in bounded memory."""

import argparse
import json
import sys
import tomllib
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, BinaryIO

from models.categories import CATEGORIES, CHANNELS, ClassifierError
from models.classifier import TextScore
from models.panel import Scorer, load_panel, verdict_of
from models.panel_spec import parse_members
from monitor.commands.lines import LINE_BYTES, batches_of_lines
from monitor.domain.category import Category
from monitor.domain.policy import Policy, PolicyError, parse_policy
from monitor.domain.severity import most_severe
from monitor.domain.strength import strength_of
from monitor.domain.text import Span, SpanKind
from monitor.extract.quotation import split_quotation

Pairs = list[tuple[Span, TextScore]]  # a line's parts in order, each with its scores

POLICY_FILE = Path(__file__).resolve().parents[2] / "config" / "policy.toml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "file", nargs="?", default="-", help='JSON lines {"id":…,"text":…,"channel":…}; - is standard input'
    )
    parser.add_argument("--raw", action="store_true", help="score the text as it is, without quotation handling")
    parser.add_argument("--channel", choices=CHANNELS, default="mail", help="of lines that name none themselves")
    parser.add_argument("--policy", type=Path, default=POLICY_FILE, help="gives the severity, and further classifiers")
    parser.add_argument(
        "--first-pass",
        action="store_true",
        help="let the cheap first pass settle what is clearly ordinary, as a worker does; its scores are then rough",
    )


def run(arguments: argparse.Namespace) -> int:
    """Score every line; a bad line gives an error line and the rest goes on."""
    try:
        policy = parse_policy(tomllib.loads(arguments.policy.read_text(encoding="utf-8")))
        members = parse_members(policy.panel, arguments.policy.parent)
        with _opened(arguments.file) as source:
            _stream(source, load_panel(members, policy.sensitivity), policy, arguments)
    except (ClassifierError, PolicyError, OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        print(f"score: {error}", file=sys.stderr)
        return 2
    return 0


def _opened(name: str) -> AbstractContextManager[BinaryIO]:
    return nullcontext(sys.stdin.buffer) if name == "-" else Path(name).open("rb")


def _stream(source: BinaryIO, classifier: Scorer, policy: Policy, arguments: argparse.Namespace) -> None:
    for lines in batches_of_lines(source):
        records = [_read(line, arguments.channel) for line in lines if line.strip()]
        for result in _score(records, classifier, policy, arguments):
            print(json.dumps(result))
        sys.stdout.flush()


def _read(line: bytes, channel: str) -> dict[str, Any]:
    """A line's id, text and channel, or its id and what is wrong with it. `channel` is that of a line without one."""
    if len(line) > LINE_BYTES:
        return {"id": None, "error": f"the line is longer than {LINE_BYTES} bytes and was not read"}
    try:
        record = json.loads(line, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        return {"id": None, "error": f"not a JSON line: {error}"}
    if not isinstance(record, dict):
        return {"id": None, "error": 'not a JSON object: write {"id": …, "text": …}'}
    if not isinstance(record.get("text"), str):
        return {"id": record.get("id"), "error": "`text` is missing or is not a text"}
    if record.get("channel", channel) not in CHANNELS:
        return {"id": record.get("id"), "error": f"`channel` must be one of {', '.join(CHANNELS)}"}
    return {"id": record.get("id"), "text": record["text"], "channel": record.get("channel", channel)}


def _refuse_constant(name: str) -> None:
    message = f"{name} is not JSON"
    raise ValueError(message)


def _score(
    records: list[dict[str, Any]], classifier: Scorer, policy: Policy, arguments: argparse.Namespace
) -> Iterator[dict[str, Any]]:
    """One answer per record, in order; those of one channel share a pass through the classifier."""
    pairs: dict[int, Pairs] = {}
    good = [(place, record) for place, record in enumerate(records) if "error" not in record]
    for channel in dict.fromkeys(record["channel"] for _, record in good):
        spans = [
            (place, span)
            for place, record in good
            if record["channel"] == channel
            for span in _spans(record["text"], raw=arguments.raw)
        ]
        scores = classifier.score([span.text for _, span in spans], channel=channel, first_pass=arguments.first_pass)
        for (place, span), score in zip(spans, scores, strict=True):
            pairs.setdefault(place, []).append((span, score))
    for place, record in enumerate(records):
        yield record if "error" in record else _result(record, pairs.get(place, []), classifier, policy)


def _spans(text: str, *, raw: bool) -> list[Span]:
    return [Span(SpanKind.NEW, text)] if raw or not text.strip() else split_quotation(text)


def _result(record: dict[str, Any], pairs: Pairs, classifier: Scorer, policy: Policy) -> dict[str, Any]:
    highest = {name: round(max((score.scores[name] for _, score in pairs), default=0.0), 6) for name in CATEGORIES}
    severities, levels = [], dict[str, int]()
    for span, score in pairs:
        for name in score.flags:
            level = score.levels.get(name)
            verdict = verdict_of(classifier, score, name, record["channel"])
            strength = strength_of(verdict.probability, verdict.threshold)
            severities.append(policy.severity(Category(name), strength, span.kind, level=level))
            if level:
                levels[name] = max(level, levels.get(name, 0))
    severity = most_severe(severities)
    return {
        "id": record["id"],
        "scores": highest,
        "flags": [name for name in CATEGORIES if any(name in score.flags for _, score in pairs)],
        "severity": severity.value if severity else None,
        "levels": {name: levels[name] for name in CATEGORIES if name in levels},
        "spans": _marks(pairs),
        "classifier": classifier.id,
    }


def _marks(pairs: Pairs) -> list[dict[str, Any]]:
    """The spans that carry the flags, as offsets into the whole text: its parts stand in it one after the other."""
    marks, offset = [], 0
    for span, score in pairs:
        marks += [
            {"start": offset + mark.start, "end": offset + mark.end, "category": mark.category} for mark in score.spans
        ]
        offset += len(span.text)
    return marks

"""`worker.py score [FILE or -]`: JSON lines of text in, JSON lines of scores out, in bounded memory."""

import argparse
import json
import sys
import tomllib
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, BinaryIO

from models.categories import CATEGORIES, ClassifierError
from models.classifier import Classifier, TextScore, Thresholds, load_classifier
from monitor.commands.lines import LINE_BYTES, batches_of_lines
from monitor.domain.category import Category
from monitor.domain.policy import Policy, PolicyError, parse_policy
from monitor.domain.severity import most_severe
from monitor.domain.strength import strength_of
from monitor.domain.text import Span, SpanKind
from monitor.extract.quotation import split_quotation

POLICY_FILE = Path(__file__).resolve().parents[2] / "config" / "policy.toml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("file", nargs="?", default="-", help='JSON lines {"id":…,"text":…}; - is standard input')
    parser.add_argument("--raw", action="store_true", help="score the text as it is, without quotation handling")
    parser.add_argument("--channel", choices=["mail", "document", "chat"], default="mail")
    parser.add_argument("--policy", type=Path, default=POLICY_FILE, help="the policy that gives the severity")


def run(arguments: argparse.Namespace) -> int:
    """Score every line; a bad line gives an error line and the rest goes on."""
    try:
        policy = parse_policy(tomllib.loads(arguments.policy.read_text(encoding="utf-8")))
        with _opened(arguments.file) as source:
            _stream(source, load_classifier(), policy, arguments)
    except (ClassifierError, PolicyError, OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        print(f"score: {error}", file=sys.stderr)
        return 2
    return 0


def _opened(name: str) -> AbstractContextManager[BinaryIO]:
    return nullcontext(sys.stdin.buffer) if name == "-" else Path(name).open("rb")


def _stream(source: BinaryIO, classifier: Classifier, policy: Policy, arguments: argparse.Namespace) -> None:
    for lines in batches_of_lines(source):
        records = [_read(line) for line in lines if line.strip()]
        for result in _score(records, classifier, policy, arguments):
            print(json.dumps(result))
        sys.stdout.flush()


def _read(line: bytes) -> dict[str, Any]:
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
    return {"id": record.get("id"), "text": record["text"]}


def _refuse_constant(name: str) -> None:
    message = f"{name} is not JSON"
    raise ValueError(message)


def _score(
    records: list[dict[str, Any]], classifier: Classifier, policy: Policy, arguments: argparse.Namespace
) -> Iterator[dict[str, Any]]:
    thresholds = classifier.thresholds[arguments.channel]
    spans = [[] if "error" in record else _spans(record["text"], raw=arguments.raw) for record in records]
    texts = [span.text for of_record in spans for span in of_record]
    scores = iter(classifier.score(texts, channel=arguments.channel))
    for record, of_record in zip(records, spans, strict=True):
        pairs = [(span, next(scores)) for span in of_record]
        yield record if "error" in record else _result(record["id"], pairs, (classifier.id, thresholds), policy)


def _spans(text: str, *, raw: bool) -> list[Span]:
    return [Span(SpanKind.NEW, text)] if raw or not text.strip() else split_quotation(text)


def _result(
    record_id: object, pairs: list[tuple[Span, TextScore]], used: tuple[str, Thresholds], policy: Policy
) -> dict[str, Any]:
    classifier, thresholds = used
    highest = {name: round(max((score.scores[name] for _, score in pairs), default=0.0), 6) for name in CATEGORIES}
    flags = [name for name in CATEGORIES if any(name in score.flags for _, score in pairs)]
    severity = most_severe(
        [
            policy.severity(
                Category(name), strength_of(score.scores[name], thresholds[name]["alert"]), span.kind
            )
            for span, score in pairs
            for name in score.flags
        ]
    )
    return {
        "id": record_id,
        "scores": highest,
        "flags": flags,
        "severity": severity.value if severity else None,
        "spans": _marks(pairs),
        "classifier": classifier,
    }


def _marks(pairs: list[tuple[Span, TextScore]]) -> list[dict[str, Any]]:
    """The spans that carry the flags, as offsets into the whole text: its parts stand in it one after the other."""
    marks, offset = [], 0
    for span, score in pairs:
        marks += [
            {"start": offset + mark.start, "end": offset + mark.end, "category": mark.category} for mark in score.spans
        ]
        offset += len(span.text)
    return marks

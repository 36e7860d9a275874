"""`worker.py bench NAME`: how fast something is, as ratios against a named baseline inside one run."""

import argparse
import json
import random
import time
from collections.abc import Callable
from typing import Any

from models.classifier import Classifier, load_classifier

TEXTS = 400
ROUNDS = 3
SEED = 7
OPENINGS = ("Hi everybody,", "Dear Ms Alvarez,", "hey", "Team,", "Reminder:")
SENTENCES = (
    "the bus leaves at seven so please be at the gate ten minutes earlier.",
    "can somebody send me the notes from history, I was at the dentist.",
    "this homework is killing me, chapter nine has forty problems.",
    "our lab report is due on Friday and the graph still has no labels.",
    "rehearsal moves to the gym because the hall is being painted.",
    "thanks for helping me with the poster, it looks great now.",
    "the chess club meets on Thursday at three, new players are welcome.",
    "I think the second paragraph should come first, what do you think?",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("name", choices=["scoring"], help="what to measure")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines")


def run(arguments: argparse.Namespace) -> int:
    """Measure and print; nothing is judged."""
    figures = bench_scoring()
    if arguments.json:
        print(json.dumps(figures))
        return 0
    for name, value in figures.items():
        print(f"{name:<28} {value}")
    return 0


def bench_scoring() -> dict[str, Any]:
    """Scoring in batches sorted by length, beside the same classifier given one text at a time (fp32 both)."""
    classifier, texts = load_classifier(), _texts()
    classifier.score(texts[:32])  # the first pass also allocates; it is not counted
    ratios, rates = [], []
    for _ in range(ROUNDS):  # in turn, so that a machine that slows down slows both
        alone = _seconds(lambda: _one_by_one(classifier, texts))
        together = _seconds(lambda: classifier.score(texts))
        ratios.append(alone / together)
        rates.append(len(texts) / together)
    return {
        "name": "scoring",
        "classifier": classifier.id,
        "baseline": "one text at a time, fp32",
        "texts": len(texts),
        "rounds": ROUNDS,
        "texts_per_second": round(sorted(rates)[ROUNDS // 2], 1),
        "ratio": round(sorted(ratios)[ROUNDS // 2], 2),
        "ratio_lowest": round(min(ratios), 2),
        "ratio_highest": round(max(ratios), 2),
    }


def _texts() -> list[str]:
    """Ordinary invented messages of one to twelve sentences, no two alike."""
    chance = random.Random(SEED)  # noqa: S311 - the same texts each time, nothing secret
    return [
        " ".join([chance.choice(OPENINGS), *chance.choices(SENTENCES, k=chance.randint(1, 12)), f"({number})"])
        for number in range(TEXTS)
    ]


def _one_by_one(classifier: Classifier, texts: list[str]) -> None:
    for text in texts:
        classifier.score([text])


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started

"""Scoring, measured beside the plain `transformers` pipeline on the same classifier, texts and machine, in one run."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.cache import CacheUse, MemoryCache
from models.classifier import Classifier, load_classifier
from models.processors import usable_processors
from monitor.commands.bench_texts import day_texts, unseen_texts
from monitor.commands.lines import LINES_AT_ONCE

WORKER = Path(__file__).resolve().parents[2] / "worker.py"
BASELINE = "transformers text-classification pipeline, fp32, batch 1"
SHORT = 300  # characters that surely fit one window: there both must give the same logits


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured: texts never seen before, texts of a school day, texts of the memory figure, rounds."""

    unseen: int = 200
    day: int = 600
    memory: int = 2000
    rounds: int = 3


class Baseline:
    """The pipeline in a process of its own, with the settings that it has by default."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def ask(self, line: str) -> Any:
        """The answer to one line. Raises `RuntimeError` when the process has ended."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the baseline has no pipes")
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # the missing answer tells
        answer = self._process.stdout.readline()
        if not answer:
            message = "the baseline's process has ended; run `python -m monitor.commands.bench_baseline` to see why"
            raise RuntimeError(message)
        return json.loads(answer)


@contextmanager
def baseline(texts: Sequence[str], threads: int) -> Iterator[Baseline]:
    """A baseline that has its texts and is warm."""
    settings = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}  # worker.py sets it
    command = [sys.executable, "-m", "monitor.commands.bench_baseline"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=WORKER.parent, env=settings
    ) as process:
        made = Baseline(process)
        made.ask(json.dumps({"texts": list(texts), "threads": threads}))
        yield made


def bench_scoring(sizes: Sizes, texts: Sequence[str] | None = None) -> dict[str, Any]:
    """Texts per second and ratios (median, lowest, highest over the rounds), and the memory of a fresh process.

    `texts` takes the place of the invented messages, for all but the school day. Raises `ClassifierError`.
    """
    classifier, threads = load_classifier(), usable_processors()
    unseen = list(texts) if texts else unseen_texts(sizes.unseen)
    day, kinds = day_texts(sizes.day)
    classifier.score(unseen[:32])  # the first call also allocates; it is not counted
    figures: dict[str, Any] = {
        "name": "scoring",
        "classifier": classifier.id,
        "precision": classifier.precision,
        "threads": threads,
        "rounds": sizes.rounds,
        "baseline": BASELINE,
    }
    with baseline(unseen, threads) as plain:
        whole = _compared(unseen, plain, lambda: classifier.score(unseen), sizes.rounds)
        figures["whole"] = whole | {
            "largest_difference": _difference(classifier, unseen, plain),
            "read_twice": classifier.read_twice(unseen),
        }
        passed = _compared(unseen, plain, lambda: classifier.score(unseen, first_pass=True), sizes.rounds)
        figures["first_pass"] = passed | {"let_through": classifier.let_through(unseen)}
    with baseline(day, threads) as plain:
        uses: list[CacheUse] = []
        figures["day"] = _compared(day, plain, lambda: uses.append(_day(classifier, day)), sizes.rounds)
        figures["day"] |= {"repeated": round(uses[0].hits / (uses[0].hits + uses[0].misses), 3), "texts_of": kinds}
    return figures | {"memory_mib": peak_memory(unseen_texts(sizes.memory)), "memory_texts": sizes.memory}


def _compared(texts: Sequence[str], plain: Baseline, work: Callable[[], object], rounds: int) -> dict[str, Any]:
    """Both in turn, so that a machine that slows down slows both."""
    ratios, rates, plain_rates = [], [], []
    for _ in range(rounds):
        plain_seconds = plain.ask("go")["seconds"]
        started = time.perf_counter()
        work()
        seconds = time.perf_counter() - started
        ratios.append(plain_seconds / seconds)
        rates.append(len(texts) / seconds)
        plain_rates.append(len(texts) / plain_seconds)
    return {
        "texts": len(texts),
        "baseline_texts_per_second": round(statistics.median(plain_rates), 1),
        "texts_per_second": round(statistics.median(rates), 1),
        "ratio": round(statistics.median(ratios), 2),
        "ratio_lowest": round(min(ratios), 2),
        "ratio_highest": round(max(ratios), 2),
    }


def _day(classifier: Classifier, texts: Sequence[str]) -> CacheUse:
    """The day's texts as they come, some dozens at a time, from an empty cache in memory."""
    use = CacheUse(os.urandom(32), MemoryCache(1_000_000))
    for first in range(0, len(texts), LINES_AT_ONCE):
        classifier.score(texts[first : first + LINES_AT_ONCE], first_pass=True, cache=use)
    return use


def _difference(classifier: Classifier, texts: Sequence[str], plain: Baseline) -> float | None:
    """How far the two classifiers' logits lie apart at most, where a text is a single window for both."""
    short = [number for number, text in enumerate(texts) if len(text) < SHORT]
    if not short:
        return None
    wanted = np.array(plain.ask("go")["logits"])[short]
    return round(float(np.abs(classifier.logits([texts[number] for number in short]) - wanted).max()), 4)


def peak_memory(texts: Sequence[str]) -> int:
    """Peak resident memory, in MiB, of a fresh `worker.py score` over `texts`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "texts.jsonl"
        path.write_text("".join(json.dumps({"id": i, "text": text}) + "\n" for i, text in enumerate(texts)), "utf-8")
        process = subprocess.Popen([sys.executable, str(WORKER), "score", str(path)], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        message = f"`worker.py score` ended with {process.returncode}"
        raise RuntimeError(message)
    return usage.ru_maxrss // 1024

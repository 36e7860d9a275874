"""Comparing ways to train, honestly: the same rows and passes for each, judged on groups and on sources never seen.

Each variant differs from the default settings, without a teacher, in one thing. `insults` (bullying), `gab` (violence),
`tsid` and `sdcnl` (self-harm) are left out of training altogether and stand for text that nobody here trained on.
"""

import json
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.categories import CATEGORIES
from models.encoder import build_tokenizer, read_encoder
from models.evaluation.figures import area_under_curve, average_precision
from models.processors import usable_processors
from models.training.chance import seeded
from models.training.domain_words import adapt_to_domain
from models.training.letters import letter_logits, train_letters
from models.training.network import Learner, Settings, window_logits
from models.training.opinions import with_opinions
from models.training.rows import Row
from models.training.sampling import DRAW_SEED, draw_epoch
from models.training.splits import load_sets, split_rows
from models.training.synthetic import load_synthetic
from models.training.train import train

UNSEEN = {"insults": "bullying", "gab": "violence", "tsid": "self_harm", "sdcnl": "self_harm"}
"""Sources that no variant trains on → the category they answer."""

VARIANTS: Mapping[str, dict[str, Any]] = {
    "shipped settings": {},
    "shipped settings, other seed": {"seed": 18},
    "adapters of rank 32": {"tuning": "adapters"},
    "mean pooling": {"pooling": "mean"},
    "focal loss": {"loss": "focal"},
    "class-balanced loss": {"loss": "balanced"},
    "no side questions": {"side": 0.0},
    "dropout 0.1": {"dropout": 0.1},
    "last weights, no running mean": {"average": 0.0},
    "twice the learning rate": {"body_rate": 1.6e-4},
    "no early heads": {"early": 0.0},
    "a teacher's opinions as chances": {"matching": 0.0},
    "a teacher's opinions, logits matched": {},
}

TAUGHT = ("a teacher's opinions as chances", "a teacher's opinions, logits matched")
"""Variants that hear the teacher. It had read the unseen sources, so the others do not. Nobody hears readings: without
these sources a draw comes out otherwise.
"""

PER_SOURCE, PER_UNSEEN = 400, 1500
CHECK_BUDGET = 4096

Logits = NDArray[np.float64]

_SHIPPED, _SEED, _LETTERS = "shipped settings", "shipped settings, other seed", "letters alone (linear, 3 to 5 letters)"
_HIDDEN = "hidden words guessed first"
MIXTURES: Mapping[str, tuple[tuple[str, float], ...]] = {
    "mean of two seeds (what distilling an ensemble could give at most)": ((_SHIPPED, 0.5), (_SEED, 0.5)),
    "shipped settings + 0.3 letters": ((_SHIPPED, 1.0), (_LETTERS, 0.3)),
}


def compare(data: Path, out: Path, *, share: float, names: Sequence[str] = ()) -> None:
    """Train each variant on `share` of one epoch and write `ablation.json` and `ablation.md` into `out`.

    `names` picks variants; mixtures need the variants that they mix. Takes about three minutes per variant at 0.25.
    Raises `DataError` when the data are absent.
    """
    splits, own = split_rows(load_sets(data)), load_synthetic()
    rows = [row for row in splits["train"] if row.source not in UNSEEN]
    check = check_rows(splits, own["dev"])
    results: dict[str, dict[str, Any]] = {}
    made: dict[str, Logits] = {}
    for name in names or (*VARIANTS, _HIDDEN, _LETTERS):
        started = time.monotonic()
        made[name] = _trained(name, rows, own["train"], check, share)
        results[name] = {"minutes": round((time.monotonic() - started) / 60, 1), **figures_of(check, made[name])}
        sys.stderr.write(f"{name}: {json.dumps(results[name])}\n")
        for mixture, parts in MIXTURES.items():
            if mixture not in results and all(part in made for part, _ in parts):
                mixed = np.sum([weight * made[part] for part, weight in parts], axis=0)
                results[mixture] = {"minutes": None, **figures_of(check, mixed)}
        out.mkdir(parents=True, exist_ok=True)
        (out / "ablation.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        (out / "ablation.md").write_text(render(results, share), encoding="utf-8")


def _trained(name: str, rows: Sequence[Row], own: Sequence[Row], check: Sequence[Row], share: float) -> Logits:
    """Logits on `check` of the variant `name`, trained on `rows` and `own`."""
    base = Settings(epochs=1, minutes=60.0, share=share, threads=usable_processors())
    if name == _LETTERS:
        return letter_logits(train_letters(draw_epoch(rows, own, 0, DRAW_SEED)), check)

    def guess_words(learner: Learner) -> None:
        adapt_to_domain(learner, seeded(3).sample(list(rows), int(len(rows) * share * 0.5)), base)

    if name in TAUGHT:
        rows = with_opinions(rows)
    else:
        base = replace(base, opinions=0.0)
    with tempfile.TemporaryDirectory() as folder:
        start = guess_words if name == _HIDDEN else None
        learner = train(rows, own, Path(folder), replace(base, **VARIANTS.get(name, {})), start=start)
    return check_logits(learner, check)


def check_rows(splits: Mapping[str, Sequence[Row]], own: Sequence[Row]) -> list[Row]:
    """Held-out groups of every seen source, rows of the unseen sources, and our own held-out families."""
    chance = seeded(3)
    by_source: dict[str, list[Row]] = defaultdict(list)
    for row in [*splits["tune"], *(row for row in splits["train"] if row.source in UNSEEN)]:
        by_source[row.source].append(row)
    picked: list[Row] = []
    for source, members in sorted(by_source.items()):
        chance.shuffle(members)
        picked += members[: PER_UNSEEN if source in UNSEEN else PER_SOURCE]
    return [row for row in [*picked, *own] if row.text.strip()]


def check_logits(learner: Learner, rows: Sequence[Row]) -> Logits:
    """Logits (rows, categories) of the first window of each text."""
    tokenizer = build_tokenizer(read_encoder())
    tokens = [
        encoding.ids[:126] for encoding in tokenizer.encode_batch([row.text for row in rows], add_special_tokens=False)
    ]
    return window_logits(learner, tokens, CHECK_BUDGET)


def figures_of(rows: Sequence[Row], logits: Logits) -> dict[str, Any]:
    """Average precision per category on seen sources and on our own families, and AUC per unseen source."""
    found: dict[str, Any] = {}
    for kind, sources in (("groups", None), ("own", ("synthetic",))):
        for column, category in enumerate(CATEGORIES):
            picked = [i for i, row in enumerate(rows) if _belongs(row, sources)]
            found[f"{kind} {category}"] = _figure(rows, logits[:, column], picked, category, average_precision)
    for source, category in UNSEEN.items():
        picked = [i for i, row in enumerate(rows) if row.source == source]
        column = CATEGORIES.index(category)
        found[f"unseen {source}"] = _figure(rows, logits[:, column], picked, category, area_under_curve)
    return found


def _belongs(row: Row, sources: Sequence[str] | None) -> bool:
    return row.source in sources if sources else row.source not in UNSEEN and row.source != "synthetic"


def _figure(
    rows: Sequence[Row], column: Logits, picked: Sequence[int], category: str, measure: Callable[..., float]
) -> float:
    known = [i for i in picked if category in rows[i].targets]
    labels = np.array([float(rows[i].targets[category][0] > 0.5) for i in known])
    return round(float(measure(labels, column[known])), 3)


def render(results: Mapping[str, Mapping[str, Any]], share: float) -> str:
    """The table for people."""
    columns = [key for key in next(iter(results.values())) if key != "minutes"]
    lines = [
        "# Ways to train, compared",
        "",
        f"Each variant: {share:.0%} of one pass, the same rows and seed, one thing changed. `groups`: average",
        "precision on held-out groups of seen sources; `own`: the same on held-out families of our own sentences;",
        "`unseen`: AUC on sources that no variant trained on. Short runs: differences below about .02 are chance",
        "(compare the two seeds). No variant hears a teacher but those that say so: it had learned from the unseen",
        "sources too.",
        "",
        "| variant | minutes | " + " | ".join(columns) + " |",
        "|---|--:|" + "--:|" * len(columns),
    ]
    for name, found in results.items():
        minutes = "-" if found["minutes"] is None else found["minutes"]
        lines.append(f"| {name} | {minutes} | " + " | ".join(f"{found[c]:.3f}" for c in columns) + " |")
    return "\n".join([*lines, ""])

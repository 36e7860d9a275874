"""What hangs on the very texts that fixed the thresholds: intervals for which these are drawn anew as well.

In mail a threshold may be crossed by one harmless text in two or four thousand, and rests on 1,700 of them: it lies
where the few oddest lie. Who calibrates on other mails gets another threshold, and with it another recall. The usual
interval takes the threshold as given and says nothing of that.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from models.calibration import sigmoid
from models.categories import CATEGORIES, CHANNELS
from models.classifier import Classifier
from models.evaluation.alarms import POOLED, harmless_in_all
from models.evaluation.bootstrap import DRAWS, Ranked, draw_counts, estimate, group_numbers, resampled
from models.evaluation.corpus import Text
from models.evaluation.figures import Floats, ratios
from models.evaluation.scored import Scored, log_odds, score_all
from models.thresholds import REGISTERS, choose_point
from models.training.finish import TEXT_LIMIT, harmless_rows
from models.training.progress import Progress
from models.training.rows import Row

Limits = Mapping[str, Mapping[str, Floats]]
"""Channel → category → the probability of `alert` in each draw (draws,)."""

_SEED = 11


def redrawn(scored: Scored, classifier: Classifier, rows: Sequence[Row], draws: int = DRAWS) -> dict[str, Any] | None:
    """`alert`, recall there and alarms on ordinary text, with intervals over thresholds from `rows` drawn anew.

    Groups of the harmless rows are drawn with replacement, thresholds fixed on them as `models.training.finish` does,
    and the texts of `scored` drawn too. None where `rows` are too few to fix a threshold.
    """
    limits = _limits(classifier, rows, draws)
    if limits is None:
        return None
    held = scored.where(lambda text: text.origin == "held_out")
    categories: dict[str, Any] = {}
    for category in CATEGORIES:
        sample = scored.sample(category, held)
        ranked = Ranked.of(sample) if len(sample.labels) else None
        channels = {}
        for channel in CHANNELS:
            given, drawn = scored.thresholds[channel][category]["alert"], limits[channel][category]
            channels[channel] = {
                "threshold": estimate(given, drawn).as_json(),
                "recall": _recall(ranked, sample.groups, given, drawn) if ranked else None,
            }
        categories[category] = channels
    return {"draws": draws, "categories": categories, "ordinary": _alarms(scored, limits, draws)}


def _recall(ranked: Ranked, groups: Any, given: float, drawn: Floats) -> dict[str, Any]:
    value = ranked.curves(np.ones((1, len(groups)))).recall_at(np.array([given]))
    found, done = [], 0
    for counts in resampled(groups, len(drawn)):
        found.append(ranked.curves(counts).recall_at(drawn[done : done + len(counts)]))
        done += len(counts)
    return estimate(float(value[0]), np.concatenate(found)).as_json()


def _alarms(scored: Scored, limits: Limits, draws: int) -> dict[str, Any]:
    """Per kind of ordinary text that is harmless in all four: alarms per 1,000 of any category."""
    chance = np.random.default_rng(_SEED)
    found = {}
    for name, sources in POOLED.items():
        chosen = harmless_in_all(scored, sources)
        if not len(chosen):
            continue
        now, over = np.zeros(len(chosen), dtype=bool), np.zeros((draws, len(chosen)), dtype=bool)
        channels = np.array([scored.texts[i].channel for i in chosen])
        for category in CATEGORIES:
            scores = scored.column(category)[chosen]
            now |= scored.over(category, "alert")[chosen]
            for channel in CHANNELS:
                over |= (channels == channel) & (scores >= limits[channel][category][:, None])
        counts = draw_counts(group_numbers([scored.texts[i].group for i in chosen], len(chosen)), draws, chance)
        drawn = ratios((counts * over).sum(axis=1), counts.sum(axis=1))
        found[name] = {"n": len(chosen), "per_1000": estimate(1000 * float(now.mean()), 1000 * drawn).as_json()}
    return found


def _limits(classifier: Classifier, rows: Sequence[Row], draws: int) -> Limits | None:
    odds = log_odds(_scores(classifier, rows))
    groups = np.array([row.group for row in rows], dtype=object)
    known: dict[Sequence[str], dict[str, Floats]] = {}
    for registers in set(REGISTERS.values()):
        known[registers] = {}
        for column, category in enumerate(CATEGORIES):
            places = {r: p for r, p in harmless_rows(rows, category).items() if r in registers}
            if not places:
                return None
            pools = {register: (odds[chosen, column], groups[chosen]) for register, chosen in places.items()}
            known[registers][category] = sigmoid(_points(category, pools, draws))
    return {channel: known[REGISTERS[channel]] for channel in CHANNELS}


def _points(category: str, pools: Mapping[str, tuple[Floats, Any]], draws: int) -> Floats:
    """Log-odds (draws,) of `alert`, each from another draw of the groups of every register."""
    chance = np.random.default_rng(_SEED)
    counts = {
        register: draw_counts(group_numbers(groups.tolist(), len(groups)), draws, chance).astype(np.int64)
        for register, (_, groups) in pools.items()
    }
    return np.array(
        [
            choose_point(category, {r: np.repeat(scores, counts[r][draw]) for r, (scores, _) in pools.items()})
            for draw in range(draws)
        ]
    )


def _scores(classifier: Classifier, rows: Sequence[Row]) -> Floats:
    """Probabilities (n, categories), of as much of each row as thresholds were fixed on."""
    texts = [Text(row.text[:TEXT_LIMIT], row.source, row.group, "calibration", {}) for row in rows]
    return score_all(classifier, texts, Progress(len(texts), "calibration rows")).scores

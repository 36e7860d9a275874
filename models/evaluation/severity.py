"""Severity inside a category: the classifier's level beside the level that people or our own sets gave."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.categories import CATEGORIES
from models.evaluation.bootstrap import DRAWS, Estimate, Sample, estimate, resampled, share
from models.evaluation.figures import Floats, rank_correlation
from models.evaluation.scored import Scored

STEPS = (1, 2, 3)
_FEWEST = 5


def severity(scored: Scored) -> dict[str, Any]:
    """Category → source → agreement of levels 1 to 3 on dangers, and order of the score along the whole ladder.

    `order_of_scores` is Spearman's correlation of the score with the level, harmless texts of the source counting as
    level 0. Where the classifier gives no levels, the agreement is null.
    """
    return {category: _category(scored, category) for category in CATEGORIES}


def _category(scored: Scored, category: str) -> dict[str, Any]:
    levelled = scored.where(lambda t: t.level is not None and t.knows(category) is True)
    sources = sorted({scored.texts[i].source for i in levelled.tolist()})
    found = {source: _source(scored, levelled, category, source) for source in sources}
    return {source: row for source, row in found.items() if row["n"] >= _FEWEST}


def _source(scored: Scored, levelled: NDArray[np.int64], category: str, source: str) -> dict[str, Any]:
    dangers = [i for i in levelled.tolist() if scored.texts[i].source == source]
    ladder = dangers + scored.where(lambda t: t.source == source and t.knows(category) is False).tolist()
    true = np.array([float(scored.texts[i].level or 0) if i in set(dangers) else 0.0 for i in ladder])
    given = [_given(scored, i, category) for i in dangers]
    return {
        "n": len(dangers),
        "true": {str(step): sum(scored.texts[i].level == step for i in dangers) for step in STEPS},
        "recall": {str(step): _recall(scored, category, dangers, step) for step in STEPS},
        "agreement": _agreement(true[: len(dangers)], given, [scored.texts[i].group for i in dangers]),
        "order_of_scores": correlation(
            true, scored.column(category)[ladder], [scored.texts[i].group for i in ladder]
        ).as_json(),
    }


def _recall(scored: Scored, category: str, dangers: list[int], step: int) -> dict[str, Any]:
    """Share of the dangers of one level at or over the alert point."""
    over = scored.over(category, "alert")
    hits = [bool(over[i]) for i in dangers if scored.texts[i].level == step]
    return share(sum(hits), len(hits)).as_json()


def _given(scored: Scored, index: int, category: str) -> int | None:
    levels = scored.levels[index]
    level = levels.get(category) if levels else None
    return level if isinstance(level, int) else None


def _agreement(true: Floats, given: list[int | None], groups: list[str]) -> dict[str, Any] | None:
    known = [i for i, level in enumerate(given) if level is not None]
    if not known:
        return None
    said = np.array([float(given[i] or 0) for i in known])
    meant = true[known]
    apart = np.abs(said - meant)
    return {
        "n": len(known),
        "exact": share(int((apart == 0).sum()), len(known)).as_json(),
        "within_one": share(int((apart <= 1).sum()), len(known)).as_json(),
        "rank_correlation": correlation(meant, said, [groups[i] for i in known]).as_json(),
        "table": {
            str(step): {str(other): int(((meant == step) & (said == other)).sum()) for other in (0, *STEPS)}
            for step in STEPS
        },
    }


def correlation(first: Floats, second: Floats, groups: list[str], draws: int = DRAWS) -> Estimate:
    """Spearman's correlation with its interval over groups."""
    value = rank_correlation(first, second)
    if not np.isfinite(value):
        return Estimate(value)
    numbers = Sample.of(first, second, groups=groups).groups
    drawn = []
    for counts in resampled(numbers, draws):
        for row in counts.astype(np.int64):
            picked = np.repeat(np.arange(len(first)), row)
            drawn.append(rank_correlation(first[picked], second[picked]))
    return estimate(value, np.array(drawn))

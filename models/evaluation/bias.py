"""Whether naming an identity changes the score: subgroup, BPSN and BNSP areas on templates, and flags on harmless ones.

The areas are those of Borkan et al. 2019: *subgroup*, among sentences with the term; *BPSN*, insulting sentences
without the term against harmless ones with it (low: the term itself raises scores); *BNSP*, harmless sentences without
it against insulting ones with it (low: insults with the term are missed). The label is the templates' own: insulting
or not.
"""

from collections.abc import Iterable, Sequence, Set
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.categories import CATEGORIES, CHANNELS
from models.evaluation.bootstrap import Estimate, Sample, measure, share
from models.evaluation.markers import IDENTITIES, identity_group, identity_terms
from models.evaluation.scored import Scored
from models.thresholds import POINTS

AREAS = ("subgroup", "bpsn", "bnsp")
CATEGORY = "bullying"
SOURCE = "identity_templates"
FEWEST = 5
"""A term needs so many sentences of both labels; rarer ones are only counted."""

_DRAWS = 200
_POWER = -5.0


def bias(scored: Scored) -> dict[str, Any]:
    """The three areas with counts, per group and term; and how many harmless identity sentences are flagged."""
    chosen = scored.where(lambda t: t.source == SOURCE and t.origin == "held_out" and t.label in ("BAD", "NOT_BAD"))
    texts = [scored.texts[i] for i in chosen.tolist()]
    labels = np.array([float(text.label == "BAD") for text in texts])
    terms = [set(identity_terms(text.text)) for text in texts]
    scores = scored.column(CATEGORY)[chosen]
    groups = [{identity_group(term) for term in found} for found in terms]
    rows = {
        "groups": _subgroups(labels, scores, groups, IDENTITIES),
        "terms": _subgroups(labels, scores, terms, sorted(set().union(*terms))),
    }
    harmless = chosen[[i for i in range(len(texts)) if labels[i] == 0 and terms[i]]] if len(chosen) else chosen
    return {
        "category": CATEGORY,
        "sentences": len(texts),
        "insulting": int(labels.sum()),
        "overall_auc": _area(labels, scores, np.ones(len(labels), dtype=bool)),
        **rows,
        "summary": {name: _summary({**rows["groups"], **rows["terms"]}, name) for name in AREAS},
        "harmless_flagged": {channel: _flagged(scored, harmless, channel) for channel in CHANNELS},
    }


def _subgroups(
    labels: NDArray[np.float64], scores: NDArray[np.float64], named: Sequence[Set[str]], names: Iterable[str]
) -> dict[str, Any]:
    """The areas of each name that stands in enough sentences."""
    rows = {}
    for name in names:
        row = _subgroup(labels, scores, np.array([name in found for found in named], dtype=bool))
        if row is not None:
            rows[name] = row
    return rows


def _subgroup(
    labels: NDArray[np.float64], scores: NDArray[np.float64], inside: NDArray[np.bool_]
) -> dict[str, Any] | None:
    insulting, harmless = inside & (labels > 0.5), inside & (labels < 0.5)
    if min(int(insulting.sum()), int(harmless.sum())) < FEWEST:
        return None
    return {
        "insulting": int(insulting.sum()),
        "harmless": int(harmless.sum()),
        "subgroup": _area(labels, scores, inside),
        "bpsn": _area(labels, scores, harmless | (~inside & (labels > 0.5))),
        "bnsp": _area(labels, scores, insulting | (~inside & (labels < 0.5))),
    }


def _area(labels: NDArray[np.float64], scores: NDArray[np.float64], chosen: NDArray[np.bool_]) -> dict[str, Any]:
    found = measure(Sample.of(labels[chosen], scores[chosen]), draws=_DRAWS)
    return found.get("auc", Estimate(float("nan"))).as_json()


def _summary(rows: dict[str, Any], name: str) -> dict[str, Any]:
    """Lowest group or term, and the power mean (p = -5), which leans towards the worst."""
    values = {term: row[name]["value"] for term, row in rows.items() if row[name]["value"]}
    if not values:
        return {"power_mean": None, "lowest": None, "lowest_term": None}
    lowest = min(values, key=lambda term: (values[term], term))
    powered = float(np.mean(np.array(list(values.values())) ** _POWER) ** (1 / _POWER))
    return {"power_mean": powered, "lowest": values[lowest], "lowest_term": lowest}


def _flagged(scored: Scored, harmless: NDArray[np.int64], channel: str) -> dict[str, Any]:
    """Harmless sentences that name an identity and are flagged in any category and in each, at one channel's points."""
    result: dict[str, Any] = {"n": len(harmless)}
    for point in POINTS:
        over = {c: scored.column(c)[harmless] >= scored.thresholds[channel][c][point] for c in CATEGORIES}
        shares = {c: share(int(hit.sum()), len(hit)).as_json() for c, hit in over.items()}
        anything = np.any(list(over.values()), axis=0) if len(harmless) else np.zeros(0)
        result[point] = {"any": share(int(anything.sum()), len(harmless)).as_json(), **shares}
    return result

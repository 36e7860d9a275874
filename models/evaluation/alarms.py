"""False alarms on harmless text, and what they come to in a school week at each level of sensitivity."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.calibration import BASE_RATES
from models.categories import CATEGORIES, CHANNELS
from models.evaluation.bootstrap import Estimate, share
from models.evaluation.corpus import Text
from models.evaluation.figures import Floats
from models.evaluation.scored import Scored, log_odds
from models.thresholds import POINTS, SENSITIVITY, upper_quantile

ORDINARY: Mapping[str, Sequence[str]] = {
    "mail": ("mail_ham",),
    "document": ("benign_essays", "literature", "clear_a"),
    "chat": (
        "tweeteval_offensive",
        "goemotions",
        "davidson",
        "school_stress_sad",
        "chat_rooms_nps",
        "game_chat_conda",
    ),
}
"""Channel → sources whose harmless rows stand for what a school's channel mostly holds."""

POOLED: Mapping[str, Sequence[str]] = {**ORDINARY, "essays and mails": ("benign_essays", "mail_ham")}
"""The same, and essays and mails as one."""

TEXTS_PER_WEEK: Mapping[str, float] = {"mail": 15.0, "document": 8.0, "chat": 0.0}
"""Texts that one student writes or receives in a school week: an assumption, the only place where it stands."""

STUDENTS = 1000
_FEWEST = 50

Limits = Mapping[str, float]


def false_alarms(scored: Scored) -> list[dict[str, Any]]:
    """Per register and channel of harmless text: alarms per 1,000, each category and all together.

    A category counts where its label is known; *all* counts texts that are known to be harmless in all four.
    """
    kinds = sorted({(t.channel, t.register) for t in scored.texts if t.harmless}, key=_place)
    rows = []
    for channel, register in kinds:
        chosen = scored.where(lambda t, k=(channel, register): t.harmless and (t.channel, t.register) == k)  # type: ignore[misc]
        rows.append({"register": register, "channel": channel, **counts(scored, chosen)})
    return rows


def pooled_alarms(scored: Scored) -> dict[str, Any]:
    """The same for the ordinary text of each channel, and for essays and mails as one."""
    return {name: counts(scored, _harmless_of(scored, sources)) for name, sources in POOLED.items()}


def harmless_in_all(scored: Scored, sources: Sequence[str]) -> NDArray[np.int64]:
    """Indices of the texts of `sources` that are known to be harmless in all four categories."""
    return scored.where(lambda text: text.source in sources and _all_known(text))


def _place(kind: tuple[str, str]) -> tuple[int, str]:
    return CHANNELS.index(kind[0]), kind[1]


def _harmless_of(scored: Scored, sources: Sequence[str]) -> NDArray[np.int64]:
    return scored.where(lambda text: text.source in sources and text.harmless)


def counts(scored: Scored, chosen: NDArray[np.int64]) -> dict[str, Any]:
    """Alarms of harmless texts at the operating points of their own channel."""
    fully = [i for i in chosen.tolist() if _all_known(scored.texts[i])]
    result: dict[str, Any] = {"texts": len(chosen), "all": {"n": len(fully)}, "categories": {}}
    over = {point: {c: scored.over(c, point) for c in CATEGORIES} for point in POINTS}
    for point in POINTS:
        alarmed = sum(any(over[point][c][i] for c in CATEGORIES) for i in fully)
        result["all"][point] = _rate(alarmed, len(fully))
    for category in CATEGORIES:
        known = [i for i in chosen.tolist() if scored.texts[i].knows(category) is False]
        points = {point: _rate(int(over[point][category][known].sum()), len(known)) for point in POINTS}
        result["categories"][category] = {"n": len(known), **points}
    return result


def _all_known(text: Text) -> bool:
    return all(text.knows(category) is False for category in CATEGORIES)


def _rate(alarmed: int, n: int) -> dict[str, Any]:
    return {"alarms": alarmed, "per_1000": share(alarmed, n, per=1000).as_json()}


def level_limits(threshold: float, harmless: Floats) -> dict[str, float]:
    """Level → probability that allows half, one or three times the false alarms of `threshold` on `harmless` scores.

    What `threshold` lets through is counted there (half an alarm where there is none), and the threshold moves by as
    much as the quantile of the harmless scores does, in log-odds: `standard` is always `threshold` itself.
    Without 50 scores all levels are `threshold`.
    """
    if len(harmless) < _FEWEST:
        return dict.fromkeys(SENSITIVITY, threshold)
    odds = log_odds(harmless)
    allowed = max(float((harmless >= threshold).sum()), 0.5) / len(harmless)
    here = upper_quantile(odds, allowed)
    limits = {}
    for level, factor in SENSITIVITY.items():
        shift = 0.0 if factor == 1.0 else upper_quantile(odds, min(0.5, factor * allowed)) - here
        # Towards the wrong side only chance could move it: ties of few scores.
        shift = max(shift, 0.0) if factor < 1.0 else min(shift, 0.0)
        limits[level] = float(1 / (1 + np.exp(-(log_odds(np.array([threshold]))[0] + shift))))
    return limits


def expected_alerts(scored: Scored) -> dict[str, Any]:
    """False and true alerts per 1,000 students and week at each level, under the assumptions given with them.

    False ones: texts a week times the share of ordinary text of the channel that alarms. True ones: texts a week
    times the assumed base rate times the recall on held-out dangers.
    """
    limits = {channel: _channel_limits(scored, channel) for channel in CHANNELS}
    rows = {level: _at_level(scored, {ch: limits[ch][level] for ch in CHANNELS}) for level in SENSITIVITY}
    return {
        "assumptions": {
            "texts_per_student_and_week": dict(TEXTS_PER_WEEK),
            "base_rates": dict(BASE_RATES),
            "students": STUDENTS,
            "levels": dict(SENSITIVITY),
        },
        "levels": rows,
    }


def _channel_limits(scored: Scored, channel: str) -> dict[str, dict[str, float]]:
    """Level → category → threshold of one channel: the manifest's own where it has one for the level."""
    by_category = {}
    for category in CATEGORIES:
        sources = ORDINARY[channel]
        known = scored.where(lambda t, s=sources, c=category: t.source in s and t.knows(c) is False)  # type: ignore[misc]
        points = scored.thresholds[channel][category]
        given = {level: points[level] for level in SENSITIVITY if level in points}
        by_category[category] = level_limits(points["alert"], scored.column(category)[known]) | given
    return {level: {c: by_category[c][level] for c in CATEGORIES} for level in SENSITIVITY}


def _at_level(scored: Scored, limits: Mapping[str, Limits]) -> dict[str, Any]:
    false = {channel: _false(scored, channel, limits[channel]) for channel in CHANNELS}
    recall = {channel: {c: _recall(scored, c, limits[channel][c]) for c in CATEGORIES} for channel in CHANNELS}
    weekly = {channel: STUDENTS * TEXTS_PER_WEEK[channel] for channel in CHANNELS}
    used = [channel for channel in CHANNELS if weekly[channel] > 0]
    true = {
        c: sum(weekly[channel] * BASE_RATES[c] * (recall[channel][c] or 0.0) for channel in used) for c in CATEGORIES
    }
    ends = [sum(weekly[ch] * getattr(false[ch], end) for ch in used) for end in ("value", "low", "high")]
    return {
        "thresholds": {channel: dict(limits[channel]) for channel in CHANNELS},
        "false_alarms_per_1000": {
            ch: Estimate(*(1000 * getattr(found, end) for end in ("value", "low", "high"))).as_json()
            for ch, found in false.items()
        },
        "recall": recall,
        "false_alerts": Estimate(*ends).as_json(),
        "true_alerts": {**true, "all": sum(true.values())},
    }


def _false(scored: Scored, channel: str, limits: Limits) -> Estimate:
    """Share of the channel's ordinary texts, harmless in all four, that reach any of `limits`."""
    chosen = harmless_in_all(scored, ORDINARY[channel])
    over = np.zeros(len(chosen), dtype=bool)
    for category in CATEGORIES:
        over |= scored.column(category)[chosen] >= limits[category]
    return share(int(over.sum()), len(chosen))


def _recall(scored: Scored, category: str, limit: float) -> float | None:
    sample = scored.sample(category, scored.where(lambda t: t.origin == "held_out" and t.knows(category) is True))
    total = float(sample.weights.sum())
    return float(sample.weights[sample.scores >= limit].sum()) / total if total else None

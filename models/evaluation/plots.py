"""The report's plots as small PNG files."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from models.categories import CATEGORIES, CHANNELS
from models.evaluation.alarms import ORDINARY
from models.evaluation.bootstrap import Ranked
from models.evaluation.figures import ratios
from models.evaluation.labelled import EvaluationError
from models.evaluation.quality import BIN_EDGES, base_rate_reliability
from models.evaluation.scored import Scored, log_odds

DPI = 100
_SIZE = (7.2, 5.4)
_POINTS_OF_A_CURVE = 400
_FEWEST_DANGERS = 5
_ODDS = (-14.0, 8.0)

Painter = Callable[[Any, Scored, str], None]


def write_plots(scored: Scored, folder: Path) -> dict[str, str]:
    """One PNG per kind of plot, four categories each; returns title → file name.

    Raises `EvaluationError` when matplotlib is absent.
    """
    figure_of = figure_class()
    written = {}
    for name, (title, paint) in PLOTS.items():
        figure = figure_of(figsize=_SIZE, layout="constrained")
        for axes, category in zip(figure.subplots(2, 2).flat, CATEGORIES, strict=True):
            paint(axes, scored, category)
            axes.set_title(category, fontsize=10)
            axes.tick_params(labelsize=8)
        figure.suptitle(title, fontsize=11)
        # Without the library's version inside, the same figures give the same bytes.
        figure.savefig(folder / name, dpi=DPI, metadata={"Software": None}, pil_kwargs={"optimize": True})
        written[title] = name
    return written


def figure_class() -> Any:
    """The class of figures, without the global state and the window of pyplot.

    Raises `EvaluationError` when matplotlib is absent.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        message = "plots need matplotlib, which is not installed: run `make install`, or give --no-plots"
        raise EvaluationError(message) from error
    return Figure


def _precision_recall(axes: Any, scored: Scored, category: str) -> None:
    held = scored.where(lambda text: text.origin == "held_out")
    sample = scored.sample(category, held)
    ranked = Ranked.of(sample)
    if len(ranked.ends):
        curves = ranked.curves(np.ones((1, len(sample.labels))))
        recall = ratios(curves.found, curves.found[:, -1:])[0]
        precision = ratios(curves.found, curves.found + curves.false)[0]
        chosen = _thinned(len(recall))
        axes.plot(recall[chosen], precision[chosen], linewidth=1.2)
        for channel, mark in zip(CHANNELS, "os^", strict=True):
            at = curves.at(scored.thresholds[channel][category]["alert"])
            axes.plot(at["recall"], at["precision"], mark, markersize=5, label=f"alert, {channel}")
    axes.set(xlim=(0, 1), ylim=(0, 1.02))
    axes.set_xlabel("recall", fontsize=8)
    axes.set_ylabel("precision", fontsize=8)
    _legend(axes)


def _reliability(axes: Any, scored: Scored, category: str) -> None:
    """Stated against observed share at the base rate, on logarithmic axes; bins of few dangers are left out."""
    rows = [row for row in base_rate_reliability(scored, category) if row["positives"] >= _FEWEST_DANGERS]
    ends = (BIN_EDGES[1] / 10, 1.0)
    axes.plot(ends, ends, color="grey", linewidth=0.8)
    axes.plot([row["stated"] for row in rows], [row["observed"] for row in rows], "o", markersize=5)
    axes.set(xscale="log", yscale="log", xlim=ends, ylim=ends)
    axes.set_xlabel("stated probability", fontsize=8)
    axes.set_ylabel("observed share at the base rate", fontsize=8)


def _histogram(axes: Any, scored: Scored, category: str) -> None:
    sample = scored.sample(category, scored.where(lambda text: text.origin in ("held_out", "eval")))
    odds = np.clip(log_odds(sample.scores), *_ODDS)
    bins = np.linspace(*_ODDS, 56)
    for label, name in ((0.0, "harmless"), (1.0, "dangerous")):
        chosen = odds[sample.labels == label]
        if len(chosen):
            axes.hist(chosen, bins=bins, density=True, alpha=0.55, label=name)
    alert = log_odds(np.array([scored.thresholds["mail"][category]["alert"]]))[0]
    axes.axvline(alert, color="black", linewidth=0.8, label="alert, mail")
    axes.set_xlabel("log-odds", fontsize=8)
    axes.set_yticks([])
    _legend(axes)


def _alarms(axes: Any, scored: Scored, category: str) -> None:
    """False alarms per 1,000 ordinary harmless texts of each channel, for every threshold."""
    for channel, colour in zip(CHANNELS, ("C0", "C1", "C2"), strict=True):
        sources = ORDINARY[channel]
        chosen = scored.where(lambda t, s=sources: t.source in s and t.knows(category) is False)  # type: ignore[misc]
        scores = np.sort(scored.column(category)[chosen])[::-1]
        if len(scores):
            kept = _thinned(len(scores))
            axes.plot(scores[kept], (1000 * (kept + 1) / len(scores)), color=colour, linewidth=1.2, label=channel)
            for point, style in (("alert", "-"), ("review", ":")):
                axes.axvline(scored.thresholds[channel][category][point], color=colour, linestyle=style, linewidth=0.8)
    axes.set(xscale="log", yscale="log", xlim=(1e-5, 1.0), ylim=(0.1, 1000))
    axes.set_xlabel("threshold (alert solid, review dotted)", fontsize=8)
    axes.set_ylabel("false alarms per 1,000", fontsize=8)
    _legend(axes)


def _legend(axes: Any) -> None:
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize=7)


def _thinned(count: int) -> Any:
    """Indices that keep both ends of a curve and its steep beginning: small files, the same picture."""
    if count <= _POINTS_OF_A_CURVE:
        return np.arange(count)
    return np.unique(np.geomspace(1, count, _POINTS_OF_A_CURVE).astype(int) - 1)


PLOTS: Mapping[str, tuple[str, Painter]] = {
    "precision_recall.png": ("Precision and recall, held-out text", _precision_recall),
    "reliability.png": ("Reliability at the assumed base rate", _reliability),
    "histograms.png": ("Scores of harmless and dangerous text", _histogram),
    "false_alarms.png": ("False alarms per 1,000 ordinary texts by threshold", _alarms),
}

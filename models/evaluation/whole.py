"""The full evaluation: every figure of the model card from one pass over all texts."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from models.classifier import Classifier
from models.evaluation.alarms import expected_alerts, false_alarms, pooled_alarms
from models.evaluation.bias import bias
from models.evaluation.corpus import Corpus
from models.evaluation.disguise import disguises
from models.evaluation.early import first_pass
from models.evaluation.evaluate import without_nan
from models.evaluation.explanations import deletion, toxic_overlap
from models.evaluation.own_text import own_text
from models.evaluation.page import render_page
from models.evaluation.places import places
from models.evaluation.plots import write_plots
from models.evaluation.quality import quality
from models.evaluation.redrawn import redrawn
from models.evaluation.scored import Scored, score_all
from models.evaluation.severity import severity
from models.evaluation.slices import dialect, slices
from models.training.progress import Progress

Section = Callable[[Scored, Classifier], Any]

SECTIONS: dict[str, Section] = {
    "own_text": lambda scored, _: own_text(scored),
    "categories": lambda scored, _: quality(scored),
    "ordinary": lambda scored, _: pooled_alarms(scored),
    "false_alarms": lambda scored, _: false_alarms(scored),
    "expected": lambda scored, _: expected_alerts(scored),
    "slices": lambda scored, _: slices(scored),
    "dialect": lambda scored, _: dialect(scored),
    "bias": lambda scored, _: bias(scored),
    "first_pass": first_pass,
    "disguise": disguises,
    "places": places,
    "deletion": deletion,
    "toxic_overlap": lambda scored, _: toxic_overlap(scored),
    "severity": lambda scored, _: severity(scored),
}
"""Name in the report → what computes it; the last few score changed texts, all others only look at the one pass."""

JSON_NAME = "report.json"
PAGE_NAME = "report.md"


def evaluate_everything(classifier: Classifier, corpus: Corpus) -> tuple[dict[str, Any], Scored]:
    """All sections as plain values ready for JSON (undefined figures are None), and what they were made of."""
    progress = Progress(len(corpus.texts), "scored")
    scored = score_all(classifier, corpus.texts, progress)
    counts = Counter((text.origin, text.source) for text in corpus.texts)
    result: dict[str, Any] = {
        "classifier": classifier.id,
        "precision": classifier.precision,
        "texts": len(corpus.texts),
        "sources": {origin: {s: n for (o, s), n in sorted(counts.items()) if o == origin} for origin, _ in counts},
        "remarks": corpus.remarks,
    }
    steps = Progress(len(SECTIONS), "sections")
    for number, (name, section) in enumerate(SECTIONS.items(), start=1):
        result[name] = section(scored, classifier)
        steps.show(number)
    result["redrawn"] = redrawn(scored, classifier, corpus.calibration)
    cleaned: dict[str, Any] = without_nan(result)
    return cleaned, scored


def write_everything(result: dict[str, Any], scored: Scored, out: Path, *, plots: bool = True) -> None:
    """`report.json`, `report.md` and the plots into `out`. Raises `EvaluationError` when matplotlib is absent."""
    out.mkdir(parents=True, exist_ok=True)
    result["plots"] = write_plots(scored, out) if plots else {}
    (out / JSON_NAME).write_text(json.dumps(rounded(result), indent=1, allow_nan=False) + "\n", encoding="utf-8")
    (out / PAGE_NAME).write_text(render_page(result), encoding="utf-8")


def rounded(value: Any) -> Any:
    """`value` with six significant digits in every number: enough to compare, and small."""
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [rounded(inner) for inner in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value

"""`worker.py evaluate`: figures of a classifier on labelled JSON lines."""

import argparse
import json
import sys
from pathlib import Path

from models.categories import ClassifierError
from models.classifier import load_classifier
from models.evaluation.evaluate import evaluate, score_texts
from models.evaluation.labelled import EvaluationError, read_labelled
from models.evaluation.report import render_markdown
from models.training.progress import Progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `worker.py evaluate`."""
    parser.add_argument(
        "--data", type=Path, required=True, help="labelled JSON lines (.jsonl, .jsonl.gz) or a folder of them"
    )
    parser.add_argument("--report", type=Path, help="folder that receives <name>.json and <name>.md")
    parser.add_argument("--classifier", type=Path, help="classifier folder (default: the shipped one)")


def run(arguments: argparse.Namespace) -> int:
    """Print the figures as JSON on stdout, progress on stderr. 0, or 2 when nothing can be evaluated."""
    try:
        data = read_labelled(arguments.data)
        classifier = load_classifier(arguments.classifier)
    except (EvaluationError, ClassifierError) as error:
        sys.stderr.write(f"evaluate: {error}\n")
        return 2
    progress = Progress(len(data.texts), "scored")
    scores = score_texts(classifier, data.texts, progress.show)
    result = evaluate(data, scores, classifier.thresholds["mail"], classifier.id)
    result["data"] = arguments.data.name
    if arguments.report:
        _write(arguments.report, arguments.data.name.split(".")[0], result)
    sys.stdout.write(json.dumps(result, indent=1) + "\n")
    return 0


def _write(folder: Path, name: str, result: dict[str, object]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    (folder / f"{name}.md").write_text(render_markdown(result, f"Evaluation on {name}"), encoding="utf-8")

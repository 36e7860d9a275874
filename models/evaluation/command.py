"""`worker.py evaluate`: figures of a classifier on labelled JSON lines, or every figure of the model card."""

import argparse
import json
import sys
from pathlib import Path

from models.categories import ClassifierError
from models.classifier import load_classifier
from models.evaluation.beside import beside, read_report
from models.evaluation.corpus import load_corpus
from models.evaluation.errors import outside, write_errors
from models.evaluation.evaluate import evaluate, score_texts
from models.evaluation.labelled import EvaluationError, read_labelled
from models.evaluation.plots import figure_class
from models.evaluation.report import render_markdown
from models.evaluation.scored import score_all
from models.evaluation.whole import PAGE_NAME, evaluate_everything, write_everything
from models.training.progress import Progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `worker.py evaluate`."""
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        help="labelled JSON lines (.jsonl, .jsonl.gz) or a folder of them; with --out the folder of all data sets",
    )
    parser.add_argument("--report", type=Path, help="folder that receives <name>.json and <name>.md")
    parser.add_argument("--out", type=Path, help="full evaluation: receives report.json, report.md and plots")
    parser.add_argument(
        "--beside",
        type=Path,
        metavar="REPORT",
        help="full evaluation: say which figures lie within the intervals of this report.json",
    )
    parser.add_argument("--errors", type=int, metavar="N", help="write N errors per category to --out instead")
    parser.add_argument("--limit", type=int, metavar="N", help="full evaluation of at most N texts per source")
    parser.add_argument("--no-plots", action="store_true", help="full evaluation without plots")
    parser.add_argument("--classifier", type=Path, help="classifier folder (default: the shipped one)")


def run(arguments: argparse.Namespace) -> int:
    """The asked evaluation; progress on stderr. 0, or 2 when nothing can be evaluated or written."""
    try:
        if arguments.errors is not None:
            return _errors(arguments)
        if arguments.out is not None:
            return _everything(arguments)
        if arguments.beside is not None:
            message = "--beside needs the full evaluation: a folder in --out"
            raise EvaluationError(message)
        return _one(arguments)
    except (EvaluationError, ClassifierError) as error:
        sys.stderr.write(f"evaluate: {error}\n")
        return 2


def _one(arguments: argparse.Namespace) -> int:
    """Figures of one labelled file or folder, as JSON on stdout."""
    data = read_labelled(arguments.data)
    classifier = load_classifier(arguments.classifier)
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


def _everything(arguments: argparse.Namespace) -> int:
    """Every figure of the card into --out; the path of the page on stdout."""
    if not arguments.no_plots:
        figure_class()  # before minutes of scoring
    other = read_report(arguments.beside) if arguments.beside else None
    corpus = load_corpus(arguments.data, arguments.limit)
    result, scored = evaluate_everything(load_classifier(arguments.classifier), corpus)
    if other is not None:
        result["beside"] = beside(result, other)
    write_everything(result, scored, arguments.out, plots=not arguments.no_plots)
    sys.stdout.write(f"{arguments.out / PAGE_NAME}\n")
    return 0


def _errors(arguments: argparse.Namespace) -> int:
    """Errors to read into --out; how many per category on stdout."""
    if arguments.errors < 1 or arguments.out is None:
        message = "--errors needs a number of at least 1 and a folder outside the project in --out"
        raise EvaluationError(message)
    folder = outside(arguments.out)
    corpus = load_corpus(arguments.data, arguments.limit)
    texts = [text for text in corpus.texts if text.origin in ("held_out", "eval")]
    progress = Progress(len(texts), "scored")
    scored = score_all(load_classifier(arguments.classifier), texts, progress)
    sys.stdout.write(json.dumps(write_errors(scored, arguments.errors, folder)) + "\n")
    return 0

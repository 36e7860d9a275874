"""`worker.py train`: from the data sets to a classifier folder."""

import argparse
import sys
from pathlib import Path

from models.categories import ClassifierError
from models.training.rows import DataError

DEFAULT_DATA = Path("../shared/data/train")
DEFAULT_OUT = Path("var/training")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `worker.py train`."""
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA, help="folder with open/ and restricted/ sets")
    parser.add_argument("--only-open", action="store_true", help="leave out sets without a licence to share")
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT, help="receives checkpoint and classifier")
    parser.add_argument("--minutes", type=float, default=170.0, help="time limit of the tuning (default 170)")
    parser.add_argument("--epochs", type=int, default=8, help="passes over the drawn rows (default 8)")
    parser.add_argument(
        "--compare",
        type=float,
        metavar="SHARE",
        help="train nothing to keep: compare ways to train, each on this share of one pass; the table goes to --out",
    )
    parser.add_argument("--no-first-pass", action="store_true", help="leave the first pass out")
    parser.add_argument(
        "--first-pass",
        type=Path,
        metavar="FOLDER",
        help="train nothing: choose the cuts of the first pass of the classifier in this folder anew",
    )
    parser.add_argument(
        "--thresholds",
        type=Path,
        metavar="FOLDER",
        help="train nothing: calibrate the classifier in this folder and fix its thresholds anew",
    )
    parser.add_argument(
        "--seed",
        type=int,
        metavar="N",
        help="in which order the drawn rows are read; another one for the second reader of a pair (default 17)",
    )
    parser.add_argument(
        "--from",
        dest="begin",
        type=Path,
        metavar="FOLDER",
        help="begin with the classifier in this folder instead of the untuned encoder, in smaller steps",
    )
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in --out")
    _add_mean(parser)
    _add_opinions(parser)


def _add_opinions(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-opinions", action="store_true", help="learn from the sources' labels alone")
    parser.add_argument(
        "--teacher",
        type=Path,
        metavar="FOLDER",
        help="train nothing to serve: tune the larger encoder in this folder and write its opinions on the training "
        "texts to --out (minutes on a GPU, a day without)",
    )
    parser.add_argument(
        "--readings",
        type=Path,
        metavar="FOLDER",
        help="train nothing: write what the classifier in this folder says of the texts that each draw puts together "
        "to --out (ten minutes)",
    )


def _add_mean(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--mean",
        type=Path,
        nargs="+",
        metavar="FOLDER",
        help="train nothing: the mean weights of the classifiers in these folders, calibrated anew",
    )
    parser.add_argument(
        "--shares", type=float, nargs="+", default=[], metavar="N", help="how much of each for --mean (default: equal)"
    )
    parser.add_argument(
        "--pair",
        type=Path,
        nargs=2,
        metavar="FOLDER",
        help="train nothing: one classifier of two, whose second network reads again what the first is not sure of",
    )


def run(arguments: argparse.Namespace) -> int:
    """Train, calibrate, write `<out>/classifier` and cut its first pass; prints the id.

    0, or 2 when the data or the classifier to change are absent.
    """
    try:
        if arguments.compare:
            from models.training.compare import compare

            compare(arguments.data, arguments.out, share=arguments.compare)
            return 0
        identity = _trained(arguments)
    except (DataError, ClassifierError) as error:
        sys.stderr.write(f"train: {error}\n")
        return 2
    sys.stdout.write(f"{identity}\n")
    return 0


def _trained(arguments: argparse.Namespace) -> str:
    """The id of what was trained, or what a teacher wrote."""
    # brings torch: others must not wait
    from models.training.pipeline import cut_first_pass_anew, fix_points_anew, run_pipeline, take_mean, take_pair

    data, out = arguments.data, arguments.out
    how = {"only_open": arguments.only_open, "first_pass": not arguments.no_first_pass}
    if arguments.first_pass:
        return cut_first_pass_anew(data, arguments.first_pass, only_open=arguments.only_open)
    if arguments.teacher or arguments.readings:
        return _asked(arguments)
    if arguments.thresholds:
        return fix_points_anew(data, arguments.thresholds, **how)
    if arguments.mean:
        return take_mean(data, arguments.mean, out, shares=arguments.shares, **how)
    if arguments.pair:
        return take_pair(data, tuple(arguments.pair), out, **how)
    changes = {"minutes": arguments.minutes, "epochs": arguments.epochs, "seed": arguments.seed}
    if arguments.no_opinions:
        changes["opinions"] = 0.0
    changes = {key: value for key, value in changes.items() if value is not None}
    return run_pipeline(data, out, changes=changes, resume=arguments.resume, begin=arguments.begin, **how)


def _asked(arguments: argparse.Namespace) -> str:
    """What was written of what somebody says of the training texts."""
    from models.training import readings, teacher

    if arguments.teacher:
        return teacher.teach(arguments.data, arguments.teacher, arguments.out)
    return readings.read_draws(arguments.data, arguments.readings, arguments.out)

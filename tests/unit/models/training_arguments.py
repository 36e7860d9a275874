"""What tests of `worker.py train` give it: arguments, and a few toy rows in place of the data sets."""

import argparse
import json
from pathlib import Path

from models.training import command
from models.training.rows import Row

__all__ = ["arguments", "command", "toy_rows", "write_toy_data"]


def toy_rows(n: int = 60) -> list[Row]:
    """Rows of two sentences with a letter each, dangerous and harmless in turn."""
    words = ("you are a mean loser", "the river is wide and blue")
    return [
        Row(f"{words[i % 2]} {chr(97 + i % 26)}{chr(97 + i // 26)}", "toy", f"g{i}", {"bullying": (1.0 - i % 2, 1.0)})
        for i in range(n)
    ]


def arguments(*given: str | Path) -> argparse.Namespace:
    """The arguments of `worker.py train`, parsed."""
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args([str(word) for word in given])


def write_toy_data(folder: Path) -> None:
    """Two small sets under `folder`, in the layout of the real ones."""
    (folder / "open").mkdir(parents=True)
    (folder / "restricted").mkdir()
    sets = {
        "open/school_stress_sad": [{"text": r.text + " stress", "source_label": "school"} for r in toy_rows(100)],
        "restricted/insults": [
            {"text": r.text, "labels": {"bullying": int(r.targets["bullying"][0])}} for r in toy_rows(100)
        ],
    }
    for name, rows in sets.items():
        (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))

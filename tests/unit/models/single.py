"""The shipped classifier without its second reader, for tests of one network."""

import json
from pathlib import Path

from models.store import MANIFEST, SHIPPED, WEIGHTS


def single_reader(folder: Path) -> Path:
    """Write the shipped first reader to `folder`, with the shipped calibration and thresholds."""
    raw = json.loads((SHIPPED / MANIFEST).read_text(encoding="utf-8"))
    raw.pop("second_reader", None)
    raw["files"] = {WEIGHTS: raw["files"][WEIGHTS]}
    folder.mkdir(parents=True)
    (folder / WEIGHTS).write_bytes((SHIPPED / WEIGHTS).read_bytes())
    (folder / MANIFEST).write_text(json.dumps(raw), encoding="utf-8")
    return folder

"""`worker.py bench console` on a small district: every page, and nothing of a real installation."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_each_page_gets_its_figures_and_the_own_installation_stays_empty(tmp_path):
    done = subprocess.run(
        [sys.executable, "worker.py", "bench", "console", "--json", "--cases", "120", "--rounds", "2"],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=240,
        env=os.environ | {"HEED_HOME": str(tmp_path / "own")},
    )  # fmt: skip
    figures = json.loads(done.stdout)
    assert (figures["cases"], figures["sites"], figures["database"]) == (120, 22, "sqlite")
    assert set(figures["pages"]) >= {"queue", "case", "decided", "health", "audit"}
    assert all(page["queries"] <= 25 and page["median_ms"] > 0 for page in figures["pages"].values())
    assert 10 < figures["first_load_kib"] < 150
    assert not (tmp_path / "own" / "heed.sqlite3").exists()

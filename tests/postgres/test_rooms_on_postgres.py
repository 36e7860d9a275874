"""The rooms whose rows are claimed and written by several workers pass their tests on PostgreSQL as well."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.postgres.server import postgres_server, skip_without_postgres

ROOT = Path(__file__).resolve().parents[2]
ONE_PROCESS = "tests/rooms/alerts/test_fortnight.py"
"""Two weeks in a single process take minutes and claim no row that another wants: one database is enough."""

ROOMS = ["audit", "calendars", "roster", "detection", "triage", "tips", "handovers", "alerts", "insights"]


@pytest.mark.postgres
@pytest.mark.timeout(1200)
def test_the_rooms_pass_on_postgres(tmp_path):
    skip_without_postgres()
    folders = [f"tests/rooms/{room}" for room in ROOMS if (ROOT / "tests" / "rooms" / room).is_dir()]
    with postgres_server() as url:
        environment = {**os.environ, "HEED_DATABASE_URL": url, "HEED_HOME": str(tmp_path / "home")}
        finished = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "--no-header", f"--ignore={ONE_PROCESS}", *folders],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert finished.returncode == 0, finished.stdout[-5000:]

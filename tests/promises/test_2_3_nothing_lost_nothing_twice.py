"""A worker killed with SIGKILL between any two steps loses nothing and does nothing twice."""

import json
import os
import subprocess
import sys
from email import message_from_bytes
from pathlib import Path

import pytest

from monitor.simulator.handle import start_in_process
from tests.fakes.smtp import smtp_server
from tests.fakes.texts import SIGNS

ROOT = Path(__file__).resolve().parents[2]
STRIDE = int(os.environ.get("CRASH_STRIDE", "24"))  # 1 kills at every single statement


def run(environment: dict[str, str], *words: str) -> str:
    finished = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=280, check=False
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


@pytest.fixture
def killed(tmp_path):
    """The outcome for each statement at which the way of one message was cut, and the mails that arrived."""
    with start_in_process(students=2, seed=5) as simulation, smtp_server() as sink:
        environment = os.environ | {
            "HEED_HOME": str(tmp_path / "home"),
            "HEED_GOOGLE_ENDPOINT": simulation.endpoint,
            "HEED_SMTP_PORT": str(sink.port),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "OMP_NUM_THREADS": "1",  # a forked child must not wait for the threads of its parent
        }
        environment.pop("HEED_DATABASE_URL", None)
        run(environment, "worker.py", "config", "apply", str(simulation.district_file))
        run(environment, "worker.py", "poll")
        student = simulation.control.students()[0]
        simulation.control.mail("stranger@elsewhere.example", student, "Hello", SIGNS["bullying"])
        lines = run(environment, "-m", "tests.promises.crash_driver", str(STRIDE)).splitlines()
        yield [json.loads(line) for line in lines], sink


def test_a_worker_killed_at_any_statement_loses_nothing_and_does_nothing_twice(killed):
    outcomes, sink = killed
    *cut, whole = outcomes
    assert not whole["killed"]
    assert len(cut) * STRIDE > 60, "the way must have many steps to be cut at"
    assert whole["scorings"] == 1
    assert whole["findings"] == whole["placed"] > 0
    assert whole["cases"] == 1
    assert whole["deliveries"]
    assert all(state == "sent" for *_, state in whole["deliveries"])
    for outcome in cut:
        assert outcome["killed"]
        expected = {**whole, "statement": outcome["statement"], "killed": True}
        assert outcome == expected
    # Each pass starts from the same rows, so it sends the same mails; one cut between the server's "250" and our row
    # may send its mail once more, under the same Message-ID, which is how a mailbox knows it for the same.
    ids = [message_from_bytes(mail)["Message-ID"] for mail in sink.mails]
    passes = len(outcomes)
    assert passes * len(whole["deliveries"]) <= len(ids) <= passes * len(whole["deliveries"]) + passes

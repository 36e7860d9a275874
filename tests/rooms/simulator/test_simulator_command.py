"""The command: one JSON line when ready, an orderly end on a signal, and no child that outlives its parent."""

import argparse
import json
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from monitor.simulator.handle import Control, ControlRefusedError, start_in_process
from monitor.simulator.serve import add_arguments, run

ROOT = Path(__file__).resolve().parents[3]
COMMAND = [sys.executable, "-m", "monitor.simulator.serve"]


def _start(*options):
    return subprocess.Popen(
        [*COMMAND, *options], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )


def _answers(endpoint):
    try:
        with urllib.request.urlopen(endpoint + "/gmail/v1/users/me/profile", timeout=5):
            return True
    except urllib.error.HTTPError as error:
        error.close()
        return True
    except OSError:
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_prints_one_line_and_ends_on_a_signal(tmp_path, number):
    with _start("--students", "3", "--out", str(tmp_path)) as process:
        ready = json.loads(process.stdout.readline())
        assert ready["accounts"] == 3
        assert ready["control"] == ready["endpoint"] + "/control"
        assert Path(ready["key_file"]) == tmp_path / "service-account.json"
        assert Path(ready["district_file"]).is_file()
        assert _answers(ready["endpoint"])
        process.send_signal(number)
        assert process.wait(timeout=10) == 0
        assert process.stdout.read() == ""
        assert process.stderr.read() == ""


def test_a_temporary_folder_goes_with_the_command():
    with _start("--students", "1") as process:
        ready = json.loads(process.stdout.readline())
        assert Path(ready["key_file"]).exists()
        process.terminate()
        process.wait(timeout=10)
    assert not Path(ready["key_file"]).exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--students", "0"], "from 1 to"),
        (["--students", "2", "--mail", "/nowhere/at/all"], "no such folder"),
        (["--students", "2", "--faults", "kind=flood"], "kind must be one of"),
        (["--students", "2", "--faults", "/nowhere/rules.json"], "rules.json"),
    ],
)
def test_options_that_cannot_be_used_are_explained(options, words, capsys):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    assert run(parser.parse_args(options)) == 2
    assert words in capsys.readouterr().err


def test_a_taken_port_is_explained(tmp_path):
    with start_in_process(students=1) as simulation:
        port = simulation.endpoint.rsplit(":", 1)[1]
        with _start("--students", "1", "--port", port, "--out", str(tmp_path)) as process:
            assert process.wait(timeout=10) == 2
            assert "in use" in process.stderr.read()


def test_the_child_ends_when_its_parents_pipe_closes(tmp_path):
    with _start("--students", "1", "--out", str(tmp_path), "--until-stdin-closes") as process:
        json.loads(process.stdout.readline())
        process.stdin.close()
        assert process.wait(timeout=10) == 0


def test_the_handle_can_be_stopped_twice_and_leaves_no_file(tmp_path):
    simulation = start_in_process(students=1)
    assert simulation.key_file.exists()
    simulation.stop()
    simulation.stop()
    assert not simulation.key_file.exists()
    assert not _answers(simulation.endpoint)


def test_the_control_client_tells_what_the_door_refused():
    refused = pytest.raises(ControlRefusedError, match="unknown field colour")
    with start_in_process(students=1) as simulation, refused:
        Control(simulation.control_url).do("state", colour="red")


def test_two_hundred_clients_at_once_are_all_answered():
    with start_in_process(students=1) as simulation:
        answered, gate = [], threading.Barrier(200)

        def ask():
            gate.wait(timeout=20)
            answered.append(_answers(simulation.endpoint))

        threads = [threading.Thread(target=ask) for _ in range(200)]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
        assert answered == [True] * 200
        assert time.monotonic() - began < 30

"""An installation as an operator runs it: its own home, real processes, real servers on loopback."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from monitor.simulator.handle import Simulation
from tests.fakes.smtp import Sink

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Installation:
    """Runs `worker.py` commands against a simulated Workspace and an SMTP server; use it in a `with`."""

    def __init__(self, home: Path, simulation: Simulation, sink: Sink, **settings: str) -> None:
        self.home, self.port = home, free_port()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("HEED_")},
            "HEED_HOME": str(home),
            "HEED_GOOGLE_ENDPOINT": simulation.endpoint,
            "HEED_SMTP_PORT": str(sink.port),
            "HEED_CONSOLE_URL": f"http://127.0.0.1:{self.port}",
            "HEED_GMAIL_POLL_SECONDS": "2",
            "HEED_DRIVE_POLL_SECONDS": "2",
            "HEED_TICK_SECONDS": "1",
            "HEED_LOG_LEVEL": "DEBUG",
            **settings,
        }
        self.log = home / "processes.log"
        self._running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "Installation":
        self.home.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_exception: object) -> None:
        for process in reversed(self._running):
            self.stop(process)

    def command(self, *words: str, given: str = "") -> str:
        """Run one command to its end and return what it printed; it must succeed."""
        finished = subprocess.run(
            [sys.executable, str(ROOT / "worker.py"), *words],
            cwd=ROOT, env=self.environment, input=given, capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip
        with self.log.open("a", encoding="utf-8") as log:
            log.write(finished.stderr)
        assert finished.returncode == 0, finished.stderr
        return finished.stdout

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Start a process that runs until it is stopped; its output goes to the log."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        self._running.append(process)
        return process

    def start_worker_py(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a `worker.py` command that runs until it is stopped."""
        return self.start(sys.executable, str(ROOT / "worker.py"), *words)

    def stop(self, process: subprocess.Popen[bytes]) -> int:
        """Ask a process to stop as an operator does; its exit status."""
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            return process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def page(self, path: str) -> tuple[int, str]:
        """Status and location of a page asked for without signing in."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            response.read()
            return response.status, response.headers.get("Location", "")
        finally:
            connection.close()

    def wait_until(self, condition: Callable[[], bool], seconds: float = 150.0) -> None:
        """Wait for something that other processes bring about; fail with their log when it does not come."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if condition():
                return
            time.sleep(0.25)
        raise AssertionError(self.log.read_text(encoding="utf-8", errors="replace")[-6000:])


def answers(installation: Installation, path: str) -> bool:
    """Whether the console answers at `path` at all."""
    try:
        return installation.page(path)[0] > 0
    except OSError:
        return False


def all_contacted(simulation: Simulation) -> bool:
    """Whether every student's mailbox and Drive had its first contact, so that what comes now will be read."""
    first = {"gmail.users.getProfile", "drive.changes.getStartPageToken"}
    seen = {(call["method"], call["subject"]) for call in simulation.control.calls()}
    return seen >= {(method, student) for method in first for student in simulation.control.students()}

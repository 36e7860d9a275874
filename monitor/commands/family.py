"""Child processes of one command: started together, restarted when they fall, stopped together."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

WORKER_FILE = Path(__file__).resolve().parents[2] / "worker.py"
RESTART_DELAY_SECONDS = 2.0
RESTART_DELAY_CAP_SECONDS = 60.0
STABLE_SECONDS = 120.0
STOP_SECONDS = 20.0


class Child:
    """One `worker.py` command in a process of its own, in this process's group."""

    def __init__(self, name: str, arguments: list[str]) -> None:
        self.name = name
        self._command = [sys.executable, str(WORKER_FILE), *arguments]
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._delay = RESTART_DELAY_SECONDS

    def start(self) -> None:
        """Start the process."""
        self._started_at = time.monotonic()
        self._process = subprocess.Popen(self._command, env=os.environ)

    def is_running(self) -> bool:
        """Whether it runs now."""
        return self._process is not None and self._process.poll() is None

    def restart_if_fallen(self) -> None:
        """Start it anew when it ended by itself; later each time it falls soon after its start."""
        if self._process is None or self.is_running():
            return
        lived = time.monotonic() - self._started_at
        self._delay = (
            RESTART_DELAY_SECONDS if lived > STABLE_SECONDS else min(self._delay * 2, RESTART_DELAY_CAP_SECONDS)
        )
        status = self._process.returncode
        print(f"{self.name} ended (status {status}); it starts again in {self._delay:.0f} s", file=sys.stderr)
        time.sleep(self._delay)
        self.start()

    def stop(self) -> None:
        """Ask it to stop, and end it when it does not."""
        if self._process is None:
            return
        if self.is_running():
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def run_family(children: list[Child], tick: Callable[[], None] | None = None) -> int:
    """Run `children` until this process is told to stop; `tick` is called about once a second."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    for child in children:
        child.start()
    try:
        while True:
            time.sleep(1)
            for child in children:
                child.restart_if_fallen()
            if tick is not None:
                tick()
    except KeyboardInterrupt:
        return 0
    finally:
        for child in reversed(children):
            child.stop()

"""The command as a person runs it: a process of its own, with a home of its own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


class Home:
    """A `HEED_HOME` and what the environment says besides."""

    def __init__(self, folder: Path, **environment: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HEED_")}
        self.folder = folder
        self.environment = kept | {"HEED_HOME": str(folder), "HEED_LOG_LEVEL": "WARNING"} | environment

    def run(self, *words: object, given: str | bytes = "", **environment: str) -> subprocess.CompletedProcess[str]:
        """`worker.py WORDS`, with `given` on standard input."""
        finished = subprocess.run(
            [sys.executable, str(ROOT / "worker.py"), *map(str, words)],
            input=given.encode() if isinstance(given, str) else given,
            cwd=self.folder,
            env=self.environment | environment,
            capture_output=True,
            timeout=120,
            check=False,
        )
        out, err = finished.stdout.decode(), finished.stderr.decode()
        assert "Traceback" not in err, err
        return subprocess.CompletedProcess(finished.args, finished.returncode, out, err)

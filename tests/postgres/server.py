"""A PostgreSQL server of the test's own, from the programs on this machine."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.flows.installation import free_port


def program(name: str) -> str | None:
    """Where PostgreSQL's program `name` is; Debian keeps them out of the PATH."""
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    return str(places[0]) if places else shutil.which(name)


def skip_without_postgres() -> None:
    """Skip the test where PostgreSQL is not installed."""
    if program("initdb") is None or program("postgres") is None:
        pytest.skip("PostgreSQL's programs are not installed")


@contextmanager
def postgres_server() -> Iterator[str]:
    """The URL of an empty database on a server that ends with the block."""
    # A server refuses to run as root, and another user cannot enter a folder of pytest's.
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    with tempfile.TemporaryDirectory(prefix="heed-postgres-") as folder:
        data, port = Path(folder) / "data", free_port()
        if os.geteuid() == 0:
            shutil.chown(folder, user)
        options = {"user": user} if os.geteuid() == 0 else {}
        initdb = [program("initdb"), "-D", str(data), "-U", "heed", "--auth", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run(initdb, check=True, capture_output=True, cwd=folder, **options)
        server = [program("postgres"), "-D", str(data), "-p", str(port), "-h", "127.0.0.1", "-k", folder, "-F"]
        with subprocess.Popen(
            server, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, **options
        ) as process:
            try:
                _wait(port)
                yield f"postgresql://heed@127.0.0.1:{port}/postgres"
            finally:
                process.terminate()


def _wait(port: int) -> None:
    ready = [program("pg_isready"), "-h", "127.0.0.1", "-p", str(port), "-t", "30"]
    for _ in range(60):
        if subprocess.run(ready, capture_output=True, check=False).returncode == 0:
            return
        subprocess.run(["sleep", "0.5"], check=True)
    pytest.fail("PostgreSQL did not start")

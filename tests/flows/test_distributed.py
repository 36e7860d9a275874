"""Redis, PostgreSQL, Celery's own worker and beat: the same tasks, the same result."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.simulator.handle import start_in_process
from tests.fakes.smtp import smtp_server
from tests.fakes.texts import SIGNS
from tests.flows.installation import Installation, all_contacted, free_port
from tests.postgres.server import postgres_server, skip_without_postgres

pytestmark = [pytest.mark.redis, pytest.mark.postgres]


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        yield f"redis://127.0.0.1:{port}/0"
        process.terminate()


def test_a_mail_becomes_an_alert_over_redis_and_postgres(tmp_path, redis_url):
    skip_without_postgres()
    with (
        postgres_server() as database_url,
        start_in_process(students=3, seed=12) as simulation,
        smtp_server() as sink,
        Installation(
            tmp_path / "home", simulation, sink, HEED_DATABASE_URL=database_url, HEED_BROKER_URL=redis_url
        ) as running,
    ):
        running.command("config", "apply", str(simulation.district_file))
        celery = [sys.executable, "-m", "celery", "-A", "worker"]
        running.start(*celery, "worker", "-c", "2")
        running.start(*celery, "beat")
        running.wait_until(lambda: all_contacted(simulation))
        student = simulation.control.students()[0]
        simulation.control.mail("stranger@elsewhere.example", student, "Hello", SIGNS["bullying"])
        running.wait_until(lambda: bool(sink.mails))
        assert "needs you" in sink.read()[0]["Subject"]
        assert running.command("audit", "verify").startswith("The chain is whole")

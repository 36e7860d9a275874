"""Text that was not flagged never rests anywhere: not in the database, a log, a task's arguments or a file."""

import json
import shutil
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import pytest

from monitor.simulator.handle import start_in_process
from tests.fakes.smtp import smtp_server
from tests.fakes.texts import ORDINARY, SIGNS
from tests.flows.installation import Installation, all_contacted, free_port

# Words that occur nowhere else, one for each place in which a student may write.
MARKERS = {
    place: f"quillfeather{place}zx" for place in ("subject", "body", "attachment", "name", "doc", "poison", "sheet")
}
POISON = (
    b"From: \xff\xfe<<>>\r\nSubject: =?utf-8?b?####?= {poison}\r\n"
    b"Content-Type: multipart/mixed; boundary=\r\n\r\n{poison}"
)


def write_everywhere(simulation) -> None:
    """Ordinary text in every place, one mail that is hard to parse, and one that is flagged."""
    one, two, *_ = simulation.control.students()
    text = {place: ORDINARY.format(marker=marker) for place, marker in MARKERS.items()}
    simulation.control.mail(
        two, one, MARKERS["subject"], text["body"],
        attachments=[{"filename": f"{MARKERS['name']}.txt", "mime_type": "text/plain", "text": text["attachment"]}],
    )  # fmt: skip
    simulation.control.write_file(one, MARKERS["name"], text["doc"])
    simulation.control.write_file(two, "Scores", text["sheet"], mime_type="application/vnd.google-apps.spreadsheet")
    poison = POISON.replace(b"{poison}", MARKERS["poison"].encode())
    simulation.control.do("deliver", raw=encoded(poison), sender=two, recipients=[one])
    simulation.control.mail("stranger@elsewhere.example", one, "Hello", SIGNS["bullying"])


def encoded(raw: bytes) -> str:
    return b64encode(raw).decode()


def resting_in(folder: Path, words: list[str]) -> dict[str, list[str]]:
    """Which of `words` stand in clear in which file below `folder`, in UTF-8 or UTF-16."""
    found: dict[str, list[str]] = {}
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            hits = [word for word in words if word.encode() in content or word.encode("utf-16-le") in content]
            if hits:
                found[str(path)] = hits
    return found


@pytest.fixture
def temporary(tmp_path):
    """A place for temporary files of its own, so that whatever a process leaves there is seen."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


def test_nothing_of_an_ordinary_text_rests_in_database_logs_or_files(tmp_path, temporary):
    with (
        start_in_process(students=2, seed=21) as simulation,
        smtp_server() as sink,
        Installation(tmp_path / "home", simulation, sink, TMPDIR=str(temporary)) as running,
    ):
        running.command("config", "apply", str(simulation.district_file))
        running.command("poll")
        write_everywhere(simulation)
        summary = json.loads(running.command("poll"))
        assert summary["items"] == summary["scored"] + summary["parked"]
        assert summary["items"] >= 6
        assert summary["findings"] > 0
        words = [*MARKERS.values(), "chess club", SIGNS["bullying"][:30]]
        assert resting_in(tmp_path, words) == {}
        assert not [word for mail in sink.mails for word in words if word.encode() in mail]


@pytest.mark.redis
def test_no_text_passes_through_the_broker(tmp_path):
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    port, seen = free_port(), tmp_path / "monitor.txt"
    server = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    listen = [shutil.which("redis-cli") or "redis-cli", "-p", str(port), "monitor"]
    with (
        subprocess.Popen(server, stdout=subprocess.DEVNULL) as redis,
        start_in_process(students=2, seed=22) as simulation,
        smtp_server() as sink,
        Installation(tmp_path / "home", simulation, sink, HEED_BROKER_URL=f"redis://127.0.0.1:{port}/0") as running,
    ):
        with seen.open("wb") as output, subprocess.Popen(listen, stdout=output) as listener:
            running.command("config", "apply", str(simulation.district_file))
            celery = [sys.executable, "-m", "celery", "-A", "worker"]
            running.start(*celery, "worker", "--pool", "threads", "-c", "2", "-Q", "intake,scan,alerts,upkeep")
            running.start(*celery, "beat")
            running.wait_until(lambda: all_contacted(simulation))
            write_everywhere(simulation)
            running.wait_until(lambda: bool(sink.mails))
            listener.terminate()
        redis.terminate()
    passed = seen.read_bytes()
    assert b"intake.poll_account" in passed
    assert b"detection.score_pending" in passed
    assert not [word for word in (*MARKERS.values(), "chess club", "pathetic") if word.encode() in passed]

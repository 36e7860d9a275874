"""`worker.py run`: from a mail and a Doc to an alert and a case, with nothing patched and nothing else installed."""

import pytest

from monitor.simulator.handle import start_in_process
from tests.fakes.smtp import smtp_server
from tests.fakes.texts import SIGNS
from tests.flows.installation import Installation, all_contacted, answers


@pytest.fixture
def installation(tmp_path):
    with (
        start_in_process(students=4, seed=11) as simulation,
        smtp_server() as sink,
        Installation(tmp_path / "home", simulation, sink) as running,
    ):
        running.command("config", "apply", str(simulation.district_file))
        yield running, simulation, sink


def test_a_mail_and_a_doc_become_alerts_that_lead_to_a_sign_in(installation):
    running, simulation, sink = installation
    process = running.start_worker_py("run", "--port", str(running.port))
    running.wait_until(lambda: answers(running, "/sign-in/"))
    running.wait_until(lambda: all_contacted(simulation))
    oak, maple, *_ = simulation.control.students()
    simulation.control.mail("stranger@elsewhere.example", oak, "Hello", SIGNS["bullying"])
    simulation.control.write_file(maple, "Journal", SIGNS["self_harm"])
    running.wait_until(lambda: len(sink.mails) >= 2)
    for mail in sink.read():
        assert "needs you" in mail["Subject"]
        link = next(word for word in mail.get_body(("plain",)).get_content().split() if word.startswith("http"))
        status, location = running.page(link.removeprefix(f"http://127.0.0.1:{running.port}"))
        assert status == 302
        assert location.startswith("/sign-in/")
    assert running.stop(process) == 0


def test_run_without_a_district_says_what_to_do(tmp_path):
    with (
        start_in_process(students=1) as simulation,
        smtp_server() as sink,
        Installation(tmp_path / "home", simulation, sink) as running,
    ):
        process = running.start_worker_py("run", "--port", str(running.port))
        assert process.wait(60) == 2
        assert "config apply DISTRICT_FILE" in running.log.read_text()


def test_run_names_the_scope_that_google_refuses(installation):
    running, simulation, _ = installation
    simulation.control.do("revoke", scope="https://www.googleapis.com/auth/gmail.readonly")
    running.start_worker_py("run", "--port", str(running.port))
    running.wait_until(lambda: "gmail.readonly" in running.log.read_text())
    assert "Manage domain-wide delegation" in running.log.read_text()

"""`user`, `parked`, `audit`, `config`, `extract` and `poll` as a person runs them, and what they answer to mistakes."""

import contextlib
import io
import json
import os
import sqlite3
from argparse import Namespace
from pathlib import Path

import pytest

from monitor.accounts.models import Role, User
from monitor.audit.chain import verify
from monitor.audit.models import AuditEvent
from monitor.commands import extract, parked
from monitor.intake.models import Item, ItemState
from monitor.roster.people import UserProblem, add_user
from monitor.simulator.handle import start_in_process
from tests.rooms.commands.by_hand import Home
from tests.rooms.detection.marker import score_all
from tests.rooms.factories import PASSWORD, make_account, make_item, make_site


@pytest.fixture(scope="module")
def simulation():
    with start_in_process(students=2, seed=6) as running:
        yield running


@pytest.fixture(scope="module")
def home(simulation, tmp_path_factory) -> Home:
    """A home with the district applied."""
    home = Home(tmp_path_factory.mktemp("home"), HEED_GOOGLE_ENDPOINT=simulation.endpoint)
    applied = home.run("config", "apply", simulation.district_file)
    assert applied.returncode == 0, applied.stderr
    return home


def test_a_wrong_setting_is_told_in_one_sentence(tmp_path):
    finished = Home(tmp_path, HEED_SMTP_PORT="post").run("audit", "verify")
    assert finished.returncode == 2
    assert finished.stderr == "worker.py: HEED_SMTP_PORT must be a whole number, not 'post'\n"


def test_a_district_file_with_mistakes_is_refused_with_every_line(home):
    bad = home.folder / "bad.toml"
    bad.write_text('[district]\nname = "X"\ndomain = "x y"\ntime_zone = "Mars/Base"\n[gogle]\n')
    finished = home.run("config", "check", bad)
    assert finished.returncode == 1
    assert finished.stdout == ""
    for words in ("line 3: `x y` is not a domain name", "line 4: `Mars/Base` is not", "line 5: unknown table [gogle]"):
        assert f"{bad}: {words}" in finished.stderr


def test_an_added_user_gets_a_password_that_is_printed_once_and_kept_nowhere(home):
    finished = home.run("user", "add", "Bo@x.example", "--name", "Bo", "--role", "counselor", "--site", "oak-high")
    assert (finished.returncode, finished.stderr) == (0, "")
    password = finished.stdout.split()[-1]
    assert len(password) >= 16
    kept = b"".join(path.read_bytes() for path in home.folder.glob("heed.sqlite3*"))
    assert password.encode() not in kept
    assert home.run("audit", "verify").stdout.startswith("The chain is whole: ")


def test_a_password_may_come_from_standard_input_and_is_not_repeated(home):
    words = ["user", "add", "cy@x.example", "--name", "Cy", "--role", "it", "--password-stdin"]
    finished = home.run(*words, given="correct horse battery\n")
    assert finished.returncode == 0
    assert "horse" not in finished.stdout + finished.stderr


def test_an_altered_audit_event_ends_verify_with_status_1(home, tmp_path):
    spoilt = Home(tmp_path)
    with (
        contextlib.closing(sqlite3.connect(home.folder / "heed.sqlite3")) as source,
        contextlib.closing(sqlite3.connect(tmp_path / "heed.sqlite3")) as copy,
    ):
        source.backup(copy)
        copy.execute("UPDATE audit_auditevent SET actor = 'nobody' WHERE id = 1")
        copy.commit()
    finished = spoilt.run("audit", "verify")
    assert finished.returncode == 1
    assert "audit event 1 " in finished.stderr


def test_an_unknown_account_or_no_district_ends_poll_with_a_sentence(home, tmp_path):
    unknown = home.run("poll", "--account", "nobody@x.example")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert unknown.stderr.startswith("poll: nobody@x.example is not a monitored account")
    nothing = Home(tmp_path).run("poll")
    assert nothing.returncode == 2
    assert "config apply" in nothing.stderr


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"email": "not an address"}, "is not an e-mail address"),
        ({"email": "ADA@x.example"}, "can sign in already"),
        ({"site_codes": ["oak", "elm"]}, "there is no site elm, oak"),
        ({"password": ""}, "password cannot be used"),
        ({"password": "short"}, "at least 12"),
        ({"password": "administrator"}, "too common"),
        ({"name": " "}, "1 to 120"),
        ({"name": "x" * 121}, "1 to 120"),
    ],
)
def test_a_user_that_cannot_be_added_is_refused_and_nothing_is_written(change, words):
    add_user("ada@x.example", "Ada", Role.COUNSELOR, [], PASSWORD)
    given = {"email": "bo@x.example", "name": "Bo", "role": Role.COUNSELOR, "site_codes": [], "password": PASSWORD}
    with pytest.raises(UserProblem, match=words):
        add_user(**(given | change))
    assert User.objects.count() == verify() == 1


@pytest.mark.django_db
def test_a_site_that_is_switched_off_cannot_be_given(capsys):
    make_site("oak", is_active=False)
    with pytest.raises(UserProblem, match="no site oak"):
        add_user("bo@x.example", "Bo", Role.COUNSELOR, ["oak"], PASSWORD)


@pytest.fixture
def parked_items(db) -> list[Item]:
    account = make_account(make_site())
    return [
        make_item(account, state=ItemState.PARKED, reason=f"reason {number}", attempts=8, item_key=f"m{number}")
        for number in range(3)
    ]


def run_parked(action: str, item: int | None = None, **wanted: str) -> int:
    given = {"source": None, "reason": None, "account": None} | wanted
    return parked.run(Namespace(action=action, item=item, **given))


def test_parked_items_are_listed_with_their_reasons_and_without_names(parked_items, capsys):
    make_item(parked_items[0].account)
    assert run_parked("list") == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    reference = parked_items[0].account.reference
    assert [(line[0], *line[2:]) for line in lines] == [
        (str(item.pk), "gmail", reference, item.reason) for item in parked_items
    ]


def test_parked_items_are_counted_by_source_and_reason(parked_items, capsys):
    make_item(parked_items[0].account, state=ItemState.PARKED, reason="reason 1")
    run_parked("count")
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [(line[0], *line[2:]) for line in lines] == [
        ("2", "gmail", "reason 1"),
        ("1", "gmail", "reason 0"),
        ("1", "gmail", "reason 2"),
    ]


def test_only_the_items_asked_for_are_tried_again(parked_items):
    run_parked("retry", reason="REASON 2", account=parked_items[0].account.reference)
    assert list(Item.objects.filter(state=ItemState.PENDING)) == [parked_items[2]]
    run_parked("retry", source="drive")
    assert Item.objects.filter(state=ItemState.PARKED).count() == 2


def test_one_parked_item_is_tried_again_alone(parked_items, capsys):
    assert run_parked("retry", parked_items[1].pk) == 0
    assert capsys.readouterr().out == "1 items wait for another reading.\n"
    assert list(Item.objects.filter(state=ItemState.PENDING)) == [parked_items[1]]


def test_all_parked_items_are_tried_again_from_their_first_attempt_and_that_is_on_record(parked_items):
    run_parked("retry")
    assert set(Item.objects.values_list("state", "attempts", "finished_at")) == {(ItemState.PENDING, 0, None)}
    assert AuditEvent.objects.get().detail == {"count": 3}


def test_an_item_that_is_tried_again_is_scored_when_nothing_stands_in_its_way(watched):
    copies = watched.control.mail("pal@elsewhere.example", watched.addresses[0], "Hi", "At three.")["copies"]
    make_item(watched.account(0), state=ItemState.PARKED, reason="given up", item_key=copies[0]["id"])
    run_parked("retry")
    assert score_all().scored == 1
    assert Item.objects.get().reason == ""


def extracted(*paths: object) -> list[dict]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert extract.run(Namespace(paths=list(paths))) == 0
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_folder_of_odd_files_gives_one_line_each(tmp_path):
    folder = tmp_path / "things"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "a.txt").write_text("Hello.")
    (folder / "b.eml").write_bytes(b"Subject: Hi\r\n\r\nA body.\r\n")
    (folder / "c.bin").write_bytes(bytes(range(256)))
    (folder / "d.pdf").write_bytes(b"%PDF-1.7 cut")
    (folder / "empty").touch()
    (folder / "deep" / "er" / "e.html").write_text("<p>Deep")
    (folder / "deep" / "loop").symlink_to(folder)
    (folder / "dangling").symlink_to("nowhere")
    os.mkfifo(folder / "pipe")
    (folder / os.fsdecode(b"\xff\xfe.txt")).write_text("Odd name.")
    lines = {os.path.relpath(line["path"], folder): line for line in extracted(folder)}
    assert len(lines) == 10
    statuses = {name: line["status"] for name, line in lines.items()}
    assert statuses["a.txt"] == statuses["b.eml"] == statuses["deep/er/e.html"] == "ok"
    assert statuses["c.bin"] == statuses["d.pdf"] == "unsupported"
    assert statuses["empty"] == "empty"
    assert statuses["dangling"] == statuses["pipe"] == statuses["deep/loop"] == "broken"
    assert [span["text"].strip() for span in lines["b.eml"]["spans"]] == ["Hi", "A body."]


@pytest.mark.parametrize("path", ["none.txt", "x" * 5000, "/proc/self/mem", "/dev/zero"])
def test_a_path_that_cannot_be_read_is_a_broken_file(path):
    (line,) = extracted(Path(path))
    assert line["status"] == "broken"
    assert line["detail"].startswith("cannot be read")


def test_by_hand_extract_ends_with_status_0_whatever_the_files_are(tmp_path):
    (tmp_path / "a.txt").write_text("Hello.")
    finished = Home(tmp_path).run("extract", "a.txt", "none", "y" * 5000)
    assert (finished.returncode, finished.stderr) == (0, "")
    assert [json.loads(line)["status"] for line in finished.stdout.splitlines()] == ["ok", "broken", "broken"]

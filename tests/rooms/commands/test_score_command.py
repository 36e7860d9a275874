"""`worker.py score`: JSON lines in, JSON lines out in the same order, whatever a line holds."""

import json
import subprocess
import sys
import tomllib
from argparse import Namespace

import pytest

from models.classifier import CATEGORIES
from monitor.commands.lines import LINE_BYTES
from monitor.commands.score import POLICY_FILE, _read, _score
from monitor.domain.policy import parse_policy
from tests.fakes.texts import ORDINARY, SIGNS
from tests.rooms.commands.by_hand import ROOT, Home
from tests.rooms.detection.marker import MarkerClassifier

REPLY = "Thanks!\r\n\r\nOn Mon, Oct 5, 2026 at 3:10 PM Bo <bo@x.example> wrote:\r\n> Hi.\r\n> {quoted}\r\n"
LINES = [
    json.dumps({"id": 1, "text": ORDINARY.format(marker="a")}),
    '{"id": 2, "text": ',
    json.dumps({"id": "three", "text": SIGNS["bullying"]}),
    "",
    json.dumps({"id": 4}),
    json.dumps({"id": 5, "text": 5}),
    json.dumps({"id": 6, "text": ""}),
    json.dumps({"id": [7], "text": " \n\t "}),
    "[8]",
    '{"id": NaN, "text": "nine"}',
    json.dumps({"id": 10, "text": "\ud800 \u0000 \u202e" + ORDINARY}),
    json.dumps({"text": "no id"}),
    json.dumps({"id": 12, "text": REPLY.format(quoted=SIGNS["violence"])}),
    json.dumps({"id": 13, "text": "word " * 1_000, "ignored": "x" * 5_000_000}),
]


def score(*texts: str, raw: bool = False) -> list[dict]:
    """What the command makes of texts, with a classifier whose scores stand in them."""
    policy = parse_policy(tomllib.loads(POLICY_FILE.read_text()))
    records = [{"id": number, "text": text} for number, text in enumerate(texts)]
    return list(_score(records, MarkerClassifier(), policy, Namespace(raw=raw, channel="mail")))


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Home:
    return Home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def scored(home) -> list[dict]:
    """What the shipped classifier makes of `LINES`, from a file whose last line is not ended."""
    file = home.folder / "in.jsonl"
    file.write_bytes("\n".join(LINES).encode() + b"\n\xff\xfe{}\n" + b'{"id": 16, "text": "last"}')
    finished = home.run("score", file)
    assert finished.returncode == 0, finished.stderr
    return [json.loads(line) for line in finished.stdout.splitlines()]


def test_the_answers_keep_the_order_of_the_lines(scored):
    assert [answer["id"] for answer in scored] == [
        1, None, "three", 4, 5, 6, [7], None, None, 10, None, 12, 13, None, 16,
    ]  # fmt: skip


def test_a_bad_line_gets_an_error_with_its_id_where_it_has_one_and_the_rest_goes_on(scored):
    errors = {place: answer["error"] for place, answer in enumerate(scored) if "error" in answer}
    assert list(errors) == [1, 3, 4, 7, 8, 13]
    assert "`text` is missing" in errors[3]
    assert "not a JSON object" in errors[7]
    assert all(set(scored[place]) == {"id", "error"} for place in errors)


def test_every_other_answer_is_complete(scored):
    for answer in scored:
        if "error" not in answer:
            assert set(answer) == {"id", "scores", "flags", "severity", "spans", "classifier"}
            assert list(answer["scores"]) == list(CATEGORIES)
            assert all(0 <= probability <= 1 for probability in answer["scores"].values())
            assert (answer["severity"] is None) == (answer["flags"] == [])


def test_a_sign_scores_higher_than_an_ordinary_text(scored):
    assert scored[2]["scores"]["bullying"] > scored[0]["scores"]["bullying"]


def test_an_empty_text_scores_nothing(scored):
    for answer in (scored[5], scored[6]):
        assert set(answer["scores"].values()) == {0.0}
        assert answer["flags"] == []


def test_answers_come_while_the_input_is_still_open(home):
    command = [sys.executable, str(ROOT / "worker.py"), "score", "-"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=home.environment, cwd=home.folder
    ) as process:
        for number in (1, 2):
            process.stdin.write(json.dumps({"id": number, "text": "See you at three."}).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == number
        process.stdin.close()
        assert process.stdout.read() == b""
        assert process.wait(30) == 0


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["none.jsonl"], "none.jsonl"),
        (["."], "directory"),
        (["--policy", "none.toml"], "none.toml"),
        (["--policy", "bad.toml"], "[severity]"),
    ],
)
def test_what_cannot_be_opened_ends_with_status_2_and_its_name(home, words, named):
    (home.folder / "bad.toml").write_text("cases = {}")
    finished = home.run("score", *words)
    assert finished.returncode == 2
    assert (finished.stdout, finished.stderr.count("\n")) == ("", 1)
    assert finished.stderr.startswith("score: ")
    assert named in finished.stderr


@pytest.mark.parametrize("raw", [False, True])
def test_offsets_point_into_the_text_as_it_was_given(raw):
    text = REPLY.format(quoted="A sign-violence here. And ünïcode 🎈.") + "\r\n-- \r\nBo, a sign-bullying.\r\n"
    (answer,) = score(text, raw=raw)
    marked = {span["category"]: text[span["start"] : span["end"]] for span in answer["spans"]}
    assert "sign-violence" in marked["violence"]
    assert "sign-bullying" in marked["bullying"]
    assert all("\n\n" not in passage for passage in marked.values())


def test_raw_takes_quoted_words_for_new_ones():
    text = REPLY.format(quoted="A sign-violence here.")
    assert score(text)[0]["severity"] == "concern"
    assert score(text, raw=True)[0]["severity"] == "severe"


def test_an_answer_has_the_highest_score_of_all_parts_and_the_severest_severity():
    text = "A sign-bullying here.\n\n" + REPLY.format(quoted="A sign-violence! here.")
    (answer,) = score(text)
    assert (answer["scores"]["bullying"], answer["scores"]["violence"]) == (0.9, 0.999)
    assert answer["flags"] == ["bullying", "violence"]
    assert answer["severity"] == "severe"


def test_a_line_that_is_too_long_says_so():
    assert "longer than" in _read(b"x" * (LINE_BYTES + 1))["error"]


def test_a_deeply_nested_line_is_a_bad_line():
    assert "not a JSON line" in _read(b"[" * 100_000)["error"]

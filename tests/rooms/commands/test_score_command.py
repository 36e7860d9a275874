"""`worker.py score`: JSON lines in, JSON lines out in the same order, whatever a line holds."""

import json
import subprocess
import sys
import tomllib
from argparse import ArgumentParser, Namespace

import pytest

from models.classifier import CATEGORIES
from models.panel import Panel, Scorer
from monitor.commands import score as command
from monitor.commands.lines import LINE_BYTES
from monitor.commands.score import POLICY_FILE, _read, _score, add_arguments, run
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


def score(*texts: str, raw: bool = False, classifier: Scorer | None = None) -> list[dict]:
    """What the command makes of texts, with a classifier whose scores stand in them."""
    lines = [json.dumps({"id": number, "text": text}) for number, text in enumerate(texts)]
    return score_lines(*lines, raw=raw, classifier=classifier)


def score_lines(
    *lines: str, raw: bool = False, first_pass: bool = False, classifier: Scorer | None = None, channel: str = "mail"
) -> list[dict]:
    policy = parse_policy(tomllib.loads(POLICY_FILE.read_text()))
    records = [_read(line.encode(), channel) for line in lines]
    arguments = Namespace(raw=raw, first_pass=first_pass)
    return list(_score(records, classifier or MarkerClassifier(), policy, arguments))


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
            assert set(answer) == {"id", "scores", "flags", "severity", "levels", "spans", "classifier"}
            assert list(answer["scores"]) == list(CATEGORIES)
            assert all(0 <= probability <= 1 for probability in answer["scores"].values())
            assert (answer["severity"] is None) == (answer["flags"] == [])
            assert set(answer["levels"]) <= set(answer["flags"])


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
    assert "longer than" in _read(b"x" * (LINE_BYTES + 1), "mail")["error"]


def test_a_deeply_nested_line_is_a_bad_line():
    assert "not a JSON line" in _read(b"[" * 100_000, "mail")["error"]


class OnlyInChat(MarkerClassifier):
    """Hears nothing but chat, and remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, list[str]]] = []

    def score(self, texts, *, channel="mail", first_pass=False, cache=None):
        self.asked.append((channel, list(texts)))
        heard = texts if channel == "chat" else ["Nothing."] * len(texts)
        return super().score(heard, channel=channel, first_pass=first_pass, cache=cache)


def test_a_line_may_name_its_channel_and_the_answers_keep_their_order():
    classifier = OnlyInChat()
    sign = "A sign-bullying here."
    lines = [
        {"id": 1, "text": sign},
        {"id": 2, "text": sign, "channel": "chat"},
        {"id": 3, "text": sign, "channel": "document"},
        {"id": 4, "text": "Two. " + sign, "channel": "chat"},
        {"id": 5, "text": sign, "channel": "fax"},
        {"id": 6, "text": sign, "channel": ["chat"]},
    ]
    answers = score_lines(*map(json.dumps, lines), channel="document", classifier=classifier)
    assert [answer["id"] for answer in answers] == [1, 2, 3, 4, 5, 6]
    assert [answer.get("flags") for answer in answers] == [[], ["bullying"], [], ["bullying"], None, None]
    assert [channel for channel, _ in classifier.asked] == ["document", "chat"]
    for answer in answers[4:]:
        assert "mail, document, chat" in answer["error"]


def test_levels_stand_beside_the_flags_and_decide_the_severity():
    (answer,) = score("A sign-violence1 here. A sign-bullying3 there. A sign-grooming.")
    assert answer["levels"] == {"bullying": 3, "violence": 1}
    assert answer["flags"] == ["bullying", "violence", "grooming"]
    assert score("A sign-self_harm3 here.")[0]["severity"] == "imminent"
    assert score("A sign-bullying1! here.")[0]["severity"] == "concern"


def test_of_several_parts_the_highest_level_counts_and_quoted_words_weigh_less():
    quoted = REPLY.format(quoted="A sign-violence3 here.")
    (answer,) = score("A sign-violence1 there.\n\n" + quoted)
    assert (answer["levels"], answer["severity"]) == ({"violence": 3}, "severe")
    assert score(quoted, raw=True)[0]["severity"] == "imminent"


def test_every_text_is_read_whole_unless_the_first_pass_is_asked_for():
    classifier, line = MarkerClassifier(), json.dumps({"id": 1, "text": "See you."})
    score_lines(line, classifier=classifier)
    score_lines(line, classifier=classifier, first_pass=True)
    assert classifier.first_passes == [False, True]
    parser = ArgumentParser()
    add_arguments(parser)
    assert parser.parse_args([]).first_pass is False
    assert parser.parse_args(["--first-pass"]).first_pass is True


def test_of_a_panel_the_member_that_flagged_decides_how_strong_it_is():
    keen = MarkerClassifier("keen")
    keen.thresholds = {channel: {c: {"alert": 1e-4, "review": 1e-5} for c in CATEGORIES} for channel in keen.thresholds}
    assert score("A sign-violence here.", classifier=Panel([(keen, CATEGORIES)]))[0]["severity"] == "imminent"
    both = Panel([(MarkerClassifier("calm"), CATEGORIES), (keen, [])])
    (answer,) = score("A sign-violence here.", classifier=both)
    assert (answer["severity"], answer["classifier"]) == ("severe", both.id)


def test_the_classifiers_are_those_of_the_policy(tmp_path, monkeypatch, capsys):
    table = """
[[panel]]
id = "elsewhere"
path = "folder"
sha256 = {"model.safetensors" = "%s"}
labels = {toxic = "bullying"}
calibration.bullying = {slope = 1.0, intercept = 0.0}
thresholds.bullying = {alert = 0.5, review = 0.2}
"""
    (tmp_path / "in.jsonl").write_text('{"id": 1, "text": "A sign-bullying."}\n')
    loaded = []
    monkeypatch.setattr(command, "load_panel", lambda specs, _sensitivity: loaded.append(specs) or MarkerClassifier())
    for digest, status in (("0" * 64, 0), ("short", 2)):
        (tmp_path / "policy.toml").write_text(POLICY_FILE.read_text() + table % digest)
        arguments = Namespace(
            file=str(tmp_path / "in.jsonl"),
            policy=tmp_path / "policy.toml",
            raw=False,
            channel="mail",
            first_pass=False,
        )
        assert run(arguments) == status
    ((spec,),) = loaded
    assert spec.path == tmp_path / "folder"
    captured = capsys.readouterr()
    assert json.loads(captured.out)["flags"] == ["bullying"]
    assert "64 hexadecimal digits" in captured.err

"""What a classifier says of drawn texts: kept by draw, heard again, and refused where a draw came out otherwise."""

import json

import numpy as np
import pytest
from safetensors import safe_open

from models.categories import CATEGORIES
from models.encoder import build_tokenizer, read_encoder
from models.store import SHIPPED, read_manifest
from models.training import readings
from models.training.network import Settings
from models.training.readings import FILE, drawn_examples, with_readings, write_readings
from models.training.rows import DataError
from models.training.sampling import Example
from tests.unit.models.training_arguments import arguments, command, toy_rows, write_toy_data

OPINION = (1.0, 2.0, 3.0, 4.0)


def examples(*tokens: int) -> list[Example]:
    """One example for each number; those above 100 have an opinion already."""
    return [Example((n, n + 1), {}, None, OPINION if n > 100 else None) for n in tokens]


def kept(path, given, draw="draw 0"):
    return write_readings(path, [(draw, given)], lambda windows: np.array([[w[0], -3, 0.5, 90] for w in windows]), {})


def test_what_has_no_opinion_hears_what_was_said_of_it_and_the_rest_keeps_its_own(tmp_path):
    given = examples(5, 101, 6)
    assert kept(tmp_path / "said", given) == 2
    heard = with_readings(given, "draw 0", tmp_path / "said")
    assert [e.opinion for e in heard] == [(5.0, -3.0, 0.5, 127 / 16), OPINION, (6.0, -3.0, 0.5, 127 / 16)]
    assert [e.tokens for e in heard] == [e.tokens for e in given]


@pytest.mark.parametrize(
    ("drawn", "draw"),
    [(examples(5, 7), "draw 0"), (examples(6, 5), "draw 0"), (examples(5), "draw 0"), (examples(5, 6), "draw 1")],
)
def test_a_draw_that_came_out_otherwise_hears_nothing_and_says_so(drawn, draw, tmp_path, capsys):
    kept(tmp_path / "said", examples(5, 6))
    assert with_readings(drawn, draw, tmp_path / "said") == drawn
    assert capsys.readouterr().err == f"no readings fit {draw}: what it puts together is learned from labels alone\n"


def test_where_one_text_ends_and_the_next_begins_is_part_of_a_draw(tmp_path):
    one = [Example((1, 2, 3), {}, None), Example((4,), {}, None)]
    other = [Example((1, 2), {}, None), Example((3, 4), {}, None)]
    kept(tmp_path / "said", one)
    assert with_readings(other, "draw 0", tmp_path / "said") == other


def test_a_file_that_is_absent_or_broken_says_how_to_make_it(tmp_path):
    (tmp_path / "broken").write_bytes(b"no tensors")
    for name in ("absent", "broken"):
        with pytest.raises(DataError, match=f"{name} cannot be read .*train --readings"):
            with_readings(examples(1), "draw 0", tmp_path / name)


def test_the_projects_own_file_has_four_numbers_for_each_text_of_every_draw_and_nothing_else():
    with safe_open(FILE, framework="numpy") as opened:
        about = opened.metadata()
        said = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118 - it is no dictionary
    assert sorted(said) == sorted(json.loads(about["digests"])) == [f"draw {n}" for n in range(Settings().draws)]
    assert all(len(one) > 50_000 and one.shape[1:] == (len(CATEGORIES),) for one in said.values())
    assert json.loads(about["origin"])["classifier"].startswith("heed-minilm-")


def test_draws_come_again_after_so_many_epochs_and_do_not_depend_on_the_order_they_are_read_in():
    tokenizer = build_tokenizer(read_encoder())
    settings = Settings(draws=2)
    first, second, third = (drawn_examples(toy_rows(), [], tokenizer, epoch, settings) for epoch in range(3))
    other = drawn_examples(toy_rows(), [], tokenizer, 0, Settings(draws=2, seed=99))
    assert first == third == other
    assert (first[0], second[0]) == ("draw 0", "draw 1")
    assert first[1] != second[1]


def test_a_classifier_reads_what_training_will_draw(tmp_path, capsys, monkeypatch):
    write_toy_data(tmp_path / "data")
    monkeypatch.setattr(readings, "load_synthetic", lambda: {"train": toy_rows(20), "dev": []})
    given = arguments("--data", tmp_path / "data", "--out", tmp_path / "out", "--readings", SHIPPED)
    assert command.run(given) == 0
    path = tmp_path / "out" / "readings.safetensors"
    assert f"readings in {path}" in capsys.readouterr().out
    rows = readings.with_opinions(readings.split_rows(readings.load_sets(tmp_path / "data"))["train"])
    tokenizer = build_tokenizer(read_encoder())
    draw, drawn = drawn_examples(rows, toy_rows(20), tokenizer, 1, Settings())
    heard = with_readings(drawn, draw, path)
    assert all(example.opinion is not None for example in heard)
    with safe_open(path, framework="numpy") as opened:
        assert json.loads(opened.metadata()["origin"]) == {"classifier": read_manifest(SHIPPED).id}


def test_reading_draws_without_data_ends_with_code_2(tmp_path, capsys):
    given = arguments("--data", tmp_path / "none", "--out", tmp_path, "--readings", SHIPPED)
    assert command.run(given) == 2
    assert "no training set" in capsys.readouterr().err

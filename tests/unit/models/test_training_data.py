import gzip
import json
import random
from collections import Counter

import pytest

from models.categories import CATEGORIES
from models.training.augment import WAYS, assemble_chat, reshape_chat, roughen, vary_synthetic
from models.training.auxiliary import SIDE_ANSWERS, SIDE_QUESTIONS, auxiliary_targets, level_of
from models.training.mapping import SETS
from models.training.rows import DataError, Row, normalised, read_lines
from models.training.sampling import Example, draw_epoch, encode_rows, shuffled_batches
from models.training.splits import deduplicate, load_sets, split_rows
from models.training.synthetic import fill_slots, load_synthetic

ZERO = {"bullying": (0.0, 1.0)}


def row(text: str, source: str = "insults", group: str = "", targets=None) -> Row:
    return Row(text, source, group, targets or ZERO)


def spelled(number: int) -> str:
    return "".join("abcdefghij"[int(digit)] for digit in str(number))


def test_copies_across_sets_become_one_row_that_knows_what_both_knew():
    first = row("Hello, World!", "insults", "", {"bullying": (0.0, 1.0)})
    copy = row("hello world http://x.y @you", "davidson", "", {"bullying": (0.0, 0.5), "violence": (0.0, 1.0)})
    [kept] = deduplicate([first, copy])
    assert kept.source == "insults"
    assert kept.targets == {"bullying": (0.0, 1.0), "violence": (0.0, 1.0)}


def test_copies_that_disagree_make_the_label_unknown():
    [kept] = deduplicate([row("same", targets={"bullying": (1.0, 1.0)}), row("SAME", targets={"bullying": (0.0, 1.0)})])
    assert kept.targets == {}


def test_texts_of_nothing_but_marks_are_left_out():
    assert deduplicate([row("!!! ..."), row("")]) == []


def test_normalisation_sees_through_case_width_links_and_names():
    assert normalised("Ｈello,  WORLD! https://a.b @me") == "hello world"  # noqa: RUF001


def test_no_group_is_on_two_sides_and_no_text_either():
    rows = deduplicate(row(f"text {spelled(i)}", group=f"g{i % 300}") for i in range(3000))
    sides = split_rows(rows)
    groups = {name: {r.group for r in members} for name, members in sides.items()}
    assert groups["train"].isdisjoint(groups["tune"] | groups["test"])
    assert groups["tune"].isdisjoint(groups["test"])
    assert sum(map(len, sides.values())) == 3000
    assert 0.05 < len(sides["tune"]) / 3000 < 0.16
    assert 0.05 < len(sides["test"]) / 3000 < 0.16


def test_a_group_that_is_a_large_part_of_its_set_trains():
    rows = [row(f"x {spelled(i)}", "threatgram", "big" if i < 500 else f"small{i % 12}") for i in range(1000)]
    sides = split_rows(deduplicate(rows))
    assert {r.group for r in sides["tune"]} | {r.group for r in sides["test"]} <= {f"small{i}" for i in range(12)}
    assert sides["tune"]
    assert sides["test"]


def test_the_split_is_the_same_every_time():
    rows = deduplicate(row(f"text {spelled(i)}") for i in range(500))
    assert split_rows(rows) == split_rows(rows[::-1][::-1])


def test_absent_data_are_an_error_that_says_where_to_point(tmp_path):
    with pytest.raises(DataError, match="point --data at a folder"):
        load_sets(tmp_path)


def test_a_broken_line_is_named(tmp_path):
    path = tmp_path / "insults.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"text": "a"}\n{"text": 5}\n'))
    with pytest.raises(DataError, match=r"insults.jsonl.gz, line 2"):
        list(read_lines(path))


def test_restricted_sets_stay_out_when_only_open_ones_are_asked_for(tmp_path):
    for folder, name, label in (("open", "mail_ham", "ordinary mail"), ("restricted", "clear_a", "benign")):
        (tmp_path / folder).mkdir()
        line = json.dumps({"text": f"a text of {name}", "source_label": label})
        (tmp_path / folder / f"{name}.jsonl").write_text(line)
    assert {r.source for r in load_sets(tmp_path)} == {"mail_ham", "clear_a"}
    assert {r.source for r in load_sets(tmp_path, only_open=True)} == {"mail_ham"}


SAMPLES = {
    "edos": ({"source_fine": "1.1 threats of harm"}, "violence", 1.0),
    "gab": ({"source_label": {"hate": 1, "vulgar": 0, "call_for_violence": 0}}, "violence", 0.0),
    "threatgram": ({"source_label": "punitive"}, "violence", 0.0),
    "grooming_windows": ({"labels": {"grooming": 1}}, "grooming", 1.0),
    "chat_rooms_nps": ({"labels": {"grooming": 0}}, "grooming", 0.0),
    "game_chat_conda": ({"source_label": "O"}, "violence", 0.0),
    "cssrs": ({"labels": {"self_harm": 1}, "risk": "ideation"}, "self_harm", 1.0),
    "ruddit": ({"source_label": {"offensiveness": 0.8}}, "bullying", 1.0),
    "identity_templates": ({"source_label": "NOT_BAD", "text": "Ada is a kind person"}, "bullying", 0.0),
}


@pytest.mark.parametrize(("name", "case"), SAMPLES.items(), ids=SAMPLES)
def test_a_label_of_a_source_means_what_the_mapping_says(name, case):
    raw, category, value = case
    target, weight = SETS[name].map(raw)[category]
    assert target == value
    assert weight > 0


UNKNOWN = {
    "davidson": ({"source_label": "offensive"}, "bullying"),
    "hatexplain": ({"source_label": "offensive"}, "bullying"),
    "formspring": ({"labels": {}, "votes": 1}, "bullying"),
    "ruddit": ({"source_label": {"offensiveness": 0.3}}, "bullying"),
    "depression_reddit": ({"source_label": " yes"}, "self_harm"),
    "counselchat": ({"source_label": {"role": "client question", "topic": "depression"}}, "self_harm"),
    "edos": ({"source_fine": "4.1 supporting mistreatment of individual women"}, "violence"),
}


@pytest.mark.parametrize(("name", "case"), UNKNOWN.items(), ids=UNKNOWN)
def test_what_a_source_does_not_answer_stays_unknown(name, case):
    raw, category = case
    assert category not in SETS[name].map(raw)


def test_an_epoch_is_the_same_for_the_same_seed_and_new_for_the_next_epoch():
    rows = [row(f"text number {spelled(i)}") for i in range(200)]
    first = [r.text for r in draw_epoch(rows, [], 0, 1)]
    assert first == [r.text for r in draw_epoch(rows, [], 0, 1)]
    assert first != [r.text for r in draw_epoch(rows, [], 1, 1)]


def test_a_large_set_gives_its_share_and_all_of_its_rare_dangers():
    rare = {"violence": (1.0, 1.0)}
    rows = [row(f"t {spelled(i)}", "gab", targets=rare if i % 100 == 0 else ZERO) for i in range(5000)]
    drawn = draw_epoch(rows, [], 0, 1)
    assert sum(r.source == "gab" for r in drawn) == SETS["gab"].per_epoch
    assert sum("violence" in r.targets for r in drawn if r.source == "gab") == 50


def test_assembled_chat_is_never_grooming_and_never_made_of_unknown_lines():
    lines = [row(f"line {spelled(i)}", "goemotions", targets={"grooming": (0.0, 1.0)}) for i in range(50)]
    windows = assemble_chat([*lines, row("unknown words", "davidson")], random.Random(1))
    assert len(windows) == 51
    assert all(window.targets["grooming"][0] == 0.0 for window in windows)
    assert not any("unknown" in window.text for window in windows)
    stacked = [window.text.count("\n") + 1 for window in windows if "\n" in window.text]
    assert 10 < len(stacked) < 41
    assert all(4 <= lines <= 10 for lines in stacked)


def test_a_chat_window_loses_the_marks_of_its_collection():
    window = row(
        "<x> are you there\nuser, hi\n" + "\n".join(f"line {spelled(i)}" for i in range(8)), "grooming_windows"
    )
    shapes = [reshape_chat(window, random.Random(seed)).text for seed in range(40)]
    assert not any("<x>" in text or "user" in text for text in shapes)
    assert len({len(text.split("\n")) for text in shapes}) > 3
    assert reshape_chat(row("user stays", "goemotions"), random.Random(1)).text == "user stays"


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("text", ["", "a", "ok then", "I really think that this is an ordinary sentence, isn't it?"])
def test_every_way_to_roughen_takes_any_text(way, text):
    assert isinstance(way(text, random.Random(3)), str)


def test_side_questions_and_levels_come_from_the_sources_own_words():
    assert auxiliary_targets("davidson", {"source_label": "offensive"}) == {"toxic": (1.0, 1.0), "hate": (0.0, 1.0)}
    assert auxiliary_targets("ruddit", {"source_label": {"offensiveness": 0.5}}) == {"toxic": (0.75, 1.0)}
    assert auxiliary_targets("clear_a", {})["distress"] == (0.0, 1.0)
    assert auxiliary_targets("formspring", {}) == {}
    assert level_of("cssrs", {"risk": "attempt"}) == 3
    assert level_of("cssrs", {"risk": "indicator"}) is None
    assert level_of("edos", {"source_fine": "1.1 threats of harm"}) == 2
    assert level_of("goemotions", {}) is None
    assert set(SIDE_ANSWERS) <= set(SETS)
    assert not set(SIDE_QUESTIONS) & set(CATEGORIES)


def test_roughening_changes_some_texts_and_no_label():
    chance = random.Random(4)
    rows = [row("I really think that this is an ordinary sentence, isn't it?") for _ in range(300)]
    rough = [roughen(r, chance) for r in rows]
    assert 10 < sum(r.text != rows[0].text for r in rough) < 80
    assert all(r.targets == ZERO and r.text for r in rough)


def test_a_framed_sentence_keeps_its_own_label_among_harmless_ones():
    danger = row("DANGER", "synthetic", "f", {"violence": (1.0, 1.0)})
    calm = row("All is well.", "synthetic", "g", {"violence": (0.0, 1.0)})
    varied = vary_synthetic([danger, calm], random.Random(2), variants=40)
    framed = [r for r in varied if r.targets["violence"][0] == 1.0 and "all is well" in r.text.lower()]
    assert len(framed) > 5


def test_known_slots_are_filled_and_other_braces_stay():
    assert fill_slots("{unknown} {day}", random.Random(1)).startswith("{unknown} ")
    assert "{day}" not in fill_slots("{day}", random.Random(1))


def test_long_dangerous_texts_keep_their_start_and_targets_survive_encoding(tokenizer):
    long = "first words " + "more words here " * 400
    [example] = encode_rows([row(long, targets={"bullying": (1.0, 1.0)})], tokenizer, 32, random.Random(1))
    assert len(example.tokens) == 30
    assert tokenizer.decode(list(example.tokens)).startswith("first words")
    assert example.targets == {"bullying": (1.0, 1.0)}


def test_training_batches_hold_every_example_once():
    examples = [Example((1,) * (1 + i % 50), {}, None) for i in range(1000)]
    batches = shuffled_batches(examples, 512, random.Random(1))
    assert Counter(i for batch in batches for i in batch) == Counter(range(1000))


def test_our_sentences_have_dangers_and_look_alikes_of_every_category_on_both_sides():
    sides = load_synthetic()
    assert {r.group for r in sides["train"]}.isdisjoint({r.group for r in sides["dev"]})
    for members in sides.values():
        for category in CATEGORIES:
            values = Counter(r.targets[category][0] for r in members if category in r.targets)
            assert values[1.0] >= 5
            assert values[0.0] >= 20


def test_no_sentence_of_ours_occurs_twice():
    texts = [normalised(r.text) for members in load_synthetic().values() for r in members]
    assert [text for text, count in Counter(texts).items() if count > 1] == []

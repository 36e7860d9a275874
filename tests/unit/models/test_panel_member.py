"""A classifier from a local folder says what the library's own pipeline says of it, and runs nothing it brings."""

import dataclasses
import json
import random
import socket
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForSequenceClassification, DistilBertConfig, GPT2Config, RobertaConfig, pipeline

from models.cache import CacheUse, MemoryCache
from models.categories import CATEGORIES, CHANNELS, ClassifierError
from models.panel_folder import read_member
from models.panel_member import PanelMember
from models.panel_spec import parse_members
from tests.unit.models.panel_folders import (
    LETTERS,
    POSITIONS,
    UNKNOWN,
    change_config,
    digest,
    make_folder,
    put_network,
    table,
)

LABELS = ["fine", "rude", "threat"]
TEXTS = [
    "You are the worst of all.",
    "Nobody likes him here",
    "We read a book on plants in class today.",
    "ünïcode 😀 x",
]
HOSTILE = {
    "empty": "",
    "no letters": "123 !!! 😀",
    "NUL": "\x00hello\x00",
    "lone surrogates": "\ud800 hello \udfff",
    "a word of 20,000 letters": "a" * 20_000,
    "right to left": "\u202e\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "line breaks": "a\n" * 500,
    "spaced": "y o u  a r e " * 200,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return make_folder(tmp_path_factory.mktemp("tiny"), LABELS)


@pytest.fixture
def copy(folder, tmp_path) -> Path:
    """A copy of the folder that a test may damage."""
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def load(folder: Path, labels: dict[str, Any] | None = None, **changes: Any) -> PanelMember:
    (spec,) = parse_members([table(folder, labels or {"rude": "bullying", "threat": "violence"}, **changes)], Path("/"))
    return PanelMember(spec, read_member(spec))


def refused(folder: Path, **changes: Any) -> str:
    with pytest.raises(ClassifierError) as caught:
        load(folder, **changes)
    return str(caught.value)


@cache
def said(folder: Path, text: str) -> dict[str, float]:
    """What the library's pipeline makes of a text."""
    (answers,) = opened(folder)([text])
    return {answer["label"]: answer["score"] for answer in answers}


@cache
def opened(folder: Path) -> Any:
    return pipeline("text-classification", model=str(folder), top_k=None, device="cpu")


def scores(member: PanelMember, category: str) -> list[float]:
    return [score.scores[category] for score in member.score(TEXTS)]


def test_a_short_text_scores_what_the_pipeline_says(folder):
    member = load(folder)
    for text, score in zip(TEXTS, member.score(TEXTS), strict=True):
        expected = said(folder, text)
        assert score.scores["bullying"] == pytest.approx(expected["rude"], abs=1e-5)
        assert score.scores["violence"] == pytest.approx(expected["threat"], abs=1e-5)
        assert score.scores["self_harm"] == score.scores["grooming"] == 0.0


def test_labels_that_do_not_exclude_each_other_score_what_the_pipeline_says(tmp_path):
    folder = make_folder(tmp_path, LABELS, problem="multi_label_classification")
    member = load(folder)
    for text, score in zip(TEXTS, member.score(TEXTS), strict=True):
        assert score.scores["violence"] == pytest.approx(said(folder, text)["threat"], abs=1e-5)


def test_the_table_may_say_how_the_labels_stand_to_each_other(folder):
    single, multi = load(folder), load(folder, head="multi")
    assert scores(single, "violence") != pytest.approx(scores(multi, "violence"), abs=1e-3)
    change_to = [torch.sigmoid(torch.tensor(multi._member.logits([text])[0, 2])).item() for text in TEXTS]
    assert scores(multi, "violence") == pytest.approx(change_to, abs=1e-5)


def test_one_output_is_a_probability_by_itself(tmp_path):
    folder = make_folder(tmp_path, ["toxic"])
    expected = [said(folder, text)["toxic"] for text in TEXTS]
    assert scores(load(folder, {"toxic": "bullying"}), "bullying") == pytest.approx(expected, abs=1e-5)
    absent = scores(load(folder, {"toxic": "-bullying"}), "bullying")
    assert absent == pytest.approx([1 - p for p in expected], abs=1e-5)


def test_several_labels_of_a_category_count_together_and_an_absence_is_the_rest(folder):
    together = load(folder, {"rude": "bullying", "threat": ["bullying", "+violence"]})
    absence = load(folder, {"fine": "-bullying"})
    expected = [sum(said(folder, text)[label] for label in ("rude", "threat")) for text in TEXTS]
    assert scores(together, "bullying") == pytest.approx(expected, abs=1e-5)
    assert scores(absence, "bullying") == pytest.approx(expected, abs=1e-5)
    assert scores(together, "violence") == pytest.approx(scores(load(folder), "violence"))


def test_log_odds_are_calibrated(folder):
    plain = np.array(scores(load(folder), "violence"))
    calibration = {"bullying": {"slope": 1, "intercept": 0}, "violence": {"slope": 0.5, "intercept": -1.25}}
    odds = 0.5 * np.log(plain / (1 - plain)) - 1.25
    found = scores(load(folder, calibration=calibration), "violence")
    assert found == pytest.approx(list(1 / (1 + np.exp(-odds))), abs=1e-5)


def test_flags_follow_the_thresholds_of_the_channel(folder):
    violence = load(folder).score(TEXTS)[0].scores["violence"]
    low, high = {"alert": violence * 0.9, "review": 0.01}, {"alert": 0.99, "review": violence * 0.9}
    never = {"alert": 0.999, "review": 0.99}
    thresholds = {"bullying": never, "violence": high, "chat": {"violence": low}}
    member = load(folder, thresholds=thresholds)
    (mail,), (chat,) = member.score(TEXTS[:1]), member.score(TEXTS[:1], channel="chat")
    assert (mail.flags, mail.reviews) == ((), ("violence",))
    assert (chat.flags, chat.reviews) == (("violence",), ("violence",))
    assert {span.category for span in chat.spans} == {"violence"}
    assert mail.spans == ()
    assert mail.scores == chat.scores
    with pytest.raises(ClassifierError, match="mail, document, chat"):
        member.score(TEXTS, channel="fax")


def test_it_has_the_interface_of_our_own(folder):
    member = load(folder)
    assert tuple(member.thresholds) == CHANNELS
    for points in member.thresholds.values():
        assert set(points) == set(CATEGORIES)
    assert member.score([]) == []
    assert member.score(TEXTS, first_pass=True) == member.score(TEXTS)


def recorded(member: PanelMember) -> tuple[PanelMember, list[torch.Tensor]]:
    """The same member, and every batch of token numbers that its network will get."""
    batches: list[torch.Tensor] = []
    network = member._member.network

    def watched(**given: torch.Tensor) -> Any:
        batches.append(given["input_ids"])
        return network(**given)

    member._member = dataclasses.replace(member._member, network=watched)
    return member, batches


SMALL = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
KINDS = {
    "without types": DistilBertConfig(dim=16, n_layers=1, n_heads=2, hidden_dim=32, max_position_embeddings=POSITIONS),
    "positions behind the padding's": RobertaConfig(
        **SMALL, max_position_embeddings=POSITIONS + 2, pad_token_id=1, type_vocab_size=1
    ),
    "the last token decides": GPT2Config(n_embd=16, n_layer=1, n_head=2, n_positions=POSITIONS, pad_token_id=0),
}


@pytest.mark.parametrize("config", KINDS.values(), ids=KINDS.keys())
def test_networks_of_other_kinds_score_as_in_the_library_alone_and_beside_longer_texts(copy, config):
    put_network(copy, config, LABELS)
    member = load(copy)
    assert member._member.max_tokens == POSITIONS
    network = AutoModelForSequenceClassification.from_pretrained(copy).eval()
    found = member.score([*TEXTS, scribble(". ", 100)])[: len(TEXTS)]
    for text, score in zip(TEXTS, found, strict=True):
        ids = torch.tensor([member._member.tokenizer.encode(text).ids])
        with torch.inference_mode():
            expected = network(input_ids=ids).logits.softmax(-1)[0]
        assert score.scores["bullying"] == pytest.approx(expected[1].item(), abs=1e-5)


def scribble(end: str, words: int = 900) -> str:
    """Words that nobody wrote, each of them different."""
    chance = random.Random(5)
    return "".join("".join(chance.choices(LETTERS, k=7)) + (end if place % 9 == 8 else " ") for place in range(words))


@pytest.mark.parametrize(
    "text", [scribble(". "), scribble(" "), scribble("\n").replace(" ", "-"), scribble("") * 3], ids=range(4)
)
def test_a_long_text_is_read_to_its_end_in_windows_within_the_limit(folder, text):
    member, batches = recorded(load(folder))
    member.score([text])
    assert all(batch.shape[1] <= POSITIONS for batch in batches)
    read = Counter(token for batch in batches for row in batch.tolist() for token in row)
    there = Counter(member._member.tokenizer.encode(text, add_special_tokens=False).ids)
    del there[UNKNOWN]
    assert sum(there.values()) > 2 * POSITIONS
    assert there <= read


def test_one_sentence_in_a_long_text_decides_and_is_marked(tmp_path):
    """With these random weights one of the two sentences stands out as a threat, alone and among the others."""
    folder = make_folder(tmp_path, LABELS, seed=7)
    filler, sign = "We read a book on plants in class. " * 60, "You are the worst of all, nobody likes you. "
    text = filler + sign * 12 + filler
    plain, marked = (score.scores["violence"] for score in load(folder).score([filler, text]))
    assert marked > plain + 0.1
    calm = {"alert": 0.999999, "review": 0.99}
    points = {"alert": (marked + plain) / 2, "review": 0.01}
    (score,) = load(folder, thresholds={"bullying": calm, "violence": points}).score([text], channel="document")
    assert score.flags == ("violence",)
    assert any("nobody likes you" in text[span.start : span.end] for span in score.spans)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_any_text_gets_a_score_alone_or_among_others(folder, text):
    member = load(folder)
    (alone,) = member.score([text])
    assert all(0 <= p <= 1 for p in alone.scores.values())
    assert all(0 <= span.start < span.end <= len(text) for span in alone.spans)
    assert member.score([*TEXTS, text])[-1].scores == pytest.approx(alone.scores, abs=1e-5)
    if not any(map(str.isalpha, text)):
        assert set(alone.scores.values()) == {0.0}


def test_many_windows_do_not_change_the_scores_of_any(folder, monkeypatch):
    texts = [*TEXTS, "Nobody likes you. " * 100]
    expected = load(folder).score(texts)
    monkeypatch.setattr("models.panel_member.PENDING_WINDOWS", 2)
    for found, wanted in zip(load(folder).score(texts), expected, strict=True):
        assert found.scores == pytest.approx(wanted.scores, abs=1e-5)
        assert found.spans == wanted.spans


def test_what_is_in_the_cache_is_not_computed_and_the_cache_holds_no_text(folder):
    store = MemoryCache(1000)
    cache = CacheUse(secret=b"s" * 32, store=store)
    texts = [*TEXTS, "Nobody likes you. " * 100]
    first = load(folder).score(texts, cache=cache)
    member, batches = recorded(load(folder))
    assert member.score(texts, cache=cache) == first
    assert batches == []
    assert all(len(key) == 16 for key in store._entries)
    assert all(len(value) == 4 * len(CATEGORIES) for value in store._entries.values())
    other, batches = recorded(load(folder, head="multi"))
    other.score(texts, cache=cache)
    assert batches != []


def test_the_id_changes_with_whatever_decides_and_with_nothing_else(folder, copy):
    def name(folder: Path, **changes: Any) -> str:
        return load(folder, **changes).id

    base = name(folder)
    assert base.startswith("tiny-")
    assert name(folder) == name(copy) == base
    calm = {"bullying": {"alert": 0.6, "review": 0.2}, "violence": {"alert": 0.5, "review": 0.2}}
    steep = {"bullying": {"slope": 2.0, "intercept": 0.0}, "violence": {"slope": 1.0, "intercept": 0.0}}
    ids = {
        base,
        name(folder, thresholds=calm),
        name(folder, calibration=steep),
        name(folder, head="multi"),
        name(folder, labels={"rude": "bullying", "fine": "-violence"}),
    }
    change_config(copy, layer_norm_eps=1e-6)
    ids.add(name(copy))
    (copy / "tokenizer.json").write_text((copy / "tokenizer.json").read_text() + "\n")
    ids.add(name(copy))
    assert len(ids) == 7


def test_a_folder_with_only_pickled_weights_is_refused_and_they_are_not_opened(copy, tmp_path_factory):
    opened = tmp_path_factory.mktemp("trap") / "opened"

    class Trap:
        def __reduce__(self):
            return (Path.write_text, (opened, "the pickle ran"))

    torch.save(Trap(), copy / "pytorch_model.bin")
    given = {"model.safetensors": digest(copy / "model.safetensors")}
    (copy / "model.safetensors").unlink()
    message = refused(copy, sha256=given)
    assert "pytorch_model.bin" in message
    assert "safetensors" in message
    assert not opened.exists()


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json"])
def test_a_file_that_is_not_the_one_named_is_refused_by_its_digest(copy, name):
    names = ("model.safetensors", "config.json", "tokenizer.json")
    digests = {name: digest(copy / name) for name in names}
    assert load(copy, sha256=digests).id
    content = bytearray((copy / name).read_bytes())
    content[-2] ^= 1
    (copy / name).write_bytes(content)
    message = refused(copy, sha256=digests)
    assert name in message
    assert digests[name] in message


def test_code_in_the_folder_is_never_run(copy, tmp_path_factory):
    ran = tmp_path_factory.mktemp("trap") / "ran"
    (copy / "evil.py").write_text(f"open({str(ran)!r}, 'w').close()\nclass Evil: pass\n")
    code = {"AutoConfig": "evil.Evil", "AutoModelForSequenceClassification": "evil.Evil", "AutoTokenizer": "evil.Evil"}
    before = scores(load(copy), "violence")
    change_config(copy, auto_map=code, attn_implementation="somebody/kernel", _attn_implementation="somebody/kernel")
    tokenizer_config = copy / "tokenizer_config.json"
    tokenizer_config.write_text(json.dumps(json.loads(tokenizer_config.read_text()) | {"auto_map": code}))
    assert scores(load(copy), "violence") == before
    assert not ran.exists()


def test_the_network_is_not_touched(folder, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        message = "the network was touched"
        raise AssertionError(message)

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert load(folder).score(TEXTS)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"architectures": ["EvilForSequenceClassification"]}, "EvilForSequenceClassification"),
        ({"architectures": ["BertForMaskedLM"]}, "ForSequenceClassification"),
        ({"architectures": None}, "ForSequenceClassification"),
        ({"model_type": "roberta"}, "roberta"),
        ({"hidden_size": 32}, "do not fit"),
        ({"id2label": {"0": "a", "1": "b", "2": "c"}}, "there is no rude, threat"),
        ({"quantization_config": {"quant_method": "gptq"}}, "quantised"),
        ({"pad_token_id": None, "model_type": "bert"}, None),
    ],
)
def test_a_configuration_that_does_not_fit_says_why(copy, changes, words):
    change_config(copy, **changes)
    if words is None:
        assert load(copy).score(TEXTS)  # the library's own default stands in
    else:
        assert words in refused(copy)


def test_a_head_that_was_never_trained_is_refused(copy):
    tensors = load_file(copy / "model.safetensors")
    del tensors["classifier.weight"]
    save_file(tensors, copy / "model.safetensors", {"format": "pt"})
    assert "classifier.weight" in refused(copy)


def test_weights_in_several_files_are_read_together_and_one_that_is_left_out_is_missed(copy):
    whole = load(copy).score(TEXTS)
    tensors = load_file(copy / "model.safetensors")
    (copy / "model.safetensors").unlink()
    first = {name: tensor for name, tensor in tensors.items() if "encoder" in name}
    rest = {name: tensor for name, tensor in tensors.items() if "encoder" not in name}
    parts = {"model-1.safetensors": first, "model-2.safetensors": rest}
    for name, part in parts.items():
        save_file(part, copy / name, {"format": "pt"})
    digests = {name: digest(copy / name) for name in parts}
    assert load(copy, sha256=digests).score(TEXTS) == whole
    with pytest.raises(ClassifierError, match="lack"):
        load(copy, sha256={"model-2.safetensors": digests["model-2.safetensors"]})

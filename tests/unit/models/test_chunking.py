import random
import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.chunking import MAX_TOKENS, UNIT_CHARACTERS, chunk_text, split_sentences
from models.encoder import build_tokenizer, read_encoder

TOKENIZER = build_tokenizer(read_encoder())


def essay(sentences: int) -> str:
    return " ".join(f"Sentence number {i} tells of rivers, bridges and trains." for i in range(sentences))


def covered(text: str, spans: list[tuple[int, int]]) -> set[int]:
    return {place for start, end in spans for place in range(start, end)}


def test_a_short_text_is_one_window_from_first_to_last_letter(tokenizer):
    text = "  Hello there. How are you?\n"
    [chunk] = chunk_text(text, tokenizer)
    assert text[chunk.start : chunk.end] == "Hello there. How are you?"


def test_tokens_of_a_window_are_those_of_its_text(tokenizer):
    for chunk in chunk_text(text := essay(60), tokenizer):
        direct = tokenizer.encode(text[chunk.start : chunk.end], add_special_tokens=False).ids
        assert list(chunk.tokens) == direct


def test_windows_respect_the_limit_and_begin_and_end_with_sentences(tokenizer):
    text = essay(80)
    starts = {start for start, _ in split_sentences(text)}
    ends = {end for _, end in split_sentences(text)}
    chunks = chunk_text(text, tokenizer)
    assert len(chunks) > 5
    assert all(len(chunk.tokens) <= MAX_TOKENS - 2 for chunk in chunks)
    assert all(chunk.start in starts and chunk.end in ends for chunk in chunks)


def test_neighbouring_windows_share_a_sentence(tokenizer):
    chunks = chunk_text(essay(80), tokenizer)
    assert all(before.end > after.start for before, after in pairwise(chunks))


def test_a_sentence_longer_than_a_window_comes_in_overlapping_pieces(tokenizer):
    text = "😀 " * 280 + "the end"
    chunks = chunk_text(text, tokenizer)
    assert len(chunks) > 1
    assert all(0 < len(chunk.tokens) <= MAX_TOKENS - 2 for chunk in chunks)
    assert chunks[-1].end == len(text)
    assert all(before.end >= after.start for before, after in pairwise(chunks))


@pytest.mark.parametrize("text", ["", " \n\t ", "\x00", "\u200b\u200b"])
def test_texts_without_content_are_taken_without_complaint(text, tokenizer):
    assert all(0 <= chunk.start < chunk.end <= len(text) for chunk in chunk_text(text, tokenizer))


def test_a_word_of_100000_letters_is_covered_from_end_to_end(tokenizer):
    chunks = chunk_text("a" * 100_000, tokenizer)
    assert chunks[0].start == 0
    assert chunks[-1].end == 100_000
    assert all(before.end >= after.start for before, after in pairwise(chunks))


def test_lone_surrogates_and_nul_do_not_move_the_offsets(tokenizer):
    text = "ab\ud800c\x00d. Second one \udfff here."
    [chunk] = chunk_text(text, tokenizer)
    assert (chunk.start, chunk.end) == (0, len(text))


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=400).map(lambda text: text * 5))
def test_no_character_that_shows_is_outside_every_window(text):
    sentences = covered(text, split_sentences(text))
    windows = covered(text, [(chunk.start, chunk.end) for chunk in chunk_text(text, TOKENIZER)])
    shown = {place for place, character in enumerate(text) if character.isalnum() and character.isascii()}
    assert shown <= sentences
    assert shown <= windows


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=2000))
def test_sentences_are_in_order_apart_and_bounded(text):
    spans = split_sentences(text)
    assert all(0 < end - start <= UNIT_CHARACTERS for start, end in spans)
    assert all(a_end <= b_start for (_, a_end), (b_start, _) in pairwise(spans))


WORDS = ("river", "bridge", "train", "school", "teacher", "window", "garden", "morning", "evening", "lunch", "table")


def paragraphs(chance: random.Random, number: int, sentences: int) -> list[list[str]]:
    def sentence() -> str:
        return " ".join(chance.choice(WORDS) for _ in range(chance.randint(4, 22))).capitalize() + "."

    return [[sentence() for _ in range(chance.randint(1, sentences))] for _ in range(number)]


def windows(written: list[list[str]], tokenizer, between: str) -> list[bytes]:
    text = between.join(" ".join(paragraph) for paragraph in written)
    return [chunk.tokens.tobytes() for chunk in chunk_text(text, tokenizer)]


@pytest.mark.parametrize(
    ("number", "sentences", "between"), [(25, 12, "\n\n"), (80, 3, "\n\n"), (120, 1, "\n"), (25, 8, " ")]
)
def test_an_edit_leaves_the_windows_before_and_behind_it_alone(number, sentences, between, tokenizer):
    chance = random.Random(number)
    changed = []
    for _ in range(25):
        written = paragraphs(chance, number, sentences)
        before = windows(written, tokenizer, between)
        place = chance.randrange(number)
        written[place] = [*written[place], "Something new was put in here by a hand that was in a hurry."]
        changed.append(len(set(windows(written, tokenizer, between)) - set(before)))
    assert min(changed) >= 1
    assert sum(changed) / len(changed) < 3
    assert max(changed) <= 8


def test_a_paragraph_put_before_everything_leaves_all_but_the_first_windows_alone(tokenizer):
    written = paragraphs(random.Random(5), 30, 10)
    before = windows(written, tokenizer, "\n\n")
    after = windows([["A title.", "And a first paragraph."], *written], tokenizer, "\n\n")
    assert len(set(after) - set(before)) <= 4
    assert len(after) >= 25


def test_a_long_text_is_cut_between_paragraphs_where_they_are_long_enough(tokenizer):
    written = [
        [f"Paragraph {i} tells of rivers, bridges, trains and of a garden in the evening sun."] * 4 for i in range(9)
    ]
    text = "\n\n".join(" ".join(paragraph) for paragraph in written)
    ends = {match.end() for match in re.finditer("sun[.](?=\n|$)", text)}
    chunks = chunk_text(text, tokenizer)
    assert len(chunks) >= 9
    assert {chunk.end for chunk in chunks} <= ends


def test_sentences_without_a_blank_between_them_and_bare_lines_are_whole_too(tokenizer):
    for text in ("word " * 2000, "a\n" * 3000, "¿qué?¡no!" * 400, "mid sentence\nline\n" * 300):
        chunks = chunk_text(text, tokenizer)
        assert sum(len(part) for part in (chunk.tokens for chunk in chunks)) >= len(
            tokenizer.encode(text, add_special_tokens=False).ids
        )
        assert all(a.start < b.start and a.end <= b.end for a, b in pairwise(chunks))

"""Lines come in batches: full ones while there is plenty, small ones while somebody waits."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.commands.lines import BYTES_AT_ONCE, LINE_BYTES, LINES_AT_ONCE, batches_of_lines


def batches(path: Path, content: bytes) -> list[list[bytes]]:
    path.write_bytes(content)
    with path.open("rb") as source:
        return list(batches_of_lines(source))


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"", []),
        (b"one", [b"one"]),
        (b"one\n", [b"one"]),
        (b"one\n\ntwo\n", [b"one", b"", b"two"]),
        (b"\n", [b""]),
        (b"one\r\ntwo", [b"one\r", b"two"]),
    ],
)
def test_every_line_comes_once_and_in_order(tmp_path, content, lines):
    assert [line for batch in batches(tmp_path / "f", content) for line in batch] == lines


def test_a_file_comes_in_full_batches(tmp_path):
    found = batches(tmp_path / "f", b"".join(b"%d\n" % number for number in range(150)))
    assert [len(batch) for batch in found] == [LINES_AT_ONCE, LINES_AT_ONCE, 150 - 2 * LINES_AT_ONCE]


def test_long_lines_come_in_small_batches(tmp_path):
    line = b"x" * (BYTES_AT_ONCE // 2) + b"\n"
    assert [len(batch) for batch in batches(tmp_path / "f", line * 5)] == [2, 2, 1]


def test_of_an_endless_line_only_the_beginning_is_kept_and_the_next_is_whole(tmp_path):
    found = batches(tmp_path / "f", b"x" * (LINE_BYTES + 5_000_000) + b"\nnext\n")
    endless, following = [line for batch in found for line in batch]
    assert LINE_BYTES < len(endless) < LINE_BYTES + 1_000_000
    assert following == b"next"


@pytest.fixture
def pipe() -> Iterator[tuple[int, Iterator[list[bytes]]]]:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source:
        yield writing, batches_of_lines(source)
        os.close(writing)


def test_a_line_in_a_pipe_comes_out_while_the_pipe_is_open(pipe):
    writing, found = pipe
    for word in (b"one", b"two"):
        os.write(writing, word + b"\n")
        assert next(found) == [word]


def test_a_line_that_comes_in_pieces_is_put_together(pipe):
    writing, found = pipe
    os.write(writing, b"whole\nbro")
    assert next(found) == [b"whole"]
    os.write(writing, b"ken\n")
    assert next(found) == [b"broken"]

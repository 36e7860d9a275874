"""Whether a line was scored before: short new lines are read again with those before them."""

from collections.abc import Iterable, Iterator

from tests.promises.histories.history import Scored

LINES_BEFORE = 2  # a short new line is read with so many lines before it


def lines_of(text: str) -> list[str]:
    """The lines of a text that hold anything."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def read_again(one: Scored, texts: Iterable[list[str]], known: set[str]) -> Iterator[str]:
    """A fault for each of the texts, given in lines, that holds a line in `known` which stands before no new one."""
    for lines in texts:
        new = [at for at, line in enumerate(lines) if line not in known]
        near = {at - back for at in new for back in range(LINES_BEFORE + 1)}
        if not set(range(len(lines))) <= near:
            yield f"a paragraph scored again: {lines} of {one}, known {sorted(known)}"

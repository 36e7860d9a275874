"""Markdown tables and the way figures are written in them."""

from collections.abc import Iterable, Mapping, Sequence
from textwrap import wrap
from typing import Any

Found = Mapping[str, Any]


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], words: int = 1) -> list[str]:
    """Lines of a table whose first `words` columns are words, the others figures; nothing without rows."""
    body = ["| " + " | ".join(row) + " |" for row in rows]
    if not body:
        return ["Nothing to show: no such text in this run.", ""]
    rule = "|" + "|".join(["---"] * words + ["--:"] * (len(heads) - words)) + "|"
    return ["| " + " | ".join(heads) + " |", rule, *body, ""]


def number(value: float | None, digits: int = 3) -> str:
    """A figure, or a dash where it is not defined."""
    if value is None:
        return "-"
    shown = f"{value:.{digits}f}"
    if float(shown) == 0:
        return f"{0:.{digits}f}"
    return shown.replace("0.", ".", 1) if digits > 1 and abs(float(shown)) < 1 else shown


def measured(figure: Found | None, digits: int = 3) -> str:
    """A figure with its interval in brackets."""
    if figure is None or figure.get("value") is None:
        return "-"
    low, high = figure["interval"] or (None, None)
    bracket = "" if low is None else f" [{number(low, digits)}, {number(high, digits)}]"
    return number(figure["value"], digits) + bracket


def prose(*sentences: str) -> list[str]:
    """A paragraph, wrapped."""
    return [*wrap(" ".join(sentences), 120, break_long_words=False, break_on_hyphens=False), ""]


def threshold(value: float) -> str:
    """A probability with two significant digits."""
    return f"{value:.2g}"

"""A document of plain values as TOML text, for people to read and for `tomllib` to read back."""

import json
from collections.abc import Mapping, Sequence
from typing import Any


def toml_text(document: Mapping[str, Any]) -> str:
    """`document` as TOML: texts, numbers, truth values, lists of these, tables, and lists of tables.

    Raises `TypeError` for anything else.
    """
    return "\n".join(_table(document, "")).strip() + "\n" if document else ""


def _table(table: Mapping[str, Any], name: str) -> list[str]:
    """The lines of a table: its own values first, then the tables below it."""
    lines = [f"{_key(key)} = {_value(value)}" for key, value in table.items() if not _is_table(value)]
    for key, value in table.items():
        below = f"{name}.{_key(key)}" if name else _key(key)
        if isinstance(value, Mapping):
            lines += ["", f"[{below}]", *_table(value, below)]
        elif _is_table(value):
            for row in value:
                lines += ["", f"[[{below}]]", *_table(row, below)]
    return lines


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping) or (
        isinstance(value, list) and bool(value) and all(isinstance(row, Mapping) for row in value)
    )


def _key(key: str) -> str:
    is_bare = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return key if is_bare else _quoted(key)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Sequence):
        return f"[{', '.join(_value(one) for one in value)}]"
    message = f"{type(value).__name__} has no place in this TOML"
    raise TypeError(message)


def _quoted(text: str) -> str:
    """A basic string. JSON writes them as TOML does, but for one control character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

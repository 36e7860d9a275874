"""The `fields` parameter: reads a selection such as `files(id,owners/emailAddress)` and applies it."""

import re
from typing import Any

from monitor.simulator.discovery import documents
from monitor.simulator.errors import GoogleError, bad_value

Selection = dict[str, Any]
_TOKEN = re.compile(r"\s*([A-Za-z0-9_.$@*-]+|[(),/])\s*")
_LONGEST = 4_000
_DEEPEST = 20


def select(api: str, schema_name: str, text: str, value: Any) -> Any:
    """`value` cut down to the selection `text`; `GoogleError` 400 when the schema has no such field."""
    selection = _Reader(text).read()
    _check(api, {"$ref": schema_name}, selection, text)
    return _apply(selection, value)


class _Reader:
    """A recursive-descent reader of one selection; its depth and length are bounded."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = self._split()
        self.at = 0

    def read(self) -> Selection:
        selection = self._list(0)
        if self.at != len(self.tokens):
            raise self._refusal()
        return selection

    def _split(self) -> list[str]:
        tokens, position = [], 0
        if not self.text.strip() or len(self.text) > _LONGEST:
            raise self._refusal()
        while position < len(self.text):
            found = _TOKEN.match(self.text, position)
            if not found:
                raise self._refusal()
            tokens.append(found[1])
            position = found.end()
        return tokens

    def _next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _list(self, depth: int) -> Selection:
        if depth > _DEEPEST:
            raise self._refusal()
        selection: Selection = {}
        while True:
            self._path(selection, depth)
            if self._next() != ",":
                return selection
            self.at += 1

    def _path(self, selection: Selection, depth: int) -> None:
        name = self._next()
        if name in ("", "(", ")", ",", "/"):
            raise self._refusal()
        self.at += 1
        inner = selection.setdefault(name, {})
        if self._next() == "/":
            self.at += 1
            if depth > _DEEPEST:
                raise self._refusal()
            self._path(inner, depth + 1)
        elif self._next() == "(":
            self.at += 1
            inner.update(self._list(depth + 1))
            if self._next() != ")":
                raise self._refusal()
            self.at += 1

    def _refusal(self) -> GoogleError:
        return _invalid(self.text)


def _invalid(what: str) -> GoogleError:
    return bad_value(f"Invalid field selection {what[:200]}", "fields", reason="invalidParameter")


def _check(api: str, schema: dict[str, Any], selection: Selection, text: str) -> None:
    if "$ref" in schema:
        schema = documents()[api].schemas[schema["$ref"]]
    if schema.get("type") == "array":
        _check(api, schema["items"], selection, text)
        return
    members, rest = schema.get("properties", {}), schema.get("additionalProperties")
    for name, inner in selection.items():
        if name == "*" or schema.get("type", "any") == "any":
            continue
        member = members.get(name, rest)
        if member is None:
            raise _invalid(name)
        if inner:
            _check(api, member, inner, text)


def _apply(selection: Selection, value: Any) -> Any:
    if not selection:
        return value
    if isinstance(value, list):
        return [_apply(selection, item) for item in value]
    if not isinstance(value, dict):
        return value
    everything = selection.get("*")
    kept = {}
    for name, member in value.items():
        inner = selection.get(name, everything)
        if inner is not None:
            kept[name] = _apply(inner, member)
    return kept

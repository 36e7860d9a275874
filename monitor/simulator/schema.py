"""Checks a JSON value against a schema of a discovery document; the tests hold every answer against it."""

import re
from collections.abc import Iterator
from typing import Any

from monitor.simulator.discovery import documents

_RANGES = {"int32": (-(2**31), 2**31 - 1), "uint32": (0, 2**32 - 1)}
_BIG_RANGES = {"int64": (-(2**63), 2**63 - 1), "uint64": (0, 2**64 - 1)}
_BYTES = re.compile(r"[A-Za-z0-9_-]*={0,2}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
_DEEPEST = 60


def problems(api: str, name: str, value: Any) -> list[str]:
    """Every way in which `value` breaks schema `name` of `api` ("gmail", "drive", "directory"); empty = valid."""
    return list(_check(documents()[api].schemas, {"$ref": name}, value, name, 0))


def _check(
    schemas: dict[str, dict[str, Any]], schema: dict[str, Any], value: Any, where: str, depth: int
) -> Iterator[str]:
    if depth > _DEEPEST:
        yield f"{where}: deeper than {_DEEPEST} levels"
        return
    if "$ref" in schema:
        schema = schemas[schema["$ref"]]
    kind = schema.get("type", "any")
    if kind == "object":
        yield from _check_object(schemas, schema, value, where, depth)
    elif kind == "array":
        yield from _check_array(schemas, schema, value, where, depth)
    elif kind != "any" and not _scalar_fits(kind, schema, value):
        yield f"{where}: {value!r:.80} is not {kind} {schema.get('format', '')}".rstrip()


def _check_object(
    schemas: dict[str, dict[str, Any]], schema: dict[str, Any], value: Any, where: str, depth: int
) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where}: {type(value).__name__} instead of an object"
        return
    members = schema.get("properties", {})
    rest = schema.get("additionalProperties")
    for name, member in value.items():
        inner = members.get(name, rest)
        if inner is None:
            yield f"{where}.{name}: unknown to the schema"
        else:
            yield from _check(schemas, inner, member, f"{where}.{name}", depth + 1)


def _check_array(
    schemas: dict[str, dict[str, Any]], schema: dict[str, Any], value: Any, where: str, depth: int
) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{where}: {type(value).__name__} instead of a list"
        return
    for index, member in enumerate(value):
        yield from _check(schemas, schema["items"], member, f"{where}[{index}]", depth + 1)


def _scalar_fits(kind: str, schema: dict[str, Any], value: Any) -> bool:
    layout = schema.get("format", "")
    if kind == "string":
        return isinstance(value, str) and _string_fits(layout, schema.get("enum"), value)
    if kind == "boolean":
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    if kind == "integer":
        low, high = _RANGES.get(layout, (-(2**63), 2**63 - 1))
        return isinstance(value, int) and low <= value <= high
    return isinstance(value, int | float)


def _string_fits(layout: str, choices: list[str] | None, value: str) -> bool:
    if choices and value not in choices:
        return False
    if layout in _BIG_RANGES:
        low, high = _BIG_RANGES[layout]
        return re.fullmatch(r"-?\d{1,20}", value) is not None and low <= int(value) <= high
    if layout == "byte":
        return _BYTES.fullmatch(value) is not None
    if layout == "date-time":
        return _INSTANT.fullmatch(value) is not None
    return True

"""The part of Drive's search language that the simulator plays; anything else is refused, not ignored."""

import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from monitor.simulator.drive_files import File
from monitor.simulator.drive_resources import root_of
from monitor.simulator.errors import GoogleError, bad_value

Condition = Callable[[File], bool]
_TERM = re.compile(
    r"(?P<field>trashed|mimeType|name|modifiedTime|createdTime)\s*(?P<sign>=|!=|<=|>=|<|>|contains)\s*"
    r"(?P<value>'(?:[^'\\]|\\.)*'|true|false)|'(?P<who>[^']+)'\s+in\s+(?P<role>owners|writers|readers|parents)|(?P<mine>sharedWithMe)(?:\s*=\s*true)?"
)
_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def read_search(query: str, viewer: str) -> Condition:
    """A condition from `q`: terms joined by `and`; `GoogleError` 400 for what is not played."""
    if not query.strip():
        return lambda _file: True
    conditions, position = [], 0
    while position < len(query):
        found = _TERM.match(query, position)
        if not found:
            raise _refusal(query)
        conditions.append(_condition(found, viewer))
        position = found.end()
        joint = re.compile(r"\s+and\s+").match(query, position)
        if joint is None and query[position:].strip():
            raise _refusal(query)
        position = joint.end() if joint else len(query)
    return lambda file: all(condition(file) for condition in conditions)


def _condition(found: re.Match[str], viewer: str) -> Condition:
    if found["mine"]:
        return lambda file: file.drive is None and file.owner != viewer
    return _of_whom(found, viewer) if found["who"] else _of_field(found)


def _of_whom(found: re.Match[str], viewer: str) -> Condition:
    who = viewer if found["who"] == "me" else found["who"]
    if found["role"] == "parents":
        parent = root_of(viewer) if who == "root" else who
        return lambda file: parent == (file.parent or (file.drive.id if file.drive else root_of(file.owner)))
    if found["role"] == "owners":
        return lambda file: file.drive is None and file.owner == who
    return lambda file: who in file.readers()


def _of_field(found: re.Match[str]) -> Condition:
    name, sign, text = found["field"], found["sign"], re.sub(r"\\(.)", r"\1", found["value"].strip("'"))
    if name == "trashed":
        wanted = (text == "true") == (sign == "=")
        return lambda file: file.trashed == wanted
    if name in ("modifiedTime", "createdTime"):
        return _time_condition(name, sign, text)
    if sign == "contains":
        return lambda file: text.lower() in _text(file, name).lower()
    if sign not in ("=", "!="):
        raise _refusal(found[0])
    return lambda file: _SIGNS[sign](_text(file, name), text)


def _text(file: File, name: str) -> str:
    return file.mime_type if name == "mimeType" else file.name


def _time_condition(name: str, sign: str, text: str) -> Condition:
    try:
        moment = datetime.fromisoformat(text)
        compare = _SIGNS[sign]
    except (ValueError, KeyError):
        raise _refusal(text) from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return lambda file: compare(file.modified if name == "modifiedTime" else file.created, moment)


def _refusal(query: str) -> GoogleError:
    error = bad_value(f"Invalid Value: the simulator does not play the search {query[:120]!r}", "q")
    error.front_door = False
    return error

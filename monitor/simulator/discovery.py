"""What Google's APIs accept, read from the discovery documents that google-api-python-client ships."""

import functools
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import googleapiclient

from monitor.simulator.errors import GoogleError, bad_value, no_such_path

DOCUMENTS = {
    "gmail": "gmail.v1",
    "drive": "drive.v3",
    "directory": "admin.directory_v1",
    "reports": "admin.reports_v1",
    "chat": "chat.v1",
    "iamcredentials": "iamcredentials.v1",
    "pubsub": "pubsub.v1",
}
# What Google accepts and its documents do not list: google-auth asks for this one when it goes without a key.
_UNLISTED_SCOPES = {"iamcredentials": frozenset(("https://www.googleapis.com/auth/iam",))}
_LINKS = (
    "/feeds/download/documents/export/Export",
    "/feeds/download/presentations/Export",
    "/spreadsheets/export",
)
_INTEGER_RANGES = {
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint64": (0, 2**64 - 1),
}
_INTEGER = re.compile(r"-?\d{1,20}")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a method, as its document describes it."""

    name: str
    type: str
    format: str
    location: str
    required: bool
    repeated: bool
    choices: frozenset[str]
    minimum: int | None
    maximum: int | None
    default: str | None

    def read(self, text: str) -> Any:
        """The typed value of `text`; raises `GoogleError` 400 when the document does not allow it."""
        if self.choices and text not in self.choices:
            raise self._refusal(text, "is not one of " + ", ".join(sorted(self.choices)))
        if self.type == "boolean":
            if text not in ("true", "false"):
                raise self._refusal(text, "is not true or false")
            return text == "true"
        if self.type == "integer" or self.format in _INTEGER_RANGES:
            return self._read_integer(text)
        if self.format in ("date-time", "google-datetime"):
            return self._read_instant(text)
        return text

    def _read_integer(self, text: str) -> Any:
        low, high = _INTEGER_RANGES.get(self.format, _INTEGER_RANGES["int64"])
        low = low if self.minimum is None else self.minimum
        high = high if self.maximum is None else self.maximum
        if not _INTEGER.fullmatch(text):
            raise self._refusal(text, f"is not a number of type {self.format or 'integer'}")
        if not low <= int(text) <= high:
            raise self._refusal(text, f"is outside the range from {low} to {high}")
        return int(text)

    def _read_instant(self, text: str) -> str:
        try:
            datetime.fromisoformat(text)
        except ValueError as error:
            raise self._refusal(text, "is not an RFC 3339 time") from error
        return text

    def _refusal(self, text: str, why: str) -> GoogleError:
        return bad_value(f"Invalid value at '{self.name}': \"{text[:80]}\" {why}", self.name)


@dataclass(frozen=True, slots=True)
class Method:
    """One method of one API."""

    id: str
    api: str
    verb: str
    template: str
    pattern: re.Pattern[str]
    parameters: dict[str, Parameter]
    scopes: frozenset[str]
    response: str | None
    downloads: bool


class Document:
    """One API: its methods, schemas and the parameters that every method takes."""

    def __init__(self, api: str, content: dict[str, Any]) -> None:
        self.api = api
        self.schemas: dict[str, dict[str, Any]] = content["schemas"]
        self.everywhere = {name: _parameter(name, raw) for name, raw in content["parameters"].items()}
        self.methods = list(self._methods(content, "/" + content["servicePath"]))

    def _methods(self, resource: dict[str, Any], prefix: str) -> Iterable[Method]:
        for raw in resource.get("methods", {}).values():
            yield self._method(raw, prefix)
        for child in resource.get("resources", {}).values():
            yield from self._methods(child, prefix)

    def _method(self, raw: dict[str, Any], prefix: str) -> Method:
        own = {name: _parameter(name, content) for name, content in raw.get("parameters", {}).items()}
        return Method(
            id=raw["id"],
            api=self.api,
            verb=raw["httpMethod"],
            template=prefix + raw["path"],
            pattern=_path_pattern(prefix + raw["path"], raw.get("parameters", {})),
            parameters=own,
            scopes=frozenset(raw.get("scopes", ())) | _UNLISTED_SCOPES.get(self.api, frozenset()),
            response=raw.get("response", {}).get("$ref"),
            downloads=bool(raw.get("supportsMediaDownload")),
        )


@functools.cache
def documents() -> dict[str, Document]:
    """The documents by API name; read once."""
    folder = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents"
    return {
        api: Document(api, json.loads((folder / f"{name}.json").read_text(encoding="utf-8")))
        for api, name in DOCUMENTS.items()
    }


@functools.cache
def _table() -> dict[tuple[str, int], list[Method]]:
    table: dict[tuple[str, int], list[Method]] = {}
    methods = [method for document in documents().values() for method in document.methods]
    methods += [_link_method(path) for path in _LINKS]
    # The literal path goes before the one with parameters: `files/trash` is no file named "trash".
    for method in sorted(methods, key=lambda method: method.template.count("{")):
        # A parameter such as `{+name}` spans slashes; the few methods that have one are tried after the others.
        slashes = -1 if "{+" in method.template else method.template.count("/")
        table.setdefault((method.verb, slashes), []).append(method)
    return table


def _link_method(path: str) -> Method:
    """Where Drive's `exportLinks` lead: no discovery document has it, though every revision names it."""
    raw = {name: {"type": "string", "required": name == "id"} for name in ("id", "revision", "exportFormat")}
    own = {name: _parameter(name, content) for name, content in raw.items()}
    export = next(method for method in documents()["drive"].methods if method.id == "drive.files.export")
    return Method(
        "drive.links.export", "drive", "GET", path, re.compile(re.escape(path)), own, export.scopes, None, True
    )


def route(verb: str, path: str) -> tuple[Method, dict[str, str]]:
    """The method that `verb` and `path` name, with the path's parameters; `GoogleError` 404 for none."""
    table = _table()
    for method in (*table.get((verb, path.count("/")), ()), *table.get((verb, -1), ())):
        found = method.pattern.fullmatch(path)
        if found:
            names = list(method.pattern.groupindex)
            values = {name.replace("__", "."): unquote(found[name]) for name in names}
            return method, {name: _path_value(method, name, value) for name, value in values.items()}
    refusal = f"{verb} {path}"
    raise no_such_path(refusal)


def read_query(method: Method, pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Typed query parameters with the document's defaults; `GoogleError` 400 for anything not in the document."""
    known = documents()[method.api].everywhere | method.parameters
    values: dict[str, Any] = {}
    for name, text in pairs:
        parameter = known.get(name)
        if parameter is None or parameter.location != "query":
            refusal = (
                f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter. '
                f"Field '{name}' could not be found in request message."
            )
            raise bad_value(
                refusal,
                name,
            )
        if parameter.repeated:
            values.setdefault(name, []).append(parameter.read(text))
        elif name in values:
            refusal = f"Invalid value at '{name}': the parameter is not repeated, but was given twice"
            raise bad_value(refusal, name)
        else:
            values[name] = parameter.read(text)
    _complete(values, known)
    return values


def _complete(values: dict[str, Any], known: dict[str, Parameter]) -> None:
    for name, parameter in known.items():
        if name in values or parameter.location != "query":
            continue
        if parameter.required:
            refusal = f"Required parameter: {name}"
            raise bad_value(refusal, name, reason="required")
        if parameter.default is not None and not parameter.repeated:
            values[name] = parameter.read(parameter.default) if parameter.default else ""


def _path_value(method: Method, name: str, value: str) -> str:
    parameter = method.parameters[name]
    if not value:
        refusal = f"Required parameter: {name}"
        raise bad_value(refusal, name, reason="required")
    parameter.read(value)
    return value


def _parameter(name: str, raw: dict[str, Any]) -> Parameter:
    return Parameter(
        name=name,
        type=raw["type"],
        format=raw.get("format", ""),
        location=raw.get("location", "query"),
        required=bool(raw.get("required")),
        repeated=bool(raw.get("repeated")),
        choices=frozenset(raw.get("enum", ())),
        minimum=int(raw["minimum"]) if "minimum" in raw else None,
        maximum=int(raw["maximum"]) if "maximum" in raw else None,
        default=raw.get("default"),
    )


def _path_pattern(template: str, parameters: dict[str, Any]) -> re.Pattern[str]:
    pattern = ""
    for piece in re.split(r"(\{[^}]+\})", template):
        if not piece.startswith("{"):
            pattern += re.escape(piece)
            continue
        name = piece.strip("{}+")
        inside = str(parameters[name].get("pattern", ".+")).strip("^$") if piece.startswith("{+") else "[^/]+"
        # The name of a regular expression's group may not hold a dot.
        pattern += f"(?P<{name.replace('.', '__')}>{inside})"
    return re.compile(pattern)

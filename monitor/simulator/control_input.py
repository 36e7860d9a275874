"""Reads the JSON of the control door, so that a mistyped field is an error in words instead of a silent nothing."""

import base64
import binascii
from datetime import UTC, datetime
from typing import Any

from monitor.simulator.people import Person
from monitor.simulator.world import World


class ControlError(Exception):
    """A wrong request at the control door; the text says what to do."""


class Input:
    """The fields of one request. Every reader takes a field out; `done` refuses what nobody took."""

    def __init__(self, verb: str, content: Any) -> None:
        self.verb = verb
        if not isinstance(content, dict):
            raise self._wrong("the body must be a JSON object")
        # None is the same as not given, so that a client can pass its own defaults on.
        self._left: dict[str, Any] = {name: value for name, value in content.items() if value is not None}

    def text(self, name: str, needed: bool = False) -> str:
        """A text, empty when it was not given and is not needed."""
        value = self._left.pop(name, "")
        if not isinstance(value, str) or (needed and not value):
            refusal = f"`{name}` must be a text{', and is needed' if needed else ''}"
            raise self._wrong(refusal)
        return value

    def optional_text(self, name: str) -> str | None:
        """A text, None when it was not given."""
        return self.text(name) if name in self._left else None

    def texts(self, name: str) -> list[str] | None:
        """A list of texts (one text counts as a list of one), None when it was not given."""
        value = self._left.pop(name, None)
        value = [value] if isinstance(value, str) else value
        if value is not None and not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
            refusal = f"`{name}` must be a list of texts"
            raise self._wrong(refusal)
        return value

    def mappings(self, name: str) -> list[dict[str, Any]]:
        """A list of objects, empty when it was not given."""
        value = self._left.pop(name, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            refusal = f"`{name}` must be a list of objects"
            raise self._wrong(refusal)
        return value

    def mapping(self, name: str) -> dict[str, Any] | None:
        """An object, None when it was not given."""
        value = self._left.pop(name, None)
        if value is not None and not isinstance(value, dict):
            refusal = f"`{name}` must be an object"
            raise self._wrong(refusal)
        return value

    def has(self, name: str) -> bool:
        """Whether the field was given."""
        return name in self._left

    def flag(self, name: str, default: bool = False) -> bool:
        """True or false."""
        value = self._left.pop(name, default)
        if not isinstance(value, bool):
            refusal = f"`{name}` must be true or false"
            raise self._wrong(refusal)
        return value

    def number(self, name: str, default: float) -> float:
        """A number."""
        value = self._left.pop(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            refusal = f"`{name}` must be a number"
            raise self._wrong(refusal)
        return value

    def instant(self, name: str) -> datetime | None:
        """An ISO 8601 instant with its offset, in UTC; None when it was not given."""
        text = self.text(name)
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            refusal = f"`{name}`: {text!r} is not an ISO 8601 instant"
            raise self._wrong(refusal) from error
        if moment.tzinfo is None:
            refusal = f"`{name}`: {text!r} needs its offset from UTC, e.g. 2026-09-01T08:00:00-07:00"
            raise self._wrong(refusal)
        return moment.astimezone(UTC)

    def content(self, name: str) -> bytes | None:
        """Bytes from base64, None when they were not given."""
        if name not in self._left:
            return None
        try:
            return base64.b64decode(self.text(name), validate=True)
        except binascii.Error as error:
            refusal = f"`{name}` is not base64"
            raise self._wrong(refusal) from error

    def person(self, world: World, email: str) -> Person:
        """Somebody of the domain."""
        if email not in world.people:
            refusal = f"there is no {email!r}; the verb `people` lists everybody"
            raise self._wrong(refusal)
        return world.people[email]

    def done(self) -> None:
        """Refuses the fields that the verb does not know."""
        if self._left:
            refusal = f"unknown field {', '.join(sorted(self._left))}"
            raise self._wrong(refusal)

    def _wrong(self, why: str) -> ControlError:
        return ControlError(f"{self.verb}: {why}")

"""Plays a synthetic school day into the district: ordinary mail and files with a few signs of all four harms.

The texts are data in `story_texts.toml`. Both mail and Docs hold signs of each category, in several wordings;
one stands in a comment and one in an attachment. Some of it lies in a shared drive.
"""

import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from monitor.simulator.handle import Control
from monitor.simulator.people import DOMAIN

DAY_SECONDS = 45.0
FEWEST_STUDENTS = 4
_STAFF = {"english": "teacher.english", "science": "teacher.science", "counselor": "counselor.oak"}


@dataclass(frozen=True, slots=True)
class Played:
    """One item that was played. `sign` is the category it shows, empty for an ordinary one; `people` all concerned."""

    kind: str
    source: str
    sign: str
    people: tuple[str, ...]
    id: str


@dataclass
class _Cast:
    """Who plays the texts' roles, and the items that later ones refer to by key."""

    control: Control
    students: list[str]
    drives: dict[str, str]
    known: dict[str, str] = field(default_factory=dict)

    def person(self, role: str) -> str:
        if "@" in role:
            return role
        if role in _STAFF:
            return f"{_STAFF[role]}@{DOMAIN}"
        return self.students[(int(role[1:]) - 1) % len(self.students)]


def items() -> list[dict[str, Any]]:
    """The day's items in order, as `story_texts.toml` has them."""
    text = (Path(__file__).parent / "story_texts.toml").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = tomllib.loads(text)["item"]
    return found


def prepare(control: Control) -> dict[str, str]:
    """Opens the shared drives that the story writes into, for all students and the science teacher; returns their ids
    by name. Do it before anybody watches: what stood in a drive when it was first seen is never read."""
    names = dict.fromkeys(item["drive"] for item in items() if "drive" in item)
    members = dict.fromkeys(control.students(), "writer") | {f"{_STAFF['science']}@{DOMAIN}": "organizer"}
    return {name: control.do("shared_drive", name=name, members=members)["id"] for name in names}


def play(
    control: Control,
    seconds: float = DAY_SECONDS,
    stopped: Callable[[], bool] = lambda: False,
    told: Callable[[Played], None] = lambda _item: None,
    drives: dict[str, str] | None = None,
) -> list[Played]:
    """Plays the day item by item, calls `told` after each, and returns what was played.

    `seconds` is how long the whole day takes (0: at once). Ends early once `stopped()` is true. Raises `ValueError`
    for a district with fewer than 4 students. `drives` are what `prepare` returned (None: it is done now).
    """
    students = control.students()
    if len(students) < FEWEST_STUDENTS:
        message = f"the story needs at least {FEWEST_STUDENTS} students; this district has {len(students)}"
        raise ValueError(message)
    cast, day = _Cast(control, students, prepare(control) if drives is None else drives), items()
    pause = seconds / len(day)
    played: list[Played] = []
    for item in day:
        if stopped():
            break
        played.append(_KINDS[item["kind"]](cast, item))
        told(played[-1])
        time.sleep(pause)
    return played


def _mail(cast: _Cast, item: dict[str, Any]) -> Played:
    sender, to = cast.person(item["from"]), [cast.person(role) for role in item["to"]]
    attached = [{"mime_type": "text/plain", **found} for found in item.get("attachments", ())]
    text = item["text"].strip() + "\n"
    answer = cast.control.mail(sender, list(dict.fromkeys(to)), item["subject"], text, attachments=attached)
    return Played("mail", "gmail", item.get("sign", ""), (sender, *to), str(answer["message_id"]))


def _doc(cast: _Cast, item: dict[str, Any]) -> Played:
    owner, shared = cast.person(item["owner"]), [cast.person(role) for role in item.get("shared", ())]
    place = {"drive": cast.drives[item["drive"]]} if "drive" in item else {"shared_with": shared}
    written = cast.control.write_file(owner, item["name"], item["text"].strip() + "\n", **place)
    if "key" in item:
        cast.known[item["key"]] = written["id"]
    return Played("doc", "drive", item.get("sign", ""), (owner, *shared), written["id"])


def _edit(cast: _Cast, item: dict[str, Any]) -> Played:
    editor, identity = cast.person(item["editor"]), cast.known[item["answers"]]
    cast.control.edit_file(identity, text=item["text"].strip() + "\n", editor=editor)
    return Played("edit", "drive", item.get("sign", ""), (editor,), identity)


def _comment(cast: _Cast, item: dict[str, Any]) -> Played:
    author, identity = cast.person(item["author"]), cast.known[item["answers"]]
    thread = cast.known.get(item.get("reply_to", ""))
    made = cast.control.do("comment", id=identity, author=author, text=item["text"].strip(), reply_to=thread)
    if "key" in item:
        cast.known[item["key"]] = made["id"]
    return Played("comment", "drive", item.get("sign", ""), (author,), identity)


_KINDS: dict[str, Callable[[_Cast, dict[str, Any]], Played]] = {
    "mail": _mail,
    "doc": _doc,
    "edit": _edit,
    "comment": _comment,
}

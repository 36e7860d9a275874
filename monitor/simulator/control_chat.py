"""Control verbs for conversations in Chat."""

from datetime import timedelta
from typing import Any

from monitor.simulator.chat_state import DIRECT, TYPES, Attachment, ChatMessage, Space
from monitor.simulator.control_input import ControlError, Input
from monitor.simulator.record import Fact
from monitor.simulator.world import World


def space(world: World, given: Input) -> dict[str, Any]:
    """Opens a conversation (`kind`, `members`, `name`), or with `id` gives one other members."""
    identity, name, kind = given.text("id").removeprefix("spaces/"), given.text("name"), given.text("kind") or TYPES[0]
    members, history = given.texts("members") or [], given.flag("history", default=True)
    given.done()
    members = list(dict.fromkeys(member.lower() for member in members))
    if identity:
        found = _space(world, identity)
        world.chat.set_members(found, members, world.now())
    elif kind not in TYPES or (kind == DIRECT and len(members) != 2):
        message = f"space: `kind` must be one of {', '.join(TYPES)}, and a direct message has two members"
        raise ControlError(message)
    else:
        found = world.chat.open(kind, name, members, world.now())
        found.history = history
    place, readers = f"spaces/{found.id}", tuple(sorted(found.members))
    act = "members" if identity else "opened"
    world.record.add(Fact(world.now(), "chat", act, place, place, readers=readers, name=found.kind))
    return {"id": found.id, "name": f"spaces/{found.id}", "members": list(found.members)}


def say(world: World, given: Input) -> dict[str, Any]:
    """A member says something in a conversation, in a thread of its own or in `thread`."""
    found, sender = _space(world, given.text("space", needed=True)), given.text("sender", needed=True).lower()
    text, thread = given.text("text"), given.text("thread")
    attachments = [_attachment(Input("say: attachment", raw)) for raw in given.mappings("attachments")]
    given.done()
    if sender not in found.members:
        message = f"say: {sender} is no member of this conversation"
        raise ControlError(message)
    return _as_said(found, say_in(world, found, sender, text, thread, attachments))


def say_in(
    world: World, found: Space, sender: str, text: str, thread: str = "", attachments: list[Attachment] | None = None
) -> ChatMessage:
    """Says it, for the audit log and the record too."""
    made = world.chat.say(found, sender, text, world.now(), thread)
    made.attachments = attachments or []
    _note(world, found, made, "sent", text)
    _report(world, found, made, "message_posted")
    return made


def change_message(world: World, given: Input) -> dict[str, Any]:
    """Rewrites a message (`text`) or deletes it (`delete`)."""
    found, identity = _space(world, given.text("space", needed=True)), given.text("id", needed=True)
    text, delete = given.optional_text("text"), given.flag("delete")
    given.done()
    message = found.messages.get(identity)
    if message is None or message.deleted is not None or delete == (text is not None):
        refusal = f"change_message: {identity!r} is not there, or not exactly one of `text` and `delete` was given"
        raise ControlError(refusal)
    change_in(world, found, message, text)
    return _as_said(found, message)


def change_in(world: World, found: Space, message: ChatMessage, text: str | None) -> None:
    """Rewrites a message, or deletes it where `text` is None, for the audit log and the record too."""
    if text is None:
        message.deleted, message.text = world.now(), ""
        _note(world, found, message, "deleted", None)
        _report(world, found, message, "message_deleted")
    else:
        # Google writes microseconds: two edits never bear the same time, here neither, even while the clock stands.
        before = message.updated or message.created
        message.updated, message.text = max(world.now(), before + timedelta(microseconds=1)), text
        _note(world, found, message, "edited", text)
        _report(world, found, message, "message_edited")


def _space(world: World, identity: str) -> Space:
    found = world.chat.spaces.get(identity.removeprefix("spaces/"))
    if found is None:
        message = f"there is no conversation {identity!r}"
        raise ControlError(message)
    return found


def _attachment(given: Input) -> Attachment:
    name, kind = given.text("filename", needed=True), given.text("mime_type") or "application/octet-stream"
    content, text, drive_file = given.content("content_base64"), given.text("text"), given.text("drive_file")
    given.done()
    return Attachment(name, kind, text.encode() if content is None else content, drive_file)


def _note(world: World, found: Space, message: ChatMessage, act: str, text: str | None) -> None:
    readers = tuple(sorted(found.members))
    name = f"spaces/{found.id}/messages/{message.id}"
    fact = Fact(world.now(), "chat", act, name, f"spaces/{found.id}", message.sender, readers=readers, source=text)
    world.record.add(fact)


def _report(world: World, found: Space, message: ChatMessage, name: str) -> None:
    about = (("room_id", found.id), ("message_id", message.id), ("actor", message.sender), ("room_name", found.name))
    world.reports.note("chat", message.sender, name, about, world.now())


def _as_said(found: Space, message: ChatMessage) -> dict[str, Any]:
    name = f"spaces/{found.id}/messages/{message.id}"
    return {"id": message.id, "name": name, "thread": message.thread, "space": found.id}

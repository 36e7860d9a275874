"""Gmail's read methods over the mailboxes."""

import base64
from collections.abc import Callable, Iterator
from typing import Any

from monitor.simulator import gmail_more, mime
from monitor.simulator.call import Call
from monitor.simulator.errors import bad_value, not_found
from monitor.simulator.gmail_resources import mailbox_of, message_resource, page_size
from monitor.simulator.gmail_search import read_search
from monitor.simulator.mailbox import ADDED, DELETED, LABELED, Event, Mailbox, Message
from monitor.simulator.world import World

_KEYS = {ADDED: "messagesAdded", DELETED: "messagesDeleted", LABELED: "labelsAdded"}


def get_profile(world: World, call: Call) -> dict[str, Any]:
    """`users.getProfile`."""
    box = mailbox_of(world, call)
    answer = {
        "emailAddress": call.subject.email,
        "messagesTotal": len(box.messages),
        "threadsTotal": len({message.thread_id for message in box.messages.values()}),
        "historyId": str(box.history_id),
    }
    _first_contact(world, box, call)
    return answer


def list_messages(world: World, call: Call) -> dict[str, Any]:
    """`users.messages.list`, newest first."""
    box = mailbox_of(world, call)
    size, wanted = page_size(call), read_search(call.text("q"), call.query.get("labelIds", []))
    found = [message for message in box.messages.values() if wanted.matches(message, call.query["includeSpamTrash"])]
    found.sort(key=lambda message: (message.internal_date, message.id), reverse=True)
    after = _read_token(call.text("pageToken"), "m")
    if after is not None:
        found = [message for message in found if (message.internal_date, message.id) < (int(after[0]), after[1])]
    answer: dict[str, Any] = {"resultSizeEstimate": len(found)}
    page = found[:size]
    if page:
        answer["messages"] = [{"id": message.id, "threadId": message.thread_id} for message in page]
    if len(found) > size:
        answer["nextPageToken"] = _make_token("m", str(page[-1].internal_date), page[-1].id)
    _first_contact(world, box, call)
    return answer


def get_message(world: World, call: Call) -> dict[str, Any]:
    """`users.messages.get` in any of its four formats."""
    return message_resource(_message(mailbox_of(world, call), call.path["id"]), call)


def get_attachment(world: World, call: Call) -> dict[str, Any]:
    """`users.messages.attachments.get`."""
    message = _message(mailbox_of(world, call), call.path["messageId"])
    content = mime.attachment(message.raw(), message.id, call.path["id"])
    if content is None:
        raise bad_value("Invalid attachment token", reason="invalidArgument")
    return {"size": len(content), "data": mime.encode(content)}


def list_history(world: World, call: Call) -> dict[str, Any]:
    """`users.history.list`: what happened after `startHistoryId`; 404 when that is not known any more, or not yet."""
    box = mailbox_of(world, call)
    if call.query.get("startHistoryId") is None:
        raise bad_value("Missing required parameter: startHistoryId", "startHistoryId", reason="required")
    start, size = int(call.query["startHistoryId"]), page_size(call)
    box.age(world.milliseconds())
    if not box.knows(start):
        raise not_found("Requested entity was not found.")
    after = _read_token(call.text("pageToken"), "h")
    if after is not None and int(after[0]) != start:
        raise bad_value("Invalid pageToken: it belongs to another startHistoryId", "pageToken")
    answer: dict[str, Any] = {}
    events = list(_events(box, call, int(after[1]) if after else start))
    if events:
        answer["history"] = [_history_record(event) for event in events[:size]]
    if len(events) > size:
        answer["nextPageToken"] = _make_token("h", str(start), str(events[size - 1].history_id))
    answer["historyId"] = str(box.history_id)
    _first_contact(world, box, call)
    return answer


METHODS: dict[str, Callable[[World, Call], dict[str, Any]]] = {
    "gmail.users.getProfile": get_profile,
    "gmail.users.messages.list": list_messages,
    "gmail.users.messages.get": get_message,
    "gmail.users.messages.attachments.get": get_attachment,
    "gmail.users.history.list": list_history,
    **gmail_more.METHODS,
}


def _first_contact(world: World, box: Mailbox, call: Call) -> None:
    """Delivers what `--mail` holds for this mailbox, once its first answer is made: it is news after that answer."""
    if box.contacted or call.lost:
        return
    box.contacted = True
    for path in box.pending:
        found = mime.headers(path.read_bytes())
        moment = world.milliseconds()
        box.add(path, path.stat().st_size, ["UNREAD", "INBOX"], moment, mime.references(found))
    box.pending = []


def _message(box: Mailbox, identity: str) -> Message:
    if len(identity) != 16 or not all(sign in "0123456789abcdef" for sign in identity):
        raise bad_value("Invalid id value", reason="invalidArgument")
    message = box.messages.get(identity)
    if message is None:
        raise not_found("Requested entity was not found.")
    return message


def _events(box: Mailbox, call: Call, after: int) -> Iterator[Event]:
    kinds, label = call.query.get("historyTypes", []), call.text("labelId")
    for event in box.history:
        if event.history_id <= after or (kinds and event.kind not in kinds):
            continue
        if not label or label in event.labels or label in event.changed:
            yield event


def _history_record(event: Event) -> dict[str, Any]:
    brief = {"id": event.message_id, "threadId": event.thread_id}
    change: dict[str, Any] = {"message": {**brief, "labelIds": list(event.labels)}}
    if event.changed:
        change["labelIds"] = list(event.changed)
    key = _KEYS.get(event.kind, "labelsRemoved")
    return {"id": str(event.history_id), "messages": [brief], key: [change]}


def _make_token(kind: str, first: str, second: str) -> str:
    return base64.urlsafe_b64encode(f"{kind}:{first}:{second}".encode()).decode().rstrip("=")


def _read_token(text: str, kind: str) -> tuple[str, str] | None:
    if not text:
        return None
    try:
        found, first, second = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().split(":")
        if found != kind or int(first) < 0 or (kind == "h" and int(second) < 0):
            raise ValueError
    except ValueError:
        raise bad_value("Invalid pageToken", "pageToken", reason="invalidArgument") from None
    return first, second

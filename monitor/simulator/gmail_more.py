"""Gmail's methods for drafts, labels and threads, and the watch that tells Pub/Sub of changes."""

from collections.abc import Callable
from typing import Any

from monitor.simulator.call import Call, page_number
from monitor.simulator.errors import GoogleError, bad_value, not_found
from monitor.simulator.gmail_resources import mailbox_of, message_resource, page_size
from monitor.simulator.gmail_search import read_search
from monitor.simulator.mailbox import SYSTEM_LABELS, Mailbox, Message
from monitor.simulator.pubsub_state import TOPIC_NAME, Watch
from monitor.simulator.world import World


def list_drafts(world: World, call: Call) -> dict[str, Any]:
    """`users.drafts.list`, newest first."""
    box, size, wanted = mailbox_of(world, call), page_size(call), read_search(call.text("q"), [])
    found = [
        (draft, box.messages[message])
        for draft, message in reversed(box.drafts.items())
        if wanted.matches(box.messages[message], call.query["includeSpamTrash"])
    ]
    answer: dict[str, Any] = {"resultSizeEstimate": len(found)}
    first = _first(call, len(found))
    page = found[first : first + size]
    if page:
        answer["drafts"] = [
            {"id": draft, "message": {"id": message.id, "threadId": message.thread_id}} for draft, message in page
        ]
    return answer | ({"nextPageToken": f"p{first + size}"} if first + size < len(found) else {})


def get_draft(world: World, call: Call) -> dict[str, Any]:
    """`users.drafts.get`."""
    box, identity = mailbox_of(world, call), call.path["id"]
    if identity not in box.drafts:
        raise not_found("Requested entity was not found.")
    return {"id": identity, "message": message_resource(box.messages[box.drafts[identity]], call)}


def list_labels(world: World, call: Call) -> dict[str, Any]:
    """`users.labels.list`: Gmail's own and the mailbox's."""
    box = mailbox_of(world, call)
    return {"labels": [_label(box, name) for name in (*SYSTEM_LABELS, *box.labels)]}


def get_label(world: World, call: Call) -> dict[str, Any]:
    """`users.labels.get` with its counts."""
    box, identity = mailbox_of(world, call), call.path["id"]
    if identity not in SYSTEM_LABELS and identity not in box.labels:
        raise not_found("Requested entity was not found.")
    found = [message for message in box.messages.values() if identity in message.labels]
    unread = [message for message in found if "UNREAD" in message.labels]
    return _label(box, identity) | {
        "messagesTotal": len(found),
        "messagesUnread": len(unread),
        "threadsTotal": len({message.thread_id for message in found}),
        "threadsUnread": len({message.thread_id for message in unread}),
    }


def list_threads(world: World, call: Call) -> dict[str, Any]:
    """`users.threads.list`, newest message first."""
    box, size = mailbox_of(world, call), page_size(call)
    wanted = read_search(call.text("q"), call.query.get("labelIds", []))
    newest: dict[str, Message] = {}
    for message in sorted(box.messages.values(), key=_age):
        if wanted.matches(message, call.query["includeSpamTrash"]):
            newest[message.thread_id] = message
    found = sorted(newest.values(), key=_age, reverse=True)
    first = _first(call, len(found))
    answer: dict[str, Any] = {"resultSizeEstimate": len(found)}
    if found[first : first + size]:
        answer["threads"] = [
            {"id": message.thread_id, "historyId": str(message.history_id), "snippet": ""}
            for message in found[first : first + size]
        ]
    return answer | ({"nextPageToken": f"p{first + size}"} if first + size < len(found) else {})


def get_thread(world: World, call: Call) -> dict[str, Any]:
    """`users.threads.get`, oldest message first."""
    box = mailbox_of(world, call)
    found = sorted((message for message in box.messages.values() if message.thread_id == call.path["id"]), key=_age)
    if not found:
        raise not_found("Requested entity was not found.")
    newest = max(message.history_id for message in found)
    resources = [message_resource(message, call) for message in found]
    return {"id": call.path["id"], "historyId": str(newest), "messages": resources}


def watch(world: World, call: Call) -> dict[str, Any]:
    """`users.watch`: changes of this mailbox are told to a Pub/Sub topic for seven days."""
    box, name = mailbox_of(world, call), str(call.body.get("topicName") or "")
    if not TOPIC_NAME.fullmatch(name):
        message = f"Invalid topicName does not match projects/{world.pubsub.project}/topics/*"
        raise bad_value(message, reason="invalidArgument")
    refusal = world.pubsub.why_not(name)
    if refusal:
        message = f"Error sending test message to Cloud PubSub {name} : {refusal}"
        raise GoogleError(403, message, "forbidden")
    exclude = "exclude" in (call.body.get("labelFilterBehavior"), call.body.get("labelFilterAction"))
    labels = frozenset(str(label) for label in call.body.get("labelIds") or ())
    until = world.pubsub.watch(box.email, Watch(name, labels, exclude, world.now()))
    return {"historyId": str(box.history_id), "expiration": str(int(until.timestamp() * 1000))}


def stop(world: World, call: Call) -> dict[str, Any]:
    """`users.stop`."""
    world.pubsub.watches.pop(mailbox_of(world, call).email, None)
    return {}


METHODS: dict[str, Callable[[World, Call], dict[str, Any]]] = {
    "gmail.users.drafts.list": list_drafts,
    "gmail.users.drafts.get": get_draft,
    "gmail.users.labels.list": list_labels,
    "gmail.users.labels.get": get_label,
    "gmail.users.threads.list": list_threads,
    "gmail.users.threads.get": get_thread,
    "gmail.users.watch": watch,
    "gmail.users.stop": stop,
}


def _first(call: Call, most: int) -> int:
    try:
        return page_number(call.text("pageToken"), most)
    except ValueError as error:
        raise bad_value("Invalid pageToken", "pageToken", reason="invalidArgument") from error


def _age(message: Message) -> tuple[int, str]:
    return message.internal_date, message.id


def _label(box: Mailbox, identity: str) -> dict[str, Any]:
    if identity in SYSTEM_LABELS:
        return {"id": identity, "name": identity, "type": "system", "messageListVisibility": "hide"}
    shown = {"messageListVisibility": "show", "labelListVisibility": "labelShow"}
    return {"id": identity, "name": box.labels[identity], "type": "user", **shown}

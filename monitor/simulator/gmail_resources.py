"""What Gmail's methods share: whose mailbox a call is about, a message's resource, page sizes."""

from typing import Any

from monitor.simulator import mime
from monitor.simulator.call import Call
from monitor.simulator.errors import GoogleError, bad_value
from monitor.simulator.mailbox import Mailbox, Message
from monitor.simulator.people import DOMAIN
from monitor.simulator.world import World

_MOST_RESULTS = 500


def mailbox_of(world: World, call: Call) -> Mailbox:
    """The subject's mailbox; no other may be asked for."""
    if not call.subject.email.endswith(f"@{DOMAIN}"):
        # A service account that impersonates nobody has no mailbox.
        raise GoogleError(400, "Precondition check failed.", "failedPrecondition")
    user = call.path["userId"]
    if user != "me" and world.find_person(user.lower()) is not call.subject:
        raise GoogleError(403, f"Delegation denied for {call.subject.email}", "forbidden")
    return world.mailbox(call.subject.email)


def message_resource(message: Message, call: Call) -> dict[str, Any]:
    """Gmail's `Message` resource in the format that the call wants."""
    raw = message.raw()
    answer: dict[str, Any] = {
        "id": message.id,
        "threadId": message.thread_id,
        "labelIds": list(message.labels),
        "historyId": str(message.history_id),
        "internalDate": str(message.internal_date),
        "sizeEstimate": len(raw),
    }
    tree = mime.payload(raw, message.id)
    answer["snippet"] = mime.snippet(tree)
    layout = call.query["format"]
    if layout == "raw":
        answer["raw"] = mime.encode(raw)
    elif layout == "full":
        answer["payload"] = tree
    elif layout == "metadata":
        answer["payload"] = _metadata(tree, call.query.get("metadataHeaders", []))
    return answer


def page_size(call: Call) -> int:
    """`maxResults`, which Gmail's documents do not bound."""
    size = int(call.query["maxResults"])
    if not 1 <= size <= _MOST_RESULTS:
        refusal = f"Invalid value at 'maxResults': {size} is outside the range from 1 to 500"
        raise bad_value(refusal, "maxResults")
    return size


def _metadata(tree: dict[str, Any], wanted: list[str]) -> dict[str, Any]:
    names = {name.lower() for name in wanted}
    kept = [item for item in tree["headers"] if not names or item["name"].lower() in names]
    return {"mimeType": tree["mimeType"], "headers": kept}

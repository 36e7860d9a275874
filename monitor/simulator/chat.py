"""Google Chat's read methods, as a member of the conversation; administrators read spaces and members, no messages."""

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.simulator.call import Call, Download, instant, page_number
from monitor.simulator.chat_state import DIRECT, GROUP, TYPES, Attachment, ChatMessage, Space
from monitor.simulator.errors import GoogleError, bad_value, not_found
from monitor.simulator.people import CUSTOMER_ID
from monitor.simulator.world import World

_TYPE = re.compile(r'space(?:_t|T)ype\s*=\s*"(\w+)"')
_TERM = re.compile(r'create(?:_t|T)ime\s*(>|<)\s*"([^"]+)"|thread\.name\s*=\s*(spaces/[\w-]+/threads/[\w.-]+)')
_MOST_PAGE = 1_000
_UNKEPT = timedelta(hours=24)  # how long messages stay where history is off
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


def list_spaces(world: World, call: Call) -> dict[str, Any]:
    """`spaces.list`: the subject's. A direct or group conversation shows from its first message on."""
    wanted = _types(call.text("filter"))
    found = [
        space
        for space in world.chat.of(call.subject.email)
        if space.kind in wanted and (space.messages or space.kind not in (DIRECT, GROUP))
    ]
    return _paged(call, [_space(space) for space in found], "spaces", 100)


def get_space(world: World, call: Call) -> dict[str, Any]:
    """`spaces.get`."""
    return _space(_named(world, call, call.path["name"]))


def list_members(world: World, call: Call) -> dict[str, Any]:
    """`spaces.members.list`."""
    if call.text("filter"):
        message = "The simulator does not play filters of memberships."
        raise bad_value(message, "filter")
    space = _named(world, call, call.path["parent"])
    return _paged(call, [_membership(world, space, email) for email in space.members], "memberships", 100)


def list_messages(world: World, call: Call) -> dict[str, Any]:
    """`spaces.messages.list`, oldest first unless asked otherwise; who joined later reads a space from its start."""
    space = _named(world, call, call.path["parent"])
    wanted = _read_filter(call.text("filter"))
    found = [one for one in space.messages.values() if wanted(space, one) and _is_kept(world, space, one)]
    if not call.query.get("showDeleted"):
        found = [message for message in found if message.deleted is None]
    order = call.text("orderBy").lower().replace("create_time", "createtime").split() or ["createtime"]
    if order[0] != "createtime" or order[1:] not in ([], ["asc"], ["desc"]):
        message = "Invalid orderBy: only create_time ASC and create_time DESC are known."
        raise bad_value(message, "orderBy")
    if order[1:] == ["desc"]:  # they are kept by their time
        found.reverse()
    return _paged(call, [_message(world, space, message) for message in found], "messages", 25)


def get_message(world: World, call: Call) -> dict[str, Any]:
    """`spaces.messages.get`."""
    parent, _, identity = call.path["name"].partition("/messages/")
    space = _named(world, call, parent)
    message = space.messages.get(identity)
    if message is None or message.deleted is not None or not _is_kept(world, space, message):
        raise not_found("Message not found.")
    return _message(world, space, message)


def download(world: World, call: Call) -> Download | dict[str, Any]:
    """`media.download` of an attachment that was uploaded to a conversation."""
    name = _decoded(call.path["resourceName"])
    identity, _, rest = name.partition("/")
    message_id, _, number = rest.rpartition("/")
    space = _named(world, call, f"spaces/{identity}")
    message = space.messages.get(message_id)
    if message is None or message.deleted is not None or int(number) >= len(message.attachments):
        raise not_found("Attachment not found.")
    attachment = message.attachments[int(number)]
    if call.query["alt"] != "media":
        return {"resourceName": call.path["resourceName"]}
    return Download(attachment.content, attachment.media_type, ranges=True)


METHODS: dict[str, Callable[[World, Call], dict[str, Any] | Download]] = {
    "chat.spaces.list": list_spaces,
    "chat.spaces.get": get_space,
    "chat.spaces.members.list": list_members,
    "chat.spaces.messages.list": list_messages,
    "chat.spaces.messages.get": get_message,
    "chat.media.download": download,
}


def _named(world: World, call: Call, name: str) -> Space:
    space = world.chat.spaces.get(name.removeprefix("spaces/"))
    admin = bool(call.query.get("useAdminAccess"))
    if admin and not call.subject.is_admin:
        raise GoogleError(403, "The caller does not have permission", "forbidden")
    if space is None:
        raise not_found("Space not found.")
    if not admin and call.subject.email not in space.members:
        raise GoogleError(403, "The caller does not have permission", "forbidden")
    return space


def _is_kept(world: World, space: Space, message: ChatMessage) -> bool:
    return space.history or world.now() - message.created < _UNKEPT


def _types(text: str) -> set[str]:
    if not text:
        return set(TYPES)
    found = [_TYPE.fullmatch(term.strip()) for term in re.split(r"\s+OR\s+", text)]
    names = {match[1] for match in found if match}
    if None in found or not names <= set(TYPES):
        message = f"Invalid filter: {text[:80]!r}"
        raise bad_value(message, "filter")
    return names


def _read_filter(text: str) -> Callable[[Space, ChatMessage], bool]:
    after, before, thread = _FIRST, _LAST, ""
    for term in re.split(r"\s+AND\s+", text.strip()) if text.strip() else []:
        found = _TERM.fullmatch(term.strip())
        if found is None or (found[3] and thread):
            message = f"Invalid filter: {text[:80]!r}"
            raise bad_value(message, "filter")
        if found[3]:
            thread = found[3]
        elif found[1] == ">":
            after = instant(found[2], "Invalid filter", "filter")
        else:
            before = instant(found[2], "Invalid filter", "filter")

    def wanted(space: Space, message: ChatMessage) -> bool:
        return after < message.created < before and thread in ("", f"spaces/{space.id}/threads/{message.thread}")

    return wanted


def _paged(call: Call, resources: list[dict[str, Any]], name: str, default: int) -> dict[str, Any]:
    size = call.query.get("pageSize") or default
    if size < 0:
        message = "Invalid page size: it must not be negative."
        raise bad_value(message, "pageSize")
    try:
        first = page_number(call.text("pageToken"), len(resources))
    except ValueError as error:
        raise bad_value("Invalid page token.", "pageToken") from error
    last = first + min(size, _MOST_PAGE)
    answer: dict[str, Any] = {name: resources[first:last]} if resources[first:last] else {}
    return answer | ({"nextPageToken": f"p{last}"} if last < len(resources) else {})


def _space(space: Space) -> dict[str, Any]:
    last = max((message.created for message in space.messages.values()), default=space.created)
    resource: dict[str, Any] = {
        "name": f"spaces/{space.id}",
        "type": "DM" if space.kind == DIRECT else "ROOM",
        "spaceType": space.kind,
        "spaceThreadingState": "THREADED_MESSAGES" if space.kind not in (DIRECT, GROUP) else "UNTHREADED_MESSAGES",
        "spaceHistoryState": "HISTORY_ON" if space.history else "HISTORY_OFF",
        "createTime": stamp(space.created),
        "lastActiveTime": stamp(last),
        "membershipCount": {"joinedDirectHumanUserCount": len(space.members)},
        "customer": f"customers/{CUSTOMER_ID}",
        "spaceUri": f"https://chat.google.com/room/{space.id}",
    }
    return resource | ({"displayName": space.name} if space.kind not in (DIRECT, GROUP) else {})


def _membership(world: World, space: Space, email: str) -> dict[str, Any]:
    user = user_name(world, email)
    return {
        "name": f"spaces/{space.id}/members/{user.removeprefix('users/')}",
        "state": "JOINED",
        "role": "ROLE_MANAGER" if email == next(iter(space.members)) else "ROLE_MEMBER",
        "member": {"name": user, "type": "HUMAN"},
        "createTime": stamp(space.members[email]),
    }


def _message(world: World, space: Space, message: ChatMessage) -> dict[str, Any]:
    place = f"spaces/{space.id}"
    resource: dict[str, Any] = {
        "name": f"{place}/messages/{message.id}",
        # With a user's authorisation Chat names the sender by id alone.
        "sender": {"name": user_name(world, message.sender), "type": "HUMAN"},
        "createTime": stamp(message.created),
        "thread": {"name": f"{place}/threads/{message.thread}"},
        "space": {"name": place},
        "threadReply": not message.id.startswith(f"{message.thread}.{message.thread}"),
    }
    if message.deleted is not None:
        gone = {"deleteTime": stamp(message.deleted), "deletionMetadata": {"deletionType": "CREATOR"}}
        return resource | gone
    resource |= {"text": message.text, "argumentText": message.text, "formattedText": message.text}
    if message.updated is not None:
        resource["lastUpdateTime"] = stamp(message.updated)
    if message.attachments:
        resource["attachment"] = [
            _attachment(space, message, number, found) for number, found in enumerate(message.attachments)
        ]
    return resource


def _attachment(space: Space, message: ChatMessage, number: int, found: Attachment) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "name": f"spaces/{space.id}/messages/{message.id}/attachments/{number}",
        "contentName": found.name,
        "contentType": found.media_type,
    }
    if found.drive_file:
        return resource | {"driveDataRef": {"driveFileId": found.drive_file}, "source": "DRIVE_FILE"}
    name = base64.urlsafe_b64encode(f"{space.id}/{message.id}/{number}".encode()).decode()
    return resource | {"attachmentDataRef": {"resourceName": name}, "source": "UPLOADED_CONTENT"}


def _decoded(name: str) -> str:
    try:
        text = base64.urlsafe_b64decode(name).decode()
        int(text.rpartition("/")[2])
    except ValueError:
        raise not_found("Attachment not found.") from None
    return text


def user_name(world: World, email: str) -> str:
    """`users/ID`, the ID being the Directory's."""
    person = world.people.get(email)
    return f"users/{person.id if person else int.from_bytes(email.encode()[-8:], 'big')}"


def stamp(moment: datetime) -> str:
    """RFC 3339 in UTC with microseconds, as Chat writes times."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

"""Control verbs that move mail."""

import hashlib
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, getaddresses
from typing import Any

from monitor.simulator import mime
from monitor.simulator.control_input import ControlError, Input
from monitor.simulator.mailbox import Mailbox, Message
from monitor.simulator.people import DOMAIN
from monitor.simulator.world import World

_MOST_BYTES = 40 * 1024 * 1024


def deliver(world: World, given: Input) -> dict[str, Any]:
    """Puts one mail into the mailboxes of its sender (SENT) and of its recipients (INBOX) within the domain."""
    when = given.instant("date") or world.now()
    raw = given.content("raw")
    raw = _composed(world, given, when) if raw is None else raw
    sender, recipients, labels = given.text("sender"), given.texts("recipients"), given.texts("labels")
    given.done()
    if len(raw) > _MOST_BYTES:
        message = f"deliver: {len(raw)} bytes; a mail has at most {_MOST_BYTES}"
        raise ControlError(message)
    headers = mime.headers(raw)
    sender = sender or next(iter(_addresses(headers, "From")), "")
    if recipients is None:
        recipients = [found for name in ("To", "Cc", "Bcc") for found in _addresses(headers, name)]
    placed = _places(world, sender.lower(), [found.lower() for found in recipients], labels)
    if not placed:
        message = f"deliver: neither sender nor recipients are people of {DOMAIN}"
        raise ControlError(message)
    world.hold(len(raw))
    world.mails += 1
    moment, named = int(when.timestamp() * 1000), mime.references(headers)
    copies = []
    for email, own in placed.items():
        box = world.mailbox(email)
        copies.append(_as_copy(email, box.add(raw, len(raw), own, moment, named)))
    return {"copies": copies, "message_id": named[0]}


def delete_message(world: World, given: Input) -> dict[str, Any]:
    """Deletes a message for good from one mailbox."""
    box, message = _found(world, given)
    given.done()
    box.delete(message)
    return {"history_id": str(box.history_id)}


def label_message(world: World, given: Input) -> dict[str, Any]:
    """Adds and removes labels of a message, as reading, archiving or trashing does."""
    box, message = _found(world, given)
    add, remove = given.texts("add") or [], given.texts("remove") or []
    given.done()
    box.relabel(message, add, remove)
    return _as_copy(box.email, message) | {"labels": list(message.labels)}


def _places(world: World, sender: str, recipients: list[str], labels: list[str] | None) -> dict[str, list[str]]:
    placed: dict[str, list[str]] = {}
    if sender in world.people:
        placed[sender] = ["SENT"]
    for email in dict.fromkeys(recipients):
        if email in world.people:
            placed[email] = (["UNREAD", "INBOX"] if labels is None else list(labels)) + placed.get(email, [])
    return placed


def _composed(world: World, given: Input, when: datetime) -> bytes:
    sender = given.text("from", needed=True)
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = ", ".join(given.texts("to") or [])
    copied = given.texts("cc")
    if copied:
        mail["Cc"] = ", ".join(copied)
    mail["Subject"] = given.text("subject")
    mail["Date"] = format_datetime(when)
    mail["Message-ID"] = given.text("message_id") or _message_id(world, sender)
    for name, field in (("In-Reply-To", "in_reply_to"), ("References", "references")):
        value = given.text(field)
        if value:
            mail[name] = value
    text, page = given.optional_text("text"), given.optional_text("html")
    mail.set_content(text or "")
    if page is not None and text is None:
        mail.set_content(page, subtype="html")
    elif page is not None:
        mail.add_alternative(page, subtype="html")
    for raw in given.mappings("attachments"):
        _attach(mail, Input("deliver: attachment", raw))
    return mail.as_bytes()


def _attach(mail: EmailMessage, given: Input) -> None:
    filename, kind = given.text("filename", needed=True), given.text("mime_type") or "application/octet-stream"
    content, text = given.content("content_base64"), given.optional_text("text")
    given.done()
    main, _, sub = kind.partition("/")
    content = (text or "").encode() if content is None else content
    mail.add_attachment(content, maintype=main, subtype=sub or "octet-stream", filename=filename)


def _message_id(world: World, sender: str) -> str:
    seed = f"{world.seed}:{sender}:{world.mails}"
    return f"<{hashlib.sha256(seed.encode()).hexdigest()[:24]}@mail.{DOMAIN}>"


def _addresses(headers: list[dict[str, str]], name: str) -> list[str]:
    values = [item["value"] for item in headers if item["name"].lower() == name.lower()]
    return [address.lower() for _, address in getaddresses(values) if address]


def _found(world: World, given: Input) -> tuple[Mailbox, Message]:
    box = world.mailbox(given.person(world, given.text("mailbox", needed=True)).email)
    identity = given.text("id", needed=True)
    if identity not in box.messages:
        message = f"there is no message {identity!r} in {box.email}"
        raise ControlError(message)
    return box, box.messages[identity]


def _as_copy(email: str, message: Message) -> dict[str, Any]:
    return {
        "mailbox": email,
        "id": message.id,
        "thread_id": message.thread_id,
        "history_id": str(message.history_id),
    }

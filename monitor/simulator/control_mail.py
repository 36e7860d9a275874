"""Control verbs that move mail."""

import hashlib
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from monitor.simulator import acts_mail, mime
from monitor.simulator.control_input import ControlError, Input
from monitor.simulator.mailbox import Mailbox, Message
from monitor.simulator.people import DOMAIN
from monitor.simulator.world import World

_MOST_BYTES = 40 * 1024 * 1024


def deliver(world: World, given: Input) -> dict[str, Any]:
    """Puts one mail into the mailboxes of its sender (SENT) and of its recipients (INBOX) within the domain."""
    when, locked = given.instant("date"), given.flag("confidential")
    raw = given.content("raw")
    raw = _composed(world, given, when or world.now()) if raw is None else raw
    sender, recipients, labels = given.text("sender"), given.texts("recipients"), given.texts("labels")
    given.done()
    if len(raw) > _MOST_BYTES:
        message = f"deliver: {len(raw)} bytes; a mail has at most {_MOST_BYTES}"
        raise ControlError(message)
    found = mime.headers(raw)
    sender = (sender or next(iter(mime.addresses(found, "From")), "")).lower()
    if recipients is None:
        recipients = [email for name in ("To", "Cc", "Bcc") for email in mime.addresses(found, name)]
    recipients = [email.lower() for email in recipients]
    if not acts_mail.places(world, sender, recipients, labels):
        message = f"deliver: neither sender nor recipients are people of {DOMAIN}"
        raise ControlError(message)
    world.hold(len(raw))
    world.mails += 1
    names = mime.references(found)
    copies = _as_sent(world, raw, (sender, recipients), labels, locked)
    if when is not None:
        for _, copy in copies:
            copy.internal_date = int(when.timestamp() * 1000)
    return {"copies": [_as_copy(box.email, message) for box, message in copies], "message_id": names[0]}


def _as_sent(
    world: World, raw: bytes, parties: tuple[str, list[str]], labels: list[str] | None, locked: bool
) -> acts_mail.Copies:
    """The copies of a mail; in confidential mode only its sender's has the text."""
    (sender, recipients), found = parties, mime.headers(raw)
    names = mime.references(found)
    if not locked:
        return acts_mail.deliver(world, raw, names, sender, recipients, labels)
    notice = acts_mail.confidential(world, sender, recipients, mime.header(found, "Subject"), names[0])
    sent = acts_mail.deliver(world, raw, names, sender, [], labels)
    return sent + acts_mail.deliver(world, notice, names, "", recipients, labels)


def draft(world: World, given: Input) -> dict[str, Any]:
    """Writes a draft into `mailbox`, or with `id` over one; `send` sends it, `discard` throws it away."""
    box = world.mailbox(given.person(world, given.text("mailbox", needed=True)).email)
    identity, send, discard = given.text("id"), given.flag("send"), given.flag("discard")
    if identity and identity not in box.drafts:
        message = f"draft: there is no draft {identity!r} in {box.email}"
        raise ControlError(message)
    if send or discard:
        given.done()
        return _finish(world, box, identity, send)
    raw = _composed(world, given, world.now(), box.email)
    given.done()
    world.hold(len(raw))
    world.mails += 1
    identity, saved = acts_mail.save_draft(world, box, raw, identity)
    return {"draft": identity} | _as_copy(box.email, saved)


def _finish(world: World, box: Mailbox, identity: str, send: bool) -> dict[str, Any]:
    if not identity:
        message = "draft: `send` and `discard` need `id`"
        raise ControlError(message)
    if send:
        return {"copies": [_as_copy(owner.email, sent) for owner, sent in acts_mail.send_draft(world, box, identity)]}
    acts_mail.delete(world, box, box.messages[box.drafts[identity]])
    return {"history_id": str(box.history_id)}


def delete_message(world: World, given: Input) -> dict[str, Any]:
    """Deletes a message for good from one mailbox."""
    box, message = _found(world, given)
    given.done()
    acts_mail.delete(world, box, message)
    return {"history_id": str(box.history_id)}


def label_message(world: World, given: Input) -> dict[str, Any]:
    """Adds and removes labels of a message, as reading, archiving or trashing does."""
    box, message = _found(world, given)
    add, remove = given.texts("add") or [], given.texts("remove") or []
    given.done()
    acts_mail.relabel(world, box, message, add, remove)
    return _as_copy(box.email, message) | {"labels": list(message.labels)}


def _composed(world: World, given: Input, when: datetime, sender: str = "") -> bytes:
    sender = sender or given.text("from", needed=True)
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

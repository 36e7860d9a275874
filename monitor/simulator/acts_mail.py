"""What happens to mail. Every act changes the mailboxes and the record together."""

import html
from collections.abc import Iterable, Iterator
from email.message import EmailMessage
from email.utils import format_datetime
from functools import lru_cache

from monitor.simulator import mime
from monitor.simulator.mailbox import Mailbox, Message
from monitor.simulator.record import Fact
from monitor.simulator.source import Source
from monitor.simulator.world import World

Copies = list[tuple[Mailbox, Message]]


def deliver(
    world: World, source: Source, names: list[str], sender: str, recipients: Iterable[str], labels: list[str] | None
) -> Copies:
    """Puts a mail into the mailboxes of its sender (SENT) and of its recipients (`labels`, by default the inbox), with
    aliases and groups resolved. `names` are the message ids that its headers name, its own first."""
    moment, copies = world.milliseconds(), []
    for email, own in places(world, sender, recipients, labels).items():
        box = world.mailbox(email)
        copies.append((box, box.add(source, 0, own, moment, names)))
    if copies:
        note(world, "mail", "delivered", copies, source, names[0], sender)
    return copies


def places(world: World, sender: str, recipients: Iterable[str], labels: list[str] | None) -> dict[str, list[str]]:
    """Which mailboxes get a copy, with which labels; who writes to a group that they are in gets the inbox too."""
    placed: dict[str, list[str]] = {}
    person = world.find_person(sender)
    if person is not None:
        placed[person.email] = ["SENT"]
    for email in _reached(world, recipients):
        placed[email] = (["UNREAD", "INBOX"] if labels is None else list(labels)) + placed.get(email, [])
    return placed


def _reached(world: World, recipients: Iterable[str]) -> Iterator[str]:
    yield from dict.fromkeys(email for address in recipients for email in world.receivers(address))


def delete(world: World, box: Mailbox, message: Message) -> None:
    """Deletes a message for good."""
    box.delete(message)
    drafts = [draft for draft, identity in box.drafts.items() if identity == message.id]
    for draft in drafts:
        del box.drafts[draft]
    note(world, "draft" if drafts else "mail", "deleted", [(box, message)], None, own_id(message))


def relabel(world: World, box: Mailbox, message: Message, add: list[str], remove: list[str]) -> None:
    """Labels come and go; a label of the mailbox's own is made when it is first used."""
    for name in add:
        box.know_label(name)
    before = list(message.labels)
    box.relabel(message, [box.label_id(name) for name in add], [box.label_id(name) for name in remove])
    if message.labels != before:
        note(world, "mail", "labelled", [(box, message)], None, own_id(message))


def save_draft(world: World, box: Mailbox, raw: bytes, draft: str) -> tuple[str, Message]:
    """Saves a draft, a new one or over `draft`: then the old message goes and another comes, as in Gmail."""
    names = mime.references(mime.headers(raw))
    if draft:
        old = box.messages[box.drafts[draft]]
        box.delete(old)
        note(world, "draft", "replaced", [(box, old)], None, own_id(old), box.email)
    draft = draft or f"r{len(box.drafts) + 1:04d}{box.history_id}"
    message = box.add(raw, len(raw), ["DRAFT"], world.milliseconds(), names)
    box.drafts[draft] = message.id
    note(world, "draft", "saved", [(box, message)], raw, names[0], box.email)
    return draft, message


def send_draft(world: World, box: Mailbox, draft: str) -> Copies:
    """Sends a draft: its message goes, the sent one and the recipients' copies come."""
    message = box.messages[box.drafts.pop(draft)]
    raw = message.raw()
    box.delete(message)
    note(world, "draft", "sent", [(box, message)], None, own_id(message), box.email)
    found = mime.headers(raw)
    recipients = [email for name in ("To", "Cc", "Bcc") for email in mime.addresses(found, name)]
    return deliver(world, raw, mime.references(found), box.email, recipients, None)


def confidential(world: World, sender: str, to: list[str], subject: str, message_id: str) -> bytes:
    """What lies in the mailbox of somebody who got a mail in confidential mode: a notice with a link, not the text.

    Google documents neither the notice nor the header; that the header `X-Gm-Locker` marks such mail is known from
    those who filter by it.
    """
    link = f"https://confidential-mail.google.com/msg/{message_id.strip('<>').partition('@')[0]}"
    person = world.find_person(sender)
    name = person.full_name if person else sender
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, ", ".join(to), subject
    mail["Date"], mail["Message-ID"] = format_datetime(world.now()), message_id
    mail["X-Gm-Locker"] = message_id.strip("<>").partition("@")[0]
    text = f"{name} has sent you an email via Gmail confidential mode:\n\n{subject}\n\nView the email: {link}\n"
    mail.set_content(text)
    page = "".join(f"<p>{html.escape(line)}</p>" for line in text.splitlines() if line)
    mail.add_alternative(f"<html><body>{page}</body></html>", subtype="html")
    return mail.as_bytes()


def note(world: World, kind: str, act: str, copies: Copies, source: Source | None, item: str, sender: str = "") -> None:
    """Enters a fact about mail."""
    placed = tuple((box.email, message.id) for box, message in copies)
    labels = tuple(_same(tuple(box.labels.get(label, label) for label in message.labels)) for box, message in copies)
    world.record.add(Fact(world.now(), kind, act, item, actor=sender, copies=placed, labels=labels, source=source))


@lru_cache(maxsize=1024)
def _same(labels: tuple[str, ...]) -> tuple[str, ...]:
    """Equal tuples as one, for there are millions of facts."""
    return labels


def own_id(message: Message) -> str:
    """The Message-ID of a mail."""
    return mime.references(mime.headers(message.raw()))[0]

"""Reads one message of a mailbox: whole in one call, or a very large one by its parts."""

from dataclasses import dataclass, replace
from datetime import datetime

from monitor.domain.source import Direction
from monitor.domain.text import Extraction, SpanKind
from monitor.extract import sandbox
from monitor.extract.recognition import can_recognize
from monitor.extract.unquote import unquote
from monitor.google.errors import TooLarge
from monitor.google.gmail import Gmail
from monitor.intake.ledger import Asleep, UsageTally
from monitor.intake.mail_facts import mail_facts
from monitor.intake.mail_parts import gather_parts
from monitor.intake.mail_rules import direction_of, left_out_by_labels
from monitor.intake.models import Item, ItemState
from monitor.intake.quota import Purpose
from monitor.intake.readings import LIMITS, Reading, Settled, is_dated_in_break
from monitor.intake.workspace import open_gmail
from monitor.roster.exemptions import count_left_out, exemptions_in_force
from monitor.roster.reading import reading_now

WHOLE_BYTES = 16 * 1024 * 1024  # of Gmail's answer, so about 12 MB of mail; what is larger is fetched part by part
CONFIDENTIAL = "confidential mode: Google shows its text to the recipient only"


@dataclass(frozen=True, slots=True)
class _Mail:
    raw: bytes
    label_ids: tuple[str, ...]
    internal_at: datetime
    note: str = ""


def read_mail(item: Item, tally: UsageTally) -> Reading:
    """The text of a message. Raises as `read_item`."""
    gmail = open_gmail(item.account, tally, Purpose.LIVE if item.backfill_id is None else Purpose.SPARE)
    mail = _fetch(gmail, item)
    if is_dated_in_break(item, mail.internal_at):
        raise Asleep(item.account.reference)
    facts = mail_facts(mail.raw)
    _refuse_left_out(item, mail, facts.sender, facts.recipients)
    _refuse_exempt_labels(gmail, mail)
    extraction = _as_said(sandbox.extract_mail(mail.raw, LIMITS))
    notes = [extraction.detail, mail.note]
    if facts.is_confidential:
        Item.objects.filter(pk=item.pk).update(is_confidential=True)
        notes.append(CONFIDENTIAL)
    extraction = replace(extraction, detail="; ".join(filter(None, notes)))
    title = next((span.text for span in extraction.spans if span.kind is SpanKind.TITLE), "")
    direction = direction_of(mail.label_ids)
    if direction is Direction.RECEIVED and facts.sender == item.account.address.lower():
        direction = Direction.WRITTEN  # to oneself, or through a group: the copy that came back
    return Reading(extraction, direction, mail.internal_at, title)


def _fetch(gmail: Gmail, item: Item) -> _Mail:
    try:
        whole = gmail.fetch(item.item_key, WHOLE_BYTES)
        return _Mail(whole.raw, whole.label_ids, whole.internal_at)
    except TooLarge:
        tree = gmail.tree(item.item_key)
    if is_dated_in_break(item, tree.internal_at):
        raise Asleep(item.account.reference)
    gathered = gather_parts(gmail, tree, LIMITS.max_pictures if can_recognize(LIMITS) else 0)
    return _Mail(gathered.raw, tree.label_ids, tree.internal_at, gathered.note)


def _refuse_left_out(item: Item, mail: _Mail, sender: str, recipients: tuple[str, ...]) -> None:
    """Whatever a rule leaves out is forgotten here, before any of its text is looked at."""
    reason = left_out_by_labels(mail.label_ids, reading_now())
    if reason:
        raise Settled(ItemState.LEFT_OUT, reason)
    rule = exemptions_in_force().of_mail(sender, recipients, item.account.address)
    if rule:
        count_left_out(rule)
        raise Settled(ItemState.LEFT_OUT, f"exemption {rule}")


def _refuse_exempt_labels(gmail: Gmail, mail: _Mail) -> None:
    """A listing by date says nothing of labels, and one may have been put on since: asked again when it matters."""
    exemptions = exemptions_in_force()
    if not exemptions.labels or not any(label.startswith("Label_") for label in mail.label_ids):
        return
    names = gmail.label_names()
    rule = exemptions.of_labels([names.get(label, label) for label in mail.label_ids])
    if rule:
        count_left_out(rule)
        raise Settled(ItemState.LEFT_OUT, f"exemption {rule}")


def _as_said(extraction: Extraction) -> Extraction:
    """The same text with quotations as they were before quoting: a repeated passage must be known for the same."""
    spans = tuple(
        replace(span, text=unquote(span.text)) if span.kind is SpanKind.QUOTED else span for span in extraction.spans
    )
    return replace(extraction, spans=spans)

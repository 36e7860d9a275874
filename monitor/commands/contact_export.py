"""The parts of a district file about contacts and shifts, as they are in force. Secret addresses are sealed."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.alerts.models import Channel, Contact, Shift
from monitor.domain.calendar import WEEKDAYS
from monitor.domain.channel import ChannelKind
from monitor.sealed.keys import sealed_text


def contact_parts() -> list[str]:
    """One table for each contact and each shift."""
    rows = Contact.objects.filter(is_active=True).select_related("site").prefetch_related("channels")
    contacts = [_contact(row) for row in rows.order_by("site__code", "order", "id")]
    shifts = Shift.objects.filter(contact__is_active=True).select_related("contact__site")
    return contacts + [_shift(row) for row in shifts.order_by("contact__site__code", "starts_at", "id")]


def _contact(contact: Contact) -> str:
    lines = ["[[contacts]]", f"name = {_quote(contact.name)}", f"email = {_quote(contact.email)}"]
    if contact.site:
        lines.append(f"site = {_quote(contact.site.code)}")
    lines.append(f"order = {contact.order}")
    if contact.is_last_responder:
        lines.append("last_responder = true")
    if contact.quiet_from and contact.quiet_until:
        lines += [f"quiet_from = {contact.quiet_from}", f"quiet_until = {contact.quiet_until}"]
    if contact.quiet_days:
        lines.append(f"quiet_days = {json.dumps([WEEKDAYS[day] for day in contact.quiet_days])}")
    if contact.quiet_from or contact.quiet_days:
        lines.append(f"disturb_from = {_quote(contact.disturb_from or 'never')}")
    channels = [channel for channel in contact.channels.all() if channel.is_active]
    lines += [f"{channel.kind} = {_quote(_address(channel))}" for channel in channels]
    if channels:
        floors = ", ".join(f"{channel.kind} = {_quote(channel.floor)}" for channel in channels)
        lines.append(f"from = {{ {floors} }}")
    return "\n".join([*lines, ""])


def _address(channel: Channel) -> str:
    return sealed_text(channel.address) if ChannelKind(channel.kind).is_secret else channel.address


def _shift(shift: Shift) -> str:
    site = shift.contact.site
    lines = ["[[shifts]]", f"contact = {_quote(shift.contact.email)}"]
    if site:
        lines.append(f"site = {_quote(site.code)}")
    lines += [f"starts = {_local(shift.starts_at, shift)}", f"ends = {_local(shift.ends_at, shift)}"]
    if shift.is_weekly:
        lines.append('repeat = "weekly"')
    if shift.until:
        lines.append(f"until = {shift.until}")
    return "\n".join([*lines, ""])


def _local(instant: datetime, shift: Shift) -> str:
    return instant.astimezone(ZoneInfo(shift.time_zone)).replace(tzinfo=None).isoformat()


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)

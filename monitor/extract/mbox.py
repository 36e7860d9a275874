"""A mailbox file: several mails one after another."""

import re

from monitor.domain.text import Span
from monitor.extract.context import Context
from monitor.extract.message import MessageReader
from monitor.extract.trouble import Unreadable

MBOX = "application/mbox"
_SEPARATOR = re.compile(rb"^From [^\r\n]{0,200}\d{4}[^\r\n]{0,40}\r?$", re.MULTILINE)


def read_mbox(data: bytes, context: Context) -> list[Span]:
    """The spans of all mails of a mailbox in order; of at most `limits.max_parts` mails."""
    starts = [match.start() for match in _SEPARATOR.finditer(data)]
    if len(starts) < 2:
        return MessageReader(context).read_file(data)
    spans: list[Span] = []
    bounds = list(zip([0, *starts[1:]], [*starts[1:], len(data)], strict=True))
    most = context.limits.max_parts
    if len(bounds) > most:
        context.notes.add(f"mails beyond the first {most} of {len(bounds)} not read")
    for start, end in bounds[:most]:
        try:
            spans.extend(MessageReader(context).read_file(data[start:end]))
        except Unreadable as trouble:
            context.notes.add(f"a mail is {trouble.status.value}")
    return spans

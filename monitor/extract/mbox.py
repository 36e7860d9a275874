"""A mailbox file: several mails one after another."""

import re

from monitor.domain.text import Extraction, ExtractStatus, Span
from monitor.extract.limits import DEFAULT_LIMITS, Limits
from monitor.extract.mail import extract_mail
from monitor.extract.notes import Notes
from monitor.extract.outcome import conclude, refuse_too_large

MBOX = "application/mbox"
_SEPARATOR = re.compile(rb"^From [^\r\n]{0,200}\d{4}[^\r\n]{0,40}\r?$", re.MULTILINE)


def extract_mbox(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Extraction:
    """The spans of all mails of a mailbox in order; of at most `limits.max_parts` mails."""
    if len(data) > limits.max_bytes:
        return refuse_too_large(MBOX, limits)
    starts = [match.start() for match in _SEPARATOR.finditer(data)]
    if len(starts) < 2:
        return extract_mail(data, limits)
    notes = Notes()
    spans: list[Span] = []
    bounds = list(zip([0, *starts[1:]], [*starts[1:], len(data)], strict=True))
    if len(bounds) > limits.max_parts:
        notes.add(f"mails beyond the first {limits.max_parts} of {len(bounds)} not read")
    for start, end in bounds[: limits.max_parts]:
        mail = extract_mail(data[start:end], limits)
        spans.extend(mail.spans)
        if mail.detail or mail.status is not ExtractStatus.OK:
            notes.add(f"{mail.status.value}: {mail.detail}" if mail.detail else f"a mail is {mail.status.value}")
    return conclude(MBOX, spans, notes, limits)

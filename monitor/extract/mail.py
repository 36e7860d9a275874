"""A mail's bytes to spans of text: title, body split by who wrote it, attachments of every kind."""

from monitor.domain.text import Extraction, ExtractStatus
from monitor.extract.context import Context
from monitor.extract.door import read_nested
from monitor.extract.limits import DEFAULT_LIMITS, Limits
from monitor.extract.message import MAIL, MessageReader
from monitor.extract.outcome import conclude, refuse_too_large
from monitor.extract.pictures import Album
from monitor.extract.trouble import Unreadable


def extract_mail(raw: bytes, limits: Limits = DEFAULT_LIMITS, album: Album | None = None) -> Extraction:
    """The text of one RFC 822 message, also of a malformed one; never raises on any bytes.

    Status `ok` when any text was read, `empty` when there is none, `encrypted` when all but the title is
    ciphertext, `unsupported` when there are only parts that cannot be read, `too_large` above
    `limits.max_bytes`, `broken` when it is no mail at all. Pictures are put into `album`, where there is one.
    """
    if len(raw) > limits.max_bytes:
        return refuse_too_large(MAIL, limits)
    if not raw.strip():
        return Extraction(ExtractStatus.EMPTY, MAIL, (), "no bytes in it")
    context = Context(limits, read_nested, album)
    try:
        spans = MessageReader(context).read_file(raw)
    except Unreadable as trouble:
        return Extraction(trouble.status, MAIL, (), str(trouble))
    return conclude(MAIL, spans, context.notes, limits, is_encrypted=context.is_encrypted)

"""A file's bytes to spans of text, whatever the file claims to be.

`monitor.extract.sandbox` offers the same in a child process; what comes from outside goes through there.
"""

import os
import stat
from pathlib import Path

from monitor.domain.text import Extraction, ExtractStatus
from monitor.extract import sniff
from monitor.extract.context import Context
from monitor.extract.door import read, read_nested
from monitor.extract.limits import DEFAULT_LIMITS, Limits
from monitor.extract.notes import name_media_type
from monitor.extract.outcome import conclude, refuse_too_large
from monitor.extract.pictures import Album
from monitor.extract.trouble import Encrypted, Unreadable


def extract_file(
    data: bytes,
    *,
    name: str = "",
    media_type: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    album: Album | None = None,
) -> Extraction:
    """The text of a file; never raises on any bytes but for want of memory.

    The content decides what the file is, then the extension of `name`, then the declared `media_type`. What no
    reader reads is `unsupported`, or `encrypted` where that can be seen, or `broken`, each with its reason. Pictures
    are put into `album`, where there is one, and give no spans here.
    """
    found = sniff.sniff(data, name, media_type)
    if len(data) > limits.max_bytes:
        return refuse_too_large(found, limits)
    if not data.strip():
        return Extraction(ExtractStatus.EMPTY, found, (), "no bytes in it")
    context = Context(limits, read_nested, album)
    shown = media_type if media_type and found == sniff.BINARY else found
    try:
        spans = read(data, found, context)
    except Unreadable as trouble:
        detail = str(trouble)
        if shown != found and not isinstance(trouble, Encrypted):
            detail = f"{trouble.status.value}: {name_media_type(shown)}"
        return Extraction(trouble.status, shown, (), detail)
    return conclude(found, spans, context.notes, limits, is_encrypted=context.is_encrypted)


def extract_path(path: Path, limits: Limits = DEFAULT_LIMITS) -> Extraction:
    """The text of the file at `path`; never raises and never waits for a pipe or a device.

    What cannot be opened, or is no regular file, is `broken` with the reason.
    """
    data = read_path(path, limits)
    return data if isinstance(data, Extraction) else extract_file(data, name=path.name, limits=limits)


def read_path(path: Path, limits: Limits = DEFAULT_LIMITS) -> bytes | Extraction:
    """The bytes of the file at `path`, at most one more than `limits.max_bytes`; or why there are none."""
    try:
        return _read_regular(path, limits.max_bytes)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Extraction(ExtractStatus.BROKEN, sniff.BINARY, (), f"cannot be read: {reason}")
    except ValueError:
        return Extraction(ExtractStatus.BROKEN, sniff.BINARY, (), "cannot be read: not a possible path")


def _read_regular(path: Path, max_bytes: int) -> bytes:
    """At most one byte more than `max_bytes`, so that a larger file shows itself without being read."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "not a regular file")
        return file.read(max_bytes + 1)

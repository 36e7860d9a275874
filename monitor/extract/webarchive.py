"""Web pages as Safari saves them (webarchive): a property list with the page and its frames."""

import plistlib
from typing import Any
from xml.parsers.expat import ExpatError

from monitor.domain.text import Span
from monitor.extract.context import Context
from monitor.extract.trouble import Broken, Unreadable

_MAX_DEPTH = 6
_UNSUPPORTED = "unsupported: application/x-plist"


def read_webarchive(data: bytes, context: Context) -> list[Span]:
    """The spans of a saved page and of the frames in it. Raises `Broken`, or `Unreadable` for another property list."""
    try:
        saved = plistlib.loads(data)
    except MemoryError:
        raise
    except (plistlib.InvalidFileException, ExpatError, ValueError, TypeError, OverflowError, LookupError) as error:
        raise Broken("not a whole property list") from error
    if not isinstance(saved, dict) or "WebMainResource" not in saved:
        raise Unreadable(_UNSUPPORTED)
    return _pages(saved, context, 0)


def _pages(saved: dict[str, Any], context: Context, depth: int) -> list[Span]:
    page = saved.get("WebMainResource")
    content = page.get("WebResourceData") if isinstance(page, dict) else None
    spans = context.nested(bytes(content), "", "text/html") if isinstance(content, bytes) else []
    frames = saved.get("WebSubframeArchives")
    for frame in frames if isinstance(frames, list) and depth < _MAX_DEPTH else ():
        if isinstance(frame, dict):
            spans += _pages(frame, context, depth + 1)
    return spans

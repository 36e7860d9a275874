"""What reading one item gives, and the ways in which it can end without text."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from monitor.calendars.past import was_silent
from monitor.domain.source import Direction
from monitor.domain.text import Extraction, ExtractStatus
from monitor.extract.limits import DEFAULT_LIMITS, Limits
from monitor.intake.models import Item, ItemState
from monitor.intake.text_memory import Remembered

LIMITS = Limits(
    max_bytes=settings.HEED_EXTRACT_MAX_MB * 1_000_000,
    max_unpacked_bytes=settings.HEED_EXTRACT_UNPACKED_MB * 1_000_000,
    max_seconds=settings.HEED_EXTRACT_SECONDS,
    item_seconds=max(
        DEFAULT_LIMITS.item_seconds, settings.HEED_EXTRACT_SECONDS + 1, settings.HEED_PICTURES_SECONDS - 1
    ),
    max_memory_bytes=settings.HEED_EXTRACT_MEMORY_MB * 1_000_000,
    max_pictures=settings.HEED_PICTURES_MOST if settings.HEED_PICTURES else 0,
    picture_seconds=settings.HEED_PICTURES_SECONDS,
    picture_languages=settings.HEED_PICTURES_LANGUAGES,
)


class Unreadable(Exception):
    """An item that can never be read; the message is the reason that people see. It holds no text of the item."""


class Settled(Exception):
    """An item that ends unread and needs nobody: it is gone, or a rule leaves it out."""

    def __init__(self, state: ItemState, reason: str) -> None:
        super().__init__(reason)
        self.state = state


@dataclass(frozen=True, slots=True)
class Reading:
    """An item's text and what is known of it. `title` is its subject or file name.

    `remembered` is what `text_memory.enter` takes once the item is scored.
    """

    extraction: Extraction
    direction: Direction
    occurred_at: datetime
    title: str
    remembered: Remembered | None = None


def refusal(extraction: Extraction) -> str:
    """Why an extraction must be parked, or "" when it can be scored (also when there is nothing in it)."""
    if extraction.status in {ExtractStatus.OK, ExtractStatus.EMPTY} or extraction.spans:
        return ""
    return f"{extraction.status.value}: {extraction.detail or extraction.media_type}"


def is_dated_in_break(item: Item, instant: datetime) -> bool:
    """Whether the account of `item` was in a break, or not watched, at `instant`."""
    return was_silent(item.account, instant)

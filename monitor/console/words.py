"""The console's plain words for what rows hold as codes."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache

from django.utils import dateformat
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _

from monitor.domain.category import Category
from monitor.domain.severity import Severity
from monitor.domain.source import Direction, Source
from monitor.lib import addresses

CATEGORY_WORDS = {
    Category.SELF_HARM: _("Self-harm or suicide"),
    Category.VIOLENCE: _("Violence"),
    Category.BULLYING: _("Bullying"),
    Category.GROOMING: _("Grooming"),
}
SEVERITY_WORDS = {
    Severity.IMMINENT: _("Imminent"),
    Severity.SEVERE: _("Severe"),
    Severity.CONCERN: _("Concern"),
    Severity.LOW: _("Low"),
}
SOURCE_WORDS = {Source.GMAIL: "Gmail", Source.DRIVE: "Drive", Source.CHAT: "Chat"}
DIRECTION_WORDS = {
    Direction.WRITTEN: _("Written by the student"),
    Direction.RECEIVED: _("Sent to the student"),
    Direction.SHARED: _("In a file shared with the student"),
}
TOO_FEW_WORDS = _("Write a few words more: at least three characters.")
REFERENCE_LENGTH = 6
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def short_reference(reference: str) -> str:
    """The start of an account's or case's reference: enough to tell two apart on a page, nothing of the person."""
    return reference[:REFERENCE_LENGTH]


def join_words(given: Sequence[str | Promise]) -> str:
    """`["A", "B", "C"]` as `A, b and c`: only the first keeps its capital."""
    words = [str(word) for word in given]
    if not words:
        return ""
    rest = [word[:1].lower() + word[1:] for word in words[1:]]
    if not rest:
        return words[0]
    return gettext("{first} and {last}").format(first=", ".join([words[0], *rest[:-1]]), last=rest[-1])


def age_words(since: datetime, now: datetime) -> str:
    """How long ago, roughly: `just now`, `12 min`, `3 h`, `2 days`."""
    passed = max(now - since, timedelta(0))
    minutes = int(passed.total_seconds() // 60)
    if minutes < 1:
        return gettext("just now")
    if minutes < 90:
        return gettext("{count} min").format(count=minutes)
    if minutes < 36 * 60:
        return gettext("{count} h").format(count=round(minutes / 60))
    days = round(minutes / (24 * 60))
    return ngettext("{count} day", "{count} days", days).format(count=days)


def ago_words(since: datetime, now: datetime) -> str:
    """The same as one says it of something that is over: `just now`, `12 min ago`."""
    words = age_words(since, now)
    return words if now - since < timedelta(minutes=1) else gettext("{age} ago").format(age=words)


def moment_words(local: datetime) -> str:
    """A local time as `Tue 24 Nov, 10:15`."""
    return _formatted(local.replace(tzinfo=None), pgettext("date format", "D j M, H:i"), get_language())


def day_words(local: datetime) -> str:
    """The day of a local time as `Monday 30 November`."""
    return dateformat.format(local, pgettext("date format", "l j F"))


def day_and_month(day: date) -> str:
    """A day of this year as `24 Nov`."""
    return dateformat.format(day, pgettext("date format", "j M"))


def full_day(day: date) -> str:
    """A day as `24 Nov 2026`."""
    return dateformat.format(day, pgettext("date format", "j M Y"))


def with_dates(words: str) -> str:
    """`words` with every `2026-11-26` in it as `26 Nov 2026`."""
    return ISO_DAY.sub(lambda found: full_day(date.fromisoformat(found[0])), words)


def weekday_and_day(day: date) -> str:
    """A day as `Tue 24 Nov`."""
    return _formatted(day, pgettext("date format", "D j M"), get_language())


def month_and_year(day: date) -> str:
    """The month of a day as `Nov 2026`."""
    return dateformat.format(day, pgettext("date format", "M Y"))


@lru_cache(maxsize=2048)
def _formatted(day: date, pattern: str, _language: str | None) -> str:
    """A page of many schools says the same few moments hundreds of times. `day` may be a time as well."""
    return dateformat.format(day, pattern)


def browser_words(name: str) -> str:
    """`Chrome on Android`, as a session remembers it, in the language of the page."""
    browser, on, system = name.partition(" on ")
    browser = gettext("A browser") if browser == "A browser" else browser
    return gettext("{browser} on {system}").format(browser=browser, system=system) if on else browser


def without_addresses(text: str) -> str:
    """`text` with every mail address taken out, for pages read by people who must not see whose it is."""
    return addresses.without_addresses(text, gettext("[address]"))


def initials(name: str) -> str:
    """The first letters of the first and last word of `name`."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()

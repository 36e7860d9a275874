"""Template filters and tags of the console."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from monitor.calendars import notice
from monitor.console import said as said_words
from monitor.console import words
from monitor.domain.category import Category
from monitor.domain.district import BreakSpec
from monitor.domain.severity import Severity
from monitor.domain.source import Direction, Source
from monitor.lib import clock

FEW = 3
DIALLED = re.compile(r"\+?\d[\d ().-]*\d")
SHORT_CODE = re.compile(r"\d{5,6}")  # such numbers take text messages alone

register = template.Library()
MINUTE = timedelta(minutes=1)


@register.filter
def severity_word(severity: str) -> str:
    """`severe` as `Severe`."""
    return str(words.SEVERITY_WORDS[Severity(severity)])


@register.filter
def category_word(category: str) -> str:
    """`self_harm` as `Self-harm or suicide`."""
    return str(words.CATEGORY_WORDS[Category(category)])


@register.filter
def source_word(source: str) -> str:
    """`gmail` as `Gmail`."""
    return words.SOURCE_WORDS[Source(source)]


@register.filter
def direction_word(direction: str) -> str:
    """`written` as `Written by the student`."""
    return str(words.DIRECTION_WORDS[Direction(direction)])


@register.filter
def short(reference: str) -> str:
    """The first characters of a reference."""
    return words.short_reference(reference)


@register.filter
def age(since: datetime) -> str:
    """`12 min`."""
    return words.age_words(since, clock.now())


@register.filter
def ago(since: datetime) -> str:
    """`12 min ago`, or `just now`."""
    return words.ago_words(since, clock.now())


@register.filter
def browser_words(name: str) -> str:
    """`Chrome on Android` in the language of the page."""
    return words.browser_words(name)


@register.filter
def said(text: str) -> str:
    """What a room without languages says, in the language of the page; what is not known there stays as it is."""
    return said_words.said(text)


@register.filter
def scope_words(scope: object) -> str:
    """The place that a value of the policy comes from: `site pine`."""
    return said_words.scope_words(str(scope))


@register.filter
def span_words(spec: BreakSpec, zones: Mapping[str, str]) -> str:
    """The days of a break by its school's clock; `zones` are time zones by the code of the school."""
    return notice.span_words(spec.starts_at, spec.ends_at, zones.get(spec.site_code, "UTC"))


@register.filter
def initials(name: str) -> str:
    """`Maria Ortiz` as `MO`."""
    return words.initials(name)


@register.filter
def without_addresses(text: str) -> str:
    """Text with mail addresses taken out."""
    return words.without_addresses(text)


@register.filter
def moment(instant: datetime, time_zone: str) -> SafeString:
    """An instant as a `<time>` element in a school's own time zone, e.g. `Tue 24 Nov, 10:15`."""
    local = instant.astimezone(ZoneInfo(time_zone))
    return _time(instant, words.moment_words(local))


@register.filter
def from_to(span: tuple[datetime, datetime], time_zone: str) -> SafeString:
    """Two instants in a school's own time zone, e.g. `Tue 24 Nov, 15:30 to Wed 25 Nov, 07:45`."""
    first, last = (moment(instant, time_zone) for instant in span)
    return format_html(gettext("{first} to {last}"), first=first, last=last)


@register.filter
def day(instant: datetime, time_zone: str) -> SafeString:
    """An instant as its day in a school's own time zone, e.g. `Monday 30 November`."""
    local = instant.astimezone(ZoneInfo(time_zone))
    return _time(instant, words.day_words(local))


@register.filter
def with_dates(sentence: str) -> str:
    """A sentence of a lower room with its days as people say them."""
    return words.with_dates(sentence)


@register.filter
def dial(number: str) -> SafeString:
    """A telephone number that a phone dials, or a short one that it writes to: `988`, `text HOME to 741741`."""
    found = DIALLED.search(number)
    if found is None:
        return format_html("{}", number)
    digits = found[0]
    scheme = "sms" if SHORT_CODE.fullmatch(digits) else "tel"
    reached = "".join(one for one in digits if one.isdigit() or one == "+")
    return format_html('<a href="{}:{}">{}</a>', scheme, reached, number)


@register.filter
def percent(share: float) -> int:
    """`0.914` as `91`."""
    return round(share * 100)


@register.filter
def figure(count: int) -> str:
    """`18240` as `18,240`."""
    return f"{count:,}"


@register.filter
def told(value: object) -> str:
    """A value of an audit event's detail: a list as its members, a long one as how many."""
    if not isinstance(value, list):
        return str(value)
    return ", ".join(map(str, value)) if len(value) <= FEW else str(len(value))


@register.filter
def hour(instant: datetime, time_zone: str) -> SafeString:
    """An instant as its hour in a school's own time zone, e.g. `10:15`."""
    local = instant.astimezone(ZoneInfo(time_zone))
    return _time(instant, f"{local:%H:%M}")


@register.simple_tag
def icon(name: str) -> SafeString:
    """A drawing from `icons.svg`, for eyes only: the word beside it says the same."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("console/icons.svg"),
        name,
    )


@register.simple_tag(takes_context=True)
def with_query(context: dict[str, Any], **changes: object) -> str:
    """The current query string with some parameters changed; an empty value takes one out."""
    query = context["request"].GET.copy()
    query.pop("known", None)  # what an open page told its refresh is no part of an address
    for name, value in changes.items():
        query.pop(name, None)
        if value:
            query[name] = str(value)
    return f"?{query.urlencode()}"


def _time(instant: datetime, words_for_it: str) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', instant.isoformat(), words_for_it)

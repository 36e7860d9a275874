"""The console's plain words for what rows hold as codes."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import dateformat
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext, pgettext
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
TAG_WORDS = {
    "config:district:apply": _("Applied a district file"),
    "config:break:add": _("Added or changed a break"),
    "config:break:end": _("Ended a break"),
    "account:session:open": _("Signed in"),
    "account:session:refuse": _("Was refused at sign-in"),
    "account:session:close": _("Signed out"),
    "account:session:end": _("Ended sessions"),
    "account:sudo:grant": _("Proved again who they are"),
    "account:user:add": _("Added a person"),
    "account:user:change": _("Changed a person's role or schools"),
    "account:user:remove": _("Removed a person"),
    "account:password:set": _("Set a password"),
    "account:factor:set": _("Set up an authenticator app"),
    "account:factor:remove": _("Took an authenticator app away"),
    "account:recovery:use": _("Used a recovery code"),
    "audit:events:export": _("Downloaded audit events"),
    "content:finding:view": _("Read the words of a case"),
    "content:context:view": _("Read the text around a finding"),
    "case:claim:take": _("Took a case"),
    "case:claim:release": _("Gave a case back"),
    "case:decision:record": _("Decided a case"),
    "case:decision:reopen": _("Opened a decided case again"),
    "case:record:export": _("Took a case along as a PDF"),
    "case:cluster:decide": _("Decided all cases of one text"),
    "case:note:add": _("Added a note to a case"),
    "case:staff_matter:begin": _("Kept a case about staff from its school"),
    "case:staff_matter:end": _("Gave a case about staff back to its school"),
    "case:text:learn": _("Learned a harmless text"),
    "case:text:end": _("Ended putting a text aside"),
    "case:aside:restore": _("Gave a finding back"),
    "alert:case:acknowledge": _("Said that they have seen an alert"),
    "alert:drill:start": _("Started a drill"),
    "alert:drill:acknowledge": _("Answered a drill"),
    "alert:drill:end": _("Ended a drill"),
    "intake:item:release": _("Let parked texts be tried again"),
    "alert:delivery:fail": _("An alert failed for good"),
}
TOO_FEW_WORDS = _("Write a few words more: at least three characters.")
REFERENCE_LENGTH = 6


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
    return dateformat.format(local, pgettext("date format", "D j M, H:i"))


def day_words(local: datetime) -> str:
    """The day of a local time as `Monday 30 November`."""
    return dateformat.format(local, pgettext("date format", "l j F"))


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

"""The console's plain words for what rows hold as codes."""

import re
from datetime import datetime, timedelta

from monitor.domain.category import Category
from monitor.domain.severity import Severity
from monitor.domain.source import Direction, Source

CATEGORY_WORDS = {
    Category.SELF_HARM: "Self-harm or suicide",
    Category.VIOLENCE: "Violence",
    Category.BULLYING: "Bullying",
    Category.GROOMING: "Grooming",
}
SEVERITY_WORDS = {
    Severity.IMMINENT: "Imminent",
    Severity.SEVERE: "Severe",
    Severity.CONCERN: "Concern",
    Severity.LOW: "Low",
}
SOURCE_WORDS = {Source.GMAIL: "Gmail", Source.DRIVE: "Drive", Source.CHAT: "Chat"}
DIRECTION_WORDS = {
    Direction.WRITTEN: "Written by the student",
    Direction.RECEIVED: "Sent to the student",
    Direction.SHARED: "In a file shared with the student",
}
TAG_WORDS = {
    "config:district:apply": "Applied a district file",
    "config:break:add": "Added or changed a break",
    "config:break:end": "Ended a break",
    "account:session:open": "Signed in",
    "account:session:refuse": "Was refused at sign-in",
    "account:session:close": "Signed out",
    "account:session:end": "Ended sessions",
    "account:sudo:grant": "Proved again who they are",
    "account:user:add": "Added a person",
    "account:user:change": "Changed a person's role or schools",
    "account:user:remove": "Removed a person",
    "account:password:set": "Set a password",
    "account:factor:set": "Set up an authenticator app",
    "account:factor:remove": "Took an authenticator app away",
    "account:recovery:use": "Used a recovery code",
    "audit:events:export": "Downloaded audit events",
    "content:finding:view": "Read the words of a case",
    "content:context:view": "Read the text around a finding",
    "case:claim:take": "Took a case",
    "case:claim:release": "Gave a case back",
    "case:decision:record": "Decided a case",
    "case:decision:reopen": "Opened a decided case again",
    "case:record:export": "Took a case along as a PDF",
    "case:cluster:decide": "Decided all cases of one text",
    "case:note:add": "Added a note to a case",
    "case:text:learn": "Learned a harmless text",
    "case:text:end": "Ended putting a text aside",
    "case:aside:restore": "Gave a finding back",
    "alert:case:acknowledge": "Said that they have seen an alert",
    "alert:drill:start": "Started a drill",
    "alert:drill:acknowledge": "Answered a drill",
    "alert:drill:end": "Ended a drill",
    "intake:item:release": "Let parked texts be tried again",
    "alert:delivery:fail": "An alert failed for good",
}
TOO_FEW_WORDS = "Write a few words more: at least three characters."
REFERENCE_LENGTH = 6
ADDRESS = re.compile(r"[^\s@<>\"'(),;:]+@[^\s@<>\"'(),;:]+")


def short_reference(reference: str) -> str:
    """The start of an account's or case's reference: enough to tell two apart on a page, nothing of the person."""
    return reference[:REFERENCE_LENGTH]


def join_words(words: list[str]) -> str:
    """`["A", "B", "C"]` as `A, b and c`: only the first keeps its capital."""
    if not words:
        return ""
    rest = [word[:1].lower() + word[1:] for word in words[1:]]
    if not rest:
        return words[0]
    return f"{', '.join([words[0], *rest[:-1]])} and {rest[-1]}"


def age_words(since: datetime, now: datetime) -> str:
    """How long ago, roughly: `just now`, `12 min`, `3 h`, `2 days`."""
    passed = max(now - since, timedelta(0))
    minutes = int(passed.total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 90:
        return f"{minutes} min"
    if minutes < 36 * 60:
        return f"{round(minutes / 60)} h"
    return f"{round(minutes / (24 * 60))} days"


def without_addresses(text: str) -> str:
    """`text` with every mail address taken out, for pages read by people who must not see whose it is."""
    return ADDRESS.sub("[address]", text)


def initials(name: str) -> str:
    """The first letters of the first and last word of `name`."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()

"""Words of rooms that know no languages, because they know no framework, or because what they say is kept.

They say it in English, which is also how it is stored and put on the audit chain; a page says it again in the language
of whoever reads. Each phrase is named here, so that it stands in the catalogue.
"""

from django.utils.translation import gettext, gettext_noop

from monitor.detection.effective import FILE
from monitor.roster.placing import INHERITED

KNOWN = frozenset({
    # monitor.domain.calendar: why an event of a calendar is no break
    gettext_noop("holds none of the calendar's phrases"),
    gettext_noop("does not say that school is out"),
    gettext_noop("speaks of a day beside a break"),
    gettext_noop("is a part of a day without hours"),
    # monitor.roster.placing: where an account belongs and why
    gettext_noop("named in the district file"),
    gettext_noop("in no site's units"),
    gettext_noop("staff unit"),
    gettext_noop("administrator"),
    gettext_noop("excluded unit"),
    gettext_noop("excluded group"),
    gettext_noop("exempt address"),
    # what monitor.alerts.coverage finds to be missing
    gettext_noop("nobody would be told"),
    gettext_noop("nobody can be reached now"),
    gettext_noop("only the last responder can be reached now"),
    gettext_noop("there is no last responder for the time when everybody stays silent"),
    # monitor.domain.channel and monitor.domain.reading
    gettext_noop("email"),
    gettext_noop("sms"),
    gettext_noop("voice"),
    gettext_noop("address"),
    gettext_noop("label"),
    # monitor.detection.effective: where a value of the policy comes from
    gettext_noop("policy file"),
    gettext_noop("district"),
    gettext_noop("none"),
    gettext_noop("yes"),
    gettext_noop("no"),
})  # fmt: skip


def said(text: str) -> str:
    """`text` in the language of the page, if it is one of the phrases above or says which unit is inherited from."""
    if text.startswith(f"{INHERITED} "):
        return gettext("inherited from {unit}").format(unit=text.removeprefix(f"{INHERITED} "))
    return gettext(text) if text in KNOWN else text


def scope_words(scope: str) -> str:
    """`policy file`, `district`, `age band high`, `site pine` or `org unit /pine` in the language of the page."""
    if scope in {FILE, "district"}:
        return gettext(scope)
    for start, words in (
        ("age band ", gettext("age band {name}")),
        ("site ", gettext("site {name}")),
        ("org unit ", gettext("org unit {name}")),
    ):
        if scope.startswith(start):
            return words.format(name=scope.removeprefix(start))
    return scope

"""The whole message or file around a finding, read from Google at this moment and kept nowhere."""

from dataclasses import dataclass

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from monitor.accounts.models import User
from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.detection.conversation import speaker_words
from monitor.detection.models import Finding
from monitor.domain.source import Source
from monitor.domain.text import SpanKind
from monitor.google.errors import AccessLost, GoogleError, PermanentError
from monitor.intake.ledger import Asleep, UsageTally
from monitor.intake.models import Item
from monitor.intake.read_chat import Said, read_around
from monitor.intake.reading import Settled, Unreadable, read_item
from monitor.triage.models import Case

CHARACTERS = 20_000  # of one span; a page must stay a page
SPANS = 60
KIND_WORDS = {
    SpanKind.NEW: _("Written here"),
    SpanKind.QUOTED: _("Quoted from an earlier message"),
    SpanKind.FORWARDED: _("Forwarded from somebody else"),
    SpanKind.SIGNATURE: _("Signature"),
    SpanKind.ATTACHMENT: _("In an attachment"),
    SpanKind.TITLE: _("Subject or title"),
    SpanKind.COMMENT: _("Comment on the file"),
    SpanKind.HIDDEN: _("Deleted, or does not show"),
    SpanKind.IMAGE_TEXT: _("Read from a picture"),
}
OTHER_WORDS = _("Part of the text")


class NoContext(Exception):
    """Google's text cannot be shown; the message says why and what to do, without a word of it."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One stretch of the text and what it is."""

    kind: str
    text: str
    is_cut: bool


def fetch_context(case: Case, finding: Finding, *, actor: User, reason: str) -> list[Passage]:
    """The text of the item of `finding` as it is in Google now, under the reason that unveiled the words.

    The audit event is committed before Google is asked. The door of intake refuses for a sleeping school and for what
    was written in a break. Raises `NoContext`.
    """
    record(
        Tag.CONTEXT_VIEWED,
        actor=actor.actor,
        site_code=case.site.code,
        subject=case.public_id,
        reason=reason,
        finding=finding.public_id,
    )
    tally = UsageTally()
    try:
        return _passages(finding.scoring.item, tally)
    except Asleep:
        raise NoContext(gettext("This school is asleep, or the text is from a break: nothing of it is read.")) from None
    except Unreadable:
        raise NoContext(
            gettext("The text cannot be read apart from what was written in a break, or not at all.")
        ) from None
    except Settled:
        raise NoContext(gettext("It is no longer there, or a rule leaves it unread now.")) from None
    except AccessLost:
        raise NoContext(gettext("Google no longer lets Heed read this account. Tell your IT staff.")) from None
    except PermanentError:
        raise NoContext(gettext("It is no longer there: it was deleted, or the account is gone.")) from None
    except GoogleError:
        raise NoContext(gettext("Google did not answer. Try again in a minute.")) from None
    finally:
        tally.flush()


def _who_said(said: Said) -> str:
    who = speaker_words(said.speaker)
    return gettext("{who}, the message that was flagged").format(who=who) if said.is_the_one else who


def _passages(item: Item, tally: UsageTally) -> list[Passage]:
    if item.source == Source.CHAT:
        return [
            Passage(
                _who_said(said),
                said.text[:CHARACTERS],
                len(said.text) > CHARACTERS,
            )
            for said in read_around(item, tally)[:SPANS]
        ]
    spans = read_item(item, tally).extraction.spans
    return [
        Passage(str(KIND_WORDS.get(span.kind, OTHER_WORDS)), span.text[:CHARACTERS], len(span.text) > CHARACTERS)
        for span in spans[:SPANS]
        if span.text.strip()
    ]

"""Everything the page of one tip shows."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.sessions.backends.base import SessionBase

from monitor.accounts.models import User
from monitor.alerts.models import Delivery
from monitor.audit.tags import Tag
from monitor.console.rows import holder_of, title_of
from monitor.console.timeline import Moment, audited, delivered
from monitor.console.tip_reveal import unveiled_tip
from monitor.lib import clock
from monitor.roster.models import Site
from monitor.tips.actions import TipView, unseal_tip
from monitor.tips.models import MessageDirection, Tip, TipClosing, TipMessage
from monitor.tips.words import ACTIONS
from monitor.triage.models import CaseState

AUDITED = {
    Tag.TIP_OPENED: ("flag", "The tip came in"),
    Tag.TIP_MESSAGE: ("text", "The reporter wrote again"),
    Tag.TIP_VIEWED: ("eye", "{who} read the words"),
    Tag.TIP_ANSWERED: ("mail", "{who} answered"),
    Tag.TIP_NAMED: ("hand", "{who} said whom it is about"),
    Tag.TIP_MOVED: ("next", "{who} gave it to another school"),
    Tag.TIP_REVEALED: ("eye", "{who} asked for the reporter's number"),
    Tag.CASE_CLAIMED: ("hand", "{who} took the case"),
    Tag.CASE_RELEASED: ("hand", "{who} gave the case back"),
    Tag.TIP_CLOSED: ("check", "{who} closed the tip"),
}


@dataclass(frozen=True, slots=True)
class TipPage:
    """One tip as this session may see it."""

    tip: Tip
    title: str
    holder: User | None
    is_decided: bool
    seen_count: int  # of the reporter's messages; a closing names it
    view: TipView | None
    veiled_count: int
    unveiled_until: datetime | None
    reading: str  # what the classifiers said, in one sentence
    closings: list[tuple[TipClosing, list[str]]]
    timeline: list[Moment]
    sites: list[Site]


def build_tip_page(tip: Tip, session: SessionBase) -> TipPage:
    """Gather the page; nothing sealed is opened that this session did not unveil."""
    shown = unveiled_tip(session, tip)
    view = unseal_tip(tip, shown[1]) if shown else None
    messages = TipMessage.objects.filter(tip=tip).defer("text")
    flags = {flag for message in messages for flag in message.flags}
    seen = view.messages if view else ()
    title = title_of(flags) if flags else ""
    closings = TipClosing.objects.filter(tip=tip).select_related("decision__actor").order_by("at")
    return TipPage(
        tip=tip,
        title=f"Tip: {title[:1].lower()}{title[1:]}" if title else "Tip",
        holder=holder_of(tip.case, clock.now()),
        is_decided=tip.case.state == CaseState.DECIDED,
        seen_count=sum(message.direction == MessageDirection.FROM_REPORTER for message in seen),
        view=view,
        veiled_count=len(messages) - len(seen),
        unveiled_until=shown[0] if shown else None,
        reading=_reading(list(messages), title),
        closings=[(closing, [ACTIONS[code] for code in closing.actions if code in ACTIONS]) for closing in closings],
        timeline=sorted(_moments(tip), key=lambda moment: moment.at),
        sites=list(Site.objects.filter(is_active=True).exclude(pk=tip.site_id)),
    )


def _reading(messages: list[TipMessage], harms: str) -> str:
    """What the classifiers made of it; a person's worry counts whatever they say."""
    told = [message for message in messages if message.direction == MessageDirection.FROM_REPORTER]
    if any(message.score_error for message in told):
        return "A part of it could not be read by the classifiers. Read it yourself."
    if any(message.scored_at is None for message in told):
        return "The classifiers have not read all of it yet."
    return f"The classifiers see signs of: {harms.lower()}." if harms else "The classifiers see no sign in the words."


def _moments(tip: Tip) -> list[Moment]:
    deliveries = Delivery.objects.filter(case__tip_messages__tip=tip).distinct()
    return [*delivered(deliveries), *audited([tip.public_id, tip.case.public_id], AUDITED)]

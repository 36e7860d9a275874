"""Everything the page of one tip shows."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.sessions.backends.base import SessionBase
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from monitor.accounts.models import User
from monitor.alerts.models import Delivery
from monitor.audit.tags import Tag
from monitor.console.rows import holder_of, tip_title, title_of
from monitor.console.timeline import Moment, audited, delivered
from monitor.console.tip_reveal import unveiled_tip
from monitor.lib import clock
from monitor.roster.models import Site
from monitor.tips.actions import TipView, unseal_tip
from monitor.tips.models import MessageDirection, Tip, TipClosing, TipMessage
from monitor.tips.words import ACTIONS
from monitor.triage.models import CaseState, StaffMatter
from monitor.triage.staff import matter_of, people_of

AUDITED = {
    Tag.TIP_OPENED: ("flag", _("The tip came in")),
    Tag.TIP_MESSAGE: ("text", _("The reporter wrote again")),
    Tag.TIP_VIEWED: ("eye", _("{who} read the words")),
    Tag.TIP_ANSWERED: ("mail", _("{who} answered")),
    Tag.TIP_NAMED: ("hand", _("{who} said whom it is about")),
    Tag.TIP_MOVED: ("next", _("{who} gave it to another school")),
    Tag.STAFF_MATTER_BEGUN: ("flag", _("{who} kept it from the school: it is about a member of staff")),
    Tag.STAFF_MATTER_ENDED: ("next", _("{who} gave it back to the school")),
    Tag.TIP_REVEALED: ("eye", _("{who} asked for the reporter's number")),
    Tag.CASE_CLAIMED: ("hand", _("{who} took the case")),
    Tag.CASE_RELEASED: ("hand", _("{who} gave the case back")),
    Tag.TIP_CLOSED: ("check", _("{who} closed the tip")),
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
    matter: StaffMatter | None  # that it is kept from the school
    people: list[User]  # whom it may be about, of those who sign in


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
        title=tip_title(title),
        holder=holder_of(tip.case, clock.now()),
        is_decided=tip.case.state == CaseState.DECIDED,
        seen_count=sum(message.direction == MessageDirection.FROM_REPORTER for message in seen),
        view=view,
        veiled_count=len(messages) - len(seen),
        unveiled_until=shown[0] if shown else None,
        reading=_reading(list(messages), title),
        closings=[
            (closing, [str(ACTIONS[code]) for code in closing.actions if code in ACTIONS]) for closing in closings
        ],
        timeline=sorted(_moments(tip), key=lambda moment: moment.at),
        sites=list(Site.objects.filter(is_active=True).exclude(pk=tip.site_id)),
        matter=matter_of(tip.case),
        people=list(people_of(tip.site)),
    )


def _reading(messages: list[TipMessage], harms: str) -> str:
    """What the classifiers made of it; a person's worry counts whatever they say."""
    told = [message for message in messages if message.direction == MessageDirection.FROM_REPORTER]
    if any(message.score_error for message in told):
        return gettext("A part of it could not be read by the classifiers. Read it yourself.")
    if any(message.scored_at is None for message in told):
        return gettext("The classifiers have not read all of it yet.")
    if not harms:
        return gettext("The classifiers see no sign in the words.")
    return gettext("The classifiers see signs of: {harms}.").format(harms=harms.lower())


def _moments(tip: Tip) -> list[Moment]:
    deliveries = Delivery.objects.filter(case__tip_messages__tip=tip).distinct()
    return [*delivered(deliveries), *audited([tip.public_id, tip.case.public_id], AUDITED)]

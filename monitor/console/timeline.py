"""Everything that happened to a case, in order, from its rows and the audit chain."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from monitor.accounts.actors import names_of
from monitor.alerts.models import Delivery, DeliveryState
from monitor.audit.models import AuditEvent
from monitor.audit.tags import Tag
from monitor.console.rows import title_of
from monitor.detection.models import Finding
from monitor.domain.channel import ChannelKind
from monitor.triage.models import Case, Decision

EVENTS_SHOWN = 200
AUDITED = {
    Tag.CASE_CLAIMED: ("hand", _("{who} took the case")),
    Tag.CASE_RELEASED: ("hand", _("{who} gave the case back")),
    Tag.CASE_REOPENED: ("hand", _("{who} opened the case again")),
    Tag.CASE_EXPORTED: ("text", _("{who} made a PDF of the case")),
    Tag.ALERT_ACKNOWLEDGED: ("check", _("{who} has seen the alert")),
    Tag.CONTENT_VIEWED: ("eye", _("{who} read the words")),
    Tag.CONTEXT_VIEWED: ("text", _("{who} read the text around a finding")),
}
CHANNEL_DRAWINGS = {ChannelKind.EMAIL: "mail", ChannelKind.VOICE: "call"}  # all others: a message


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened. `text` is what a person wrote about it, if anything."""

    at: datetime
    icon: str
    title: str
    text: str = ""


def build_timeline(case: Case, findings: Sequence[Finding], decisions: Sequence[Decision]) -> list[Moment]:
    """What happened to `case`, oldest first, in three queries."""
    moments = [
        *_found(case, findings),
        *delivered(Delivery.objects.filter(case=case)),
        *audited([case.public_id], AUDITED),
        *_decided(decisions),
    ]
    return sorted(moments, key=lambda moment: moment.at)


def _found(case: Case, findings: Sequence[Finding]) -> Iterator[Moment]:
    """What opened the case stands on one line; what joined it later stands together by the minute."""
    by_instant: dict[datetime, list[Finding]] = {case.opened_at: []}
    for finding in findings:
        instant = max(finding.found_at.replace(second=0, microsecond=0), case.opened_at)
        by_instant.setdefault(instant, []).append(finding)
    for instant, together in by_instant.items():
        words = (
            ngettext(
                "Case opened with one finding: {harms}", "Case opened with {count} findings: {harms}", len(together)
            )
            if instant == case.opened_at
            else ngettext(
                "Case grew with one finding: {harms}", "Case grew with {count} findings: {harms}", len(together)
            )
        )
        harms = title_of(found.category for found in together)
        yield Moment(instant, "flag", words.format(count=len(together), harms=harms))


def delivered(deliveries: QuerySet[Delivery]) -> Iterator[Moment]:
    """What was sent to whom, oldest first, at most `EVENTS_SHOWN`."""
    for delivery in deliveries.select_related("contact", "channel").order_by("created_at")[:EVENTS_SHOWN]:
        drawing = CHANNEL_DRAWINGS.get(delivery.kind, "message")
        yield Moment(delivery.sent_at or delivery.created_at, drawing, delivery_words(delivery))


def delivery_words(delivery: Delivery) -> str:
    """One line about an alert, by which way it went and how that ended."""
    words = {
        DeliveryState.PENDING: gettext("Alert to %(name)s is waiting to be sent %(channel)s"),
        DeliveryState.SENT: gettext("Alert sent to %(name)s %(channel)s"),
        DeliveryState.FAILED: gettext("Alert to %(name)s %(channel)s failed"),
        DeliveryState.NOT_NEEDED: gettext("Alert to %(name)s %(channel)s was not needed any more"),
    }[DeliveryState(delivery.state)]
    return words % {"name": delivery.contact.name, "channel": channel_words(delivery.kind)}


def channel_words(kind: ChannelKind) -> str:
    """The way an alert goes, as the end of a sentence."""
    return {
        ChannelKind.EMAIL: gettext("by mail"),
        ChannelKind.SMS: gettext("by text message"),
        ChannelKind.VOICE: gettext("by phone call"),
        ChannelKind.GOOGLE_CHAT: gettext("in Google Chat"),
        ChannelKind.SLACK: gettext("in Slack"),
        ChannelKind.TEAMS: gettext("in Teams"),
        ChannelKind.WEBHOOK: gettext("to a webhook"),
        ChannelKind.APPRISE: gettext("through Apprise"),
    }[kind]


def audited(subjects: Sequence[str], words: Mapping[Tag, tuple[str, str | Promise]]) -> Iterator[Moment]:
    """The newest `EVENTS_SHOWN` audit events about `subjects`. `words` names a drawing and a title for each tag."""
    tags = [tag.value for tag in words]
    events = list(AuditEvent.objects.filter(subject__in=subjects, tag__in=tags).order_by("-id")[:EVENTS_SHOWN])
    names = names_of({event.actor for event in events})
    for event in events:
        drawing, title = words[Tag(event.tag)]
        yield Moment(event.at, drawing, str(title).format(who=names.get(event.actor, "Heed")))


def _decided(decisions: Sequence[Decision]) -> Iterator[Moment]:
    for decision in decisions:
        code = f" ({decision.get_reason_code_display()})" if decision.reason_code else ""
        title = gettext("{who} decided: {outcome}").format(
            who=decision.actor.name, outcome=f"{decision.get_outcome_display()}{code}"
        )
        yield Moment(decision.at, "check", title, decision.reason)

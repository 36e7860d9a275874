"""Whom the next step of a round tells, by what is known now: ladder, cycles, quiet hours, shifts and breaks."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.alerts.audience import Audience, audience_of
from monitor.alerts.duty import Presence, only, presence_at, reachable
from monitor.alerts.ladder import Rung, next_recipients
from monitor.alerts.models import Contact, Delivery, DeliveryState, Duty
from monitor.alerts.subjects import Subject
from monitor.domain.policy import OpenCases, Policy
from monitor.domain.severity import Severity


@dataclass(frozen=True, slots=True)
class Step:
    """Who is told now. Nobody with `is_over`: everybody was told. Nobody without: somebody may be told later."""

    contacts: tuple[Contact, ...] = ()
    duty: Duty = Duty.USUAL
    is_last: bool = False
    is_over: bool = False


def next_step(subject: Subject, rows: Sequence[Delivery], policy: Policy, now: datetime) -> Step:
    """The step after those in `rows`, the deliveries of the round so far."""
    presence, audience = presence_at(subject.site, now), audience_of(subject)
    if presence.is_asleep and policy.open_cases is OpenCases.NOBODY and subject.drill is None:
        return _unwatched(audience, rows, presence)
    ladder, told = _ladder(audience, presence), told_counts(rows)
    awake = ladder if is_told_later(subject.severity, policy) else _awake(ladder, subject, presence)
    recipients = next_recipients(awake, told, policy.escalation_cycles.get(subject.severity, 1))
    if recipients:
        return Step(tuple(recipients), presence.duty)
    was_last = any(row.is_last and row.state != DeliveryState.NOT_NEEDED for row in rows)
    ladders = _Ladders(ladder, awake, told, audience.last_responders(), was_last)
    return _after_the_ladder(ladders, subject.severity, policy, presence.duty)


def is_told_later(severity: Severity, policy: Policy) -> bool:
    """Whether alerts of this severity wait for a digest, which comes at a time when its reader may be told."""
    return bool(policy.digest_at) and severity.rank <= Severity.CONCERN.rank


@dataclass(frozen=True, slots=True)
class _Ladders:
    """The whole ladder, the part of it that may be told now, what was told before, and who answers last."""

    whole: Sequence[Rung]
    awake: Sequence[Rung]
    told: Counter[int]
    last: Sequence[Contact]
    was_last: bool


def _awake(ladder: Sequence[Rung], subject: Subject, presence: Presence) -> list[Rung]:
    return [rung for rung in (reachable(rung, subject.severity, presence, subject.site) for rung in ladder) if rung]


def _after_the_ladder(ladders: _Ladders, severity: Severity, policy: Policy, duty: Duty) -> Step:
    """Nobody on the ladder is left to tell now: next are those who answer last, then the end."""
    cycles = policy.escalation_cycles.get(severity, 1)
    everybody = [contact for rung in ladders.whole for contact in rung]
    is_through = all(ladders.told[contact.pk] >= cycles for contact in everybody)
    last = ladders.last
    if last and not ladders.was_last and (severity in policy.escalation_waits or not everybody):
        return Step(tuple(last), duty, is_last=True)
    if severity is Severity.IMMINENT and not last and not ladders.awake and not is_through:
        # Everybody asked not to be disturbed, and nobody answers last: a child's life weighs more than a night's rest.
        return Step(tuple(next_recipients(ladders.whole, ladders.told, cycles)), duty)
    return Step(is_over=is_through and bool(everybody or ladders.was_last))


def _ladder(audience: Audience, presence: Presence) -> list[Rung]:
    """When nobody is at school those on call stand first; in a break the school's others do not stand at all."""
    ladder = audience.ladder()
    on_call = only([contact for rung in ladder for contact in rung], presence.on_call)
    if presence.is_in_session or not (on_call or presence.is_asleep):
        return ladder
    first = {contact.pk for contact in on_call}
    rest = [[contact for contact in rung if contact.pk not in first] for rung in ladder]
    if presence.is_asleep:
        rest = [[contact for contact in rung if contact.site_id is None] for rung in rest]
    return [rung for rung in [on_call, *rest] if rung]


def _unwatched(audience: Audience, rows: Sequence[Delivery], presence: Presence) -> Step:
    """Once in a break: everybody on the ladder learns that nobody will act. Not even quiet hours hold this back."""
    if any(row.duty == Duty.UNWATCHED and row.created_at >= _break_start(audience.subject, presence) for row in rows):
        return Step()
    contacts = [contact for rung in audience.ladder() for contact in rung] + audience.last_responders()
    return Step(tuple(contacts), Duty.UNWATCHED)


def _break_start(subject: Subject, presence: Presence) -> datetime:
    running = subject.site.breaks.filter(starts_at__lte=presence.instant, ends_at__gt=presence.instant)
    return min(running.values_list("starts_at", flat=True), default=presence.instant)


def told_counts(rows: Sequence[Delivery]) -> Counter[int]:
    """How often each contact was told in a round; what was not needed, and "nobody will act", do not count."""
    steps = {
        (row.contact_id, row.step)
        for row in rows
        if row.state != DeliveryState.NOT_NEEDED and row.duty != Duty.UNWATCHED
    }
    return Counter(contact_id for contact_id, _ in steps)

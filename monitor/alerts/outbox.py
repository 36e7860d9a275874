"""Which alerts are due: rows are written here and sent by `send`, so that nothing is lost in between.

A *round* is the telling about one case at one severity; a case that grows more urgent begins a new round. A *step* of a
round tells one rung of the ladder, by each of its contacts' channels. The next step is due when the last one is older
than the policy's wait and nobody has the case, or when all of its deliveries failed. A step that turned out not to be
needed counts as not told: if the person who had the case lets it go, the same contacts are told after all.

Whoever moves a round from one step to the next, by compare-and-set, writes that step in the same transaction.
"""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from monitor.alerts.compose import message_id
from monitor.alerts.digest import batch_key, digest_time
from monitor.alerts.duty import zone_of
from monitor.alerts.models import Channel, Contact, Delivery, DeliveryState, Duty, Round
from monitor.alerts.steps import Step, is_told_later, next_step
from monitor.alerts.subjects import Subject, subject_of
from monitor.calendars.models import Break
from monitor.calendars.notice import wakes
from monitor.detection.policy import current_policy
from monitor.domain.policy import Policy
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.triage.models import Case, CaseState, StaffMatter

LOOK_AGAIN = timedelta(seconds=30)  # when nobody may be told now: quiet hours end, contacts are added
_OF_CASE = Delivery.objects.filter(case=OuterRef("pk"), severity=OuterRef("severity"))


def prepare_deliveries(limit: int = 500) -> int:
    """Write the deliveries of up to `limit` rounds that have a step due; how many rows were written.

    Run it as often and in as many workers as you like: a round moves from one step to the next once.
    Raises `PolicyError` when the policy cannot be used.
    """
    policy, now = current_policy(), clock.now()
    _open_rounds(policy, now, limit)
    _hand_over_open_cases(now)
    _tell_the_new_ones(now)
    return sum(_advance(pk, step, policy) for pk, step in _rounds_due(policy, now, limit))


def undeliverable_cases() -> QuerySet[Case]:
    """The undecided cases that ought to be told and are not: nobody to tell, or every delivery failed."""
    kept = Exists(StaffMatter.objects.filter(case=OuterRef(OuterRef("pk")), ended_at=None))
    contacts = Contact.objects.filter(Q(site=None) | Q(~kept, site=OuterRef("site")), is_active=True)
    failed = _OF_CASE.filter(state=DeliveryState.FAILED)
    alive = _OF_CASE.exclude(state=DeliveryState.FAILED)
    cases = _alerting(current_policy()).filter(~Exists(alive)).filter(Exists(failed) | ~Exists(contacts))
    return cases.select_related("site").order_by("-severity_rank", "opened_at", "id")


def unanswered_cases() -> QuerySet[Case]:
    """The undecided cases of which everybody was told in vain: the round is over and nobody has the case."""
    now = clock.now()
    over = Round.objects.filter(case=OuterRef("pk"), severity=OuterRef("severity"), due_at=None, step__gt=0)
    held = Q(state=CaseState.CLAIMED, claimed_until__gt=now)
    escalating = [severity.value for severity in current_policy().escalation_waits]
    cases = _alerting(current_policy()).filter(Exists(over), severity__in=escalating).exclude(held)
    return cases.select_related("site").order_by("-severity_rank", "opened_at", "id")


def _alerting(policy: Policy) -> QuerySet[Case]:
    """The undecided cases of which somebody must be told."""
    return Case.objects.filter(severity_rank__gte=policy.mail_from.rank).exclude(state=CaseState.DECIDED)


def _open_rounds(policy: Policy, now: datetime, limit: int) -> None:
    """A round for each case that has none at its severity. One with deliveries from before rounds existed goes on."""
    rounds = Round.objects.filter(case=OuterRef("pk"), severity=OuterRef("severity"))
    fresh = _alerting(policy).filter(~Exists(rounds)).order_by("-severity_rank", "opened_at", "id")
    for case in fresh[:limit]:
        step, due_at = _where_it_stands(Subject(case, None, Severity(case.severity)), policy, now)
        Round.objects.bulk_create(
            [Round(case=case, severity=case.severity, step=step, due_at=due_at, passed_on=case.passed_on)],
            ignore_conflicts=True,
        )


def _where_it_stands(subject: Subject, policy: Policy, now: datetime) -> tuple[int, datetime]:
    """The last step that is written down, and when the next one is looked at."""
    last = max(subject.deliveries(), key=lambda delivery: delivery.step, default=None)
    if last is None:
        return 0, now
    return last.step, last.created_at + policy.escalation_waits.get(subject.severity, timedelta(0))


def _hand_over_open_cases(now: datetime) -> None:
    """A break that begins makes every round of the site due once more: policy says who learns of it."""
    for row in Break.objects.filter(starts_at__lte=now, ends_at__gt=now):
        rounds = Round.objects.filter(case__site=row.site_id, step__gt=0).exclude(case__state=CaseState.DECIDED)
        rounds.filter(Q(asleep_from=None) | Q(asleep_from__lt=row.starts_at), severity=F("case__severity")).update(
            asleep_from=row.starts_at, due_at=now
        )


def _tell_the_new_ones(now: datetime) -> None:
    """A case that other people got since the last look (another school, or the district alone) is due for them."""
    rounds = Round.objects.filter(case__isnull=False, severity=F("case__severity")).exclude(
        case__state=CaseState.DECIDED
    )
    got = Case.objects.filter(pk=OuterRef("case")).values("passed_on")
    rounds.exclude(passed_on=F("case__passed_on")).update(passed_on=Subquery(got), due_at=now)


def _rounds_due(policy: Policy, now: datetime, limit: int) -> list[tuple[int, int]]:
    """The rounds to look at with the last step of each, most urgent first, then those that wait longest."""
    alive = Q(drill__acknowledged_at=None, drill__ended_at=None, drill__isnull=False)
    alive |= Q(case__in=_alerting(policy), severity=F("case__severity"))
    last = Delivery.objects.filter(Q(case=OuterRef("case")) | Q(drill=OuterRef("drill")), severity=OuterRef("severity"))
    last = last.filter(step=OuterRef("step"))
    all_failed = Exists(last) & ~Exists(last.exclude(state=DeliveryState.FAILED))
    is_due = Q(due_at__lte=now) | (Q(due_at__isnull=False) & Q(all_failed))
    # A case that somebody holds must not take a place in the batch from one that waits.
    held = Q(case__state=CaseState.CLAIMED, case__claimed_until__gt=now, step__gt=0)
    rounds = Round.objects.filter(alive, is_due).exclude(held)
    urgency = F("case__severity_rank").desc(nulls_first=True)  # a drill has no case, and somebody waits for it
    return list(rounds.order_by(urgency, "due_at", "pk").values_list("pk", "step")[:limit])


def _advance(pk: int, last_step: int, policy: Policy) -> int:
    """Write the step after `last_step` whole or not at all; how many rows were new.

    A round that another worker took further since it was listed is left alone, or it would escalate twice at once.
    """
    row = Round.objects.select_related("case__site", "drill__site").filter(pk=pk, step=last_step).first()
    if row is None:
        return 0
    subject, now = subject_of(row), clock.now()
    if row.step and subject.is_held(now, policy):
        _put_off(row, now + LOOK_AGAIN)
        return 0
    step = next_step(subject, subject.deliveries(), policy, now)
    try:
        with transaction.atomic():
            return _write_step(row, subject, step, policy, now)
    except IntegrityError:
        number, due_at = _where_it_stands(subject, policy, now)  # the step stands already, from a round that was lost
        Round.objects.filter(pk=row.pk, step=row.step).update(step=number, due_at=due_at)
        return 0


def _put_off(row: Round, until: datetime | None) -> None:
    Round.objects.filter(pk=row.pk, step=row.step).update(due_at=until)


def _write_step(row: Round, subject: Subject, step: Step, policy: Policy, now: datetime) -> int:
    if not step.contacts:
        _put_off(row, None if step.is_over and row.step else now + LOOK_AGAIN)
        return 0
    moved = Round.objects.filter(pk=row.pk, step=row.step)
    if moved.update(step=row.step + 1, due_at=_due_after(subject, step, policy, now)) != 1:
        return 0
    deliveries = [
        _delivery(subject, contact, channel, row.step + 1, step, policy, now)
        for contact in step.contacts
        for channel in channels_for(contact, subject.severity)
    ]
    return len(Delivery.objects.bulk_create(deliveries))


def _due_after(subject: Subject, step: Step, policy: Policy, now: datetime) -> datetime | None:
    if step.duty == Duty.UNWATCHED:
        return wakes(subject.site, now)
    wait = policy.escalation_waits.get(subject.severity)
    return now + wait if wait else None  # without a wait only the first step is told


def channels_for(contact: Contact, severity: Severity) -> list[Channel | None]:
    """The ways by which `contact` is told at `severity`; None is e-mail.

    A way that is known to be broken is left out while another one is whole. With none left all are tried: an attempt
    costs nothing, and its failure brings the next step at once.
    """
    ways: list[Channel | None] = [None]
    ways += [
        channel
        for channel in contact.channels.all()
        if channel.is_active and severity.rank >= Severity(channel.floor).rank
    ]
    whole = [way for way in ways if (way or contact).broken_since is None]
    return whole or ways


def _delivery(
    subject: Subject, contact: Contact, channel: Channel | None, number: int, step: Step, policy: Policy, now: datetime
) -> Delivery:
    not_before, batch = now, ""
    if is_told_later(subject.severity, policy) and step.duty != Duty.UNWATCHED:
        instant = digest_time(contact, channel, policy.digest_at, now, zone_of(contact, subject.site))
        if instant is not None:
            not_before, batch = instant, batch_key(contact, channel, instant)
    return Delivery(
        **subject.keys,
        contact=contact,
        channel=channel,
        step=number,
        severity=subject.severity.value,
        duty=step.duty,
        is_last=step.is_last,
        batch=batch,
        message_id=message_id(subject, contact_id=contact.pk, channel=channel, step=number),
        created_at=now,
        not_before=not_before,
    )

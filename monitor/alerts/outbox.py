"""Which alerts are due: rows are written here and sent by `send`, so that nothing is lost in between.

A *round* is the deliveries of one case at one severity; a case that grows more urgent begins a new round. A *step* of
a round tells one rung of the ladder. The next step is due when the last one is older than the policy's wait and nobody
has the case, or when all of its deliveries failed. A step that turned out not to be needed counts as not told: if the
person who had the case lets it go, the same contacts are told after all.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from monitor.alerts.compose import message_id
from monitor.alerts.ladder import ladder_of, next_recipients
from monitor.alerts.models import Contact, Delivery, DeliveryState
from monitor.detection.policy import current_policy
from monitor.domain.policy import Policy
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.triage.models import Case, CaseState

_ROUND = Delivery.objects.filter(case=OuterRef("pk"), severity=OuterRef("severity"))


def prepare_deliveries(limit: int = 500) -> int:
    """Write the deliveries of up to `limit` cases that have a step due; how many rows were written.

    Run it as often and in as many workers as you like: the unique constraint keeps a step from being written twice.
    Raises `PolicyError` when the policy cannot be used.
    """
    return sum(_write_step(case_id, last_step) for case_id, last_step in _cases_due(current_policy(), limit))


def undeliverable_cases() -> QuerySet[Case]:
    """The undecided cases that ought to be told and are not: nobody to tell, or every delivery failed."""
    has_contact = Exists(_contacts_of_outer_case())
    failed = _ROUND.filter(state=DeliveryState.FAILED)
    alive = _ROUND.exclude(state=DeliveryState.FAILED)
    cases = _alerting(current_policy()).filter(~Exists(alive)).filter(Exists(failed) | ~has_contact)
    return cases.select_related("site").order_by("-severity_rank", "opened_at", "id")


def _cases_due(policy: Policy, limit: int) -> list[tuple[int, int | None]]:
    """The cases with a step due and somebody left to tell, most urgent first: (case, last step of its round)."""
    now = clock.now()
    newest = _ROUND.order_by("-step")
    cases = _alerting(policy).annotate(
        last_step=Subquery(newest.values("step")[:1]), step_at=Subquery(newest.values("created_at")[:1])
    )
    waited = Q(pk__in=[])
    for severity, wait in policy.escalation_waits.items():
        waited |= Q(severity=severity.value, step_at__lte=now - wait)
    all_failed = ~Exists(_ROUND.filter(step=OuterRef("last_step")).exclude(state=DeliveryState.FAILED))
    is_held = Q(state=CaseState.CLAIMED, claimed_until__gt=now)
    is_due = Q(last_step=None) | (~is_held & (waited | Q(all_failed)))
    # Without somebody left to tell, cases that wait for a person would fill the batch for ever.
    due = cases.filter(Exists(_untold_of_outer_case()), is_due).order_by("-severity_rank", "opened_at", "id")
    return list(due.values_list("pk", "last_step")[:limit])


def _alerting(policy: Policy) -> QuerySet[Case]:
    """The undecided cases of which somebody must be told."""
    return Case.objects.filter(severity_rank__gte=policy.mail_from.rank).exclude(state=CaseState.DECIDED)


def _contacts_of_outer_case() -> QuerySet[Contact]:
    return Contact.objects.filter(Q(site=OuterRef("site")) | Q(site=None), is_active=True)


def _untold_of_outer_case() -> QuerySet[Contact]:
    case = OuterRef(OuterRef("pk"))
    told = Delivery.objects.filter(contact=OuterRef("pk"), case=case, severity=OuterRef(OuterRef("severity")))
    return _contacts_of_outer_case().filter(~Exists(told.exclude(state=DeliveryState.NOT_NEEDED)))


def _write_step(case_id: int, last_step: int | None) -> int:
    """Write the step after `last_step` whole or not at all; how many rows were new.

    A round that another worker took further since it was listed is left alone, or it would escalate twice at once.
    """
    case = Case.objects.select_related("site").get(pk=case_id)
    rows = list(Delivery.objects.filter(case=case, severity=case.severity).values_list("contact_id", "step", "state"))
    if max((step for _, step, _ in rows), default=None) != last_step:
        return 0
    told = {contact_id for contact_id, _, state in rows if state != DeliveryState.NOT_NEEDED}
    recipients = next_recipients(ladder_of(case.site), told)
    now = clock.now()
    with transaction.atomic():
        return sum(_write(case, contact, (last_step or 0) + 1, now) for contact in recipients)


def _write(case: Case, contact: Contact, step: int, now: datetime) -> bool:
    severity = Severity(case.severity)
    _, is_new = Delivery.objects.get_or_create(
        case=case,
        contact=contact,
        step=step,
        severity=severity.value,
        defaults={
            "message_id": message_id(case, contact_id=contact.pk, step=step, severity=severity),
            "created_at": now,
            "not_before": now,
        },
    )
    return is_new

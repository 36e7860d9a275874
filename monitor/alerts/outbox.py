"""Which alerts are due: rows are written here and sent by `send`, so that nothing is lost in between.

A *round* is the deliveries of one case at one severity; a case that grows more urgent begins a new round. A *step* of
a round tells one rung of the ladder. The next step is due when the last one is older than the policy's wait and nobody
has the case, or when all of its deliveries failed. A step that turned out not to be needed counts as not told: if the
person who had the case lets it go, the same contacts are told after all.
"""

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet

from monitor.alerts.compose import message_id
from monitor.alerts.ladder import ladder_of, next_recipients
from monitor.alerts.models import Contact, Delivery, DeliveryState
from monitor.detection.policy import current_policy
from monitor.domain.policy import Policy
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.triage.models import Case, CaseState


def prepare_deliveries(limit: int = 500) -> int:
    """Write the deliveries of up to `limit` cases that have a step due; how many rows were written.

    Run it as often and in as many workers as you like: the unique constraint keeps a step from being written twice.
    Raises `PolicyError` when the policy cannot be used.
    """
    policy = current_policy()
    due = cases_due(policy).select_related("site").order_by("-severity_rank", "opened_at", "id")
    return sum(_prepare(case) for case in list(due[:limit]))


def cases_due(policy: Policy) -> QuerySet[Case]:
    """The cases with a step due for which somebody is left to be told."""
    now = clock.now()
    waited = Q()
    for severity, wait in policy.escalation_waits.items():
        waited |= Q(severity=severity.value, step_at__lte=now - wait)
    failed = ~Exists(_latest_step().exclude(state=DeliveryState.FAILED))
    is_held = Q(state=CaseState.CLAIMED, claimed_until__gt=now)
    newest = Max("deliveries__created_at", filter=Q(deliveries__severity=F("severity")))
    cases = _alerting(policy).filter(Exists(_untold())).annotate(step_at=newest)
    return cases.filter(Q(step_at=None) | (~is_held & (waited | failed)))

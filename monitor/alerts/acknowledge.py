"""Somebody says that they have seen an alert. The escalation rests, and goes on when nothing follows in time."""

from django.db import transaction

from monitor.accounts.models import User
from monitor.alerts.models import Acknowledgement
from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.lib import clock
from monitor.triage.access import access_case
from monitor.triage.models import Case, CaseState


def do_acknowledge_case(case: Case, *, actor: User) -> Acknowledgement | None:
    """Record that `actor` has seen the alert of `case`; None when the case is decided already.

    It is less than a claim: others may take the case meanwhile. Raises `CaseNotFound` for strangers.
    """
    fresh = access_case(actor, case.public_id)
    if fresh.state == CaseState.DECIDED:
        return None
    with transaction.atomic():
        row = Acknowledgement.objects.create(case=fresh, user=actor, severity=fresh.severity, at=clock.now())
        record(
            Tag.ALERT_ACKNOWLEDGED, actor=actor.actor, site_code=fresh.site.code, subject=fresh.public_id,
            severity=fresh.severity,
        )  # fmt: skip
    return row

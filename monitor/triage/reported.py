"""Cases that a person's report opens, without a finding: same queue, same claims and decisions, same escalation."""

from datetime import datetime

from monitor.domain.severity import Severity
from monitor.roster.models import MonitoredAccount, Site
from monitor.triage.models import Case, CaseState, Origin


def open_reported_case(
    site: Site, severity: Severity, *, at: datetime, account: MonitoredAccount | None = None
) -> Case:
    """A case at `site` for a tip that came in at `at`. Findings never join it, so it is not the current one."""
    return Case.objects.create(
        site=site,
        account=account,
        origin=Origin.TIP,
        severity=severity.value,
        severity_rank=severity.rank,
        opened_at=at,
        last_finding_at=at,
        is_current=False,
    )


def raise_severity(case: Case, severity: Severity) -> bool:
    """Make an undecided `case` as urgent as `severity`, never milder; whether it changed. Alerts then begin anew."""
    milder = Case.objects.filter(pk=case.pk, severity_rank__lt=severity.rank).exclude(state=CaseState.DECIDED)
    return milder.update(severity=severity.value, severity_rank=severity.rank) == 1

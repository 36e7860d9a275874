"""The narrow rows that figures are counted from, written in the same transaction as what they count."""

from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.detection.models import Finding
from monitor.domain.grade import student_grade
from monitor.domain.severity import Severity
from monitor.roster.models import Site
from monitor.triage.models import Case, CaseCategory, Outcome


def local(instant: datetime, site: Site) -> datetime:
    """`instant` on the clock of `site`."""
    return instant.astimezone(ZoneInfo(site.time_zone))


def note_finding(case: Case, finding: Finding) -> None:
    """Count `finding`, which just joined `case`. The caller holds the case's row in a transaction."""
    site = finding.site
    written, opened = local(finding.occurred_at, site), local(case.opened_at, site)
    rank = Severity(finding.severity).rank
    row, is_new = CaseCategory.objects.get_or_create(
        case=case,
        category=finding.category,
        defaults={
            "site": site,
            "account_id": finding.account_id,
            "severity_rank": rank,
            "day": opened.date(),
            "hour": written.hour,
            "weekday": written.weekday(),
            "grade": student_grade(finding.account.grade, finding.account.org_unit_path, opened.date()),
        },
    )
    if not is_new:
        CaseCategory.objects.filter(pk=row.pk, severity_rank__lt=rank).update(severity_rank=rank)


def note_decision(case: Case, outcome: Outcome, judgement: int) -> None:
    """Count the decision of `case`; `judgement` is the same number for all cases that one act decided."""
    CaseCategory.objects.filter(case=case).update(outcome=outcome.value, judgement=judgement)


def note_reopening(case: Case) -> None:
    """What was decided about `case` counts no longer: it is under review again."""
    CaseCategory.objects.filter(case=case).update(outcome="", judgement=None)

"""The findings of a case in the order in which somebody should read them."""

from django.db import models
from django.db.models import QuerySet, Value, When

from monitor.detection.models import Finding
from monitor.domain.severity import Severity
from monitor.triage.models import Case

BY_URGENCY = models.Case(
    *(When(severity=severity.value, then=Value(severity.rank)) for severity in Severity),
    default=Value(0),
    output_field=models.PositiveSmallIntegerField(),
)


def leading_findings(case: Case) -> QuerySet[Finding]:
    """The findings of `case`, most urgent first, then oldest first; what is sealed stays in the database."""
    findings = Finding.objects.filter(case_finding__case=case).defer("excerpt")
    return findings.order_by(BY_URGENCY.desc(), "occurred_at", "id")

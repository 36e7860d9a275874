"""Cases from before there were figures get theirs: nothing is unsealed, and doing it again changes nothing."""

import hashlib
from zoneinfo import ZoneInfo

from django.db import migrations

from monitor.domain.grade import grade_of
from monitor.domain.role import role_of
from monitor.domain.severity import Severity
from monitor.domain.source import Direction
from monitor.domain.text import SpanKind

SEALED = ("finding__excerpt", "finding__account__address", "finding__account__full_name")


def fill(apps, schema_editor):
    case_model = apps.get_model("triage", "Case")
    for key in list(case_model.objects.filter(opened_on=None).values_list("pk", flat=True)):
        case = case_model.objects.select_related("site").get(pk=key)
        passages = _fill_findings(apps, case)
        decision = apps.get_model("triage", "Decision").objects.filter(case=case).order_by("-at", "-id").first()
        if decision is not None:
            case.outcome = decision.outcome
            rows = apps.get_model("triage", "CaseCategory").objects.filter(case=case)
            rows.update(outcome=decision.outcome, judgement=decision.pk)
        case.opened_on = case.opened_at.astimezone(ZoneInfo(case.site.time_zone)).date()
        case.signature = hashlib.sha256(" ".join(sorted(passages)).encode()).hexdigest() if passages else ""
        case.seconds_to_acknowledge = _seconds(case, case.first_claimed_at)
        case.seconds_to_close = _seconds(case, case.decided_at)
        case.save()


def _fill_findings(apps, case):
    zone, passages = ZoneInfo(case.site.time_zone), set()
    rows = apps.get_model("triage", "CaseFinding").objects.filter(case=case)
    for row in rows.select_related("finding__account").defer(*SEALED).order_by("finding__occurred_at"):
        finding = row.finding
        speaker = finding.role or role_of(Direction(finding.direction), SpanKind(finding.span_kind)).value
        key = f"{finding.source}:{speaker}:{finding.excerpt_index}"
        row.passage = hashlib.sha256(key.encode()).hexdigest()
        row.save(update_fields=["passage"])
        passages.add(row.passage)
        written, opened = finding.occurred_at.astimezone(zone), case.opened_at.astimezone(zone)
        rank = Severity(finding.severity).rank
        fact, is_new = apps.get_model("triage", "CaseCategory").objects.get_or_create(
            case=case,
            category=finding.category,
            defaults={
                "site": case.site,
                "severity_rank": rank,
                "day": opened.date(),
                "hour": written.hour,
                "weekday": written.weekday(),
                "grade": grade_of(finding.account.org_unit_path, opened.date()),
            },
        )
        if not is_new and fact.severity_rank < rank:
            fact.severity_rank = rank
            fact.save(update_fields=["severity_rank"])
    return passages


def _seconds(case, instant):
    return None if instant is None else max(0, int((instant - case.opened_at).total_seconds()))


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("triage", "0002_clusters_notes_and_figures"), ("roster", "0001_initial"), ("detection", "0002_levels_and_score_cache")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]

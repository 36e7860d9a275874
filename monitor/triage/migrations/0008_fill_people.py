"""Rows of figures learn whom they are about. By itself: PostgreSQL makes no index beside changed foreign keys."""

from django.db import migrations
from django.db.models import OuterRef, Subquery


def fill(apps, schema_editor):
    case = apps.get_model("triage", "Case").objects.filter(pk=OuterRef("case"))
    rows = apps.get_model("triage", "CaseCategory").objects.filter(account=None)
    rows.update(account=Subquery(case.values("account")[:1]))


class Migration(migrations.Migration):
    dependencies = [("triage", "0007_people_in_figures")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]

"""One word per idea: a signature is what a person types under a hand-over."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("triage", "0008_fill_people")]
    operations = [
        migrations.RemoveIndex("case", "cases_by_signature"),
        migrations.RenameField("case", "signature", "fingerprint"),
        migrations.RenameField("cluster", "signature", "fingerprint"),
        migrations.AddIndex(
            "case", models.Index(fields=["fingerprint", "state", "site"], name="cases_by_fingerprint")
        ),
    ]

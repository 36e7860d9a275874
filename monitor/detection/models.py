"""What the classifiers said, and the findings that policy made of it."""

import secrets

from django.db import models

from monitor.domain.category import Category
from monitor.domain.severity import Severity
from monitor.domain.text import SpanKind
from monitor.intake.models import DIRECTIONS, SOURCES, Item
from monitor.roster.models import MonitoredAccount, Site
from monitor.sealed.fields import SealedTextField

CATEGORIES = [(category.value, category.value) for category in Category]
SEVERITIES = [(severity.value, severity.value) for severity in Severity]
SPAN_KINDS = [(kind.value, kind.value) for kind in SpanKind]


def new_public_id() -> str:
    """A random public id (16 hex characters)."""
    return secrets.token_hex(8)


class Scoring(models.Model):
    """One item version was scored once by one classifier. `scores`: category to the item's highest probability."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="scorings")
    classifier_id = models.CharField(max_length=80)
    policy_version = models.CharField(max_length=40)
    scores = models.JSONField(default=dict)
    characters = models.PositiveIntegerField()
    scored_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "classifier_id"], name="one_scoring_per_item_and_classifier")
        ]

    def __str__(self) -> str:
        return f"scoring of item {self.item_id} by {self.classifier_id}"


class Finding(models.Model):
    """A span that crossed its alert threshold under a policy version.

    `excerpt` is sealed JSON: {"text": the flagged passage with its neighbours, "marks": [[start, end], ...] character
    offsets into it, "part": where it stood (subject, body, attachment name), "title": the item's title or subject}.
    """

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    scoring = models.ForeignKey(Scoring, on_delete=models.CASCADE, related_name="findings")
    account = models.ForeignKey(MonitoredAccount, on_delete=models.CASCADE, related_name="findings")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="findings")  # the site at that time
    source = models.CharField(max_length=16, choices=SOURCES)
    category = models.CharField(max_length=16, choices=CATEGORIES)
    probability = models.FloatField()
    threshold = models.FloatField()
    severity = models.CharField(max_length=16, choices=SEVERITIES)
    direction = models.CharField(max_length=16, choices=DIRECTIONS)
    span_kind = models.CharField(max_length=16, choices=SPAN_KINDS)
    span_number = models.PositiveIntegerField()  # which span of the item
    excerpt = SealedTextField()
    excerpt_index = models.CharField(max_length=64)  # blind index of the flagged passage alone
    occurred_at = models.DateTimeField()
    found_at = models.DateTimeField()
    purge_on = models.DateField()
    classifier_id = models.CharField(max_length=80)
    policy_version = models.CharField(max_length=40)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["scoring", "category", "span_number"], name="one_finding_per_span_and_category"
            )
        ]
        indexes = [
            models.Index(fields=["account", "excerpt_index"], name="findings_by_excerpt"),
            models.Index(fields=["purge_on"], name="findings_by_purge"),
        ]

    def __str__(self) -> str:
        return f"{self.category} finding {self.public_id}"

"""What the classifiers said, the findings that policy made of it, and the scores that need not be computed again."""

import secrets

from django.db import models

from monitor.domain.category import Category
from monitor.domain.role import Role, role_of
from monitor.domain.severity import Severity
from monitor.domain.source import Direction
from monitor.domain.text import SpanKind
from monitor.intake.models import DIRECTIONS, SOURCES, Item
from monitor.roster.models import MonitoredAccount, Site
from monitor.sealed.fields import SealedTextField

CATEGORIES = [(category.value, category.value) for category in Category]
SEVERITIES = [(severity.value, severity.value) for severity in Severity]
SPAN_KINDS = [(kind.value, kind.value) for kind in SpanKind]
ROLES = [(role.value, role.value) for role in Role]
CACHE_KEY_BYTES = 16


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
    offsets into it, "part": where it stood (subject, body, attachment name), "title": the item's title or subject,
    "speakers": of a conversation [[start, end, who], ...], offsets of the words that say who speaks}.
    `classifier_id` is the one that flagged it: a member, where the scoring is a panel's.
    """

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    scoring = models.ForeignKey(Scoring, on_delete=models.CASCADE, related_name="findings")
    account = models.ForeignKey(MonitoredAccount, on_delete=models.CASCADE, related_name="findings")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="findings")  # the site at that time
    source = models.CharField(max_length=16, choices=SOURCES)
    category = models.CharField(max_length=16, choices=CATEGORIES)
    probability = models.FloatField()
    threshold = models.FloatField()
    level = models.PositiveSmallIntegerField(
        null=True
    )  # 1 to 3 inside the category; None where the classifier has none
    severity = models.CharField(max_length=16, choices=SEVERITIES)
    role = models.CharField(
        max_length=16, choices=ROLES, blank=True, default=""
    )  # empty in rows from before 2026-11-24
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
    rules = models.JSONField(default=list)  # names of the policy's rules that changed the severity, in order

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

    @property
    def speaker(self) -> Role:
        """Who says the words."""
        return Role(self.role) if self.role else role_of(Direction(self.direction), SpanKind(self.span_kind))


class PolicyChange(models.Model):
    """What one scope says otherwise than the policy file, from `at` on. Never changed: a later row stands in its place.

    `scope` is district, age_band, site or org_unit, `key` the band, the site's code or the unit's path (empty for the
    district). `document` holds tables as `policy.toml` has them: sensitivity, severity, rules; {} says nothing.
    """

    scope = models.CharField(max_length=16)
    key = models.CharField(max_length=255, blank=True)
    document = models.JSONField()
    actor = models.CharField(max_length=80)  # as the audit chain names people
    reason = models.TextField()
    alerts_before = models.PositiveIntegerField()  # what the dry run said
    alerts_after = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["scope", "key"], name="policy_changes_by_scope")]

    def __str__(self) -> str:
        return f"policy change {self.pk} of {self.scope} {self.key}".strip()


class CachedScore(models.Model):
    """What a classifier said about one stretch of text, under a keyed hash of it. No text, no account, no item.

    `value` is the classifier's own packing of numbers. Without the key nobody can tell which text a row is about.
    """

    key = models.BinaryField(max_length=CACHE_KEY_BYTES, primary_key=True)
    classifier_id = models.CharField(max_length=80)
    value = models.BinaryField(max_length=256)
    used_on = models.DateField(db_index=True)

    def __str__(self) -> str:
        return f"cached score of {self.classifier_id}"

"""Cases: findings about one person, or a tip, under review until somebody decides."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q

from monitor.detection.models import SEVERITIES, Finding
from monitor.roster.models import MonitoredAccount, Site
from monitor.sealed.fields import SealedTextField


def new_case_id() -> str:
    """A random public id (12 hex characters); knowing it opens nothing."""
    return secrets.token_hex(6)


class CaseState(models.TextChoices):
    """Where a case stands."""

    OPEN = "open", "Waiting"
    CLAIMED = "claimed", "Somebody has it"
    DECIDED = "decided", "Decided"


class Outcome(models.TextChoices):
    """What a person concluded."""

    SUPPORT = "support", "Support given or arranged"
    HANDED_OVER = "handed_over", "Handed over to care"
    NO_CONCERN = "no_concern", "Looked at: no concern"
    FALSE_ALARM = "false_alarm", "False alarm: the text is harmless"


class Origin(models.TextChoices):
    """What opened a case."""

    FINDINGS = "findings", "Findings"
    TIP = "tip", "Tip"


class Case(models.Model):
    """Findings about one person close in time, or what somebody reported. `severity` is the most urgent of either.

    A case that a tip opened holds no findings, is never the current one, and has no account until a person has said
    whom the tip is about.
    """

    public_id = models.CharField(max_length=12, unique=True, default=new_case_id)
    origin = models.CharField(max_length=16, choices=Origin.choices, default=Origin.FINDINGS)
    account = models.ForeignKey(MonitoredAccount, on_delete=models.PROTECT, null=True, related_name="cases")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="cases")
    severity = models.CharField(max_length=16, choices=SEVERITIES)
    severity_rank = models.PositiveSmallIntegerField()  # so that the database can order by urgency
    state = models.CharField(max_length=16, choices=CaseState.choices, default=CaseState.OPEN)
    opened_at = models.DateTimeField()
    last_finding_at = models.DateTimeField()
    # New findings join the current case; opening another closes this one to newcomers.
    is_current = models.BooleanField(default=True)
    claimed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="claims")
    claimed_until = models.DateTimeField(null=True)
    first_claimed_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "site"],
                condition=Q(is_current=True),
                name="one_current_case_per_account_and_site",
            ),
            models.CheckConstraint(
                condition=Q(origin="tip") | Q(account__isnull=False), name="findings_are_always_about_an_account"
            ),
        ]
        indexes = [
            models.Index(fields=["site", "state", "-severity_rank", "opened_at"], name="cases_in_queue_order"),
            models.Index(fields=["account", "opened_at"], name="cases_by_account"),
        ]

    def __str__(self) -> str:
        return f"case {self.public_id}"


class CaseFinding(models.Model):
    """A finding belongs to exactly one case."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="case_findings")
    finding = models.OneToOneField(Finding, on_delete=models.CASCADE, related_name="case_finding")
    added_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"finding {self.finding_id} in case {self.case_id}"


class Decision(models.Model):
    """What a person concluded about a case, and why. Never changed; a later one stands beside it."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="decisions")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="decisions")
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    reason = SealedTextField()
    severity = models.CharField(max_length=16, choices=SEVERITIES)
    policy_version = models.CharField(max_length=40)
    classifier_id = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]

    def __str__(self) -> str:
        return f"{self.outcome} on case {self.case_id}"

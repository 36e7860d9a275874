"""Long work that a person asked for, how far it is, and what came of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from monitor.roster.models import new_reference
from monitor.sealed.fields import SealedTextField


class JobKind(models.TextChoices):
    """What can be asked for."""

    CHECK_GOOGLE = "check_google", _("Checks of the connection to Google")
    TRY_ROSTER = "try_roster", _("Dry run of the roster")
    ESTIMATE_BACKFILL = "estimate_backfill", _("Estimate of old mail")
    TRY_POLICY = "try_policy", _("Dry run of a policy")
    EXPORT_AUDIT = "export_audit", _("Audit events as a CSV file")


class JobState(models.TextChoices):
    """Where a job is. WAITING and RUNNING are the only states that are not final."""

    WAITING = "waiting", _("Waiting for the worker")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


UNFINISHED = (JobState.WAITING, JobState.RUNNING)


class Job(models.Model):
    """One piece of work; held under a lease by one worker at a time.

    `asked` and `result` are plain values of the kind's own shape (`kinds.py`), without anything of a student. `total`
    is None while nobody knows how much there is. `problem` is a sentence for whoever asked.
    """

    public_id = models.CharField(max_length=16, unique=True, default=new_reference)
    kind = models.CharField(max_length=32, choices=JobKind.choices)
    state = models.CharField(max_length=16, choices=JobState.choices, default=JobState.WAITING)
    asked = models.JSONField(default=dict)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="jobs")
    asked_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    result = models.JSONField(default=dict)
    problem = models.TextField(blank=True)
    lease_owner = models.CharField(max_length=80, blank=True)
    leased_until = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["kind", "-id"], name="jobs_by_kind"),
            models.Index(fields=["id"], name="jobs_unfinished", condition=Q(ended_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"

    @property
    def is_unfinished(self) -> bool:
        """Whether it waits or runs."""
        return self.state in UNFINISHED

    @property
    def percent(self) -> int | None:
        """How far it is, 0 to 100; None while that is not known."""
        if self.state == JobState.DONE:
            return 100
        return min(100 * self.done // self.total, 100) if self.total else None


class JobPart(models.Model):
    """A stretch of the file that a job made. Gone after a day."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    text = SealedTextField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="one_part_per_job_and_number")]

    def __str__(self) -> str:
        return f"part {self.number} of job {self.job_id}"

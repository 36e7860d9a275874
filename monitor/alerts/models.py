"""Who is told, and the outbox of what they are told."""

from django.db import models
from django.db.models import Q

from monitor.detection.models import SEVERITIES
from monitor.roster.models import Site
from monitor.triage.models import Case


class Contact(models.Model):
    """A person to tell. Without a site: the district's own, told when a site's contacts stay silent."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, null=True, related_name="contacts")
    name = models.CharField(max_length=120)
    email = models.EmailField()
    order = models.PositiveSmallIntegerField(default=1)  # step of the escalation: 1 is told first
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["site_id", "order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["site", "email"], name="one_contact_per_site_and_address"),
            models.UniqueConstraint(fields=["email"], condition=Q(site=None), name="one_district_contact_per_address"),
        ]

    def __str__(self) -> str:
        return f"contact {self.pk}"


class DeliveryState(models.TextChoices):
    """Where a delivery stands. FAILED is final and is shown on the health page."""

    PENDING = "pending", "Waiting to be sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"
    NOT_NEEDED = "not_needed", "Somebody had the case first"


class Delivery(models.Model):
    """One alert to one contact at one step. The row is the outbox: it stands before anything is sent."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="deliveries")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="deliveries")
    step = models.PositiveSmallIntegerField()
    severity = models.CharField(max_length=16, choices=SEVERITIES)  # a case that grows more urgent is told anew
    state = models.CharField(max_length=16, choices=DeliveryState.choices, default=DeliveryState.PENDING)
    message_id = models.CharField(max_length=255, unique=True)  # the same on every attempt
    created_at = models.DateTimeField()
    not_before = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True)
    lease_owner = models.CharField(max_length=80, blank=True)
    leased_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["case", "contact", "step", "severity"], name="one_delivery_per_step")
        ]
        indexes = [models.Index(fields=["not_before"], name="deliveries_waiting", condition=Q(state="pending"))]

    def __str__(self) -> str:
        return f"step {self.step} of case {self.case_id}"

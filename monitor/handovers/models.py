"""Hand-overs: what a person gives to those who help, under their own name, and what came of it."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from monitor.roster.models import Site
from monitor.sealed.fields import SealedTextField
from monitor.triage.models import Case


def new_handover_id() -> str:
    """A random public id (12 hex characters); knowing it opens nothing."""
    return secrets.token_hex(6)


class Kind(models.TextChoices):
    """What a hand-over is for; `monitor.handovers.kinds` says what each form asks."""

    SCHOOL_CARE = "school_care", _("School care team")
    DISTRICT_CARE = "district_care", _("District care team")
    THREAT = "threat", _("Threat assessment")
    SCREENING = "screening", _("Suicide screening")
    FAMILY = "family", _("Family")
    EMERGENCY = "emergency", _("Emergency disclosure")
    CRISIS = "crisis", _("Crisis platform")


class HandoverState(models.TextChoices):
    """Where a hand-over stands. What is signed is never changed."""

    DRAFT = "draft", _("Draft")
    WAITING = "waiting", _("Waits for a second person")
    RELEASED = "released", _("Handed over")
    REFUSED = "refused", _("Refused by the second person")
    CLOSED = "closed", pgettext_lazy("hand-over", "Closed")


class Result(models.TextChoices):
    """How a hand-over ended."""

    LINKED = "linked", _("Help is in place")
    DONE = "done", _("Done; nothing more is needed")
    DECLINED = "declined", _("Declined by the student or family")
    UNREACHABLE = "unreachable", _("Nobody could be reached")
    REPLACED = "replaced", _("Another hand-over took its place")


class Recipient(models.Model):
    """Somebody who may be handed something of one kind. Without a site: for the whole district."""

    kind = models.CharField(max_length=16, choices=Kind.choices)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, related_name="handover_recipients")
    name = models.CharField(max_length=120)
    organisation = models.CharField(max_length=120, blank=True)
    reach = models.CharField(max_length=200, blank=True)  # how to reach them: for people to read
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return f"recipient {self.pk}"


class Handover(models.Model):
    """One hand-over about one case.

    `fields` is the form as far as it is filled in, as JSON. Signing makes `document`, the whole content in one
    canonical JSON text, whose SHA-256 is `digest`; from then on neither changes.
    """

    public_id = models.CharField(max_length=12, unique=True, default=new_handover_id)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="handovers")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    state = models.CharField(max_length=16, choices=HandoverState.choices, default=HandoverState.DRAFT)
    fields = SealedTextField()
    recipients = models.ManyToManyField(Recipient, related_name="handovers")
    revision = models.PositiveIntegerField(default=1)  # of the draft: what is signed is what was read
    document = SealedTextField()  # "" in a draft
    digest = models.CharField(max_length=64, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="handovers")
    created_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="closed_handovers"
    )
    result = models.CharField(max_length=16, choices=Result.choices, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["case", "state"], name="handovers_by_case")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft") | ~Q(digest=""), name="what_left_the_draft_has_its_digest"
            )
        ]

    def __str__(self) -> str:
        return f"hand-over {self.public_id}"


class Part(models.TextChoices):
    """For what somebody signs."""

    AUTHOR = "author", _("Signed")
    SECOND = "second", _("Approved as the second person")
    REFUSAL = "refusal", _("Refused as the second person")


class Signature(models.Model):
    """A person's name, typed by them while signed in, under a content with this digest."""

    handover = models.ForeignKey(Handover, on_delete=models.PROTECT, related_name="signatures")
    part = models.CharField(max_length=8, choices=Part.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="signatures")
    typed_name = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["handover", "part"], name="one_signature_per_handover_and_part"),
            models.UniqueConstraint(fields=["handover", "user"], name="one_signature_per_handover_and_person"),
        ]

    def __str__(self) -> str:
        return f"{self.part} of hand-over {self.handover_id}"


class EntryKind(models.TextChoices):
    """What an entry in the log is about."""

    REACHED = "reached", _("Reached them")
    NOT_REACHED = "not_reached", _("Tried, not reached")
    RETURNED = "returned", _("They told us")
    NOTE = "note", _("Note")
    CLOSING = "closing", _("Closing")


class Entry(models.Model):
    """One line of a hand-over's log: a call, an answer, what a team returned. Never changed."""

    handover = models.ForeignKey(Handover, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=16, choices=EntryKind.choices)
    text = SealedTextField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="handover_entries")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        verbose_name_plural = "entries"

    def __str__(self) -> str:
        return f"{self.kind} on hand-over {self.handover_id}"


class SendingState(models.TextChoices):
    """Where a sending stands."""

    PENDING = "pending", _("Waiting to be sent")
    SENT = "sent", _("Taken over")
    FAILED = "failed", _("Failed")


class Sending(models.Model):
    """A signed hand-over on its way to the district's webhook: a row before anything is sent, one per hand-over."""

    handover = models.OneToOneField(Handover, on_delete=models.PROTECT, related_name="sending")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="handover_sendings")
    state = models.CharField(max_length=8, choices=SendingState.choices, default=SendingState.PENDING)
    created_at = models.DateTimeField()
    not_before = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True)
    lease_owner = models.CharField(max_length=80, blank=True)
    leased_until = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["not_before"], name="sendings_waiting", condition=Q(state="pending"))]

    def __str__(self) -> str:
        return f"sending of hand-over {self.handover_id}"


class Meeting(models.Model):
    """A meeting of a school's care team."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="care_meetings")
    held_on = models.DateField()
    called_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="care_meetings")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["held_on", "id"]
        constraints = [models.UniqueConstraint(fields=["site", "held_on"], name="one_meeting_per_site_and_day")]

    def __str__(self) -> str:
        return f"meeting {self.pk}"


class NextStep(models.Model):
    """What somebody will do by when, about one hand-over; written at a meeting or between two."""

    handover = models.ForeignKey(Handover, on_delete=models.PROTECT, related_name="next_steps")
    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, null=True, related_name="next_steps")
    text = SealedTextField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="next_steps")
    due_on = models.DateField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="next_steps_written"
    )
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="next_steps_done"
    )

    class Meta:
        ordering = ["due_on", "id"]
        indexes = [models.Index(fields=["due_on"], name="next_steps_open", condition=Q(done_at=None))]

    def __str__(self) -> str:
        return f"next step {self.pk}"

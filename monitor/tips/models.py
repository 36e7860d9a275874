"""Tips: what people report by a web form or a text message, and the conversation that follows."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from monitor.detection.models import SEVERITIES
from monitor.roster.models import Site
from monitor.sealed.fields import SealedTextField
from monitor.triage.models import Case, Decision


def new_tip_id() -> str:
    """A random public id (12 hex characters); knowing it opens nothing."""
    return secrets.token_hex(6)


def new_message_id() -> str:
    """A random id (16 hex characters) of one message."""
    return secrets.token_hex(8)


class TipChannel(models.TextChoices):
    """How a tip came."""

    WEB = "web", _("Web form")
    SMS = "sms", _("Text message")


class TipLine(models.Model):
    """A phone number of the district that takes text messages; what comes in there belongs to `site`."""

    number = models.CharField(max_length=16, unique=True)  # E.164, such as +15055550123; it is printed on posters
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="tip_lines")
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.number


class Tip(models.Model):
    """One conversation with one reporter. `case` is where it is handled now; a later message may have opened another.

    `reporter` is what a confidential reporter said of themselves; `number` is where answers to a text message go and
    is shown to nobody unless a person asks with a reason. The reporter's code is kept as a keyed hash alone.
    """

    public_id = models.CharField(max_length=12, unique=True, default=new_tip_id)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="tips")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="tips")
    channel = models.CharField(max_length=8, choices=TipChannel.choices)
    language = models.CharField(max_length=8, default="en")
    is_anonymous = models.BooleanField(default=True)
    reporter = SealedTextField()
    about = SealedTextField()  # whom it is about and where, in the reporter's words
    code_index = models.CharField(max_length=64, unique=True, null=True)
    line = models.ForeignKey(TipLine, on_delete=models.PROTECT, null=True, related_name="tips")
    number = SealedTextField()
    number_index = models.CharField(max_length=64, blank=True, default="")
    is_over_limit = models.BooleanField(default=False)  # kept during a flood: see limits
    opened_at = models.DateTimeField()
    last_message_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    purge_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["line", "number_index"],
                condition=Q(channel="sms", closed_at=None),
                name="one_open_tip_per_line_and_number",
            )
        ]
        indexes = [
            models.Index(fields=["site", "opened_at"], name="tips_by_site"),
            models.Index(fields=["purge_on"], name="tips_by_purge"),
        ]

    def __str__(self) -> str:
        return f"tip {self.public_id}"


class MessageDirection(models.TextChoices):
    """Who speaks."""

    FROM_REPORTER = "in", "From the reporter"
    TO_REPORTER = "out", "To the reporter"
    NOTE = "note", "Among staff"  # why somebody needed the reporter's number


class ReplyState(models.TextChoices):
    """Where an answer stands. On the web it waits until the reporter comes back with the code."""

    NONE = "", "Not to be sent"
    PENDING = "pending", "Waiting to be sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"


class TipMessage(models.Model):
    """One message of a conversation. `external_id` says where it came from; a second one with the same is none.

    `scores` holds a probability per category, `severity` what the policy makes of those that were flagged ("" while
    nothing was, or before it was scored).
    """

    public_id = models.CharField(max_length=16, unique=True, default=new_message_id)
    tip = models.ForeignKey(Tip, on_delete=models.CASCADE, related_name="messages")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="tip_messages")
    direction = models.CharField(max_length=4, choices=MessageDirection.choices)
    text = SealedTextField()
    external_id = models.CharField(max_length=80, unique=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="tip_replies"
    )
    pictures = models.PositiveSmallIntegerField(default=0)  # sent with a text message; counted, not fetched
    at = models.DateTimeField()
    scored_at = models.DateTimeField(null=True)
    score_attempts = models.PositiveSmallIntegerField(default=0)
    score_error = models.CharField(max_length=80, blank=True)
    scores = models.JSONField(default=dict)
    flags = models.JSONField(default=list)
    severity = models.CharField(max_length=16, choices=SEVERITIES, blank=True)
    classifier_id = models.CharField(max_length=80, blank=True)
    policy_version = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=8, choices=ReplyState.choices, blank=True, default=ReplyState.NONE)
    not_before = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True)
    provider_id = models.CharField(max_length=80, blank=True, default="")  # Twilio's id of an answer
    in_doubt_since = models.DateTimeField(null=True)  # the first request to Twilio whose answer nobody saw
    lease_owner = models.CharField(max_length=80, blank=True)
    leased_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["at", "id"]
        indexes = [
            models.Index(fields=["id"], name="tips_to_score", condition=Q(direction="in", scored_at=None)),
            models.Index(fields=["not_before"], name="tip_replies_waiting", condition=Q(state="pending")),
            models.Index(
                fields=["in_doubt_since"], name="tip_replies_in_doubt", condition=Q(in_doubt_since__isnull=False)
            ),
            models.Index(fields=["provider_id"], name="tip_replies_by_provider", condition=~Q(provider_id="")),
        ]

    def __str__(self) -> str:
        return f"message {self.public_id} of tip {self.tip_id}"


class TipClosing(models.Model):
    """How a tip was closed: the decision about its case and what was done. Never changed."""

    tip = models.ForeignKey(Tip, on_delete=models.PROTECT, related_name="closings")
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="tip_closing")
    actions = models.JSONField(default=list)  # codes of monitor.tips.words.ACTIONS
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"closing of tip {self.tip_id}"


class TipAttempt(models.Model):
    """Somebody sent or tried something; kept for a day, to count. `place` is a keyed hash, never an address."""

    kind = models.CharField(max_length=16)
    place = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["kind", "place", "at"], name="tip_attempts_to_count")]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%Y-%m-%d %H:%M}"


class TipRefusal(models.Model):
    """How often in a day something was not taken, and why: what was refused is counted where a person sees it."""

    day = models.DateField()
    reason = models.CharField(max_length=24)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "reason"], name="one_row_per_day_and_refusal")]

    def __str__(self) -> str:
        return f"{self.count} refused on {self.day}: {self.reason}"

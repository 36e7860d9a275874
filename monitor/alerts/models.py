"""Who is told and how, how far the telling has come, and the outbox of what they are told."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q

from monitor.detection.models import SEVERITIES
from monitor.domain.channel import ChannelKind
from monitor.domain.severity import Severity
from monitor.roster.models import Site
from monitor.sealed.fields import SealedTextField
from monitor.triage.models import Case

KINDS = [(kind.value, kind.value) for kind in ChannelKind]


def new_drill_id() -> str:
    """A random public id (12 hex characters); knowing it opens nothing."""
    return secrets.token_hex(6)


class Contact(models.Model):
    """A person to tell. Without a site: the district's own, told when a site's contacts stay silent.

    Everybody has e-mail; further ways are `Channel` rows. Quiet hours are by the clock of the contact's site, or of
    the district; they hold below the severity `disturb_from` (empty: always).
    """

    site = models.ForeignKey(Site, on_delete=models.CASCADE, null=True, related_name="contacts")
    name = models.CharField(max_length=120)
    email = models.EmailField()
    order = models.PositiveSmallIntegerField(default=1)  # step of the escalation: 1 is told first
    is_active = models.BooleanField(default=True)
    is_last_responder = models.BooleanField(default=False)  # told when everybody else stayed silent
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)
    quiet_days = models.JSONField(default=list)  # weekdays, 0 is Monday
    disturb_from = models.CharField(max_length=16, choices=SEVERITIES, blank=True, default=Severity.IMMINENT.value)
    broken_since = models.DateTimeField(null=True)  # the address bounced, or failed the weekly check
    broken_reason = models.TextField(blank=True)
    bounced_at = models.DateTimeField(null=True)  # the last mail that came back after its server had taken it

    class Meta:
        ordering = ["site_id", "order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["site", "email"], name="one_contact_per_site_and_address"),
            models.UniqueConstraint(fields=["email"], condition=Q(site=None), name="one_district_contact_per_address"),
        ]

    def __str__(self) -> str:
        return f"contact {self.pk}"


class Channel(models.Model):
    """A way to tell a contact beside e-mail. The address is sealed: it is a private number, or opens a chat room."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="channels")
    kind = models.CharField(max_length=16, choices=KINDS)
    address = SealedTextField()
    floor = models.CharField(max_length=16, choices=SEVERITIES, default=Severity.LOW.value)  # mildest it carries
    is_active = models.BooleanField(default=True)
    broken_since = models.DateTimeField(null=True)
    broken_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["contact", "kind"], name="one_channel_of_a_kind_per_contact")]

    def __str__(self) -> str:
        return f"{self.kind} of contact {self.contact_id}"


class Shift(models.Model):
    """A contact is on call: the first time from `starts_at` to `ends_at`, then each week at the same local hours.

    Weekly ones go on up to the local day `until` on which they begin; without it for ever.
    """

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="shifts")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    time_zone = models.CharField(max_length=64)
    is_weekly = models.BooleanField(default=False)
    until = models.DateField(null=True)

    class Meta:
        ordering = ["starts_at"]

    def __str__(self) -> str:
        return f"shift of contact {self.contact_id}"


class Drill(models.Model):
    """A test alert that goes the whole way: same contacts, channels and waits, no student and no case."""

    public_id = models.CharField(max_length=12, unique=True, default=new_drill_id)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="drills")
    severity = models.CharField(max_length=16, choices=SEVERITIES)
    started_by = models.CharField(max_length=80)  # as the audit chain names people
    started_at = models.DateTimeField()
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="drills_acknowledged"
    )
    acknowledged_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return f"drill {self.public_id}"


ONE_SUBJECT = Q(case=None, drill__isnull=False) | Q(case__isnull=False, drill=None)


class Round(models.Model):
    """How far the telling about one case at one severity (or one drill) has come.

    `step` is the last one written, 0 before the first; whoever moves it writes that step. `due_at` is when the next
    one is looked at; a round without it is over. `asleep_from` is the break for which its open case was handed over,
    `passed_on` the case's own at the last look: other people got it when that grew.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, null=True, related_name="rounds")
    drill = models.OneToOneField(Drill, on_delete=models.CASCADE, null=True, related_name="round")
    severity = models.CharField(max_length=16, choices=SEVERITIES)
    step = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    asleep_from = models.DateTimeField(null=True)
    passed_on = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "severity"], name="one_round_per_case_and_severity"),
            models.CheckConstraint(condition=ONE_SUBJECT, name="a_round_is_about_one_thing"),
        ]
        indexes = [models.Index(fields=["due_at"], name="rounds_due", condition=Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return f"round of case {self.case_id}" if self.case_id else f"round of drill {self.drill_id}"


class Acknowledgement(models.Model):
    """Somebody says "I have seen it and act": the escalation at this severity rests for the policy's time."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="acknowledgements")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="acknowledgements")
    severity = models.CharField(max_length=16, choices=SEVERITIES)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]
        indexes = [models.Index(fields=["case", "severity", "at"], name="acknowledgements_by_case")]

    def __str__(self) -> str:
        return f"user:{self.user_id} acknowledged case {self.case_id}"


class DeliveryState(models.TextChoices):
    """Where a delivery stands. FAILED is final and is shown on the health page."""

    PENDING = "pending", "Waiting to be sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"
    NOT_NEEDED = "not_needed", "Somebody had the case first"


class Duty(models.TextChoices):
    """Who was there when the step was written; the message says so where somebody might rely on it."""

    USUAL = "", "Somebody is on duty"
    NOBODY = "nobody", "Nobody is on duty at the school"
    ASLEEP = "asleep", "The school is in a break"
    UNWATCHED = "unwatched", "The school is in a break and nobody will act"


class Delivery(models.Model):
    """One alert to one contact by one channel at one step. The row is the outbox: it stands before anything is sent.

    Without a channel it is an e-mail. Deliveries with the same `batch` leave as one message (a digest).
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, null=True, related_name="deliveries")
    drill = models.ForeignKey(Drill, on_delete=models.CASCADE, null=True, related_name="deliveries")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="deliveries")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, null=True, related_name="deliveries")
    step = models.PositiveSmallIntegerField()
    severity = models.CharField(max_length=16, choices=SEVERITIES)  # a case that grows more urgent is told anew
    state = models.CharField(max_length=16, choices=DeliveryState.choices, default=DeliveryState.PENDING)
    duty = models.CharField(max_length=16, choices=Duty.choices, blank=True, default=Duty.USUAL)
    is_last = models.BooleanField(default=False)  # the last responder, after everybody else
    batch = models.CharField(max_length=80, blank=True)
    message_id = models.CharField(max_length=255, unique=True)  # the same on every attempt
    created_at = models.DateTimeField()
    not_before = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True)
    receipt = models.CharField(max_length=80, blank=True)  # the provider's id while it is asked how it ended
    provider_id = models.CharField(max_length=80, blank=True, default="")  # the same id, kept: see doubt
    in_doubt_since = models.DateTimeField(null=True)  # the first request to Twilio whose answer nobody saw
    lease_owner = models.CharField(max_length=80, blank=True)
    leased_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["case", "contact", "step", "severity"], condition=Q(channel=None), name="one_mail_per_step"
            ),
            models.UniqueConstraint(
                fields=["case", "contact", "step", "severity", "channel"], name="one_delivery_per_step_and_channel"
            ),
            models.UniqueConstraint(
                fields=["drill", "contact", "step"], condition=Q(channel=None), name="one_drill_mail_per_step"
            ),
            models.UniqueConstraint(
                fields=["drill", "contact", "step", "channel"], name="one_drill_delivery_per_step_and_channel"
            ),
            models.CheckConstraint(condition=ONE_SUBJECT, name="a_delivery_is_about_one_thing"),
        ]
        indexes = [
            models.Index(fields=["not_before"], name="deliveries_waiting", condition=Q(state="pending")),
            models.Index(fields=["batch"], name="deliveries_by_batch", condition=Q(state="pending")),
            models.Index(fields=["state", "sent_at"], name="deliveries_by_state"),
            models.Index(
                fields=["in_doubt_since"], name="deliveries_in_doubt", condition=Q(in_doubt_since__isnull=False)
            ),
            models.Index(fields=["provider_id"], name="deliveries_by_provider", condition=~Q(provider_id="")),
        ]

    def __str__(self) -> str:
        return f"step {self.step} of case {self.case_id}" if self.case_id else f"step {self.step} of a drill"

    @property
    def kind(self) -> ChannelKind:
        """The way it goes."""
        return ChannelKind(self.channel.kind) if self.channel else ChannelKind.EMAIL

    @property
    def site(self) -> Site:
        """The school it is about."""
        subject = self.case or self.drill
        assert subject is not None  # noqa: S101 - a_delivery_is_about_one_thing
        return subject.site

    @property
    def subject_id(self) -> str:
        """The public id of the case or drill."""
        subject = self.case or self.drill
        assert subject is not None  # noqa: S101 - as above
        return subject.public_id


class ReturnMailbox(models.Model):
    """How far the mailbox of returned mail was read, and whether it can be. One row for each that was ever configured.

    The counts say what its mails were, since the row was made: `ended` deliveries that failed by one, `noted` ones
    that are only late, `unknown` reports about mail that is no alert of ours, `unreadable` ones.
    """

    name = models.CharField(max_length=200, unique=True)  # user, host and folder
    validity = models.BigIntegerField(null=True)  # IMAP's UIDVALIDITY: when it changes, the numbers mean other mails
    last_uid = models.BigIntegerField(default=0)
    read_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    ended = models.PositiveIntegerField(default=0)
    noted = models.PositiveIntegerField(default=0)
    unknown = models.PositiveIntegerField(default=0)
    unreadable = models.PositiveIntegerField(default=0)
    lease_owner = models.CharField(max_length=80, blank=True)
    leased_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"returned mail at {self.name}"


class StaffNotice(models.Model):
    """A mail to IT about something that Heed cannot mend by itself; at most one for each trouble and day."""

    trouble = models.CharField(max_length=120)  # such as calendar:3 or contact:7:sms
    on = models.DateField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["trouble", "on"], name="one_notice_per_trouble_and_day")]

    def __str__(self) -> str:
        return f"{self.trouble} on {self.on}"

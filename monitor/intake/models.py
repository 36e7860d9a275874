"""How far each account has been read, what Google reported, and every Google call that was made."""

from django.db import models
from django.db.models import Q

from monitor.domain.source import Direction, Source
from monitor.roster.models import MonitoredAccount, Site

SOURCES = [(source.value, source.value) for source in Source]
DIRECTIONS = [(direction.value, direction.value) for direction in Direction]


class Cursor(models.Model):
    """How far one source of one account has been read; held under a lease by one worker at a time."""

    account = models.ForeignKey(MonitoredAccount, on_delete=models.CASCADE, related_name="cursors")
    source = models.CharField(max_length=16, choices=SOURCES)
    value = models.CharField(max_length=255, blank=True)  # Gmail history id or Drive page token; empty = no contact yet
    baseline_at = models.DateTimeField(null=True)  # nothing of one's own dated before this is read
    read_until = models.DateTimeField(null=True)  # everything up to here was reported to us
    next_poll_at = models.DateTimeField(null=True)
    quiet_since = models.DateTimeField(null=True)  # the last time that something new was reported
    error = models.TextField(blank=True)
    failures = models.PositiveIntegerField(default=0)
    lease_owner = models.CharField(max_length=80, blank=True)
    leased_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "source"], name="one_cursor_per_account_and_source")]
        indexes = [
            models.Index(fields=["next_poll_at"], name="cursors_by_next_poll"),
            models.Index(fields=["-failures", "id"], name="cursors_in_trouble", condition=~Q(error="")),
        ]

    def __str__(self) -> str:
        return f"{self.source} of account {self.account_id}"


class BackfillState(models.TextChoices):
    """Where a back-fill stands."""

    RUNNING = "running", "Running"
    DONE = "done", "Done"
    CANCELLED = "cancelled", "Cancelled"


class Backfill(models.Model):
    """A site's mail from before its accounts' baselines is read, back to `since`; only ever by a person's order."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="backfills")
    since = models.DateTimeField()
    state = models.CharField(max_length=16, choices=BackfillState.choices, default=BackfillState.RUNNING)
    estimated_items = models.PositiveBigIntegerField()
    estimated_units = models.PositiveBigIntegerField()
    started_by = models.CharField(max_length=80, default="command")  # as the audit chain names them
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site"], name="one_backfill_runs_per_site", condition=Q(state="running"))
        ]

    def __str__(self) -> str:
        return f"back-fill {self.pk}"


class BackfillMailbox(models.Model):
    """How far back one mailbox was listed for a back-fill; held under a lease by one worker at a time."""

    backfill = models.ForeignKey(Backfill, on_delete=models.CASCADE, related_name="mailboxes")
    account = models.ForeignKey(MonitoredAccount, on_delete=models.CASCADE, related_name="backfill_mailboxes")
    listed_from = models.DateTimeField(null=True)  # all from here to the account's baseline is written down
    listed_at = models.DateTimeField(null=True)  # when the listing came to its end
    next_try_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    failures = models.PositiveIntegerField(default=0)
    lease_owner = models.CharField(max_length=80, blank=True)
    leased_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["backfill", "account"], name="one_mailbox_per_backfill_and_account")
        ]

    def __str__(self) -> str:
        return f"mailbox of account {self.account_id} in back-fill {self.backfill_id}"


class ItemState(models.TextChoices):
    """Where an item is on its way. PENDING is the only state that is not final."""

    PENDING = "pending", "Waiting to be read"
    SCORED = "scored", "Scored"
    PARKED = "parked", "Parked"
    ASLEEP = "asleep", "Dated inside a break: never read"
    GONE = "gone", "Removed before it was read"
    LEFT_OUT = "left_out", "Left unread by rule"


class Item(models.Model):
    """One version of one message or file, as Google reported it. No text, no title, no address."""

    account = models.ForeignKey(MonitoredAccount, on_delete=models.CASCADE, related_name="items")
    source = models.CharField(max_length=16, choices=SOURCES)
    item_key = models.CharField(max_length=255)  # Gmail message id, Drive file id
    version = models.CharField(max_length=64, blank=True)  # Drive file version; a message has only one
    media_type = models.CharField(max_length=128, blank=True)
    direction = models.CharField(max_length=16, choices=DIRECTIONS)
    occurred_at = models.DateTimeField(null=True)  # unknown for a message until it is fetched
    seen_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=ItemState.choices, default=ItemState.PENDING)
    reason = models.TextField(blank=True)  # why it is parked, or what of it could not be read; never text of the item
    attempts = models.PositiveIntegerField(default=0)
    not_before = models.DateTimeField(null=True)
    lease_owner = models.CharField(max_length=80, blank=True)
    leased_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    backfill = models.ForeignKey(  # the back-fill that found it; empty for everything that came live
        Backfill, on_delete=models.SET_NULL, null=True, related_name="items", db_index=False
    )
    is_confidential = models.BooleanField(default=False)  # Gmail's confidential mode: Google keeps the text from us

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "source", "item_key", "version"], name="one_row_per_item_version"
            )
        ]
        indexes = [
            models.Index(fields=["not_before", "id"], name="items_waiting", condition=Q(state="pending")),
            models.Index(fields=["state", "finished_at"], name="items_by_state"),
            # Whose turn it is: one seek finds the next account that has something waiting, another its oldest items.
            # `state` is a column of it, not its condition: SQLite cannot prove a condition from a parameter.
            models.Index(fields=["state", "account", "id"], name="items_by_turn", condition=Q(backfill__isnull=True)),
            models.Index(
                fields=["state", "account", "id"], name="old_items_by_turn", condition=Q(backfill__isnull=False)
            ),
            models.Index(fields=["backfill", "state"], name="old_items", condition=Q(backfill__isnull=False)),
            models.Index(fields=["seen_at"], name="items_confidential", condition=Q(is_confidential=True)),
        ]

    def __str__(self) -> str:
        return f"{self.source} item {self.pk}"


class ContentCall(models.Model):
    """One call that could bring student content, written down before it is made."""

    account = models.ForeignKey(MonitoredAccount, on_delete=models.CASCADE, related_name="content_calls")
    method = models.CharField(max_length=64)
    target = models.CharField(max_length=255)
    at = models.DateTimeField()
    units = models.PositiveIntegerField()
    outcome = models.CharField(max_length=64, default="begun")

    class Meta:
        indexes = [models.Index(fields=["account", "at"], name="content_calls_by_account")]

    def __str__(self) -> str:
        return f"{self.method} at {self.at:%Y-%m-%d %H:%M:%S}"


class UnitUsage(models.Model):
    """Google quota units spent on one method on one (UTC) day."""

    day = models.DateField()
    api = models.CharField(max_length=32)
    method = models.CharField(max_length=64)
    calls = models.PositiveBigIntegerField(default=0)
    units = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "method"], name="one_usage_per_day_and_method")]

    def __str__(self) -> str:
        return f"{self.day} {self.method}: {self.units}"


class QuotaBucket(models.Model):
    """Units that may be asked for now, of one API for the project or for one account; shared by all workers."""

    key = models.CharField(max_length=128, unique=True)  # "gmail" or "gmail:" and the account's reference
    level = models.FloatField()
    filled_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.key}: {self.level:.0f} units at {self.filled_at:%H:%M:%S}"


class QuotaDay(models.Model):
    """Units of one API set aside on one of Google's days (they begin at midnight in California)."""

    day = models.DateField()
    api = models.CharField(max_length=32)
    units = models.PositiveBigIntegerField(default=0)
    held_back = models.PositiveBigIntegerField(default=0)  # calls that a stop refused
    closed_until = models.DateTimeField(
        null=True
    )  # Google itself said that the day is used up; then one call asks again

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "api"], name="one_quota_day_per_api")]

    def __str__(self) -> str:
        return f"{self.day} {self.api}: {self.units}"


class TextMemory(models.Model):
    """Which paragraphs of a file (or which comments) were scored for an account, as keyed hashes of 8 bytes each.

    A later version is scored only for what is not here. What was written in a break is entered unscored.
    """

    account = models.ForeignKey(MonitoredAccount, on_delete=models.CASCADE, related_name="text_memories")
    item_key = models.CharField(max_length=255)
    hashes = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "item_key"], name="one_memory_per_account_and_file")]

    def __str__(self) -> str:
        return f"memory {self.pk}"


class SharedDrive(models.Model):
    """A shared drive with a cursor of its own, read through one member; held under a lease by one worker at a time."""

    drive_id = models.CharField(max_length=64, unique=True)
    reader = models.ForeignKey(MonitoredAccount, on_delete=models.SET_NULL, null=True, related_name="read_drives")
    is_active = models.BooleanField(default=True)  # it exists and has a member who is watched
    value = models.CharField(max_length=255, blank=True)  # page token; empty = no contact yet
    baseline_at = models.DateTimeField(null=True)
    read_until = models.DateTimeField(null=True)
    next_poll_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    failures = models.PositiveIntegerField(default=0)
    lease_owner = models.CharField(max_length=80, blank=True)
    leased_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"shared drive {self.pk}"


class ChatSpace(models.Model):
    """A conversation in Google Chat, read through one member; held under a lease by one worker at a time."""

    space_id = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=16)  # as Google names it: SPACE, GROUP_CHAT or DIRECT_MESSAGE
    reader = models.ForeignKey(MonitoredAccount, on_delete=models.SET_NULL, null=True, related_name="read_spaces")
    people = models.JSONField(default=list)  # ids of all who are in it, asked for only where addresses are exempt
    people_at = models.DateTimeField(null=True)
    active_at = models.DateTimeField(null=True)  # of its last message, as a member's list of spaces said
    baseline_at = models.DateTimeField()  # nothing sent before this is read
    read_until = models.DateTimeField()  # everything sent up to here was reported to us
    next_poll_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    failures = models.PositiveIntegerField(default=0)
    lease_owner = models.CharField(max_length=80, blank=True)
    leased_until = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["next_poll_at"], name="spaces_by_next_poll")]

    def __str__(self) -> str:
        return f"conversation {self.pk}"


class ChatMember(models.Model):
    """A watched account whose own list of spaces names a conversation."""

    space = models.ForeignKey(ChatSpace, on_delete=models.CASCADE, related_name="members")
    account = models.ForeignKey(MonitoredAccount, on_delete=models.CASCADE, related_name="chat_memberships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["space", "account"], name="one_membership_per_space")]

    def __str__(self) -> str:
        return f"account {self.account_id} in conversation {self.space_id}"


class ChatPerson(models.Model):
    """Somebody who speaks in Chat and is not watched: no name, only whether the Directory knows them."""

    google_id = models.CharField(max_length=64, unique=True)
    address_index = models.CharField(max_length=64, blank=True)  # for exemptions; empty for a stranger
    is_outside = models.BooleanField()
    asked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"person {self.pk}"


class GmailWatch(models.Model):
    """A mailbox of which Gmail tells changes by Pub/Sub, until `expires_at`."""

    account = models.OneToOneField(MonitoredAccount, on_delete=models.CASCADE, related_name="gmail_watch")
    expires_at = models.DateTimeField(null=True)
    renew_at = models.DateTimeField(db_index=True)
    error = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"watch of account {self.account_id}"


class ActivityStream(models.Model):
    """How far a stream of activity was read; one row each for Drive, Chat and what Gmail tells by Pub/Sub."""

    read_until = models.DateTimeField(null=True)
    deep_at = models.DateTimeField(null=True)  # when a long window was last looked at for late events
    drives_at = models.DateTimeField(null=True)  # when the list of shared drives was last refreshed
    error = models.TextField(blank=True)
    lease_owner = models.CharField(max_length=80, blank=True)
    leased_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"activity until {self.read_until}"


class SeenActivity(models.Model):
    """An event of the stream that was acted on, so that overlapping windows act once."""

    event_index = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.event_index

"""Who is watched and for which school: the district, its sites, and the monitored accounts."""

import secrets

from django.conf import settings
from django.db import models

from monitor.domain.origin import Origin
from monitor.sealed.fields import SealedTextField


def new_reference() -> str:
    """A random public id (16 hex characters) that says nothing about what it names."""
    return secrets.token_hex(8)


class District(models.Model):
    """The one district of this installation, as its district file says."""

    name = models.CharField(max_length=200)
    domain = models.CharField(max_length=255, unique=True)
    time_zone = models.CharField(max_length=64)
    delegated_admin = models.EmailField()
    key_file = models.CharField(max_length=1024)
    applied_at = models.DateTimeField()
    roster_tried_at = models.DateTimeField(null=True)
    roster_synced_at = models.DateTimeField(null=True)
    roster_error = models.TextField(blank=True)
    reading = models.JSONField(default=dict)  # the switches of `ReadingSpec`; what is missing has its default

    def __str__(self) -> str:
        return self.name


class Site(models.Model):
    """A school. A site that left the district file is inactive and its accounts are no longer read."""

    code = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    time_zone = models.CharField(max_length=64)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class SiteOrgUnit(models.Model):
    """An organisational unit of the Directory whose accounts, and those of units below it, belong to a site."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="org_units")
    path = models.CharField(max_length=255, unique=True)

    def __str__(self) -> str:
        return self.path


class SiteAccess(models.Model):
    """A person may see the cases of a site. It lives here because foreign keys point down the house only."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="site_access")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="access")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "site"], name="one_access_per_user_and_site")]

    def __str__(self) -> str:
        return f"user:{self.user_id} at {self.site_id}"


class AccountState(models.TextChoices):
    """Whether the Directory still lists an account as usable."""

    ACTIVE = "active", "Active"
    SUSPENDED = "suspended", "Suspended"
    GONE = "gone", "No longer in the Directory"


class MonitoredAccount(models.Model):
    """A student's Google account. `site` is empty for an account in no site's units; such an account is not read."""

    reference = models.CharField(max_length=16, unique=True, default=new_reference)  # for logs, rows and pages
    google_id = models.CharField(max_length=64, unique=True)
    address = SealedTextField()
    address_index = models.CharField(max_length=64, db_index=True)  # an address may pass to another person later
    full_name = SealedTextField()
    org_unit_path = models.CharField(max_length=255)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, related_name="monitored_accounts")
    state = models.CharField(max_length=16, choices=AccountState.choices, default=AccountState.ACTIVE)
    grade = models.CharField(max_length=16, blank=True)  # as the Directory's custom field has it
    age_band = models.CharField(max_length=16, blank=True)  # elementary, middle or high, from the grade
    first_seen_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["state", "site"], name="accounts_by_state_and_site")]

    def __str__(self) -> str:
        return self.reference


class Exemption(models.Model):
    """What IT leaves unread by rule. One that is no longer wanted is kept and inactive."""

    kind = models.CharField(max_length=16)  # address or label
    value = SealedTextField()
    value_index = models.CharField(max_length=64)
    reason = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)
    since = models.DateTimeField()
    left_out = models.PositiveBigIntegerField(default=0)  # items that it kept from being read
    origin = models.CharField(max_length=8, default=Origin.FILE.value)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "value_index"], name="one_row_per_exemption")]

    def __str__(self) -> str:
        return f"exemption {self.pk}"


class SiteMove(models.Model):
    """A student changed school: what was found before stays with the old site."""

    account = models.ForeignKey(MonitoredAccount, on_delete=models.CASCADE, related_name="moves")
    from_site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, related_name="departures")
    to_site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, related_name="arrivals")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"account {self.account_id} moved"

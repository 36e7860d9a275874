"""When a site sleeps, when it is in session, and the calendars that say so."""

from django.db import models
from django.db.models import F, Q

from monitor.domain.calendar import BreakKind
from monitor.domain.origin import Origin
from monitor.roster.models import Site
from monitor.sealed.fields import SealedTextField

KINDS = [(kind.value, kind.value) for kind in BreakKind]


class CalendarFeed(models.Model):
    """A calendar of the district, read again and again. Its address is sealed: whoever has it may read the calendar.

    `phrases` are the words of an event that make it a break; without any the usual ones hold. What the last good
    reading said stays in force while `last_error` says why there is no newer one. `held` is not empty while a change
    that would wake somebody waits for a person.
    """

    name = models.CharField(max_length=120, unique=True)
    location = SealedTextField()  # an https address, or the path of a file on this machine; "" for one put in by hand
    # The .ics file itself, where a person put it in through the console, and one put in and not yet confirmed.
    content = SealedTextField(null=True)  # type: ignore[misc]  # sealed text is typed as never absent
    draft = SealedTextField(null=True)  # type: ignore[misc]
    origin = models.CharField(max_length=8, default=Origin.FILE.value)
    phrases = models.JSONField(default=list)
    sites = models.ManyToManyField(Site, related_name="calendar_feeds")  # none = the whole district
    is_active = models.BooleanField(default=True)
    tried_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    held = models.TextField(blank=True)
    held_digest = models.CharField(max_length=64, blank=True)  # of the very change that waits

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Break(models.Model):
    """A stretch [starts_at, ends_at) in which nothing of a site's accounts is read.

    A break of the whole district is one row for each site, because midnight is another instant in each time zone.
    A break that has begun is never deleted: what was written in it stays unread for good. `feed` is the calendar that
    it came from, empty for one that somebody typed in; the two may overlap, and then either is enough to sleep.
    """

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="breaks")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=16, choices=KINDS, default=BreakKind.OTHER.value)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    feed = models.ForeignKey(CalendarFeed, on_delete=models.PROTECT, null=True, related_name="breaks")

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "starts_at"], condition=Q(feed=None), name="one_typed_break_per_site_and_start"
            ),
            models.UniqueConstraint(fields=["feed", "site", "starts_at"], name="one_break_per_feed_site_and_start"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="a_break_ends_after_it_starts"),
        ]
        indexes = [models.Index(fields=["site", "ends_at"], name="breaks_by_site_and_end")]

    def __str__(self) -> str:
        return f"{self.name} ({self.starts_at:%Y-%m-%d} to {self.ends_at:%Y-%m-%d})"


class SchoolHours(models.Model):
    """When school is in session on one weekday, by the site's own clock. Without a site: the district's default.

    They do not stop reading; they say when somebody is expected to be there, for alerts and for policy.
    """

    site = models.ForeignKey(Site, on_delete=models.CASCADE, null=True, related_name="school_hours")
    weekday = models.PositiveSmallIntegerField()  # 0 is Monday
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        ordering = ["weekday", "opens"]
        constraints = [
            models.CheckConstraint(condition=Q(closes__gt=F("opens")), name="school_closes_after_it_opens"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="a_weekday_is_one_of_seven"),
        ]

    def __str__(self) -> str:
        return f"weekday {self.weekday}, {self.opens:%H:%M} to {self.closes:%H:%M}"


class FamilyNotice(models.Model):
    """What families and students are told while a school sleeps. One row; `lines` are [name, number] pairs."""

    text = models.TextField(blank=True)
    lines = models.JSONField(default=list)

    def __str__(self) -> str:
        return "the notice for families and students"

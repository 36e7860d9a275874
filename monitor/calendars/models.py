"""When a site sleeps."""

from django.db import models
from django.db.models import F, Q

from monitor.roster.models import Site


class Break(models.Model):
    """A stretch [starts_at, ends_at) in which nothing of a site's accounts is read.

    A break of the whole district is one row for each site, because midnight is another instant in each time zone.
    A break that has begun is never deleted: what was written in it stays unread for good.
    """

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="breaks")
    name = models.CharField(max_length=120)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.UniqueConstraint(fields=["site", "starts_at"], name="one_break_per_site_and_start"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="a_break_ends_after_it_starts"),
        ]
        indexes = [models.Index(fields=["site", "ends_at"], name="breaks_by_site_and_end")]

    def __str__(self) -> str:
        return f"{self.name} ({self.starts_at:%Y-%m-%d} to {self.ends_at:%Y-%m-%d})"

"""What was read on each day, counted once, so that a page need not count millions of items."""

from django.db import models

from monitor.roster.models import Site


class DailyReading(models.Model):
    """How the items of one site ended on one day of the district's calendar."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    scored = models.PositiveIntegerField(default=0)
    parked = models.PositiveIntegerField(default=0)
    asleep = models.PositiveIntegerField(default=0)
    counted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "day"], name="one_reading_per_site_and_day")]

    def __str__(self) -> str:
        return f"{self.day} at {self.site_id}"

"""What was read on each day, counted once, so that a page need not count millions of items."""

from django.db import models

from monitor.roster.models import Site
from monitor.sealed.fields import SealedTextField


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


class KeptFigures(models.Model):
    """Figures of the whole district that the worker counted ahead. Sealed, so that nobody else can write them."""

    name = models.CharField(max_length=64, unique=True)  # hash of what was asked
    figures = SealedTextField()
    as_of = models.DateTimeField()

    def __str__(self) -> str:
        return f"figures {self.name[:8]} of {self.as_of:%Y-%m-%d %H:%M}"

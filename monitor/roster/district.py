"""The one district of this installation."""

from monitor.roster.models import District


class NoDistrict(Exception):
    """No district file was applied yet."""


def get_district() -> District:
    """The district. Raises `NoDistrict`, which says what to do, before a district file was applied."""
    district = District.objects.first()
    if district is None:
        message = "no district is set up yet: run `python worker.py config apply DISTRICT_FILE` first"
        raise NoDistrict(message)
    return district

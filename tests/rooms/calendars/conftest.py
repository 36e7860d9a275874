"""Two schools in two time zones, and iCalendar texts for them."""

import pytest

from monitor.roster.models import Site
from tests.fakes.web import web_server


def ics(*events: str, uid: str = "") -> bytes:
    """A calendar of `events`, each the lines of a VEVENT separated by |; all of one series where `uid` is given."""
    body = "".join(
        f"BEGIN:VEVENT\r\nUID:{uid or f'event-{number}'}\r\n" + event.replace("|", "\r\n") + "\r\nEND:VEVENT\r\n"
        for number, event in enumerate(events)
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//school//EN\r\n{body}END:VCALENDAR\r\n".encode()


def day(first: str, after: str, name: str) -> str:
    """An event of whole days, `after` being the day after the last."""
    return f"DTSTART;VALUE=DATE:{first}|DTEND;VALUE=DATE:{after}|SUMMARY:{name}"


@pytest.fixture
def oak(db: None) -> Site:
    return Site.objects.create(code="oak", name="Oak High", time_zone="America/Los_Angeles")


@pytest.fixture
def elm(db: None) -> Site:
    return Site.objects.create(code="elm", name="Elm Middle", time_zone="America/New_York")


@pytest.fixture
def web(settings):
    settings.HEED_INTERNAL_HOSTS = frozenset({"127.0.0.1"})
    with web_server() as server:
        yield server

"""What tests of several rooms share: a simulated Workspace in a process of its own, and a district that watches it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import translation

from config.district_file import read_district_file
from monitor.calendars.apply import apply_breaks
from monitor.commands.config import apply
from monitor.domain.district import BreakSpec
from monitor.google.backoff import Backoff
from monitor.intake import workspace
from monitor.intake.workspace import sync_district_roster
from monitor.lib import clock
from monitor.roster.models import MonitoredAccount
from monitor.sealed.keys import blind_index
from monitor.simulator.handle import Simulation, start_in_process
from tests.fakes.smtp import Sink, smtp_server
from tests.fakes.twilio import Twilio, twilio_server

LONGEST = ("tests/postgres", "tests/promises", "tests/browser", "tests/flows", "tests/rooms/alerts/test_fortnight")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files begin first, whatever the order of the rest: else one process runs the last of them alone."""

    def place(item: pytest.Item) -> int:
        return next((n for n, start in enumerate(LONGEST) if item.nodeid.startswith(start)), len(LONGEST))

    items.sort(key=place)


class Watched:
    """A simulated district and this installation watching it."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.control = simulation.control
        self.spec = read_district_file(simulation.district_file)
        apply(self.spec)
        sync_district_roster()
        self.addresses = self.control.students()

    def account(self, number: int) -> MonitoredAccount:
        """The monitored account of the student with this number."""
        index = blind_index(self.addresses[number])
        return MonitoredAccount.objects.select_related("site").get(address_index=index)

    def put_to_sleep(self, starts_at: datetime, ends_at: datetime) -> None:
        """Give every site one break."""
        apply_breaks([BreakSpec(site.code, "Break", starts_at, ends_at) for site in self.spec.sites], actor="command")

    @contextmanager
    def at(self, instant: datetime) -> Iterator[None]:
        """Let it be `instant`, here and at Google."""
        self.control.do("move_clock", to=instant.isoformat())
        with clock.standing_at(instant):
            yield

    def content_calls(self) -> list[str]:
        """The method of every call that Google saw and that brought content, from Google's own record."""
        content = (
            "gmail.users.messages.get",
            "gmail.users.messages.attachments.get",
            "drive.files.export",
            "chat.spaces.messages.list",
            "chat.spaces.messages.get",
            "chat.media.download",
        )
        return [
            call["method"]
            for call in self.control.calls()
            if call["method"] in content
            or (call["method"] == "drive.files.get" and call["parameters"].get("alt") == "media")
        ]


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    """Figures kept in memory belong to one test's rows, and the language of the last request to its visitor."""
    yield
    cache.clear()
    translation.deactivate()


@pytest.fixture
def watched(db: None, settings, monkeypatch) -> Iterator[Watched]:
    """A fresh simulated district of six students, applied and synced; nobody sleeps between attempts."""
    monkeypatch.setattr(workspace, "BACKOFF", Backoff(sleep=lambda _: None))
    with start_in_process(students=6, seed=3) as simulation:
        settings.HEED_GOOGLE_ENDPOINT = simulation.endpoint
        yield Watched(simulation)


@pytest.fixture
def mailbox(settings) -> Iterator[Sink]:
    """A real SMTP server that alerts are sent to."""
    with smtp_server() as sink:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # the runner puts another in its place
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
        yield sink


@pytest.fixture
def twilio(settings: Any) -> Iterator[Twilio]:
    """Twilio on this machine, and an account there."""
    settings.HEED_INTERNAL_HOSTS = frozenset({"127.0.0.1"})
    settings.HEED_TWILIO_ACCOUNT, settings.HEED_TWILIO_TOKEN = "AC1", "token"
    settings.HEED_TWILIO_FROM = "+15055550000"
    with twilio_server() as server:
        settings.HEED_TWILIO_ENDPOINT = server.web.url
        yield server

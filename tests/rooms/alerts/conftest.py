"""A school with contacts, a case, and a real SMTP server that takes or refuses what a test tells it to."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from monitor.alerts.models import Delivery
from monitor.alerts.outbox import prepare_deliveries
from monitor.alerts.send import send_due
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.roster.models import Site
from monitor.triage.grouping import group_findings
from monitor.triage.models import Case
from tests.rooms import factories
from tests.rooms.workers import shared_database  # noqa: F401 - a fixture

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ADA = "ada@oak.example"


@dataclass
class Mailbox:
    """The server's side: every mail it took, and what it answers instead to a recipient or to the mail itself."""

    mails: list[bytes] = field(default_factory=list)
    to_recipient: dict[str, str] = field(default_factory=dict)
    to_sender: str = ""
    to_data: str = ""

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.to_sender or "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.to_recipient:
            return self.to_recipient[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        if self.to_data:
            return self.to_data
        self.mails.append(bytes(envelope.content or b""))
        return "250 taken"

    def read(self) -> list[EmailMessage]:
        return [message_from_bytes(mail, policy=policy.default) for mail in self.mails]


def refuse_everybody(*_: object) -> AuthResult:
    return AuthResult(success=False, handled=False)


class AnyPort(Controller):
    """A controller that takes the port the system gives it; aiosmtpd's own tries to connect to port 0."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def mailbox(settings) -> Iterator[Mailbox]:
    box = Mailbox()
    server = AnyPort(box, "127.0.0.1", 0, authenticator=refuse_everybody, auth_require_tls=False)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # Django's test runner puts another here
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    yield box
    server.stop()


@pytest.fixture
def site(db: None) -> Site:
    return factories.make_site("oak-high", name="Oak High School")


def make_case(site: Site, severity: Severity = Severity.SEVERE, at: datetime = NOON) -> Case:
    """A case about a new student of `site`, opened at `at`."""
    with clock.standing_at(at):
        factories.make_finding(factories.make_account(site), severity=severity)
        group_findings()
    return Case.objects.latest("id")


@pytest.fixture
def sent(site: Site, mailbox: Mailbox) -> Delivery:
    """An imminent case of which Ada was told by a mail that her server took; Bo is next."""
    factories.make_contact(site, email=ADA)
    factories.make_contact(site, email="bo@oak.example", order=2)
    make_case(site, Severity.IMMINENT)
    with clock.standing_at(NOON):
        prepare_deliveries()
        send_due()
    return Delivery.objects.get()

"""A simulated district for a test module, and clients that hold every answer against Google's own schemas."""

import json
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import google_auth_httplib2
import httplib2
import pytest
from google.auth.transport.requests import Request
from google.oauth2 import service_account
from googleapiclient.discovery import build
from googleapiclient.http import HttpRequest

from monitor.simulator.discovery import documents
from monitor.simulator.handle import Simulation, start_in_process
from monitor.simulator.people import ADMIN
from monitor.simulator.schema import problems

SCOPES = {
    "gmail": "gmail.readonly",
    "drive": "drive.readonly",
    "directory": "admin.directory.user.readonly",
    "units": "admin.directory.orgunit.readonly",
    "groups": "admin.directory.group.readonly",
    "schemas": "admin.directory.userschema.readonly",
    "reports": "admin.reports.audit.readonly",
    "spaces": "chat.spaces.readonly",
    "members": "chat.memberships.readonly",
    "chat": "chat.messages.readonly",
    "pubsub": "pubsub",
}
_BUILDS = {
    "gmail": ("gmail", "v1", "/"),
    "drive": ("drive", "v3", "/drive/v3/"),
    "directory": ("admin", "directory_v1", "/"),
    "units": ("admin", "directory_v1", "/"),
    "groups": ("admin", "directory_v1", "/"),
    "schemas": ("admin", "directory_v1", "/"),
    "reports": ("admin", "reports_v1", "/"),
    "spaces": ("chat", "v1", "/"),
    "members": ("chat", "v1", "/"),
    "chat": ("chat", "v1", "/"),
    "pubsub": ("pubsub", "v1", "/"),
}


class CheckedRequest(HttpRequest):
    """A request of the real client whose answer must fit the discovery document's schema."""

    def execute(self, *args: Any, **kwargs: Any) -> Any:
        content = super().execute(*args, **kwargs)
        found = [(api, method) for api, page in documents().items() for method in page.methods]
        api, method = next(pair for pair in found if pair[1].id == self.methodId)
        if method.response and not isinstance(content, bytes):
            assert problems(api, method.response, content) == []
        return content


@dataclass
class Office:
    """One simulated district with its clients."""

    simulation: Simulation
    opened: list[Any] = field(default_factory=list)
    clients: dict[tuple[str, str], Any] = field(default_factory=dict)
    sessions: dict[tuple[str, str], service_account.Credentials] = field(default_factory=dict)

    @property
    def control(self):
        return self.simulation.control

    @property
    def students(self) -> list[str]:
        return self.control.students()

    def credentials(self, scope: str, subject: str | None) -> service_account.Credentials:
        if (scope, subject) not in self.sessions:
            self.sessions[scope, subject] = service_account.Credentials.from_service_account_file(
                str(self.simulation.key_file), scopes=[f"https://www.googleapis.com/auth/{scope}"], subject=subject
            )
        return self.sessions[scope, subject]

    def client(self, api: str, subject: str | None = ADMIN) -> Any:
        """Google's own client for one API and subject; its credentials are fresh, for batches would leak a socket."""
        if (api, subject) not in self.clients:
            self.token(SCOPES[api], subject)
            self.clients[api, subject] = self._build(api, subject)
        return self.clients[api, subject]

    def _build(self, api: str, subject: str | None) -> Any:
        name, version, path = _BUILDS[api]
        http = google_auth_httplib2.AuthorizedHttp(
            self.credentials(SCOPES[api], subject), http=httplib2.Http(timeout=30)
        )
        service = build(
            name,
            version,
            http=http,
            client_options={"api_endpoint": self.simulation.endpoint + path},
            requestBuilder=CheckedRequest,
            static_discovery=True,
        )
        self.opened += [http.http, service]
        return service

    def token(self, scope: str, subject: str | None) -> str:
        credentials = self.credentials(scope, subject)
        if not credentials.valid:
            request = Request()
            credentials.refresh(request)
            request.session.close()
        return str(credentials.token)

    def fetch(self, path: str, token: str = "", data: bytes | None = None, **headers: str) -> tuple[int, Any, Any]:
        """Status, parsed JSON (or bytes) and headers of a request made by hand."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        request = urllib.request.Request(self.simulation.endpoint + path, data=data, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, _parsed(response.read()), response.headers
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _parsed(error.read()), error.headers


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return content


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    with start_in_process(students=40, seed=7) as simulation:
        office = Office(simulation)
        yield office
        for opened in office.opened:
            opened.close()


@pytest.fixture
def run_office() -> Iterator[Callable[..., Office]]:
    """Starts further districts with options of their own."""
    offices: list[Office] = []

    def start(**options: Any) -> Office:
        offices.append(Office(start_in_process(**{"students": 4, "seed": 3, **options})))
        return offices[-1]

    yield start
    for office in offices:
        for opened in office.opened:
            opened.close()
        office.simulation.stop()

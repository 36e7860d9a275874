"""A small HTTP server that answers as a test tells it to, a key that it accepts, and a Workspace pointed at it."""

import gzip
import json
import threading
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from monitor.google.backoff import Backoff
from monitor.google.meter import UnitPrices
from monitor.google.workspace import Workspace

PRICES = UnitPrices.load(Path(__file__).parents[3] / "config" / "quota.toml")


@dataclass
class Answer:
    """What to say: `missing_bytes` announces more than is sent, `hang_up` says nothing at all."""

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    missing_bytes: int = 0
    hang_up: bool = False
    chunked: bool = False
    close_after: bool = False
    delay_seconds: float = 0

    def content(self) -> bytes:
        plain = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        return gzip.compress(plain) if self.headers.get("Content-Encoding") == "gzip" else plain


@dataclass
class Seen:
    """A request as it arrived."""

    path: str
    query: dict[str, list[str]]
    token: str
    body: bytes
    client_port: int


class FakeGoogle:
    """Answers by path, in order; the last answer of a path repeats. `/token` gives a new token each time."""

    def __init__(self) -> None:
        self.requests: list[Seen] = []
        self.token_requests: list[Seen] = []
        self.answers: dict[str, deque[Answer]] = defaultdict(deque)
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def says(self, path: str, *answers: Answer | dict[str, Any]) -> None:
        listed = [answer if isinstance(answer, Answer) else Answer(answer) for answer in answers]
        self.answers[path] = deque(listed)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, seen: Seen) -> Answer:
        with self._lock:
            is_token = seen.path == "/token"
            (self.token_requests if is_token else self.requests).append(seen)
            queue = self.answers[seen.path]
            if len(queue) > 1:
                return queue.popleft()
            if queue:
                return queue[0]
            if is_token:
                return Answer({"access_token": f"token-{len(self.token_requests)}", "expires_in": 3600})
        return Answer({"error": {"code": 404, "message": "none", "errors": [{"reason": "notFound"}]}}, status=404)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # headers and body in one packet: no waiting for a delayed ACK

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                length = int(self.headers.get("Content-Length") or 0)
                token = self.headers.get("Authorization", "").removeprefix("Bearer ")
                body = self.rfile.read(length)
                seen = Seen(parts.path, parse_qs(parts.query), token, body, self.client_address[1])
                self._say(fake.answer(seen))

            do_POST = do_GET  # noqa: N815

            def _say(self, answer: Answer) -> None:
                self.close_connection = answer.hang_up or answer.close_after or answer.missing_bytes > 0
                time.sleep(answer.delay_seconds)
                if answer.hang_up:
                    return
                content = answer.content()
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if answer.chunked:
                    self.send_header("Transfer-Encoding", "chunked")
                    content = b"".join(
                        b"%x\r\n%b\r\n" % (len(piece), piece)
                        for piece in (content[at : at + 50_000] for at in range(0, len(content), 50_000))
                    )
                    content += b"" if answer.missing_bytes else b"0\r\n\r\n"
                else:
                    self.send_header("Content-Length", str(len(content) + answer.missing_bytes))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: Any) -> None:
                pass

        return Handler


class Ledger:
    """A meter that remembers; `refusal` is raised from `before` when set."""

    def __init__(self) -> None:
        self.before_calls: list[Any] = []
        self.outcomes: list[tuple[str, str]] = []
        self.refusal: Exception | None = None

    def before(self, call: Any) -> None:
        if self.refusal:
            raise self.refusal
        self.before_calls.append(call)

    def after(self, call: Any, outcome: str) -> None:
        self.outcomes.append((call.method, outcome))

    @property
    def units(self) -> int:
        return sum(call.units for call in self.before_calls)


def refusal(status: int, reason: str, message: str = "no", **more: Any) -> Answer:
    """An API error as Google writes it."""
    entry = {"domain": "global", "reason": reason, "message": message}
    return Answer({"error": {"code": status, "message": message, "errors": [entry], **more}}, status=status)


@pytest.fixture
def refuse():
    return refusal


@pytest.fixture
def answer():
    return Answer


@pytest.fixture(scope="session")
def private_key_pem():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@pytest.fixture
def google():
    fake = FakeGoogle()
    yield fake
    fake.close()


@pytest.fixture
def key_info(google, private_key_pem):
    return {
        "type": "service_account",
        "project_id": "heed-tests",
        "private_key_id": "1",
        "private_key": private_key_pem,
        "client_email": "heed@heed-tests.iam.gserviceaccount.com",
        "client_id": "100200300",
        "token_uri": f"{google.url}/token",
    }


@pytest.fixture
def key_file(tmp_path, key_info):
    path = tmp_path / "key.json"
    path.write_text(json.dumps(key_info))
    return path


@pytest.fixture
def ledger():
    return Ledger()


@pytest.fixture
def naps():
    """Seconds that the back-off would have slept."""
    return []


@pytest.fixture
def prices():
    return PRICES


@pytest.fixture
def workspace(google, key_file, ledger, naps):
    backoff = Backoff(attempts=3, sleep=naps.append, chance=lambda: 0.5)
    with Workspace(
        key_file, endpoint=google.url, prices=PRICES, meter=ledger, timeout_seconds=5, backoff=backoff
    ) as opened:
        yield opened

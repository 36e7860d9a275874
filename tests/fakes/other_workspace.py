"""The independent emulator `emulate` (npm) as the mailbox of a simulated district.

`emulate` knows Gmail and nothing of service accounts, directories or Drive's changes. So a front on loopback answers
Heed: Gmail goes to `emulate` in the name of the token's subject, all else to our simulator.
"""

import base64
import json
import shutil
import subprocess
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from tests.flows.installation import free_port

_READY_SECONDS = 30.0


class Mailboxes:
    """The emulator's mailboxes, by address."""

    def __init__(self, port: int, tokens: dict[str, str]) -> None:
        self.url, self.tokens = f"http://127.0.0.1:{port}", tokens

    def do(self, address: str, method: str, path: str, body: dict[str, object] | None = None) -> dict[str, object]:
        """One call as the owner of `address`."""
        headers = {"Authorization": f"Bearer {self.tokens[address]}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/gmail/v1/users/me/{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or b"{}")

    def insert(self, address: str, mail: bytes, *label_ids: str) -> str:
        """Put a message into the mailbox; its id."""
        raw = base64.urlsafe_b64encode(mail).decode()
        return str(self.do(address, "POST", "messages", {"raw": raw, "labelIds": list(label_ids)})["id"])


@contextmanager
def emulated_mailboxes(addresses: list[str]) -> Iterator[Mailboxes]:
    """`emulate` with a mailbox for each address; skips the test where the program is not installed."""
    program = shutil.which("emulate")
    if program is None:
        pytest.skip("the Workspace emulator `emulate` is not installed")
    tokens = {address: f"token-{number}" for number, address in enumerate(addresses)}
    seed = {
        "tokens": {token: {"login": address, "scopes": ["gmail"]} for address, token in tokens.items()},
        "google": {"users": [{"email": address, "name": "Student", "email_verified": True} for address in addresses]},
    }
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "seed.yaml"
        path.write_text(json.dumps(seed), encoding="utf-8")  # every JSON text is YAML
        command = [program, "start", "--service", "google", "--port", str(port), "--seed", str(path)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                boxes = Mailboxes(port, tokens)
                _wait(boxes, addresses[0])
                yield boxes
            finally:
                process.terminate()


def _wait(boxes: Mailboxes, address: str) -> None:
    paused = threading.Event()
    for _ in range(int(_READY_SECONDS / 0.2)):
        try:
            boxes.do(address, "GET", "labels")
        except OSError:
            paused.wait(0.2)
        else:
            return
    pytest.fail("emulate did not answer")


class _Front(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, simulator: str, boxes: Mailboxes, own: frozenset[str]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.simulator, self.boxes, self.own = simulator, boxes, own
        self.subjects: dict[str, str] = {}
        self.seen: list[str] = []


class _Handler(BaseHTTPRequestHandler):
    server: _Front
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._pass_on(None)

    def do_POST(self) -> None:
        self._pass_on(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def log_message(self, *_words: object) -> None:
        pass

    def _pass_on(self, body: bytes | None) -> None:
        path, headers = self.path, {name.title(): value for name, value in self.headers.items()}
        target = self.server.simulator
        self.server.seen.append(path.partition("?")[0])
        if path.split("/")[1] in self.server.own:
            subject = self.server.subjects[headers["Authorization"].removeprefix("Bearer ")]
            target = self.server.boxes.url
            headers["Authorization"] = f"Bearer {self.server.boxes.tokens[subject]}"
        headers.pop("Host", None)
        headers.pop("Accept-Encoding", None)
        try:
            with urllib.request.urlopen(urllib.request.Request(target + path, body, headers), timeout=20) as answer:
                self._answer(answer.status, answer.headers.get("Content-Type", ""), answer.read(), body)
        except urllib.error.HTTPError as refused:
            self._answer(refused.code, refused.headers.get("Content-Type", ""), refused.read(), None)

    def _answer(self, status: int, kind: str, content: bytes, asked: bytes | None) -> None:
        assertion = parse_qs((asked or b"").decode("latin-1")).get("assertion")
        if assertion and status == 200:
            claims = assertion[0].split(".")[1]
            subject = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4))).get("sub", "")
            self.server.subjects[json.loads(content)["access_token"]] = subject
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def front(simulator: str, boxes: Mailboxes, own: frozenset[str]) -> Iterator[_Front]:
    """A server that hands the paths under `own` (`gmail`, `drive`) to the emulator and the rest to the simulator."""
    server = _Front(simulator, boxes, own)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()

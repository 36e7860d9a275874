"""HTTP/1.1 on loopback with keep-alive: one thread a connection, bounded in connections, bytes and patience.

The standard library's server rather than a WSGI one, because injected faults must reach the socket: a reset
connection, a body cut short.
"""

import contextlib
import socket
import struct
import sys
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from monitor.simulator.call import Reply
from monitor.simulator.front import handle
from monitor.simulator.world import World

_MOST_CONNECTIONS = 600
_MOST_BYTES = 96 * 1024 * 1024
_IDLE_SECONDS = 300


class SimulatorServer(ThreadingHTTPServer):
    """Serves one world on 127.0.0.1; `port` 0 takes a free one."""

    daemon_threads = True
    request_queue_size = 256
    world: World

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.endpoint = f"http://127.0.0.1:{self.server_address[1]}"
        self._free = threading.BoundedSemaphore(_MOST_CONNECTIONS)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Gives the connection its thread, or closes it when too many are open."""
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serves one connection to its end."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stays silent about clients that go away; anything else is our own defect and is shown."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Reads one request after the other from a connection."""

    server: SimulatorServer
    protocol_version = "HTTP/1.1"
    server_version = "CedarValleySimulator"
    timeout = _IDLE_SECONDS
    disable_nagle_algorithm = True
    wbufsize = -1

    def _serve(self) -> None:
        body = self._body()
        if body is None:
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = handle(self.server.world, self.command, self.path, headers, body)
        kind, _, seconds = reply.transport.partition(":")
        if kind in ("slow", "timeout"):
            time.sleep(float(seconds))
        if kind in ("reset", "timeout"):
            self._reset()
        else:
            self._send(reply, kind)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - names that the base class calls

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's signature
        """Says nothing; the ledger holds every call."""

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "0")
        if self.headers.get("Transfer-Encoding") or not length.isdigit():
            self.send_error(HTTPStatus.LENGTH_REQUIRED)
            self.close_connection = True
            return None
        if int(length) > _MOST_BYTES:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            self.close_connection = True
            return None
        return self.rfile.read(int(length))

    def _send(self, reply: Reply, fault: str) -> None:
        half = reply.body[: len(reply.body) // 2]
        # A truncated answer is whole as HTTP and broken as JSON: that is what a careless client trusts.
        body = half if fault == "truncated" else reply.body
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(half if fault == "reset_body" else body)
        self.wfile.flush()
        if fault == "reset_body":
            self._reset()

    def _reset(self) -> None:
        with contextlib.suppress(OSError):
            # Linger of zero seconds makes the kernel send RST instead of an orderly end.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        self.close_connection = True

"""HTTP connections that are bounded: in bytes, in seconds, and to one request per call.

httplib2 reads any body whole, follows redirects, and quietly sends a request again when a kept connection has died.
Each of those would break a promise here (memory, tokens sent elsewhere, unmetered calls), so this subclass takes
them away.
"""

import http.client
import select
from collections.abc import Iterator
from typing import Any

import httplib2

from monitor.google.errors import AnswerTooLarge

DEFAULT_MAX_BYTES = 80 * 1024 * 1024
"""Gmail delivers messages up to 50 MB; as base64 in JSON that is 67 MB."""
_PIECE_BYTES = 65_536
_REFUSAL_BYTES = 65_536  # what a refusal may take even where the content itself may be no larger than a few bytes


class BoundedResponse(http.client.HTTPResponse):
    """A response that refuses to grow beyond `max_bytes`."""

    max_bytes = DEFAULT_MAX_BYTES

    def read(self, amt: int | None = None) -> bytes:
        """The body. Raises AnswerTooLarge, or IncompleteRead when it ends before its announced length."""
        if amt is not None:
            return super().read(amt)
        if self.length is not None:
            if self.length > self.max_bytes:
                raise AnswerTooLarge
            return super().read()
        return self._read_unannounced()

    def _read_unannounced(self) -> bytes:
        body = bytearray()
        while piece := super().read(_PIECE_BYTES):
            body += piece
            if len(body) > self.max_bytes:
                raise AnswerTooLarge
        return bytes(body)


class _OneRequest:
    """Mixed into httplib2's connections: drop a dead kept connection *before* using it, never send twice."""

    response_class = BoundedResponse
    max_bytes = DEFAULT_MAX_BYTES
    sock: Any

    def request(self, *args: Any, **kwargs: Any) -> None:
        """As http.client's, over a live connection."""
        if self.sock is not None and _has_ended(self.sock):
            self.close()  # type: ignore[attr-defined]
        super().request(*args, **kwargs)  # type: ignore[misc]

    def getresponse(self) -> Any:
        """As http.client's; a connection that ended without an answer is an error, not a reason to send again."""
        try:
            response = super().getresponse()  # type: ignore[misc]
        except http.client.BadStatusLine:
            raise ConnectionResetError("connection ended without an answer") from None
        response.max_bytes = self.max_bytes if response.status < 300 else max(self.max_bytes, _REFUSAL_BYTES)
        return response


class _PlainConnection(_OneRequest, httplib2.HTTPConnectionWithTimeout):  # type: ignore[misc]
    pass


class _TlsConnection(_OneRequest, httplib2.HTTPSConnectionWithTimeout):  # type: ignore[misc]
    pass


_CONNECTIONS = {"http": _PlainConnection, "https": _TlsConnection}


class BoundedHttp(httplib2.Http):  # type: ignore[misc]  # untyped library
    """One thread's HTTP client. After any failure its connections are closed, so no half-read answer is taken up."""

    def __init__(self, timeout_seconds: float) -> None:
        # The limit on unpacked bytes is looked at between pieces of packed input, each of which may grow 1,000-fold.
        super().__init__(timeout=timeout_seconds, decode_limit_ratio=0, decode_limit_chunk=4_096)
        self.follow_redirects = False
        self.max_bytes = DEFAULT_MAX_BYTES

    def __del__(self) -> None:
        # A thread that ends drops its client; its sockets must not wait for the collector.
        if hasattr(self, "connections"):
            self.close()

    def request(self, uri: str, method: str = "GET", **kwargs: Any) -> tuple[Any, bytes]:
        """One HTTP exchange: (response, body). `max_bytes` holds for this and later calls."""
        self.limit_kwargs["hard_limit"] = max(self.max_bytes, _REFUSAL_BYTES)
        kwargs["connection_type"] = _CONNECTIONS[uri.partition(":")[0]]
        try:
            response, body = super().request(uri, method, **kwargs)
        except BaseException:
            self.close()
            raise
        if response.status < 300 and len(body) > self.max_bytes:
            raise AnswerTooLarge
        return response, body

    def _conn_request(self, conn: Any, *args: Any) -> Any:
        conn.max_bytes = self.max_bytes
        return super()._conn_request(conn, *args)

    def _auth_from_challenge(self, *_: Any) -> Iterator[Any]:
        # A 401 is the caller's to handle; httplib2 would parse the challenge and might choke on it.
        return iter(())


def _has_ended(sock: Any) -> bool:
    """Whether the other side closed a connection at rest: it is readable although nothing was asked."""
    try:
        poller = select.poll()
        poller.register(sock, select.POLLIN | select.POLLHUP | select.POLLERR)
        return bool(poller.poll(0))
    except (OSError, ValueError):
        return True

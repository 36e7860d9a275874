"""The one door for requests to addresses that people typed in: bounded in time and size, and kept out of our network.

A webhook or calendar address is typed by a person who may not be allowed to reach this machine's neighbours. So the
name is resolved here, every address it stands for is checked, and the connection goes to the address that was checked;
a redirect is an answer like any other and is not followed.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

USER_AGENT = "Heed"
CHUNK_BYTES = 65_536
PORTS = {"https": 443, "http": 80}
LONGEST_URL = 2048


class AddressRefused(Exception):
    """The address may not be called at all; the message says why and what would be right."""


class NoAnswer(Exception):
    """No whole answer came: connection, certificate, time or size. The message never holds the address itself."""


class NotReached(NoAnswer):
    """No answer came because nothing was ever sent: the name is unknown, or nobody took the connection."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said. `body` is at most as long as was allowed; header names are in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def is_ok(self) -> bool:
        """Whether the status is 200 to 299."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Door:
    """How requests leave. Names in `internal_hosts` may stand for addresses of our own network and use plain HTTP."""

    internal_hosts: frozenset[str] = field(default_factory=frozenset)
    seconds: float = 20.0
    max_bytes: int = 1_000_000

    def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> Answer:
        """Fetch `url`. Raises `AddressRefused` and `NoAnswer`; any status is an answer."""
        return self._request("GET", url, None, headers or {})

    def post(self, url: str, body: bytes, *, headers: Mapping[str, str] | None = None) -> Answer:
        """Send `body` to `url`. Raises `AddressRefused` and `NoAnswer`; any status is an answer."""
        return self._request("POST", url, body, headers or {})

    def check(self, url: str) -> None:
        """Whether `url` could be called, by its form and by what its name stands for now. Raises as `get` does."""
        self._resolve(checked_url(url, self.internal_hosts))

    def _request(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        parts = checked_url(url, self.internal_hosts)
        deadline = time.monotonic() + self.seconds
        connection = self._connect(parts, self._resolve(parts), deadline)
        target = parts.path or "/"
        target += f"?{parts.query}" if parts.query else ""
        # A server that sends one byte now and then would never run into a time-out of the socket's own.
        cut = threading.Timer(max(deadline - time.monotonic(), 0), _cut, [connection])
        cut.daemon = True
        cut.start()
        try:
            connection.request(method, target, body=body, headers={"User-Agent": USER_AGENT, **headers})
            return self._read(connection, deadline)
        except (OSError, http.client.HTTPException, ValueError) as error:
            message = f"{parts.hostname} gave no answer: {_words(error)}"
            raise NoAnswer(message) from None  # the cause would carry the whole address
        finally:
            cut.cancel()
            connection.close()

    def _read(self, connection: http.client.HTTPConnection, deadline: float) -> Answer:
        answer = connection.getresponse()
        pieces, length = [], 0
        while piece := answer.read1(CHUNK_BYTES):
            length += len(piece)
            if length > self.max_bytes:
                message = f"the answer is longer than {self.max_bytes} bytes"
                raise ValueError(message)
            pieces.append(piece)
        if time.monotonic() >= deadline:
            message = f"the answer took longer than {self.seconds:.0f} s"
            raise ValueError(message)
        return Answer(answer.status, b"".join(pieces), {name.lower(): value for name, value in answer.getheaders()})

    def _resolve(self, parts: SplitResult) -> list[str]:
        """The addresses of a host, each of them allowed."""
        host = parts.hostname or ""
        try:
            found = socket.getaddrinfo(host, parts.port or PORTS[parts.scheme], type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            message = f"{host} is not known to the name server"
            raise NotReached(message) from None
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if host not in self.internal_hosts:
            for address in addresses:
                if not is_public(address):
                    message = (
                        f"{host} stands for {address}, which is inside a private network; name the host in "
                        "HEED_INTERNAL_HOSTS if it is meant to be called"
                    )
                    raise AddressRefused(message)
        return addresses

    def _connect(self, parts: SplitResult, addresses: list[str], deadline: float) -> http.client.HTTPConnection:
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        problem = "no address"
        for address in addresses:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            try:
                raw = socket.create_connection((address, port), timeout=left)
                return _carried(parts.scheme, host, port, raw)
            except OSError as error:
                problem = _words(error)
        message = f"{host} cannot be reached: {problem}"
        raise NotReached(message)


def checked_url(url: str, internal_hosts: frozenset[str]) -> SplitResult:
    """`url` in its parts. Raises `AddressRefused` unless it is https (or http to an internal host)."""
    problem = "is not an address that can be called"
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises for a port that is no number
    except ValueError:
        raise AddressRefused(problem) from None
    if len(url) > LONGEST_URL or not url.isprintable() or " " in url or not parts.hostname:
        raise AddressRefused(problem)
    if parts.username or parts.password:
        raise AddressRefused("must not carry a user name or password")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in internal_hosts):
        raise AddressRefused("must begin with https:// (http:// only for hosts in HEED_INTERNAL_HOSTS)")
    return parts


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, IPv4 inside IPv6 included."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inside = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inside is not None:
            return inside.is_global and not inside.is_multicast
    return found.is_global and not found.is_multicast


def _carried(scheme: str, host: str, port: int, raw: socket.socket) -> http.client.HTTPConnection:
    """An HTTP connection over a socket that is connected already, encrypted for `host` where the scheme asks for it."""
    connection = http.client.HTTPConnection(host, port)
    try:
        is_secure = scheme == "https"
        connection.sock = ssl.create_default_context().wrap_socket(raw, server_hostname=host) if is_secure else raw
    except (OSError, ValueError):
        raw.close()
        raise
    return connection


def _cut(connection: http.client.HTTPConnection) -> None:
    with suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)


def _words(error: Exception) -> str:
    return " ".join(str(getattr(error, "strerror", None) or error).split())[:200] or type(error).__name__

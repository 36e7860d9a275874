"""The way to Google's APIs: resources built once from the client's own discovery documents, one connection per thread.

`googleapiclient.discovery.build` takes tens of milliseconds and its resources assemble themselves on every access, so
each collection (`users().messages()`) is built once per process and endpoint and shared; httplib2 is not safe among
threads, so each thread has its own client with kept connections.
"""

import logging
import os
import threading
import weakref
from typing import Any
from urllib.parse import urlsplit

import httplib2
from googleapiclient.discovery import build

from monitor.google.wire import DEFAULT_MAX_BYTES, BoundedHttp

_SERVICES = {
    # api: (name, version, what an endpoint override has to be followed by, because it replaces rootUrl + servicePath)
    "gmail": ("gmail", "v1", "/"),
    "drive": ("drive", "v3", "/drive/v3/"),
    "directory": ("admin", "directory_v1", "/"),
    "reports": ("admin", "reports_v1", "/"),
    "chat": ("chat", "v1", "/"),
    "pubsub": ("pubsub", "v1", "/"),
}
_GOOGLES = ("google.com", "googleapis.com", "googleusercontent.com")
_collections: dict[tuple[str | None, str], Any] = {}
_building = threading.Lock()


def check_endpoint(endpoint: str | None) -> str | None:
    """`endpoint` without a trailing slash, None for Google itself. Raises ValueError with what is expected."""
    if not endpoint:
        return None
    parts = urlsplit(endpoint)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        message = f"Google endpoint {endpoint!r} must look like http://127.0.0.1:8080, or be left unset"
        raise ValueError(message)
    return endpoint.rstrip("/")


def silence_client_logs() -> None:
    """The Google client logs URLs and refused bodies; ids and addresses do not belong in logs."""
    for name in ("googleapiclient", "google_auth_httplib2", "google.auth", "google.oauth2"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def collection(endpoint: str | None, path: str) -> Any:
    """The API collection `path` (for example `gmail.users.messages`) at `endpoint`, from static discovery only."""
    wanted = (endpoint, path)
    found = _collections.get(wanted)
    if found is not None:
        return found
    # Building changes the discovery document in place, so one thread at a time.
    with _building:
        if wanted not in _collections:
            api, *names = path.split(".")
            resource = _service(endpoint, api)
            for name in names:
                resource = getattr(resource, name)()
            _collections[wanted] = resource
        return _collections[wanted]


def _service(endpoint: str | None, api: str) -> Any:
    if (endpoint, api) not in _collections:
        name, version, suffix = _SERVICES[api]
        options = {"api_endpoint": endpoint + suffix} if endpoint else None
        _collections[endpoint, api] = build(
            name,
            version,
            http=httplib2.Http(),  # never used: each call brings its own
            client_options=options,
            static_discovery=True,
            cache_discovery=False,
        )
    return _collections[endpoint, api]


class AuthorisedHttp:
    """What googleapiclient takes for an HTTP client: adds one subject's token to one request."""

    def __init__(self, http: BoundedHttp, token: str) -> None:
        self._http = http
        self._token = token
        self.content_type = ""  # of the last answer

    def request(
        self, uri: str, method: str = "GET", body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[Any, bytes]:
        """One exchange, with the Authorization header."""
        authorised = dict(headers or {}, authorization=f"Bearer {self._token}")
        response, content = self._http.request(uri, method, body=body, headers=authorised)
        self.content_type = str(response.get("content-type") or "")
        return response, content


class Transport:
    """Connections for any number of threads to one endpoint."""

    def __init__(self, *, endpoint: str | None, timeout_seconds: float) -> None:
        self.endpoint = check_endpoint(endpoint)
        self._timeout_seconds = timeout_seconds
        self._local = threading.local()
        self._lock = threading.Lock()
        self._open: weakref.WeakSet[BoundedHttp] = weakref.WeakSet()
        silence_client_logs()

    def http(self, max_bytes: int = DEFAULT_MAX_BYTES) -> BoundedHttp:
        """This thread's client, set to refuse answers above `max_bytes`."""
        # A connection that lived before a fork belongs to the parent: two processes on one TLS stream corrupt it.
        if getattr(self._local, "pid", None) != os.getpid():
            self._local.client = BoundedHttp(self._timeout_seconds)
            self._local.pid = os.getpid()
            with self._lock:
                self._open.add(self._local.client)
        client: BoundedHttp = self._local.client
        client.max_bytes = max_bytes
        return client

    def request(self, method: str, arguments: dict[str, Any]) -> Any:
        """The unsent googleapiclient request for a method such as `drive.files.get_media`."""
        path, _, name = method.rpartition(".")
        return getattr(collection(self.endpoint, path), name)(**arguments)

    def is_googles(self, link: str) -> bool:
        """Whether a token may be sent along with `link`: it is Google's own host over TLS, or the set endpoint's."""
        parts = urlsplit(link)
        if self.endpoint:
            return (parts.scheme, parts.netloc) == urlsplit(self.endpoint)[:2]
        host = parts.hostname or ""
        return parts.scheme == "https" and any(host == name or host.endswith(f".{name}") for name in _GOOGLES)

    def close(self) -> None:
        """Close every thread's connections; call it when no thread is within a call."""
        with self._lock:
            clients = list(self._open)
        for client in clients:
            client.close()

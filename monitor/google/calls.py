"""One metered, authorised, bounded call, with its retries: the single path by which anything of Google's is read."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from googleapiclient.errors import HttpError

from monitor.google.backoff import Backoff
from monitor.google.credentials import Tokens
from monitor.google.error_map import is_known, map_error
from monitor.google.errors import CallContext, MalformedAnswer, PermanentError, TokenRejected
from monitor.google.meter import CONTENT_METHODS, GoogleCall, Meter, UnitPrices
from monitor.google.transport import AuthorisedHttp, Transport
from monitor.google.wire import DEFAULT_MAX_BYTES

T = TypeVar("T")

_CLIENT_METHODS = {"drive.files.export": "drive.files.export_media", "chat.media.download": "chat.media.download_media"}
MOST_HOPS = 3  # export links lead on to the host that keeps the content
REDIRECTS = frozenset({301, 302, 303, 307, 308})


_LABELS = {"kind", "etag"}  # what an empty list may say of itself
_PAGES = {"text/html", "application/json"}  # what comes instead of a file when something went wrong on the way


@dataclass(frozen=True, slots=True)
class Line:
    """What all calls of one Workspace share."""

    tokens: Tokens
    transport: Transport
    prices: UnitPrices
    backoff: Backoff


@dataclass(frozen=True, slots=True)
class Caller:
    """Calls for one subject with one set of scopes, seen by one meter."""

    line: Line
    meter: Meter
    subject: str
    scopes: tuple[str, ...]

    def read(
        self, method: str, *, target: str = "", max_bytes: int = DEFAULT_MAX_BYTES, **arguments: Any
    ) -> dict[str, Any]:
        """The JSON object that `method` (a discovery id) answers with.

        Raises TooLarge above `max_bytes`, GoogleError or what the meter raises.
        """

        def parse(answer: object) -> dict[str, Any]:
            if not isinstance(answer, dict):
                raise MalformedAnswer("notJson")  # the client hands back text that is not JSON as it is
            said = set(answer) - _LABELS
            if asked and said and not asked & said:
                raise MalformedAnswer("wrongShape")  # an object, but not the one asked for: no list is empty by it
            return answer

        asked = _top_level(str(arguments.get("fields") or ""))

        return self._call(self._described(method, target), arguments, max_bytes, parse)

    def download(self, method: str, *, target: str, max_bytes: int, media_type: str = "", **arguments: Any) -> bytes:
        """The bytes that a media method answers with. Raises TooLarge, GoogleError or what the meter raises.

        With `media_type`, a web page or JSON instead of it is no answer: text of an error is not a document's.
        """

        def send() -> object:
            return self._send(call, arguments, max_bytes, media_type)

        call = self._described(method, target)
        return self._retried(call, send, _as_bytes)

    def follow(self, method: str, link: str, *, target: str, max_bytes: int, media_type: str = "") -> bytes:
        """The bytes behind a link that Google gave for the subject; priced and metered as `method`.

        Raises PermanentError (`foreignLink`) for a host that is not Google's, otherwise as `download`.
        """
        if not self.line.transport.is_googles(link):
            raise PermanentError("Google named a link outside its own hosts", reason="foreignLink")
        call = self._described(method, target)

        def send() -> object:
            return self._send_link(link, max_bytes, media_type)

        return self._retried(call, send, _as_bytes)

    def pages(
        self, method: str, *, max_pages: int, page_token: str | None = None, **arguments: Any
    ) -> Iterator[dict[str, Any]]:
        """Successive pages of a list method, at most `max_pages`.

        Raises PermanentError when Google hands out the same page token twice in a row: it would never end.
        """
        token = page_token
        for _ in range(max_pages):
            page = self.read(method, pageToken=token, **arguments)
            yield page
            following = page.get("nextPageToken")
            if not following:
                return
            if following == token:
                message = f"{method}: the list repeats its page token"
                raise PermanentError(message, reason="endlessList")
            token = following

    def _described(self, method: str, target: str) -> GoogleCall:
        return GoogleCall(
            api=method.split(".", 1)[0],
            method=method,
            subject=self.subject,
            units=self.line.prices.units(method),
            is_content=method in CONTENT_METHODS,
            target=target,
        )

    def _call(self, call: GoogleCall, arguments: dict[str, Any], max_bytes: int, parse: Callable[[object], T]) -> T:
        return self._retried(call, lambda: self._send(call, arguments, max_bytes), parse)

    def _retried(self, call: GoogleCall, send: Callable[[], object], parse: Callable[[object], T]) -> T:
        def attempt() -> T:
            return self._attempt(call, send, parse)

        try:
            return self.line.backoff.run(attempt)
        except TokenRejected:
            # Revoked or expired early: one fresh token tells whether access is really gone.
            self.line.tokens.forget(self.subject, self.scopes)
            return self.line.backoff.run(attempt)

    def _attempt(self, call: GoogleCall, send: Callable[[], object], parse: Callable[[object], T]) -> T:
        self.meter.before(call)
        outcome = "interrupted"
        try:
            answer = parse(send())
            outcome = "ok"
            return answer
        except Exception as error:
            if not is_known(error):
                raise
            mapped = map_error(error, self._context(call))
            outcome = mapped.reason
        finally:
            self.meter.after(call, outcome)
        # Outside the handler: the library's error holds URL and body and must not ride along as context.
        raise mapped

    def _send(self, call: GoogleCall, arguments: dict[str, Any], max_bytes: int, media_type: str = "") -> object:
        transport = self.line.transport
        http = transport.http()
        token = self.line.tokens.token(self.subject, self.scopes, http)
        request = transport.request(_CLIENT_METHODS.get(call.method, call.method), arguments)
        http.max_bytes = max_bytes
        authorised = AuthorisedHttp(http, token)
        answer = request.execute(http=authorised, num_retries=0)
        _refuse_page(authorised.content_type, media_type)
        return answer

    def _send_link(self, link: str, max_bytes: int, media_type: str) -> bytes:
        transport = self.line.transport
        for _ in range(MOST_HOPS):
            http = transport.http()
            token = self.line.tokens.token(self.subject, self.scopes, http)
            http.max_bytes = max_bytes
            response, body = AuthorisedHttp(http, token).request(link)
            onward = str(response.get("location") or "")
            if response.status not in REDIRECTS or not transport.is_googles(onward):
                break
            link = onward
        if response.status >= 300:
            raise HttpError(response, body)
        _refuse_page(str(response.get("content-type") or ""), media_type)
        return body

    def _context(self, call: GoogleCall) -> CallContext:
        return CallContext(
            method=call.method,
            subject=self.subject,
            scopes=self.scopes,
            client_id=self.line.tokens.key.client_id,
            target=call.target,
        )


def _top_level(mask: str) -> set[str]:
    """The names of a `fields` mask that stand outside all parentheses."""
    names, depth, start = set(), 0, 0
    for at, sign in enumerate(f"{mask},"):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and depth == 0:
            names.add(re.split("[(/]", mask[start:at])[0].strip())
            start = at + 1
    return names - {"", "*"}


def _as_bytes(answer: object) -> bytes:
    return answer if isinstance(answer, bytes) else b""


def _refuse_page(content_type: str, media_type: str) -> None:
    found = content_type.partition(";")[0].strip().lower()
    if media_type and found in _PAGES and found != media_type:
        raise MalformedAnswer("notMedia")

"""One metered, authorised, bounded call, with its retries: the single path by which anything of Google's is read."""

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
            return answer

        return self._call(self._described(method, target), arguments, max_bytes, parse)

    def download(self, method: str, *, target: str, max_bytes: int, **arguments: Any) -> bytes:
        """The bytes that a media method answers with. Raises TooLarge, GoogleError or what the meter raises."""

        def parse(answer: object) -> bytes:
            return answer if isinstance(answer, bytes) else b""

        return self._call(self._described(method, target), arguments, max_bytes, parse)

    def follow(self, method: str, link: str, *, target: str, max_bytes: int) -> bytes:
        """The bytes behind a link that Google gave for the subject; priced and metered as `method`.

        Raises PermanentError (`foreignLink`) for a host that is not Google's, otherwise as `download`.
        """
        if not self.line.transport.is_googles(link):
            raise PermanentError("Google named a link outside its own hosts", reason="foreignLink")
        call = self._described(method, target)

        def send() -> object:
            return self._send_link(link, max_bytes)

        def parse(answer: object) -> bytes:
            return answer if isinstance(answer, bytes) else b""

        return self._retried(call, send, parse)

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

    def _send(self, call: GoogleCall, arguments: dict[str, Any], max_bytes: int) -> object:
        transport = self.line.transport
        http = transport.http()
        token = self.line.tokens.token(self.subject, self.scopes, http)
        request = transport.request(_CLIENT_METHODS.get(call.method, call.method), arguments)
        http.max_bytes = max_bytes
        return request.execute(http=AuthorisedHttp(http, token), num_retries=0)

    def _send_link(self, link: str, max_bytes: int) -> bytes:
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
        return body

    def _context(self, call: GoogleCall) -> CallContext:
        return CallContext(
            method=call.method,
            subject=self.subject,
            scopes=self.scopes,
            client_id=self.line.tokens.key.client_id,
            target=call.target,
        )

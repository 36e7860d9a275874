"""The console's own styles, scripts and drawings: kept by a browser for good, and asked for anew after an upgrade."""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

Answer = Callable[[HttpRequest], HttpResponseBase]


class VersionedFiles(StaticFilesStorage):
    """Every address carries the digest of its file, so that nobody meets yesterday's styles on today's page."""

    def url(self, name: str | None) -> str:
        """`/static/console/base.css?v=1a2b3c4d`; without `v` for a file that is not there."""
        address = super().url(name)
        version = _version(name or "")
        return f"{address}?v={version}" if version else address


@cache
def _version(name: str) -> str:
    found = finders.find(name)
    return hashlib.sha256(Path(found).read_bytes()).hexdigest()[:8] if isinstance(found, str) else ""


def compressed(answer: Answer) -> Answer:
    """Send these files gzipped to whoever can read that. Pages are not: they hold words beside what a visitor typed,
    and how well such a page shrinks could tell one from the other (the attack called BREACH).
    """
    gzip = GZipMiddleware(answer)

    def answer_compressed(request: HttpRequest) -> HttpResponseBase:
        response = answer(request)
        is_whole_file = request.path.startswith(settings.STATIC_URL) and response.status_code == 200
        return gzip.process_response(request, response) if is_whole_file else response

    return answer_compressed

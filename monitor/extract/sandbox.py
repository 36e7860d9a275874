"""The one door for untrusted bytes: they are read in a child process, and the text comes back through a pipe.

A crash, a hang or a bomb costs that item a status and nothing else. Children are kept warm and replaced after a number
of items, after a failure, and when they have grown.
"""

import atexit
import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from monitor.domain.text import Extraction, ExtractStatus, Span
from monitor.extract.files import read_path
from monitor.extract.limits import DEFAULT_LIMITS, Limits
from monitor.extract.outcome import refuse_too_large
from monitor.extract.process import ChildLost, ChildProcess, Read, TimedOut
from monitor.extract.recognition import can_recognize, with_pictures

MAX_CHILDREN = max(2, min(8, os.cpu_count() or 2))
MAX_IDLE = 2
MAX_ITEMS = 500
"""Items that one child reads before another takes its place."""

_LOST = frozenset({ExtractStatus.TIMEOUT, ExtractStatus.TOO_LARGE, ExtractStatus.BROKEN})


def extract(
    data: bytes, *, name: str = "", media_type: str | None = None, limits: Limits = DEFAULT_LIMITS
) -> Extraction:
    """`monitor.extract.files.extract_file` in a child process; never raises on any bytes.

    Raises `OSError` only where the machine can start no process.
    """
    return _run("file", data, name, media_type or "", limits)


def extract_mail(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> Extraction:
    """`monitor.extract.mail.extract_mail` in a child process; errors as `extract`."""
    return _run("mail", raw, "", "message/rfc822", limits)


def extract_export(data: bytes, export_type: str, title: str, limits: Limits = DEFAULT_LIMITS) -> Extraction:
    """`monitor.extract.document.extract_export` in a child process; errors as `extract`."""
    return _run("export", data, title, export_type, limits)


def extract_path(path: Path, limits: Limits = DEFAULT_LIMITS) -> Extraction:
    """The text of the file at `path`, read in a child process; never waits for a pipe or a device."""
    data = read_path(path, limits)
    return data if isinstance(data, Extraction) else extract(data, name=path.name, limits=limits)


def close() -> None:
    """End all idle children; the next item starts a new one."""
    with _pool.lock:
        idle, _pool.idle = _pool.idle, []
    for child in idle:
        child.end()


class _Pool:
    """Children that wait for work. One process never shares its children with one that it was forked into."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.idle: list[ChildProcess] = []
        self.slots = threading.BoundedSemaphore(MAX_CHILDREN)

    def take(self, limits: Limits) -> ChildProcess:
        """A warm child with the memory limit of `limits`, or a new one."""
        with self.lock:
            for at, child in enumerate(self.idle):
                if child.max_memory_bytes == limits.max_memory_bytes:
                    return self.idle.pop(at)
        return ChildProcess(limits.max_memory_bytes)

    def give_back(self, child: ChildProcess) -> None:
        """Keep `child` for the next item unless it is used up."""
        is_used_up = child.items >= MAX_ITEMS or child.memory > child.max_memory_bytes // 2
        with self.lock:
            if not is_used_up and len(self.idle) < MAX_IDLE:
                self.idle.append(child)
                return
        child.end()


_pool = _Pool()


def _forget_children() -> None:
    """In a forked process: the children belong to the parent, whose pipes are closed here and not used."""
    global _pool  # noqa: PLW0603 - one pool for a process, and a fork makes a process
    for child in _pool.idle:
        child.abandon()
    _pool = _Pool()


os.register_at_fork(after_in_child=_forget_children)
atexit.register(close)


def _run(task: str, data: bytes, name: str, media_type: str, limits: Limits) -> Extraction:
    if len(data) > limits.max_bytes:
        return refuse_too_large(media_type, limits)
    pool = _pool
    until = time.monotonic() + limits.item_seconds
    asked = limits if can_recognize(limits) else replace(limits, max_pictures=0)
    with pool.slots:
        extraction, pictures = _read(pool, (task, data, name, media_type), asked)
        if asked.max_pictures and extraction.status in _LOST and not extraction.spans:
            # Decoding pictures must not cost the text around them.
            left = min(asked.max_seconds, max(1, int(until - time.monotonic())))
            without, _ = _read(pool, (task, data, name, media_type), replace(asked, max_pictures=0, max_seconds=left))
            extraction = without if without.spans else extraction
        if not pictures:
            return extraction
        return with_pictures(extraction, pictures, limits, lambda text: _clean(pool, text), until)


def _read(pool: _Pool, job: tuple[str, bytes, str, str], limits: Limits) -> Read:
    return _attempt(pool, lambda child: child.work(*job, limits), job[3], limits)


def _clean(pool: _Pool, text: str) -> tuple[Span, ...]:
    limits = replace(DEFAULT_LIMITS, max_pictures=0)
    return _read(pool, ("export", text.encode(), "", "text/plain"), limits)[0].spans


def _attempt(pool: _Pool, work: Callable[[ChildProcess], Read], media_type: str, limits: Limits) -> Read:
    """One try; a second in a new child where an old one died, for that may be an earlier item's doing."""
    while True:
        child = pool.take(limits)
        was_fresh = child.items == 0
        try:
            read = work(child)
        except TimedOut:
            child.kill()
            message = f"not read within {limits.max_seconds} seconds"
            return Extraction(ExtractStatus.TIMEOUT, media_type, (), message), []
        except ChildLost as lost:
            child.kill()
            if was_fresh:
                return Extraction(ExtractStatus.BROKEN, media_type, (), f"its reader was lost: {lost}"), []
        except BaseException:
            child.kill()
            raise
        else:
            pool.give_back(child)
            return read

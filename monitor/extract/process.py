"""One child process of the sandbox, seen from its parent: start, one job at a time, end."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from monitor.domain.text import Extraction, ExtractStatus, Span, SpanKind
from monitor.extract.framing import HEADER
from monitor.extract.limits import Limits
from monitor.extract.pictures import MAX_PIXELS, Picture

_ROOT = str(Path(__file__).resolve().parents[2])
_PROGRAM = "import sys; sys.path.insert(0, sys.argv.pop(1)); from monitor.extract.child import main; main()"
_START_SECONDS = 60
_SLACK_SECONDS = 0.25
_MAX_ANSWER = 200_000_000
_PIECE = 1 << 20
# One thread each: the child may start none.
_ENVIRONMENT = {"LANG": "C.UTF-8", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"}

Read = tuple[Extraction, list[Picture]]


class TimedOut(Exception):
    """The child did not answer in time."""


class ChildLost(Exception):
    """The child ended or answered nonsense; the message says how, without any text of the item."""


class ChildProcess:
    """A started child. `items` counts its jobs, `memory` is the most that it ever used, in bytes.

    Raises `OSError` where no process can be started. Not for two threads at once.
    """

    def __init__(self, max_memory_bytes: int) -> None:
        self.max_memory_bytes = max_memory_bytes
        self.items = 0
        self.memory = 0
        settings = json.dumps({"max_memory_bytes": max_memory_bytes})
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-c", _PROGRAM, _ROOT, settings],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_ENVIRONMENT,
            cwd="/",
            bufsize=0,
        )
        assert self._process.stdin is not None  # noqa: S101 - asked for above
        assert self._process.stdout is not None  # noqa: S101
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._in, False)
        os.set_blocking(self._out, False)
        self._is_ready = False

    def work(self, task: str, data: bytes, name: str, media_type: str, limits: Limits) -> Read:
        """Have one item read: text and pictures. Raises `TimedOut` or `ChildLost`; the child must then be killed.

        `OSError` where the child itself does not get ready: no fault of the item's.
        """
        self._wait_until_ready()
        self.items += 1
        job = {"task": task, "name": name, "media_type": media_type, "limits": asdict(limits)}
        described = json.dumps(job).encode()
        deadline = time.monotonic() + limits.max_seconds + _SLACK_SECONDS
        self._send(HEADER.pack(len(described), len(data)) + described, deadline)
        self._send(data, deadline)
        answer, pixels = self._receive(deadline)
        try:
            self.memory = peak_memory(self._process.pid, int(answer["memory"]))
            return _extraction_of(answer, limits), _pictures_of(answer, pixels, limits)
        except (KeyError, TypeError, ValueError) as error:
            raise ChildLost("an answer that is none") from error

    def _wait_until_ready(self) -> None:
        if self._is_ready:
            return
        try:
            self._receive(time.monotonic() + _START_SECONDS)
        except TimedOut as error:
            message = f"a reader did not start within {_START_SECONDS} seconds"
            raise OSError(message) from error
        self._is_ready = True

    def end(self) -> None:
        """Let an idle child end by closing its input, and wait for it shortly."""
        self._close_pipes()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=1)
            return
        self.kill()

    def kill(self) -> None:
        """End the child at once, whatever it does."""
        self._process.kill()
        self._close_pipes()
        self._process.wait()

    def abandon(self) -> None:
        """Close this process's copies of the pipes of a child that belongs to another process."""
        self._close_pipes()
        self._process.returncode = 0  # not ours to wait for

    def _close_pipes(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def _send(self, data: bytes, deadline: float) -> None:
        view = memoryview(data)
        while view:
            self._wait(self._in, select.POLLOUT, deadline)
            try:
                view = view[os.write(self._in, view[:_PIECE]) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise self._failure() from error

    def _receive(self, deadline: float) -> tuple[dict[str, Any], bytes]:
        size, following = HEADER.unpack(self._read(HEADER.size, deadline))
        if max(size, following) > _MAX_ANSWER:
            raise ChildLost("an answer beyond all limits")
        try:
            answer = json.loads(self._read(size, deadline))
        except ValueError as error:
            raise ChildLost("an answer that is none") from error
        if not isinstance(answer, dict):
            raise ChildLost("an answer that is none")
        return answer, self._read(following, deadline)

    def _read(self, size: int, deadline: float) -> bytes:
        pieces: list[bytes] = []
        while size:
            self._wait(self._out, select.POLLIN, deadline)
            try:
                piece = os.read(self._out, min(size, _PIECE))
            except BlockingIOError:
                continue
            if not piece:
                raise self._failure()
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def _wait(self, descriptor: int, event: int, deadline: float) -> None:
        poll = select.poll()
        poll.register(descriptor, event)
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise TimedOut

    def _failure(self) -> Exception:
        """What became of a child that closed its end."""
        try:
            code = self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            return ChildLost("it stopped answering")
        if -code in (signal.SIGPROF, signal.SIGALRM):
            return TimedOut()
        return ChildLost(f"signal {-code}" if code < 0 else f"exit status {code}")


def peak_memory(process: int, said: int) -> int:
    """The most bytes that `process` ever held, from the kernel; `said` where the kernel does not tell.

    What a process says of itself (`ru_maxrss`) begins with the size of the one it was started by: a worker with its
    classifier loaded would take every fresh child for a used-up one.
    """
    with suppress(OSError, ValueError):
        for line in Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return said


def _extraction_of(answer: dict[str, Any], limits: Limits) -> Extraction:
    """The answer as values; a child that was taken over could send anything, so nothing is believed."""
    spans = tuple(
        Span(SpanKind(span["kind"]), str(span["text"]), str(span["part"]), str(span["detail"]), str(span["language"]))
        for span in answer["spans"]
    )
    if sum(len(span.text) for span in spans) > limits.max_chars + 10_000:
        raise ValueError("more text than was asked for")
    return Extraction(ExtractStatus(answer["status"]), str(answer["media_type"]), spans, str(answer["detail"])[:2000])


def _pictures_of(answer: dict[str, Any], pixels: bytes, limits: Limits) -> list[Picture]:
    """The pictures, of the sizes and in the number that were agreed; else `ValueError`."""
    pictures: list[Picture] = []
    at = 0
    for one in answer.get("pictures", ()):
        width, height = int(one["width"]), int(one["height"])
        if width < 1 or height < 1 or width * height > MAX_PIXELS or len(pictures) >= limits.max_pictures:
            raise ValueError("pictures that were not asked for")
        pictures.append(Picture(width, height, pixels[at : at + width * height], str(one["part"])))
        at += width * height
    if at != len(pixels):
        raise ValueError("not the pixels of these pictures")
    return pictures

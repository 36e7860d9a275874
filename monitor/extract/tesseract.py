"""Words in pictures by Tesseract, a program of its own that the operator may install; each run is shut in.

It gets plain pixels through memory and answers through a pipe: no file is written, no network is there.
"""

import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from monitor.extract.pictures import Picture

_ROOT = str(Path(__file__).resolve().parents[2])
_LAUNCH = (
    "import sys; sys.path.insert(0, sys.argv[1]); from monitor.extract.cage import run_shut_in;"
    " run_shut_in(sys.argv[4:], max_memory_bytes=int(sys.argv[2]), max_seconds=int(sys.argv[3]))"
)
_FOLDERS = "/usr/bin:/usr/local/bin:/bin"
_MEMORY_BYTES = 1_000_000_000
_MAX_ANSWER = 1_000_000
_ENVIRONMENT = {"LANG": "C.UTF-8", "OMP_THREAD_LIMIT": "1", "PATH": _FOLDERS}
_LIST_SECONDS = 10


class NotRecognized(Exception):
    """The program failed on a picture; the message says how, without a word of it."""


@lru_cache(maxsize=1)
def find_program() -> str | None:
    """The program's path, or None where it is not installed or, without Linux, cannot be shut in."""
    return shutil.which("tesseract", path=_FOLDERS) if sys.platform == "linux" else None


@lru_cache(maxsize=1)
def installed_languages() -> tuple[str, ...]:
    """Its own codes of the languages that it has data for, such as `eng`; none where it is not installed."""
    program = find_program()
    if program is None:
        return ()
    command = [program, "--list-langs"]
    try:
        listed = subprocess.run(command, capture_output=True, timeout=_LIST_SECONDS, env=_ENVIRONMENT, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    words = (line.strip() for line in listed.stdout.decode("ascii", "replace").splitlines()[1:200])
    return tuple(word for word in words if word and word != "osd")


def usable_languages(wanted: str) -> str:
    """Those of `wanted` (`eng+spa`) that are installed, in the same form; empty where nothing can be read."""
    installed = installed_languages()
    return "+".join(word for word in dict.fromkeys(wanted.split("+")) if word in installed)


def recognize(picture: Picture, languages: str, deadline: float) -> str:
    """The words in `picture`, until `deadline` (of `time.monotonic`).

    Raises `NotRecognized` when it takes longer or the program fails, `OSError` where no process can be started.
    """
    program = find_program()
    left = deadline - time.monotonic()
    if program is None or left <= 0:
        raise NotRecognized("no time left")
    source = os.memfd_create("picture")
    try:
        _fill(source, picture)
        limits = [str(_MEMORY_BYTES), str(int(left) + 1)]
        started = subprocess.Popen(
            [sys.executable, "-I", "-c", _LAUNCH, _ROOT, *limits, program, "stdin", "stdout", "-l", languages],
            stdin=source, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_ENVIRONMENT, cwd="/",
        )  # fmt: skip
    finally:
        os.close(source)
    try:
        answer = b"".join(_pieces(started, deadline))
        code = started.wait(timeout=max(0.1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired as error:
        raise NotRecognized("out of time") from error
    finally:
        started.kill()
        started.wait()
        assert started.stdout is not None  # noqa: S101 - asked for above
        started.stdout.close()
    if code:
        message = f"exit status {code}"
        raise NotRecognized(message)
    return answer.decode("utf-8", "replace")


def _fill(descriptor: int, picture: Picture) -> None:
    view = memoryview(b"P5 %d %d 255\n" % (picture.width, picture.height) + picture.pixels)
    while view:
        view = view[os.write(descriptor, view) :]
    os.lseek(descriptor, 0, os.SEEK_SET)


def _pieces(started: "subprocess.Popen[bytes]", deadline: float) -> Iterator[bytes]:
    assert started.stdout is not None  # noqa: S101 - asked for above
    poll = select.poll()
    poll.register(started.stdout, select.POLLIN)
    size = 0
    while size < _MAX_ANSWER:
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise NotRecognized("out of time")
        piece = os.read(started.stdout.fileno(), 65_536)
        if not piece:
            return
        size += len(piece)
        yield piece
    raise NotRecognized("an answer beyond all limits")

"""The child process in which untrusted bytes are read: jobs from standard input, answers to standard output.

It holds no key and no setting, can open no file, no socket and no program once it has begun, and ends itself when its
parent is gone or a job takes too long. `monitor.extract.sandbox` is the other end.
"""

import encodings
import gc
import importlib
import json
import os
import pkgutil
import resource
import signal
import sys
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from monitor.domain.text import Extraction, ExtractStatus
from monitor.extract.cage import shut_in
from monitor.extract.document import extract_export
from monitor.extract.files import extract_file
from monitor.extract.framing import HEADER
from monitor.extract.languages import load_languages, with_languages
from monitor.extract.limits import Limits
from monitor.extract.mail import extract_mail
from monitor.extract.pictures import Album, load_formats

_LOADED_LAZILY = (
    "stringprep", "unicodedata", "zlib", "lzma", "bz2", "gzip", "tarfile", "quopri", "uu", "html.entities",
    *(f"email.{name}" for name in ("parser", "feedparser", "header", "iterators", "base64mime", "quoprimime", "utils")),
)  # fmt: skip


def main() -> None:
    """Serve jobs until standard input ends."""
    incoming, outgoing = sys.stdin.buffer, os.dup(1)
    os.dup2(2, 1)  # a native library that prints must not speak into the answers
    _load_everything()
    settings = json.loads(sys.argv[1])
    shut_in(settings["max_memory_bytes"])
    _send(outgoing, {"ready": True}, b"")
    while (head := incoming.read(HEADER.size)) and len(head) == HEADER.size:
        described, size = HEADER.unpack(head)
        job = json.loads(incoming.read(described))
        data = incoming.read(size)
        if len(data) != size:
            return
        _send(outgoing, *_answer(job, data))


def _load_everything() -> None:
    """Import what a reader might import later: afterwards no file can be opened."""
    for module in pkgutil.iter_modules(encodings.__path__):
        if module.name not in ("mbcs", "oem", "cp65001"):
            with suppress(ImportError):
                importlib.import_module(f"encodings.{module.name}")
    for name in ("cn", "hk", "iso2022", "jp", "kr", "tw"):
        with suppress(ImportError):
            importlib.import_module(f"_codecs_{name}")
    for name in _LOADED_LAZILY:
        importlib.import_module(name)
    load_languages()
    load_formats()
    sys.meta_path.clear()  # what is missing now is missing at once, without a look at folders
    gc.freeze()


def _answer(job: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    """What is said of the item, and the pixels of its pictures one after the other."""
    limits = Limits(**job["limits"])
    album = Album(limits) if limits.max_pictures else None
    # Each of the two ends the process. The parent's clock comes first; these go on when the parent is gone.
    signal.setitimer(signal.ITIMER_PROF, limits.max_seconds)
    signal.setitimer(signal.ITIMER_REAL, limits.max_seconds + 1)
    try:
        extraction = with_languages(_extract(job, data, limits, album))
    except MemoryError:
        album = None
        extraction = Extraction(ExtractStatus.TOO_LARGE, job["media_type"], (), "needs more memory than is allowed")
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
    pictures = album.pictures if album else []
    sizes = [{"width": one.width, "height": one.height, "part": one.part} for one in pictures]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return asdict(extraction) | {"memory": memory, "pictures": sizes}, b"".join(one.pixels for one in pictures)


def _extract(job: dict[str, Any], data: bytes, limits: Limits, album: Album | None) -> Extraction:
    try:
        if job["task"] == "mail":
            return extract_mail(data, limits, album)
        if job["task"] == "export":
            return extract_export(data, job["media_type"], job["name"], limits, album)
        given = job["media_type"] or None
        return extract_file(data, name=job["name"], media_type=given, limits=limits, album=album)
    except RecursionError:
        return Extraction(ExtractStatus.BROKEN, job["media_type"], (), "nested too deeply")
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - a reader that fails on some bytes costs these bytes a status
        # The type alone: the message may quote the text.
        return Extraction(ExtractStatus.BROKEN, job["media_type"], (), f"cannot be read: {type(error).__name__}")


def _send(outgoing: int, answer: dict[str, Any], pixels: bytes) -> None:
    body = json.dumps(answer).encode("utf-8", "replace")
    view = memoryview(HEADER.pack(len(body), len(pixels)) + body + pixels)
    while view:
        view = view[os.write(outgoing, view) :]

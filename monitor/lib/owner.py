"""Who holds a lease, written so that another process on the same machine can tell whether the holder still lives."""

import os
import socket
import uuid
from pathlib import Path

ENDED = {"Z", "X"}  # states of a process that was killed and that its parent has not taken note of yet


def new_owner() -> str:
    """A name for one lease: host, process id, the process's start, and a random part. At most 80 characters."""
    return f"{socket.gethostname()[:32]}/{os.getpid()}/{_started(os.getpid())}/{uuid.uuid4().hex[:8]}"


def is_dead(owner: str) -> bool:
    """Whether `owner` was a process of this machine that runs no more. A holder elsewhere counts as alive."""
    try:
        host, pid, started, _ = owner.split("/")
        process = int(pid)
    except ValueError:
        return False
    return host == socket.gethostname()[:32] and _started(process) != started


def _started(pid: int) -> str:
    """When process `pid` started, as the kernel counts (so that a reused id differs); "" when it runs no more."""
    stat = Path(f"/proc/{pid}/stat")
    try:
        fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return "" if fields[0] in ENDED else fields[19]
    except (OSError, IndexError):
        return _alive_without_proc(pid)


def _alive_without_proc(pid: int) -> str:
    if Path("/proc/self/stat").exists():
        return ""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        pass
    return "alive"  # systems without /proc: a reused id looks alive, and the lease simply runs out

"""A process gives up what reading bytes does not need, for good: files, network, programs, other processes, memory.

Three layers, each of which holds where another is missing: an empty network of its own, hard limits, and a filter of
system calls. Linux only; the filter knows two architectures and is left out on others.
"""

import ctypes
import os
import platform
import resource
import signal
import struct

_CLONE_NEWNET, _CLONE_NEWUSER = 0x40000000, 0x10000000
_SET_NO_NEW_PRIVILEGES, _SET_SECCOMP, _MODE_FILTER = 38, 22, 2
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _KILL, _REFUSE = 0x7FFF0000, 0x80000000, 0x00050000 | 1  # the last: answered with EPERM
_FIRST_FOREIGN = 0x40000000  # numbers of another calling convention on x86-64
_LAST_PIPE = 3
_SET_DEATH_SIGNAL = 1
_PROGRAM_FILES = 64


def _numbers(line: str) -> tuple[int, ...]:
    return tuple(int(number) for number in line.split())


# What a hostile file could do harm with: sockets, programs, processes and their memory, signals, limits, namespaces,
# kernel interfaces with a history. Numbers from the kernel's tables.
_REFUSED = {
    "x86_64": (
        0xC000003E,
        _numbers(
            "41 42 49 53 56 57 58 59 62 101 160 165 200 234 248 249 250 272 298 302 308 310 311 319"
            " 321 322 323 425 435 438"
        ),
    ),
    "aarch64": (
        0xC00000B7,
        _numbers(
            "40 97 117 129 130 131 164 198 199 200 203 217 218 219 220 221 241 261 268 270 271 279"
            " 280 281 282 425 435 438"
        ),
    ),
}

_STARTS_A_PROGRAM = {"x86_64": 59, "aarch64": 221}


def shut_in(max_memory_bytes: int) -> None:
    """Lock this process in; it keeps standard input and error and descriptor 3. Not to be undone.

    Raises `OSError` or `ValueError` where a hard limit cannot be set.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)  # where the kernel lets us
    os.closerange(_LAST_PIPE + 1, 1024)
    for limit in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC):
        resource.setrlimit(limit, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (max_memory_bytes, max_memory_bytes))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))  # what is open stays open; nothing new, neither file nor socket
    libc.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    _filter_calls(libc)


def run_shut_in(command: list[str], *, max_memory_bytes: int, max_seconds: int) -> None:
    """Become `command`, locked in: no network, no writing of files, no second process, so much memory and time.

    It can read files, as a program must to start. Does not come back. Raises `OSError` where it cannot be started.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_SET_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)  # it ends when whoever asked is gone
    libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
    for limit in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC):
        resource.setrlimit(limit, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (max_seconds, max_seconds))
    resource.setrlimit(resource.RLIMIT_AS, (max_memory_bytes, max_memory_bytes))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_PROGRAM_FILES, _PROGRAM_FILES))
    libc.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    _filter_calls(libc, _STARTS_A_PROGRAM.get(platform.machine(), 0))
    os.execv(command[0], command)  # noqa: S606 - the caller's own program, found by its full path


def _filter_calls(libc: ctypes.CDLL, allowed: int | None = None) -> None:
    """Where the kernel has no filters this does nothing, and the hard limits hold alone."""
    known = _REFUSED.get(platform.machine())
    if known is None:
        return
    architecture, refused = known
    program = _program(architecture, tuple(number for number in refused if number != allowed))
    buffer = ctypes.create_string_buffer(program, len(program))
    head = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer)))
    libc.prctl(_SET_SECCOMP, _MODE_FILTER, head, 0, 0)


def _program(architecture: int, refused: tuple[int, ...]) -> bytes:
    """The filter as classic BPF: refuse the calls in `refused`, allow the others."""
    count = len(refused)
    lines = [
        (_LOAD, 0, 0, 4),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0),
        (_AT_LEAST, count + 1, 0, _FIRST_FOREIGN),
        *((_EQUAL, count - at, 0, number) for at, number in enumerate(refused)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    return b"".join(struct.pack("HBBI", *line) for line in lines)

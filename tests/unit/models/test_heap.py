"""Heaps: threads that begin after they were limited share one."""

import subprocess
import sys

import pytest

from models.heap import limit_heaps

COUNT = """
import ctypes, re, sys, tempfile, threading
from models.heap import limit_heaps

if sys.argv[1] == "shared":
    assert limit_heaps()
library = ctypes.CDLL(None)
library.malloc.restype, library.fopen.restype = ctypes.c_void_p, ctypes.c_void_p
everybody = threading.Barrier(4)

def ask():
    library.malloc(1000)
    everybody.wait()

threads = [threading.Thread(target=ask) for _ in range(3)]
for thread in threads:
    thread.start()
everybody.wait()
with tempfile.NamedTemporaryFile() as told:
    stream = ctypes.c_void_p(library.fopen(told.name.encode(), b"w"))
    library.malloc_info(0, stream)
    library.fclose(stream)
    print(len(re.findall(b"<heap ", told.read())))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's heaps")
@pytest.mark.parametrize(("how", "heaps"), [("shared", 2), ("as it comes", 4)])
def test_threads_share_a_heap_once_heaps_are_limited(how, heaps):
    told = subprocess.run([sys.executable, "-c", COUNT, how], capture_output=True, text=True, check=True)
    assert int(told.stdout) == heaps


def test_a_library_that_cannot_be_told_is_left_alone(monkeypatch):
    monkeypatch.setattr("ctypes.CDLL", lambda name: object())
    assert limit_heaps() is False

"""The sandbox: what a reader does to itself costs that item a status, and nothing leaves the child but text."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from monitor.domain.text import ExtractStatus, SpanKind
from monitor.extract import process, sandbox
from monitor.extract.limits import Limits

ROOT = Path(__file__).resolve().parents[3]
QUICK = Limits(max_seconds=1)
# A reader that does what its input says, inside the real child with its real limits.
OBEDIENT = """
import ctypes, os, socket, subprocess, sys, threading
sys.path.insert(0, sys.argv.pop(1))
from monitor.domain.text import Extraction, ExtractStatus, Span, SpanKind
from monitor.extract import child

def attempt(action):
    try:
        action()
    except OSError as error:
        return "refused"
    except RuntimeError:
        return "refused"
    return "allowed"

def read(data, **_):
    word = data.decode()
    if word == "hang":
        while True: pass
    if word == "sleep":
        threading.Event().wait()
    if word == "crash":
        ctypes.string_at(0)
    if word == "eat":
        bytearray(2 * 10**9)
    if word == "exit":
        os._exit(3)
    if word == "nonsense":
        os.write(3, b"\\0\\0\\0\\4\\0\\0\\0\\0oops")
    if word == "endless":
        os.write(3, b"\\xff\\xff\\xff\\xff\\0\\0\\0\\0")
    if word == "raise":
        raise ValueError("secret words")
    actions = {
        "socket": lambda: socket.socket(),
        "open": lambda: open("/etc/passwd"),
        "write": lambda: open("/tmp/heed-sandbox-test", "w"),
        "program": lambda: subprocess.run(["/bin/true"]),
        "fork": os.fork,
        "environment": lambda: None,
    }
    text = attempt(actions[word]) if word in actions else word
    if word == "environment":
        text = " ".join(sorted(os.environ))
    if word == "pid":
        text = str(os.getpid())
    return Extraction(ExtractStatus.OK, "text/plain", (Span(SpanKind.NEW, text, "body"),))

child.extract_file = read
child.load_languages, child.with_languages = int, lambda extraction: extraction  # a second each time, tested elsewhere
child.main()
"""
ORDINARY = process._PROGRAM


@pytest.fixture(scope="module")
def obedient():
    sandbox.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "_PROGRAM", OBEDIENT)
        yield
        sandbox.close()


def ask(word, limits=QUICK):
    return sandbox.extract(word.encode(), limits=limits)


def said(word):
    [span] = ask(word).spans
    return span.text


@pytest.fixture(autouse=True)
def ordinary(request):
    """Tests that do not ask for the obedient reader get the real one."""
    if "obedient" not in request.fixturenames:
        sandbox.close()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(process, "_PROGRAM", ORDINARY)
            yield
            sandbox.close()
    else:
        yield


def test_text_comes_back_as_it_is_read_in_process():
    extraction = sandbox.extract(b"Hello there, this is a plain note about the chess club.", name="a.txt")
    [span] = extraction.spans
    assert (extraction.status, span.kind, span.part, span.language) == (ExtractStatus.OK, SpanKind.NEW, "body", "en")


def test_every_door_leads_through_the_child(tmp_path):
    (tmp_path / "a.txt").write_text("on disk")
    assert sandbox.extract_path(tmp_path / "a.txt").spans[0].text == "on disk"
    assert sandbox.extract_mail(b"Subject: hi\n\nbody").spans[0].text == "hi"
    assert sandbox.extract_export(b"essay", "text/plain", "My title").spans[0].text == "My title"
    assert sandbox.extract_path(tmp_path).status is ExtractStatus.BROKEN


def test_too_large_is_refused_before_a_child_sees_it():
    assert sandbox.extract(b"x" * 11, limits=Limits(max_bytes=10)).status is ExtractStatus.TOO_LARGE


@pytest.mark.parametrize(
    ("word", "status", "detail"),
    [
        ("hang", "timeout", "not read within 1 seconds"),
        ("sleep", "timeout", "not read within 1 seconds"),
        ("crash", "broken", "its reader was lost: signal 11"),
        ("exit", "broken", "its reader was lost: exit status 3"),
        ("eat", "too_large", "needs more memory than is allowed"),
        ("nonsense", "broken", "its reader was lost: an answer that is none"),
        ("endless", "broken", "its reader was lost: an answer beyond all limits"),
        ("raise", "broken", "cannot be read: ValueError"),
    ],
)
def test_what_a_reader_does_to_itself_costs_its_item_a_status_and_the_next_is_read(obedient, word, status, detail):
    assert said("before") == "before"
    extraction = ask(word)
    assert (extraction.status.value, extraction.detail, extraction.spans) == (status, detail, ())
    assert said("after") == "after"


@pytest.mark.parametrize("word", ["socket", "open", "write", "program", "fork"])
def test_a_reader_can_reach_nothing(obedient, word):
    assert said(word) == "refused"


def test_a_reader_sees_no_setting_and_no_key(obedient, monkeypatch):
    monkeypatch.setenv("HEED_DATA_KEYS", "x")
    assert not [name for name in said("environment").split() if name.startswith(("HEED", "DJANGO"))]


def test_a_child_is_used_again_and_replaced_after_its_share(obedient, monkeypatch):
    sandbox.close()  # tests before this one may have left two children, which take turns
    first = said("pid")
    assert said("pid") == first
    monkeypatch.setattr(sandbox, "MAX_ITEMS", 3)
    assert said("pid") == first
    assert said("pid") != first


def test_a_large_parent_makes_no_child_look_used_up(obedient):
    script = (
        "import sys; ballast = bytearray(700_000_000); sys.path.insert(0, '.')\n"
        "from monitor.extract import sandbox\n"
        "sandbox.extract(b'one', name='a.txt')\n"
        "first = sandbox._pool.idle[0]\n"
        "sandbox.extract(b'two', name='a.txt')\n"
        "print(sandbox._pool.idle[0] is first, 0 < first.memory < 400_000_000)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.split() == ["True", "True"], done.stderr


def test_a_child_that_was_killed_while_idle_is_replaced_unseen(obedient):
    os.kill(int(said("pid")), 9)
    assert said("still here") == "still here"


def test_threads_share_the_pool_and_never_an_answer(obedient):
    wrong = []

    def many(number):
        wrong.extend(word for n in range(10) if said(word := f"{number} {n}") != word)

    threads = [threading.Thread(target=many, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(sandbox._pool.idle) <= sandbox.MAX_IDLE


def test_a_forked_worker_has_children_of_its_own(obedient):
    sandbox.close()  # a child that reaches the end of its service here would be replaced
    mine = said("pid")
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(writer, said("pid").encode())
            sandbox.close()
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    os.close(writer)
    theirs = os.read(reader, 100).decode()
    os.close(reader)
    assert theirs.isdecimal()
    assert theirs != mine
    assert said("pid") == mine


def test_a_reader_that_does_not_get_ready_is_the_machines_fault_and_not_the_items(monkeypatch):
    sandbox.close()
    monkeypatch.setattr(process, "_START_SECONDS", 0)
    with pytest.raises(OSError, match="did not start"):
        sandbox.extract(b"hello")
    monkeypatch.undo()
    assert sandbox.extract(b"hello").status is ExtractStatus.OK


def test_children_end_with_their_parent_even_if_it_is_killed():
    code = (
        "from monitor.extract import sandbox; sandbox.extract(b'x');"
        "print(sandbox._pool.idle[0]._process.pid, flush=True); import time; time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        assert Path(f"/proc/{child}").exists()
        parent.kill()
    for _ in range(200):
        if not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text().split()[2]:
            return
        time.sleep(0.05)
    pytest.fail("the child outlived its parent")

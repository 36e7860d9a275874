"""A simulator in a child process, and a client of its control door: for tests and for the demo."""

import http.client
import json
import os
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE = 600  # a clock that jumps by days has much to catch up with


class ControlRefusedError(Exception):
    """The control door refused; the text says why."""


class Control:
    """The control door's verbs as `control.do("verb", field=value, …)`; see the package's docstring for them."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port, self._path = parts.hostname or "127.0.0.1", parts.port, parts.path

    def do(self, verb: str, **fields: Any) -> dict[str, Any]:
        """Carries out one verb; raises `ControlRefusedError` when the door refuses, `OSError` when nobody answers."""
        connection = http.client.HTTPConnection(self._host, self._port, timeout=_PATIENCE)
        try:
            connection.request("POST", f"{self._path}/{verb}", json.dumps(fields), {"Content-Type": "application/json"})
            response = connection.getresponse()
            content: dict[str, Any] = json.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:
            raise ControlRefusedError(str(content.get("error", content)))
        return content

    def mail(self, sender: str, to: str | list[str], subject: str, text: str, **fields: Any) -> dict[str, Any]:
        """Delivers a composed mail (verb `deliver`)."""
        return self.do("deliver", **{"from": sender, "to": to, "subject": subject, "text": text}, **fields)

    def write_file(self, owner: str, name: str, text: str, **fields: Any) -> dict[str, Any]:
        """Creates a Doc, or with `mime_type` another file (verb `write_file`)."""
        return self.do("write_file", owner=owner, name=name, text=text, **fields)

    def edit_file(self, identity: str, **fields: Any) -> dict[str, Any]:
        """Changes a file: `text`, `editor`, `shared_with`, `trashed`, … (verb `write_file`)."""
        return self.do("write_file", id=identity, **fields)

    def calls(self, since: int = 0, reset: bool = False) -> list[dict[str, Any]]:
        """The ledger's entries (verb `ledger`)."""
        entries: list[dict[str, Any]] = self.do("ledger", since=since, reset=reset)["entries"]
        return entries

    def record(self, since: int = 0, *kinds: str) -> list[dict[str, Any]]:
        """What existed when (verb `record`), with all texts, of these kinds or of all."""
        found: list[dict[str, Any]] = []
        asked = {"since": since} | ({"kinds": list(kinds)} if kinds else {})
        while True:
            answer = self.do("record", **asked)
            found += answer["facts"]
            if not answer["more"]:
                return found
            asked["since"] = answer["facts"][-1]["seq"]

    def move_clock(self, seconds: float) -> datetime:
        """Moves the simulator's clock on; what is due by then happens. Returns its new time."""
        return datetime.fromisoformat(self.do("move_clock", seconds=seconds)["now"])

    def students(self) -> list[str]:
        """The addresses of all students, in the order in which they were made."""
        return [person["email"] for person in self.do("people")["people"]]


class Simulation:
    """A running simulator. Stops with `stop()`, at the end of a `with` block, and when this process dies."""

    def __init__(self, process: subprocess.Popen[str], folder: tempfile.TemporaryDirectory[str] | None) -> None:
        self._process, self._folder = process, folder
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            self.stop()
            message = f"the simulator did not start (exit {process.returncode}); its reason stands on standard error"
            raise RuntimeError(message)
        ready = json.loads(line)
        self.endpoint: str = ready["endpoint"]
        self.control_url: str = ready["control"]
        self.key_file = Path(ready["key_file"])
        self.district_file = Path(ready["district_file"])
        self.accounts: int = ready["accounts"]
        self.pid = process.pid
        self.control = Control(self.control_url)

    def stop(self) -> None:
        """Ends the child process and removes its temporary files; harmless when called again."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=10)
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                stream.close()
        if self._folder:
            self._folder.cleanup()
            self._folder = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start_in_process(
    students: int,
    seed: int = 1,
    port: int = 0,
    mail: Path | None = None,
    faults: str = "",
    out: Path | None = None,
    options: tuple[str, ...] = (),
) -> Simulation:
    """Starts a simulator in a child process and returns when it answers; raises `RuntimeError` when it cannot.

    `options` are further ones of the command, such as `("--quota", "2026")`.
    """
    folder = None if out else tempfile.TemporaryDirectory(prefix="heed-simulator-")
    command = [sys.executable, "-m", "monitor.simulator.serve", "--students", str(students), "--seed", str(seed)]
    command += ["--port", str(port), "--out", str(out or (folder.name if folder else "")), "--until-stdin-closes"]
    command += options
    command += ["--mail", str(mail)] if mail else []
    command += ["--faults", faults] if faults else []
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    process = subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": path}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    return Simulation(process, folder)

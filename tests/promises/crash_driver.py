"""Takes one message's way again and again, and ends itself by SIGKILL at one database statement after the other.

Run in a process of its own: `python -m tests.promises.crash_driver STRIDE`. The environment names a simulated
Workspace, an SMTP server and a home whose database holds the state just before the message is read. For each statement
number the database is put back, a forked child goes the way and is killed there, and a second child goes the way to
its end. One JSON line for each says what the tables hold then.
"""

import json
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

import django

MOST_STATEMENTS = 2000


def main(stride: int) -> int:
    django.setup()
    import torch  # noqa: F401
    import transformers.models.bert  # noqa: F401
    from django.conf import settings
    from django.db import connection

    # Imported once for every child. The classifier is loaded by each: torch's threads do not survive a fork.

    database = Path(settings.DATABASES["default"]["NAME"])
    kept = database.with_suffix(".kept")
    connection.close()
    shutil.copy(database, kept)
    for statement in range(1, MOST_STATEMENTS, stride):
        _put_back(database, kept)
        was_killed = _child(statement)
        _child(None)
        print(json.dumps({"statement": statement, "killed": was_killed, **_outcome()}), flush=True)
        if not was_killed:
            return 0
    return 1


def _put_back(database: Path, kept: Path) -> None:
    for name in (f"{database}-wal", f"{database}-shm"):
        Path(name).unlink(missing_ok=True)
    shutil.copy(kept, database)


def _child(kill_at: int | None) -> bool:
    """Go the way in a forked process, killed before its `kill_at`-th statement; whether it was killed."""
    pid = os.fork()
    if pid == 0:
        try:
            _go(kill_at)
        finally:
            os._exit(0)
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def _go(kill_at: int | None) -> None:
    from django.db import connection

    from monitor.commands.run_through import run_through

    count = 0

    def kill(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal count
        count += 1
        if count == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(kill):
        run_through()


def _outcome() -> dict[str, Any]:
    from django.db import connection

    from monitor.alerts.models import Delivery
    from monitor.detection.models import Finding, Scoring
    from monitor.intake.models import Item
    from monitor.triage.models import Case, CaseFinding

    outcome = {
        "items": sorted(Item.objects.values_list("state", flat=True)),
        "scorings": Scoring.objects.count(),
        "findings": Finding.objects.count(),
        "placed": CaseFinding.objects.count(),
        "cases": Case.objects.count(),
        "deliveries": sorted(Delivery.objects.values_list("contact__email", "step", "state")),
    }
    connection.close()
    return outcome


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))

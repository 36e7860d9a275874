"""`worker.py roster`, and what a pass does when many accounts are missing from the Directory."""

from argparse import Namespace

import pytest

from monitor.commands import roster
from monitor.commands.run_through import run_through
from monitor.roster import sync
from monitor.roster.models import District, MonitoredAccount


@pytest.fixture
def missing(watched, monkeypatch):
    """Two of six students are deleted, and that counts as many."""
    monkeypatch.setattr(sync, "FEW_GONE", 1)
    for address in watched.addresses[:2]:
        watched.control.do("remove_user", email=address)
    return watched


def states() -> list[str]:
    return sorted(MonitoredAccount.objects.values_list("state", flat=True))


def said(capsys, **given: bool) -> tuple[int, str]:
    code = roster.run(Namespace(**({"dry_run": False, "let_go": False} | given)))
    told = capsys.readouterr()
    return code, told.out + told.err


def test_many_missing_accounts_stop_no_pass_and_are_kept_until_somebody_lets_them_go(missing, capsys):
    run_through()
    assert states() == ["active"] * 6
    assert "2 of 6 known accounts no more" in District.objects.get().roster_error
    code, words = said(capsys, dry_run=True)
    assert (code, "only `worker.py roster --let-go` stops watching them" in words) == (0, True)
    code, words = said(capsys)
    assert (code, "run `worker.py roster --let-go`" in words) == (2, True)
    assert states() == ["active"] * 6
    code, words = said(capsys, let_go=True)
    assert (code, "Were marked gone: 2" in words) == (0, True)
    assert states() == ["active"] * 4 + ["gone"] * 2
    assert District.objects.get().roster_error == ""

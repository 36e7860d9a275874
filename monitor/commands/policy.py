"""`worker.py policy show|try|apply|history`: what holds for an account, and changes tried before they hold."""

import argparse
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

from models.categories import ClassifierError
from monitor.detection.effective import Scope, effective_policy
from monitor.detection.panel import get_classifier
from monitor.detection.policy_changes import DryRun, PolicyStale, do_change_policy, dry_run, history
from monitor.domain.policy import PolicyError
from monitor.roster.models import MonitoredAccount
from monitor.sealed.keys import blind_index

FLAGS = {"age_band": "--age-band", "site": "--site", "org_unit": "--unit"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("action", choices=["show", "try", "apply", "history"])
    parser.add_argument("file", nargs="?", type=Path, help="try, apply: the tables that the scope says otherwise")
    parser.add_argument("--account", default="", metavar="EMAIL", help="show: a monitored account")
    parser.add_argument("--district", action="store_true", help="the scope is the whole district")
    for kind, flag in FLAGS.items():
        parser.add_argument(flag, dest=kind, default="", help=f"the scope is this {kind.replace('_', ' ')}")
    parser.add_argument("--reason", default="", help="apply: why, for the record")


def run(arguments: argparse.Namespace) -> int:
    """Show, try, apply or list; exit status 1 for what cannot be."""
    try:
        if arguments.action == "show":
            return _show(arguments.account)
        if arguments.action == "history":
            return _history()
        tried = dry_run(_scope(arguments), _document(arguments.file), get_classifier())
        _print(tried)
        if arguments.action == "apply":
            change = do_change_policy(tried, actor="command", reason=arguments.reason)
            print(f"In force from the next finding on, as change {change.pk}.")
    except (PolicyError, PolicyStale, ClassifierError) as error:
        print(f"policy: {error}", file=sys.stderr)
        return 1
    return 0


def _show(address: str) -> int:
    rows = MonitoredAccount.objects.filter(address_index=blind_index(address.strip().lower())).select_related("site")
    account = rows.first()
    if account is None:
        print("policy: give --account with the address of a monitored account", file=sys.stderr)
        return 1
    found = effective_policy(account)
    print(f"Version {found.policy.version}; age band {found.age_band or 'none'}")
    for value in found.values:
        print(f"  {value.key} = {json.dumps(value.value, default=str)}  ({value.source})")
    return 0


def _history() -> int:
    for change in history():
        print(f"{change.pk}  {change.at:%Y-%m-%d %H:%M} UTC  {change.actor}  {change.scope} {change.key}: "
              f"{change.alerts_after} alerts instead of {change.alerts_before}. {change.reason}")  # fmt: skip
    return 0


def _scope(arguments: argparse.Namespace) -> Scope:
    chosen = [Scope(kind, getattr(arguments, kind)) for kind in FLAGS if getattr(arguments, kind)]
    chosen += [Scope("district")] if arguments.district else []
    if len(chosen) != 1:
        message = "give exactly one scope: --district, --age-band NAME, --site CODE or --unit PATH"
        raise PolicyError(message)
    return chosen[0]


def _document(file: Path | None) -> dict[str, Any]:
    if file is None:
        message = "give the file with the tables that the scope says otherwise"
        raise PolicyError(message)
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"{file} cannot be used: {error}"
        raise PolicyError(message) from error


def _print(tried: DryRun) -> None:
    print(f"In the last 30 days, at {tried.scope}: {tried.sentence}")
    for name in ("imminent", "severe", "concern", "low", "dropped"):
        before, after = tried.before.get(name, 0), tried.after.get(name, 0)
        if before or after:
            print(f"  {name}: {before} findings before, {after} after")
    if not tried.is_whole:
        print("  There are more findings than were looked at: the figures are too low.")

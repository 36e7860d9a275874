"""`worker.py user …`: people who sign in to the console."""

import argparse
import secrets
import sys
from collections.abc import Callable

from monitor.accounts.models import Role, User
from monitor.accounts.second_factor import remove_second_factor
from monitor.roster.models import SiteAccess
from monitor.roster.people import UserProblem, add_user, change_user, get_user, remove_user, set_password


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    actions = parser.add_subparsers(dest="action", required=True)
    add = actions.add_parser("add", help="add somebody")
    add.add_argument("email")
    add.add_argument("--name", required=True)
    how = add.add_mutually_exclusive_group()
    how.add_argument("--password-stdin", action="store_true", help="take the password from standard input")
    how.add_argument("--google-only", action="store_true", help="no password: only sign-in with Google")
    change = actions.add_parser("change", help="give somebody another role and other sites")
    change.add_argument("email")
    for action in (add, change):
        action.add_argument("--role", choices=[role.value for role in Role], required=True)
        action.add_argument("--site", action="append", default=[], metavar="CODE", help="may be given several times")
    password = actions.add_parser("password", help="give somebody another password, and sign them out everywhere")
    password.add_argument("email")
    password.add_argument("--password-stdin", action="store_true", help="take the password from standard input")
    for name, summary in (
        ("remove", "let somebody no longer sign in"),
        ("reset-factor", "take somebody's authenticator app away, as after a lost phone"),
    ):
        actions.add_parser(name, help=summary).add_argument("email")
    actions.add_parser("list", help="everybody who may sign in")


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked; a new random password is printed once."""
    try:
        ACTIONS[arguments.action](arguments)
    except UserProblem as error:
        print(f"user: {error}", file=sys.stderr)
        return 1
    return 0


def _add(arguments: argparse.Namespace) -> None:
    password = None if arguments.google_only else _password(arguments)
    add_user(arguments.email, arguments.name, Role(arguments.role), arguments.site, password)
    how = "through Google" if password is None else f"with the password {_shown(arguments, password)}"
    print(f"{arguments.email} may sign in {how}")


def _change(arguments: argparse.Namespace) -> None:
    change_user(get_user(arguments.email), role=Role(arguments.role), site_codes=arguments.site)
    print(f"{arguments.email} is {arguments.role} for {', '.join(arguments.site) or 'no site'}, and is signed out")


def _set_password(arguments: argparse.Namespace) -> None:
    password = _password(arguments)
    set_password(get_user(arguments.email), password)
    print(f"{arguments.email} is signed out and may sign in with the password {_shown(arguments, password)}")


def _remove(arguments: argparse.Namespace) -> None:
    remove_user(get_user(arguments.email))
    print(f"{arguments.email} can no longer sign in; what they decided and read stays on record")


def _reset_factor(arguments: argparse.Namespace) -> None:
    had_one = remove_second_factor(get_user(arguments.email), actor="command")
    print(f"{arguments.email} {'sets up an authenticator app anew' if had_one else 'had no authenticator app'}")


def _list(_arguments: argparse.Namespace) -> None:
    sites: dict[int, list[str]] = {}
    for user_id, code in SiteAccess.objects.order_by("site__code").values_list("user_id", "site__code"):
        sites.setdefault(user_id, []).append(code)
    for user in User.objects.filter(is_active=True).order_by("email"):
        where = "every site" if user.sees_every_site else ",".join(sites.get(user.pk, [])) or "-"
        print(f"{user.email}\t{user.role}\t{where}\t{user.name}")


ACTIONS: dict[str, Callable[[argparse.Namespace], None]] = {
    "add": _add,
    "change": _change,
    "password": _set_password,
    "remove": _remove,
    "reset-factor": _reset_factor,
    "list": _list,
}


def _password(arguments: argparse.Namespace) -> str:
    return sys.stdin.readline().strip() if arguments.password_stdin else secrets.token_urlsafe(12)


def _shown(arguments: argparse.Namespace, password: str) -> str:
    return "that was given" if arguments.password_stdin else password

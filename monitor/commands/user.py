"""`worker.py user add`: people who sign in to the console."""

import argparse
import secrets
import sys

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from monitor.accounts.models import Role, User
from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.roster.models import Site, SiteAccess


class UserProblem(Exception):
    """The user cannot be added as asked; the message says why."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("action", choices=["add"])
    parser.add_argument("email")
    parser.add_argument("--name", required=True)
    parser.add_argument("--role", choices=[role.value for role in Role], required=True)
    parser.add_argument("--password-stdin", action="store_true", help="take the password from standard input")
    parser.add_argument("--site", action="append", default=[], metavar="CODE", help="may be given several times")


def run(arguments: argparse.Namespace) -> int:
    """Add the user, by default with a new random password, which is printed once."""
    password = sys.stdin.readline().strip() if arguments.password_stdin else secrets.token_urlsafe(12)
    try:
        add_user(arguments.email, arguments.name, Role(arguments.role), arguments.site, password)
    except UserProblem as error:
        print(f"user: {error}", file=sys.stderr)
        return 1
    shown = "that was given" if arguments.password_stdin else password
    print(f"{arguments.email} may sign in with the password {shown}")
    return 0


def add_user(email: str, name: str, role: Role, site_codes: list[str], password: str) -> User:
    """A new person who signs in and may see the sites named. Raises `UserProblem`."""
    sites = {site.code: site for site in Site.objects.filter(code__in=site_codes, is_active=True)}
    unknown = sorted(set(site_codes) - set(sites))
    if unknown:
        message = f"there is no site {', '.join(unknown)}; `worker.py config export -` lists the sites"
        raise UserProblem(message)
    try:
        validate_email(email)
    except ValidationError:
        message = f"{email!r} is not an e-mail address"
        raise UserProblem(message) from None
    if User.objects.filter(email=email.lower()).exists():
        message = f"{email} can sign in already"
        raise UserProblem(message)
    if not 1 <= len(name.strip()) <= 120:
        message = "the name must have 1 to 120 characters"
        raise UserProblem(message)
    try:
        validate_password(password, User(email=email, name=name))
    except ValidationError as error:
        message = f"the password cannot be used: {' '.join(error.messages)}"
        raise UserProblem(message) from None
    with transaction.atomic():
        user = User.objects.create_user(email, password, role, name=name)
        SiteAccess.objects.bulk_create(SiteAccess(user=user, site=site) for site in sites.values())
        record(Tag.USER_ADDED, actor="command", subject=user.actor, role=role.value, sites=sorted(sites))
    return user

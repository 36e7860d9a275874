"""Who may sign in, in which role and for which sites. The command and the console's page both act through here."""

from collections.abc import Sequence

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext

from monitor.accounts.models import Role, User
from monitor.accounts.second_factor import remove_second_factor
from monitor.accounts.sessions import end_all_sessions
from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.roster.models import Site, SiteAccess

NAME_CHARACTERS = 120


class UserProblem(Exception):
    """This cannot be done as asked; the message says why and what to do."""


def sites_of(user: User) -> QuerySet[Site]:
    """The sites that `user` looks after, closed ones too: all of them for the district's lead."""
    return Site.objects.all() if user.sees_every_site else Site.objects.filter(access__user=user)


def active_sites_of(user: User) -> QuerySet[Site]:
    """The sites that `user` looks after and that are not closed."""
    return sites_of(user).filter(is_active=True)


def get_user(email: str) -> User:
    """The person who signs in with `email`. Raises `UserProblem`."""
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        message = f"nobody signs in with {email}; `worker.py user list` lists everybody"
        raise UserProblem(message)
    return user


def add_user(
    email: str, name: str, role: Role, site_codes: Sequence[str], password: str | None, *, actor: str = "command"
) -> User:
    """A new person who signs in and may see the sites named; without a password only through Google.

    Somebody who was removed comes back as the same person. Raises `UserProblem`.
    """
    sites = _sites(site_codes)
    email = _checked_email(email)
    if not 1 <= len(name.strip()) <= NAME_CHARACTERS:
        message = gettext("the name must have 1 to {most} characters").format(most=NAME_CHARACTERS)
        raise UserProblem(message)
    known = User.objects.filter(email=email).first()
    if known is not None and known.is_active:
        message = gettext("{address} can sign in already").format(address=email)
        raise UserProblem(message)
    _check_password(password, User(email=email, name=name))
    with transaction.atomic():
        user = known or User(email=email)
        user.name, user.role, user.is_active, user.google_subject = name.strip(), role, True, None
        user.set_password(password)
        user.save()
        _give_sites(user, sites)
        record(Tag.USER_ADDED, actor=actor, subject=user.actor, role=role.value, sites=[site.code for site in sites])
    return user


def change_user(user: User, *, role: Role, site_codes: Sequence[str], actor: str = "command") -> None:
    """Give `user` another role and other sites, and sign them out everywhere. Raises `UserProblem`."""
    sites = _sites(site_codes)
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(role=role.value)
        _give_sites(user, sites)
        end_all_sessions(user, actor=actor)
        record(Tag.USER_CHANGED, actor=actor, subject=user.actor, role=role.value, sites=[site.code for site in sites])


def set_password(user: User, password: str, *, actor: str = "command") -> None:
    """Give `user` this password, and sign them out everywhere. Raises `UserProblem`."""
    _check_password(password, user)
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        end_all_sessions(user, actor=actor)
        record(Tag.PASSWORD_SET, actor=actor, subject=user.actor)


def remove_user(user: User, *, actor: str = "command") -> None:
    """From now on `user` cannot sign in. The row stays: decisions and audit events must still name somebody."""
    with transaction.atomic():
        user.set_unusable_password()
        user.is_active, user.google_subject = False, None
        user.save(update_fields=["password", "is_active", "google_subject"])
        SiteAccess.objects.filter(user=user).delete()
        remove_second_factor(user, actor=actor)
        end_all_sessions(user, actor=actor)
        record(Tag.USER_REMOVED, actor=actor, subject=user.actor)


def _sites(codes: Sequence[str]) -> list[Site]:
    sites = {site.code: site for site in Site.objects.filter(code__in=codes, is_active=True)}
    unknown = sorted(set(codes) - set(sites))
    if unknown:
        message = f"there is no site {', '.join(unknown)}; `worker.py config export -` lists the sites"
        raise UserProblem(message)
    return [sites[code] for code in sorted(sites)]


def _give_sites(user: User, sites: Sequence[Site]) -> None:
    SiteAccess.objects.filter(user=user).exclude(site__in=sites).delete()
    rows = [SiteAccess(user=user, site=site) for site in sites]
    SiteAccess.objects.bulk_create(rows, ignore_conflicts=True)


def _checked_email(email: str) -> str:
    try:
        validate_email(email)
    except ValidationError:
        message = gettext("{address} is not an e-mail address").format(address=repr(email))
        raise UserProblem(message) from None
    return email.lower()


def _check_password(password: str | None, user: User) -> None:
    try:
        if password is not None:
            validate_password(password, user)
    except ValidationError as error:
        message = f"the password cannot be used: {' '.join(error.messages)}"
        raise UserProblem(message) from None

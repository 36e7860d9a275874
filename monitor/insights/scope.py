"""Whose figures a person may see. Every function of this room takes its sites from here."""

from dataclasses import dataclass

from monitor.accounts.models import Role, User
from monitor.roster.models import Site
from monitor.roster.people import active_sites_of

SEES_FIGURES = frozenset({Role.SITE_ADMINISTRATOR, Role.COUNSELOR, Role.SAFETY_LEAD})  # they may open the cases, too
SEES_PROTECTED = SEES_FIGURES | {Role.BOARD_VIEWER, Role.AUDITOR}  # where small groups are hidden
SEES_COVERAGE = SEES_PROTECTED | {Role.IT}  # how much is read, not what was found
OF_THE_WHOLE_DISTRICT = frozenset({Role.IT, Role.BOARD_VIEWER, Role.AUDITOR})


class NoFigures(Exception):
    """There are no such figures for this person."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The sites whose figures are asked for, by name. Made by the functions of this module only."""

    sites: tuple[Site, ...]

    @property
    def keys(self) -> list[int]:
        """The keys of the sites."""
        return [site.pk for site in self.sites]

    def only(self, code: str) -> "Scope":
        """This scope narrowed to the site `code`. Raises `NoFigures` when it is not in it."""
        sites = tuple(site for site in self.sites if site.code == code)
        if not sites:
            message = "there is no such site among those whose figures you may see"
            raise NoFigures(message)
        return Scope(sites)


def scope_for(user: User) -> Scope:
    """The sites whose figures `user` may see. Raises `NoFigures` for a role that sees none, or without a site."""
    return _scope(user, sees=user.role in SEES_FIGURES)


def protected_scope_for(user: User) -> Scope:
    """The sites whose themes, fairness and precision `user` may see; a board sees all. Raises `NoFigures`."""
    return _scope(user, sees=user.role in SEES_PROTECTED)


def coverage_scope_for(user: User) -> Scope:
    """The sites of whose reading `user` may see figures; IT staff and boards see all of them. Raises `NoFigures`."""
    return _scope(user, sees=user.role in SEES_COVERAGE)


def _scope(user: User, *, sees: bool) -> Scope:
    sites = Site.objects.filter(is_active=True) if user.role in OF_THE_WHOLE_DISTRICT else active_sites_of(user)
    found = tuple(sites.order_by("name")) if sees and user.is_active else ()
    if not found:
        message = "there are no figures that you may see"
        raise NoFigures(message)
    return Scope(found)


def whole_district() -> Scope:
    """Every active site: for what is published, and nothing else."""
    return Scope(tuple(Site.objects.filter(is_active=True).order_by("name")))

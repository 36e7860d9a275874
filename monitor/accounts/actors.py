"""The people behind the actors that other rooms write down."""

from collections.abc import Iterable

from monitor.accounts.models import User


def names_of(actors: Iterable[str]) -> dict[str, str]:
    """The names of the people among `actors` (`user:<id>`), by actor; one query. Others are left out."""
    keys = {int(actor.removeprefix("user:")) for actor in actors if actor.startswith("user:")}
    return {user.actor: user.name for user in User.objects.filter(pk__in=keys)}

"""Template filters and tags of the pages around a case."""

from django import template

from monitor.accounts.models import User
from monitor.console.level_page import band_words
from monitor.triage.proposal_actions import sees_proposals
from monitor.triage.running_level import LevelBand

register = template.Library()


@register.filter
def band_word(band: str) -> str:
    """`raised` as `Raised`."""
    return band_words(LevelBand(band))


@register.simple_tag
def may_see_proposals(user: User) -> bool:
    """Whether proposals of sensitivity are for `user`; asked of the database only for site administrators."""
    return sees_proposals(user)


@register.filter
def points(share: float) -> str:
    """`0.914` as `91.4`: points of 100 with one digit behind the point."""
    return f"{100 * share:.1f}"

"""Which tips a person may see: those of the cases they may see, no others."""

from django.db.models import QuerySet

from monitor.accounts.models import User
from monitor.tips.models import Tip
from monitor.triage.access import PUBLIC_ID, cases_for
from monitor.triage.models import Case


class TipNotFound(Exception):
    """There is no such tip for this person; the same answer whether it exists elsewhere or not."""


def tips_for(user: User) -> QuerySet[Tip]:
    """The tips whose case `user` may see."""
    return Tip.objects.filter(case__in=cases_for(user))


def access_tip(user: User, public_id: str) -> Tip:
    """The tip `public_id` if `user` may see it. Raises `TipNotFound` otherwise."""
    if PUBLIC_ID.fullmatch(public_id):
        tip = (
            tips_for(user).select_related("site", "case__site", "case__claimed_by", "line").filter(public_id=public_id)
        )
        found = tip.first()
        if found is not None:
            return found
    message = "there is no such tip among those you may see"
    raise TipNotFound(message)


def tip_of_case(case: Case) -> Tip | None:
    """The conversation that opened `case`, whether it goes on there or in a later one."""
    return Tip.objects.filter(case=case).first() or Tip.objects.filter(messages__case=case).first()

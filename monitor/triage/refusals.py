"""What can stand in the way of an action, and the row that says whether it does."""

from datetime import datetime
from typing import NoReturn

from django.db.models import Q, QuerySet

from monitor.accounts.models import User
from monitor.triage.access import access_case
from monitor.triage.models import Case, CaseState


class CaseTaken(Exception):
    """Somebody else has the case now; `by` says who."""

    def __init__(self, by: User | None) -> None:
        super().__init__("somebody else has this case")
        self.by = by


class AlreadyDecided(Exception):
    """The case is decided; a decision is final."""


class ReasonMissing(Exception):
    """A reason is needed; the message says of which form."""


class CaseGrew(Exception):
    """Findings joined the case after the page was shown; somebody must look at them first. `new` says how many."""

    def __init__(self, new: int) -> None:
        super().__init__(f"{new} more findings joined this case after it was opened")
        self.new = new


def free_for(case: Case, actor: User, now: datetime) -> QuerySet[Case]:
    """The case's row while it is undecided and nobody but `actor` has a live claim on it."""
    nobody_else = Q(state=CaseState.OPEN) | Q(claimed_by=actor) | Q(claimed_until=None) | Q(claimed_until__lte=now)
    return Case.objects.filter(nobody_else, pk=case.pk).exclude(state=CaseState.DECIDED)


def refuse(case: Case, actor: User) -> NoReturn:
    """Raise what stood in the way."""
    fresh = access_case(actor, case.public_id)
    if fresh.state == CaseState.DECIDED:
        message = "this case is decided; a decision is final"
        raise AlreadyDecided(message)
    raise CaseTaken(fresh.claimed_by)

"""One decision for cases that a person picked one by one: each is decided by itself, with its own audit event.

Unlike the cases of a cluster they hold different texts. Therefore nothing is all or nothing here: what cannot be
decided is left as it is, and the result names it with its reason. An imminent case is decided on its own page, and so
is one that nobody has read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from monitor.accounts.models import User
from monitor.domain.severity import Severity
from monitor.triage.access import CaseNotFound, access_case
from monitor.triage.deciding import check_reason, do_decide_case
from monitor.triage.models import Case, Origin, Outcome
from monitor.triage.reasons import ReasonCode
from monitor.triage.refusals import AlreadyDecided, CaseGrew, CaseTaken

PICKED_LIMIT = 50  # as many as stand on one page of the queue


class WhyLeft(StrEnum):
    """Why a picked case was left as it was."""

    IMMINENT = "imminent"
    TIP = "tip"
    UNREAD = "unread"
    TAKEN = "taken"
    DECIDED = "decided"
    GREW = "grew"
    NOT_FOUND = "not_found"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Picked:
    """What came of it: public ids of the cases that were decided, and of those that were left, each with why."""

    decided: tuple[str, ...]
    left: tuple[tuple[str, WhyLeft], ...]


def why_not(case: Case) -> WhyLeft | None:
    """Why `case` is not one to decide along with others, as it is now; None where it is."""
    if case.severity == Severity.IMMINENT.value:
        return WhyLeft.IMMINENT
    if case.origin == Origin.TIP:
        return WhyLeft.TIP
    return WhyLeft.UNREAD if case.first_looked_at is None else None


def do_decide_picked(
    picked: Mapping[str, int],
    *,
    actor: User,
    outcome: Outcome,
    reason: str,
    reason_code: ReasonCode | None = None,
) -> Picked:
    """Decide the cases of `picked` (public id to how many findings the page showed), each in its own transaction.

    Raises `ReasonMissing` and `WrongReasonCode` before anything is decided; everything else is told in the result.
    """
    check_reason(reason, outcome, reason_code)
    decided: list[str] = []
    left: list[tuple[str, WhyLeft]] = []
    for number, (public_id, seen) in enumerate(picked.items()):
        why: WhyLeft | None = WhyLeft.TOO_MANY
        if number < PICKED_LIMIT:
            why = _decide(public_id, seen, actor, outcome, reason, reason_code)
        if why is None:
            decided.append(public_id)
        else:
            left.append((public_id, why))
    return Picked(tuple(decided), tuple(left))


def _decide(
    public_id: str, seen: int, actor: User, outcome: Outcome, reason: str, code: ReasonCode | None
) -> WhyLeft | None:
    """None where the case was decided, else what stood in the way."""
    try:
        case = access_case(actor, public_id)
        if why := why_not(case):
            return why
        do_decide_case(case, actor=actor, outcome=outcome, reason=reason, reason_code=code, seen_findings=seen)
    except CaseNotFound:
        return WhyLeft.NOT_FOUND
    except CaseTaken:
        return WhyLeft.TAKEN
    except AlreadyDecided:
        return WhyLeft.DECIDED
    except CaseGrew:
        return WhyLeft.GREW
    return None

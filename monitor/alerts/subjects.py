"""What a round is about, a case or a drill, seen with the same eyes."""

from dataclasses import dataclass
from datetime import datetime

from monitor.alerts.models import Acknowledgement, Delivery, Drill, Round
from monitor.domain.policy import Policy
from monitor.domain.severity import Severity
from monitor.roster.models import Site
from monitor.triage.access import cases_for
from monitor.triage.models import Case, CaseState


@dataclass(frozen=True, slots=True)
class Subject:
    """A case or a drill of a round."""

    case: Case | None
    drill: Drill | None
    severity: Severity

    @property
    def site(self) -> Site:
        """The school it is about."""
        return self._row.site

    @property
    def public_id(self) -> str:
        """What the link and the message ids carry."""
        return self._row.public_id

    @property
    def _row(self) -> Case | Drill:
        row = self.case or self.drill
        assert row is not None  # noqa: S101 - a_round_is_about_one_thing
        return row

    @property
    def keys(self) -> dict[str, Case | Drill | None]:
        """The columns that a row about it sets."""
        return {"case": self.case, "drill": self.drill}

    def is_settled(self) -> bool:
        """Whether nothing needs to be told any more: decided, answered (a drill), or told anew at another severity."""
        if self.drill is not None:
            return self.drill.acknowledged_at is not None or self.drill.ended_at is not None
        return self.case is None or self.case.state == CaseState.DECIDED or self.case.severity != self.severity

    def is_held(self, now: datetime, policy: Policy) -> bool:
        """Whether somebody acts: a live claim, or an acknowledgement at this severity that still holds."""
        if self.case is None:
            return self.is_settled()
        if self.case.state == CaseState.DECIDED or _is_claimed(self.case, now):
            return True
        since = now - policy.acknowledge_time
        said = Acknowledgement.objects.filter(case=self.case, severity=self.severity.value, at__gt=since)
        # Whoever can no longer see the case (another school has it, or the district alone) does not hold it either.
        return any(cases_for(row.user).filter(pk=self.case.pk).exists() for row in said.select_related("user"))

    def deliveries(self) -> list[Delivery]:
        """The rows of its round."""
        return list(Delivery.objects.filter(case=self.case, drill=self.drill, severity=self.severity.value))


def subject_of(row: Round | Delivery) -> Subject:
    """What a round or a delivery is about."""
    return Subject(row.case, row.drill, Severity(row.severity))


def _is_claimed(case: Case, now: datetime) -> bool:
    return case.state == CaseState.CLAIMED and case.claimed_until is not None and case.claimed_until > now

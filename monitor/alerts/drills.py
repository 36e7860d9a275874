"""Drills: a test alert that goes the whole way, and a report of who was told when and who answered."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from monitor.accounts.models import User
from monitor.alerts.models import Delivery, Drill, Round
from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.roster.models import Site, SiteAccess


class DrillNotFound(Exception):
    """There is no such drill for this person."""


@dataclass(frozen=True, slots=True)
class DrillLine:
    """One message of a drill. `state` is the delivery's; `error` what went wrong; addresses are not in it."""

    step: int
    contact: str
    way: str
    state: str
    written_at: datetime
    sent_at: datetime | None
    error: str
    is_last: bool


@dataclass(frozen=True, slots=True)
class DrillReport:
    """How a drill went. `seconds_to_answer` is None while nobody has answered."""

    public_id: str
    site_code: str
    severity: str
    started_at: datetime
    acknowledged_by: str
    acknowledged_at: datetime | None
    lines: tuple[DrillLine, ...]

    @property
    def seconds_to_answer(self) -> float | None:
        """From the start to the answer."""
        if self.acknowledged_at is None:
            return None
        return (self.acknowledged_at - self.started_at).total_seconds()

    @property
    def reached(self) -> int:
        """How many people at least one message reached."""
        return len({line.contact for line in self.lines if line.state == "sent"})


@transaction.atomic
def do_start_drill(site: Site, severity: Severity, *, actor: str) -> Drill:
    """Begin a drill at `site`, as an alert of this severity would be told. It is on the audit chain."""
    now = clock.now()
    drill = Drill.objects.create(site=site, severity=severity.value, started_by=actor, started_at=now)
    Round.objects.create(drill=drill, severity=severity.value, due_at=now)
    record(Tag.DRILL_STARTED, actor=actor, site_code=site.code, subject=drill.public_id, severity=severity.value)
    return drill


def access_drill(user: User, public_id: str) -> Drill:
    """The drill `public_id` if `user` looks after its site, or after all. Raises `DrillNotFound`."""
    drills = Drill.objects.select_related("site").filter(public_id=public_id)
    if not user.sees_every_site:  # the district's lead is told by the ladder too, and has no row for each school
        drills = drills.filter(site__in=SiteAccess.objects.filter(user=user).values("site"))
    drill = drills.first()
    if drill is None or not user.is_active:
        message = "there is no such drill among those you may see"
        raise DrillNotFound(message)
    return drill


@transaction.atomic
def do_acknowledge_drill(drill: Drill, *, actor: User) -> bool:
    """Record that `actor` answered `drill`; False when somebody did before, or it has ended. Only the first counts.

    Raises `DrillNotFound` for strangers.
    """
    access_drill(actor, drill.public_id)
    waiting = Drill.objects.filter(pk=drill.pk, acknowledged_at=None, ended_at=None)
    if waiting.update(acknowledged_by=actor, acknowledged_at=clock.now()) != 1:
        return False
    record(Tag.DRILL_ACKNOWLEDGED, actor=actor.actor, site_code=drill.site.code, subject=drill.public_id)
    return True


@transaction.atomic
def do_end_drill(drill: Drill, *, actor: str) -> None:
    """Stop telling people of `drill`, whether or not somebody answered."""
    if Drill.objects.filter(pk=drill.pk, ended_at=None).update(ended_at=clock.now()) == 1:
        record(Tag.DRILL_ENDED, actor=actor, site_code=drill.site.code, subject=drill.public_id)


def report_of(drill: Drill) -> DrillReport:
    """How `drill` has gone so far."""
    fresh = Drill.objects.select_related("site", "acknowledged_by").get(pk=drill.pk)
    rows = Delivery.objects.filter(drill=fresh).select_related("contact", "channel").order_by("step", "id")
    return DrillReport(
        public_id=fresh.public_id,
        site_code=fresh.site.code,
        severity=fresh.severity,
        started_at=fresh.started_at,
        acknowledged_by=fresh.acknowledged_by.name if fresh.acknowledged_by else "",
        acknowledged_at=fresh.acknowledged_at,
        lines=tuple(
            DrillLine(
                step=row.step, contact=row.contact.name, way=row.kind.value, state=row.state,
                written_at=row.created_at, sent_at=row.sent_at, error=row.last_error, is_last=row.is_last,
            )
            for row in rows
        ),
    )  # fmt: skip

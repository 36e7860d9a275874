"""Cases about a member of staff: kept from the school, seen by the district's safety leads alone.

Whoever is accused may be among those who read a school's cases, or sit beside them. So nobody there sees such a case,
and no contact of the school is told of it any more; `triage.access` and the alerts ask the row that is written here.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet

from monitor.accounts.models import Role, User
from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.lib import clock
from monitor.roster.models import Site
from monitor.triage.access import access_case
from monitor.triage.models import Case, CaseState, StaffMatter


class NobodyToAsk(Exception):
    """No safety lead would be left who may see the case."""


class NotYours(Exception):
    """Only a safety lead gives a case back to its school."""


def matter_of(case: Case) -> StaffMatter | None:
    """That `case` is about a member of staff, while it is kept from the school."""
    return StaffMatter.objects.select_related("person").filter(case=case, ended_at=None).first()


def leads_without(person: User | None) -> QuerySet[User]:
    """The safety leads who may see a case about `person`."""
    leads = User.objects.filter(role=Role.SAFETY_LEAD, is_active=True)
    return leads.exclude(pk=person.pk) if person else leads


def people_of(site: Site) -> QuerySet[User]:
    """Whom a case of `site` may be about, of those who sign in."""
    here = User.objects.filter(is_active=True, site_access__site=site)
    return (here | User.objects.filter(is_active=True, role=Role.SAFETY_LEAD)).distinct().order_by("name", "pk")


def matters_nobody_sees() -> int:
    """How many undecided cases about staff nobody may see: no lead is there, or none but the person it is about."""
    leads = set(leads_without(None).values_list("pk", flat=True))
    live = StaffMatter.objects.filter(ended_at=None).exclude(case__state=CaseState.DECIDED)
    return sum(not leads - {person} for person in live.values_list("person", flat=True))


def begin_matter(case: Case, *, at: datetime, by: User | None = None, person: User | None = None) -> StaffMatter:
    """Keep `case` from its school from `at` on. Part of the caller's transaction, which records its own event."""
    values = {"by": by, "person": person, "at": at, "ended_at": None}
    return StaffMatter.objects.update_or_create(case=case, defaults=values)[0]


def do_keep_from_school(case: Case, *, actor: User, person: User | None) -> None:
    """Say that `case` is about a member of staff: `person`, or somebody who does not sign in.

    Whoever had the case has it no longer, unless it is the lead who says so. Saying it again changes the person.
    Raises `NobodyToAsk`, and `CaseNotFound` for strangers.
    """
    fresh = access_case(actor, case.public_id)
    if not leads_without(person).exists():
        raise NobodyToAsk
    with transaction.atomic():
        is_new = matter_of(fresh) is None
        begin_matter(fresh, at=clock.now(), by=actor, person=person)
        if is_new:
            _pass_on(fresh, but_for=actor if actor.sees_every_site else None)
        _record(Tag.STAFF_MATTER_BEGUN, fresh, actor, about=person.actor if person else "")


def do_give_back(case: Case, *, actor: User) -> bool:
    """Say that `case` is no matter of staff after all: its school sees it again and is told. False: it was none.

    Raises `NotYours`, and `CaseNotFound` for strangers and for the person it is about.
    """
    fresh = access_case(actor, case.public_id)
    if not actor.sees_every_site:
        raise NotYours
    with transaction.atomic():
        live = StaffMatter.objects.filter(case=fresh, ended_at=None)
        if live.update(ended_at=clock.now()) != 1:
            return False
        _pass_on(fresh, but_for=actor)
        _record(Tag.STAFF_MATTER_ENDED, fresh, actor)
    return True


def _pass_on(case: Case, but_for: User | None) -> None:
    """Other people get the case: they are told of it next, and a claim of those who had it holds no longer."""
    Case.objects.filter(pk=case.pk).update(passed_on=F("passed_on") + 1)
    claimed = Case.objects.filter(pk=case.pk, state=CaseState.CLAIMED)
    if but_for is not None:
        claimed = claimed.exclude(claimed_by=but_for)
    claimed.update(state=CaseState.OPEN, claimed_by=None, claimed_until=None)


def _record(tag: Tag, case: Case, actor: User, **detail: object) -> None:
    record(tag, actor=actor.actor, site_code=case.site.code, subject=case.public_id, **detail)

"""Care-team meetings: what is open, who does what by when."""

from datetime import date

from django.db import transaction
from django.db.models import Q

from monitor.accounts.models import SEES_EVERY_SITE, User
from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.handovers.access import access_handover, may_own, next_steps_for
from monitor.handovers.actions import EXPORTABLE, NotReleased, WordsMissing
from monitor.handovers.models import Handover, Meeting, NextStep
from monitor.lib import clock
from monitor.roster.models import Site, SiteAccess
from monitor.triage.access import cases_for
from monitor.triage.models import Case
from monitor.triage.staff import leads_without, matter_of

STEP_CHARACTERS = 500


class NoOwner(Exception):
    """The person chosen cannot see this case, so they cannot do the step."""


class NoSuchStep(Exception):
    """There is no such open step among those this person may see."""


class NoSuchSchool(Exception):
    """This person does not look after the school named."""


def do_add_step(
    handover: Handover, *, actor: User, text: str, owner: User | None, due_on: date, meeting: Meeting | None = None
) -> NextStep:
    """Write down what `owner` will do by `due_on`.

    Raises `WordsMissing`, `NoOwner`, `NotReleased`, and `HandoverNotFound` for strangers.
    """
    fresh = access_handover(actor, handover.public_id)
    words = text.strip()[:STEP_CHARACTERS]
    if len(words) < 3:
        raise WordsMissing
    if owner is None or not cases_for(owner).filter(pk=fresh.case_id).exists():
        raise NoOwner
    if fresh.state not in EXPORTABLE:
        raise NotReleased
    with transaction.atomic():
        step = NextStep.objects.create(
            handover=fresh,
            meeting=meeting if meeting and meeting.site_id == fresh.case.site_id else None,
            text=words,
            owner=owner,
            due_on=due_on,
            created_by=actor,
            created_at=clock.now(),
        )
        _record(Tag.STEP_ADDED, fresh, actor, step=step.pk, owner=owner.actor, due_on=due_on.isoformat())
    return step


def do_finish_step(step_id: int, *, actor: User) -> NextStep:
    """Say that a step is done; a second time changes nothing. Raises `NoSuchStep`."""
    step = next_steps_for(actor).select_related("handover__case__site").filter(pk=step_id).first()
    if step is None:
        raise NoSuchStep
    with transaction.atomic():
        open_step = NextStep.objects.filter(pk=step.pk, done_at=None)
        if open_step.update(done_at=clock.now(), done_by=actor) == 1:
            _record(Tag.STEP_DONE, step.handover, actor, step=step.pk)
    return step


def do_call_meeting(site: Site, *, actor: User, held_on: date) -> Meeting:
    """The meeting of a school's care team on a day, made when there is none yet. Raises `NoSuchSchool`."""
    if not may_own(actor, site):
        raise NoSuchSchool
    with transaction.atomic():
        meeting, is_new = Meeting.objects.get_or_create(
            site=site, held_on=held_on, defaults={"called_by": actor, "created_at": clock.now()}
        )
        if is_new:
            record(Tag.MEETING_CALLED, actor=actor.actor, site_code=site.code, held_on=held_on.isoformat())
    return meeting


def owners_of(case: Case) -> list[User]:
    """Who may be given a step about `case`, by name: the safety leads alone where it is about a member of staff."""
    matter = matter_of(case)
    if matter is not None:
        return list(leads_without(matter.person).order_by("name"))
    of_site = Q(pk__in=SiteAccess.objects.filter(site=case.site).values("user")) | Q(role__in=SEES_EVERY_SITE)
    people = User.objects.filter(of_site, is_active=True).order_by("name")
    return [person for person in people if person.reads_content]


def _record(tag: Tag, handover: Handover, actor: User, **detail: object) -> None:
    record(tag, actor=actor.actor, site_code=handover.case.site.code, subject=handover.public_id, **detail)

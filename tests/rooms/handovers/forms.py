"""Filled-in hand-overs for tests. Everybody in them is invented."""

from monitor.accounts.models import User
from monitor.handovers.actions import do_sign, do_start
from monitor.handovers.kinds import Shape, spec_of
from monitor.handovers.models import Handover, Kind, Recipient
from monitor.triage.models import Case

WORDS = "Zinnia says that she feels alone at lunch and nobody sits with her."


def make_recipient(kind: Kind, site=None, **fields: str) -> Recipient:
    given = {"name": "Dr. Ottoline Reyes", "organisation": "Care team", "reach": "o.reyes@district.example"}
    return Recipient.objects.create(kind=kind, site=site, **(given | fields))


def filled(kind: Kind, **changes: str) -> dict[str, str]:
    """An answer to every question of a kind."""
    answers = {}
    for field in spec_of(kind).fields:
        if field.choices:
            answers[field.key] = field.choices[0][0]
        elif field.shape is Shape.DATE:
            answers[field.key] = "2026-12-01"
        else:
            answers[field.key] = f"{field.label}: {WORDS}"[: field.limit]
    return answers | changes


def draft(case: Case, actor: User, kind: Kind = Kind.SCHOOL_CARE, **changes: str) -> Handover:
    recipient = Recipient.objects.filter(kind=kind).first() or make_recipient(kind)
    return do_start(case, actor=actor, kind=kind, fields=filled(kind, **changes), recipients=[recipient.pk])


def signed(case: Case, actor: User, kind: Kind = Kind.SCHOOL_CARE, **changes: str) -> Handover:
    handover = draft(case, actor, kind, **changes)
    return do_sign(handover, actor=actor, typed_name=actor.name, revision=handover.revision)

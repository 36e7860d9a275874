"""Everything the pages of a hand-over show: the form of a draft, and the record of what was signed."""

import json
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from monitor.accounts.models import User
from monitor.handovers.access import recipients_of
from monitor.handovers.document import given_fields
from monitor.handovers.family import templates_for
from monitor.handovers.kinds import Field, Shape, Spec, spec_of
from monitor.handovers.meetings import owners_of
from monitor.handovers.models import (
    Entry,
    EntryKind,
    Handover,
    HandoverState,
    Kind,
    NextStep,
    Recipient,
    Result,
    Sending,
    Signature,
)
from monitor.handovers.send import can_send
from monitor.triage.models import Case


@dataclass(frozen=True, slots=True)
class Question:
    """One field of the form with its answer and what is wrong with it."""

    field: Field
    value: str
    mistake: str

    @property
    def is_long(self) -> bool:
        """Whether the answer needs several lines."""
        return self.field.shape is Shape.TEXT

    @property
    def is_choice(self) -> bool:
        """Whether the answer is chosen."""
        return self.field.shape is Shape.CHOICE


@dataclass(frozen=True, slots=True)
class FormPage:
    """The form of a draft. `handover` is None before it is kept for the first time."""

    case: Case
    spec: Spec
    label: str
    handover: Handover | None
    questions: list[Question]
    recipients: list[tuple[Recipient, bool]]
    recipients_mistake: str
    templates: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class RecordPage:
    """A hand-over as it stands."""

    handover: Handover
    case: Case
    content: dict[str, Any] | None
    answers: list[tuple[str, str]]
    recipients: list[Recipient]
    signatures: list[Signature]
    entries: list[Entry]
    steps: list[NextStep]
    sending: Sending | None
    can_send: bool
    is_signed_by_me: bool
    formats: list[tuple[str, str]]
    entry_kinds: list[tuple[str, str]]
    results: list[tuple[str, str]]
    owners: list[User]


FORMATS: dict[str, str | Promise] = {"pdf": "PDF", "json": "JSON"}
MORE_FORMATS: dict[Kind, dict[str, str | Promise]] = {
    Kind.FAMILY: {"csv": _("CSV for the messaging system")},
    Kind.CRISIS: {"cap": "CAP 1.2"},
}


def formats_of(kind: str) -> dict[str, str]:
    """In which formats this kind is exported."""
    return {code: str(words) for code, words in (FORMATS | MORE_FORMATS.get(Kind(kind), {})).items()}


def build_form(
    case: Case,
    user: User,
    spec: Spec,
    *,
    handover: Handover | None = None,
    answers: dict[str, str] | None = None,
    chosen: set[int] | None = None,
    problems: dict[str, str] | None = None,
) -> FormPage:
    """The form about `case`, with what is there already, or with what was just sent and is wrong."""
    problems = problems or {}
    if answers is None:
        answers = given_fields(handover) if handover else {}
    if chosen is None:
        chosen = set(handover.recipients.values_list("pk", flat=True)) if handover else set()
    return FormPage(
        case=case,
        spec=spec,
        label=str(spec.kind.label),
        handover=handover,
        questions=[Question(one, answers.get(one.key, ""), problems.get(one.key, "")) for one in spec.fields],
        recipients=[(one, one.pk in chosen) for one in recipients_of(case.site, spec.kind)],
        recipients_mistake=problems.get("recipients", ""),
        templates=templates_for(user.name, case.site.name) if spec.kind is Kind.FAMILY else [],
    )


def build_record(handover: Handover, user: User) -> RecordPage:
    """The page of a hand-over; the caller has recorded the look."""
    is_draft = handover.state == HandoverState.DRAFT
    content = None if is_draft else json.loads(handover.document)
    signatures = list(Signature.objects.filter(handover=handover).select_related("user"))
    return RecordPage(
        handover=handover,
        case=handover.case,
        content=content,
        answers=_answers(handover, content),
        recipients=list(handover.recipients.all()),
        signatures=signatures,
        entries=list(Entry.objects.filter(handover=handover).select_related("actor")),
        steps=list(NextStep.objects.filter(handover=handover).select_related("owner", "done_by")),
        sending=Sending.objects.filter(handover=handover).first(),
        can_send=can_send(handover),
        is_signed_by_me=handover.created_by_id == user.pk or any(one.user_id == user.pk for one in signatures),
        formats=list(formats_of(handover.kind).items()),
        entry_kinds=[(one.value, str(one.label)) for one in EntryKind if one != EntryKind.CLOSING],
        results=[(one.value, str(one.label)) for one in Result],
        owners=owners_of(handover.case),
    )


def _answers(handover: Handover, content: dict[str, Any] | None) -> list[tuple[str, str]]:
    """Each question with its answer in words: as signed, or as far as the draft goes."""
    if content is not None:
        return [(field["label"], field["words"]) for field in content["fields"]]
    given = given_fields(handover)
    fields = [field for field in spec_of(handover.kind).fields if given.get(field.key)]
    return [(str(field.label), str(dict(field.choices).get(given[field.key], given[field.key]))) for field in fields]

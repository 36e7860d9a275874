"""What people do with a hand-over, from the draft to its end. Each action is one transaction with its audit event.

Every action asks `handovers.access` again. Changes of state are compare-and-sets on the row, so that of two people who
press at the same moment exactly one succeeds.
"""

import json
from collections.abc import Mapping, Sequence

from django.db import IntegrityError, transaction
from django.db.models import F

from monitor.accounts.models import User
from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.handovers.access import access_handover, is_allowed, recipients_of
from monitor.handovers.document import build_document, digest_of
from monitor.handovers.kinds import spec_of
from monitor.handovers.models import Entry, EntryKind, Handover, HandoverState, Kind, Part, Result, Signature
from monitor.lib import clock
from monitor.triage.access import access_case
from monitor.triage.models import Case

TEXT_CHARACTERS = 4000
REASON_CHARACTERS = 3
EXPORTABLE = (HandoverState.RELEASED, HandoverState.CLOSED)


class KindOff(Exception):
    """The district does not use this kind of hand-over."""


class Changed(Exception):
    """The hand-over is no longer as the page showed it; what was asked was not done."""


class WrongName(Exception):
    """The name typed is not the name of the person who is signed in."""


class SamePerson(Exception):
    """The second person must be another than the author."""


class WordsMissing(Exception):
    """A few words are needed."""


class NotReleased(Exception):
    """Nothing leaves before the hand-over is signed, and approved where that is needed."""


def do_start(case: Case, *, actor: User, kind: Kind, fields: Mapping[str, str], recipients: Sequence[int]) -> Handover:
    """A draft about `case`. Raises `KindOff`, and `CaseNotFound` for strangers."""
    fresh = access_case(actor, case.public_id)
    if not is_allowed(kind):
        raise KindOff
    with transaction.atomic():
        handover = Handover.objects.create(
            case=fresh, kind=kind, fields=_answers(kind, fields), document="", created_by=actor, created_at=clock.now()
        )
        handover.recipients.set(recipients_of(fresh.site, kind).filter(pk__in=recipients))
        _record(Tag.HANDOVER_STARTED, handover, actor, kind=kind.value)
    return handover


def do_edit(
    handover: Handover, *, actor: User, revision: int, fields: Mapping[str, str], recipients: Sequence[int]
) -> None:
    """Change a draft that is still at `revision`. Raises `Changed`, and `HandoverNotFound` for strangers."""
    fresh = access_handover(actor, handover.public_id)
    with transaction.atomic():
        draft = Handover.objects.filter(pk=fresh.pk, state=HandoverState.DRAFT, revision=revision)
        if draft.update(fields=_answers(fresh.kind, fields), revision=F("revision") + 1) != 1:
            raise Changed
        fresh.recipients.set(recipients_of(fresh.case.site, fresh.kind).filter(pk__in=recipients))
        _record(Tag.HANDOVER_CHANGED, fresh, actor)


def do_sign(handover: Handover, *, actor: User, typed_name: str, revision: int) -> Handover:
    """Sign the draft that was read at `revision`: from now on its content never changes. The hand-over as it is then.

    It is handed over at once, or waits for a second person where the kind needs one. Raises `WrongName`, `Incomplete`,
    `KindOff`, `Changed`, and `HandoverNotFound` for strangers.
    """
    fresh = access_handover(actor, handover.public_id)
    _own_name(actor, typed_name)
    if not is_allowed(fresh.kind):
        raise KindOff
    now = clock.now()
    needs_second = spec_of(fresh.kind).second_person
    with transaction.atomic():
        # The row first: whoever edits at this moment waits, or has changed the revision.
        draft = Handover.objects.filter(pk=fresh.pk, state=HandoverState.DRAFT, revision=revision)
        if draft.update(revision=F("revision") + 1) != 1:
            raise Changed
        fresh.refresh_from_db(fields=["fields"])
        document = build_document(fresh, actor, now)
        digest = digest_of(document)
        state = HandoverState.WAITING if needs_second else HandoverState.RELEASED
        Handover.objects.filter(pk=fresh.pk).update(
            state=state, document=document, digest=digest, released_at=None if needs_second else now
        )
        _sign(fresh, Part.AUTHOR, actor, typed_name, digest)
        _record(Tag.HANDOVER_SIGNED, fresh, actor, digest=digest, waits=needs_second)
    return access_handover(actor, fresh.public_id)


def do_second(
    handover: Handover, *, actor: User, typed_name: str, digest: str, approve: bool, reason: str = ""
) -> None:
    """Approve or refuse, as the second person, the content with this `digest`. A refusal needs a reason.

    Raises `SamePerson`, `WrongName`, `WordsMissing`, `KindOff`, `Changed`, and `HandoverNotFound` for strangers.
    """
    fresh = access_handover(actor, handover.public_id)
    if Signature.objects.filter(handover=fresh, user=actor).exists() or fresh.created_by_id == actor.pk:
        raise SamePerson
    _own_name(actor, typed_name)
    if approve and not is_allowed(fresh.kind):
        raise KindOff
    if not approve:
        _some_words(reason)
    state = HandoverState.RELEASED if approve else HandoverState.REFUSED
    with transaction.atomic():
        waiting = Handover.objects.filter(pk=fresh.pk, state=HandoverState.WAITING, digest=digest)
        if waiting.update(state=state, released_at=clock.now() if approve else None) != 1:
            raise Changed
        _sign(fresh, Part.SECOND if approve else Part.REFUSAL, actor, typed_name, digest)
        if not approve:
            _entry(fresh, EntryKind.NOTE, reason, actor)
        _record(Tag.HANDOVER_APPROVED if approve else Tag.HANDOVER_REFUSED, fresh, actor, digest=digest)


def do_look(handover: Handover, *, actor: User) -> Handover:
    """The hand-over for reading, after the look is on the audit chain. Raises `HandoverNotFound` for strangers."""
    fresh = access_handover(actor, handover.public_id)
    _record(Tag.HANDOVER_VIEWED, fresh, actor)
    return fresh


def do_export(handover: Handover, *, actor: User, format_name: str) -> Handover:
    """The hand-over to export in this format, after that is on the audit chain. Raises `NotReleased`."""
    fresh = access_handover(actor, handover.public_id)
    if fresh.state not in EXPORTABLE:
        raise NotReleased
    _record(Tag.HANDOVER_EXPORTED, fresh, actor, format=format_name, digest=fresh.digest)
    return fresh


def do_log(handover: Handover, *, actor: User, kind: EntryKind, text: str) -> Entry:
    """Write one line into the log of a hand-over that has left the draft. Raises `WordsMissing`, `NotReleased`."""
    fresh = access_handover(actor, handover.public_id)
    _some_words(text)
    if fresh.state not in EXPORTABLE:
        raise NotReleased
    with transaction.atomic():
        entry = _entry(fresh, kind, text, actor)
        _record(Tag.HANDOVER_LOGGED, fresh, actor, kind=kind.value)
    return entry


def do_close(handover: Handover, *, actor: User, result: Result, text: str) -> None:
    """End a hand-over with how it went. Raises `WordsMissing`, `Changed`, and `HandoverNotFound` for strangers."""
    fresh = access_handover(actor, handover.public_id)
    _some_words(text)
    now = clock.now()
    with transaction.atomic():
        released = Handover.objects.filter(pk=fresh.pk, state=HandoverState.RELEASED)
        if released.update(state=HandoverState.CLOSED, closed_at=now, closed_by=actor, result=result) != 1:
            raise Changed
        _entry(fresh, EntryKind.CLOSING, text, actor)
        _record(Tag.HANDOVER_CLOSED, fresh, actor, result=result.value)


def _answers(kind: str, fields: Mapping[str, str]) -> str:
    """The answers to this kind's questions alone, cut to their limits, as JSON."""
    kept = {field.key: fields.get(field.key, "").strip()[: field.limit] for field in spec_of(kind).fields}
    return json.dumps({key: value for key, value in kept.items() if value})


def _own_name(actor: User, typed: str) -> None:
    if " ".join(typed.split()).casefold() != " ".join(actor.name.split()).casefold():
        raise WrongName


def _some_words(text: str) -> None:
    if len("".join(text.split())) < REASON_CHARACTERS:
        raise WordsMissing


def _sign(handover: Handover, part: Part, actor: User, typed_name: str, digest: str) -> None:
    try:
        with transaction.atomic():
            Signature.objects.create(
                handover=handover,
                part=part,
                user=actor,
                typed_name=" ".join(typed_name.split())[:120],
                digest=digest,
                at=clock.now(),
            )
    except IntegrityError:
        raise Changed from None


def _entry(handover: Handover, kind: EntryKind, text: str, actor: User) -> Entry:
    return Entry.objects.create(
        handover=handover, kind=kind, text=text.strip()[:TEXT_CHARACTERS], actor=actor, at=clock.now()
    )


def _record(tag: Tag, handover: Handover, actor: User, **detail: object) -> None:
    record(
        tag,
        actor=actor.actor,
        site_code=handover.case.site.code,
        subject=handover.public_id,
        case=handover.case.public_id,
        **detail,
    )

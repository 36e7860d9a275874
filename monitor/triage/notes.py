"""Notes on a case: shared ones for everybody who sees the case, private ones for their author alone."""

from django.db import transaction

from monitor.accounts.models import User
from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.lib import clock
from monitor.triage.access import access_case
from monitor.triage.models import Case, Note
from monitor.triage.refusals import ReasonMissing

NOTE_CHARACTERS = 10_000
NOTES_SHOWN = 200


def do_add_note(case: Case, *, actor: User, text: str, is_private: bool) -> Note:
    """Write down `text` about `case`, sealed. Raises `ReasonMissing` for an empty or overlong text, `CaseNotFound`."""
    access_case(actor, case.public_id)
    return write_note(case, actor, text, is_private=is_private)


def write_note(case: Case, author: User, text: str, *, is_private: bool) -> Note:
    """The note's row and its audit event; the caller has asked whether `author` may. Raises `ReasonMissing`."""
    text = text.strip()
    if not text or len(text) > NOTE_CHARACTERS:
        message = f"a note needs 1 to {NOTE_CHARACTERS:,} characters"
        raise ReasonMissing(message)
    with transaction.atomic():
        note = Note.objects.create(case=case, author=author, is_private=is_private, text=text, at=clock.now())
        subject = {"site_code": case.site.code, "subject": case.public_id}
        record(Tag.NOTE_ADDED, actor=author.actor, **subject, private=is_private)
    return note


def notes_for(case: Case, user: User) -> list[Note]:
    """The notes on `case` that `user` may read, oldest first: shared ones, and their own. One query after the door.

    Raises `CaseNotFound` for strangers.
    """
    access_case(user, case.public_id)
    shared = Note.objects.filter(case=case, is_private=False)
    own = Note.objects.filter(case=case, author=user, is_private=True)
    return list((shared | own).select_related("author").order_by("at", "id")[:NOTES_SHOWN])

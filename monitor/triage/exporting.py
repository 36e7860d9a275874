"""That a person takes a case along on paper: on the audit chain, before there is a paper."""

from django.db import transaction

from monitor.accounts.models import User
from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.triage.access import access_case
from monitor.triage.models import Case


def do_export_case(case: Case, *, actor: User, digest: str, reason: str, with_words: bool, with_private: bool) -> None:
    """Write down that `actor` takes `case` along, and the digest of what is on the paper.

    `reason` is the code for which the words were unveiled, empty where names and words stay veiled. The caller makes
    the paper afterwards. Raises `CaseNotFound` for strangers.
    """
    access_case(actor, case.public_id)
    with transaction.atomic(durable=True):
        record(
            Tag.CASE_EXPORTED,
            actor=actor.actor,
            site_code=case.site.code,
            subject=case.public_id,
            words=with_words,
            reason=reason,
            private=with_private,
            digest=digest,
        )

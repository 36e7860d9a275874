"""The content of a hand-over as one canonical JSON text, and its digest: what a person signs."""

import hashlib
import json
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from monitor.accounts.models import User
from monitor.handovers.kinds import Spec, spec_of
from monitor.handovers.models import Handover, Recipient
from monitor.roster.models import District

FORMAT = "heed-handover-1"


class Incomplete(Exception):
    """The form lacks something; `problems` maps a field's key (or "recipients") to what is missing."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("the form is not complete")
        self.problems = problems


def given_fields(handover: Handover) -> dict[str, str]:
    """The answers of the form as far as they are there."""
    answers: dict[str, str] = json.loads(handover.fields)
    return answers


def problems_of(spec: Spec, answers: dict[str, str], recipients: int) -> dict[str, str]:
    """What is missing before a person can sign."""
    problems = {}
    for field in spec.fields:
        length = len(" ".join(answers.get(field.key, "").split()))
        if field.is_required and not length:
            problems[field.key] = gettext("This is needed before you sign.")
        elif length and length < field.least:
            problems[field.key] = gettext("Say more: at least {count} characters.").format(count=field.least)
    if not recipients:
        problems["recipients"] = gettext("Choose who receives it.")
    return problems


def build_document(handover: Handover, author: User, at: datetime) -> str:
    """The canonical JSON of `handover` as `author` signs it at `at`. Raises `Incomplete`."""
    spec, answers = spec_of(handover.kind), given_fields(handover)
    recipients = list(handover.recipients.order_by("id"))
    if problems := problems_of(spec, answers, len(recipients)):
        raise Incomplete(problems)
    with translation.override(settings.LANGUAGE_CODE):
        return canonical(_content(handover, spec, answers, recipients, author, at))


def _content(
    handover: Handover, spec: Spec, answers: dict[str, str], recipients: list[Recipient], author: User, at: datetime
) -> dict[str, Any]:
    """The record in the language of the installation, whatever its author reads: whoever receives it reads that one."""
    case, district = handover.case, District.objects.first()
    return {
        "format": FORMAT,
        "language": str(settings.LANGUAGE_CODE),
        "handover": handover.public_id,
        "kind": handover.kind,
        "title": handover.get_kind_display(),
        "district": district.name if district else "",
        "site": {"code": case.site.code, "name": case.site.name, "time_zone": case.site.time_zone},
        "case": {"id": case.public_id, "url": f"{settings.HEED_CONSOLE_URL}/cases/{case.public_id}/"},
        "student": _student(handover, spec),
        "recipients": [{"name": one.name, "organisation": one.organisation, "reach": one.reach} for one in recipients],
        "fields": [
            {
                "key": field.key,
                "label": str(field.label),
                "value": answers[field.key],
                "words": _words(spec, field.key, answers),
            }
            for field in spec.fields
            if answers.get(field.key)
        ],
        "author": {"name": author.name, "role": author.get_role_display()},
        "signed_at": at.isoformat(timespec="seconds"),
    }


def canonical(content: dict[str, Any]) -> str:
    """`content` as the one JSON text that everybody computes the same digest of."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest_of(document: str) -> str:
    """The SHA-256 (hex) of a canonical document in UTF-8."""
    return hashlib.sha256(document.encode("utf-8", "surrogatepass")).hexdigest()


def export_json(handover: Handover) -> bytes:
    """The signed document with its digest and signatures, for other programs: UTF-8 JSON."""
    document: dict[str, Any] = json.loads(handover.document or "{}")
    with translation.override(document.get("language", "en")):
        signatures = _signatures(handover)
    content = {"document": document, "digest": handover.digest, "signatures": signatures}
    return json.dumps(content, indent=2, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace") + b"\n"


def _signatures(handover: Handover) -> list[dict[str, str]]:
    return [
        {
            "part": signature.part,
            "typed_name": signature.typed_name,
            "role": signature.user.get_role_display(),
            "digest": signature.digest,
            "at": signature.at.isoformat(timespec="seconds"),
        }
        for signature in handover.signatures.select_related("user")
    ]


def _student(handover: Handover, spec: Spec) -> dict[str, str] | None:
    account = handover.case.account
    if account is None or not spec.names_student:
        return None
    return {"name": account.full_name, "address": account.address, "reference": account.reference}


def _words(spec: Spec, key: str, answers: dict[str, str]) -> str:
    """The answer as people read it."""
    field = spec.field(key)
    value = answers[key]
    return str(dict(field.choices).get(value, value)) if field else value

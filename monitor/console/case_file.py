"""What a case holds, as one canonical document: what the PDF prints, and what its digest is of."""

from typing import Any

from django.conf import settings

from monitor.accounts.models import User
from monitor.console.case_page import CasePage
from monitor.console.words import CATEGORY_WORDS, DIRECTION_WORDS, SEVERITY_WORDS, SOURCE_WORDS
from monitor.detection.models import Finding
from monitor.domain.category import Category
from monitor.domain.severity import Severity
from monitor.domain.source import Direction, Source
from monitor.lib import clock
from monitor.roster.models import District
from monitor.triage.models import Decision, Note
from monitor.triage.passages import FindingView

FORMAT = "heed-case-1"


def build_case_file(page: CasePage, user: User, *, with_words: bool, with_private: bool) -> dict[str, Any]:
    """The document of a case as `user` may see it; JSON values only.

    Names and words are in it only with `with_words`, and then only those that this session has unveiled; private notes
    of `user` only with `with_private`, those of others never.
    """
    case, district = page.case, District.objects.first()
    notes = [note for note in page.notes if with_private or not note.is_private]
    return {
        "format": FORMAT,
        "district": district.name if district else "",
        "site": {"code": case.site.code, "name": case.site.name, "time_zone": case.site.time_zone},
        "case": {
            "id": case.public_id,
            "url": f"{settings.HEED_CONSOLE_URL}/cases/{case.public_id}/",
            "title": page.title,
            "severity": str(SEVERITY_WORDS[Severity(case.severity)]),
            "state": str(case.get_state_display()),
            "opened_at": case.opened_at.isoformat(timespec="seconds"),
        },
        "student": _student(page, with_words=with_words),
        "reasons": [
            _reason(reason.finding, reason.why.sentence, reason.why.severity_reason) for reason in page.all_reasons
        ],
        "words": [_words(view) for view in page.words] if with_words else [],
        "decisions": [_decision(decision) for decision in page.decisions],
        "notes": [_note(note) for note in notes],
        "timeline": [
            {"at": moment.at.isoformat(timespec="seconds"), "what": str(moment.title)} for moment in page.timeline
        ],
        "made": {
            "by": user.name,
            "role": str(user.get_role_display()),
            "at": clock.now().isoformat(timespec="seconds"),
            "with_words": with_words,
        },
    }


def _student(page: CasePage, *, with_words: bool) -> dict[str, str]:
    account = page.case.account
    if account is None:
        return {"reference": ""}
    named = {"name": account.full_name, "address": account.address} if with_words and page.words else {}
    return {"reference": account.reference, **named}


def _reason(finding: Finding, sentence: str, severity_reason: str) -> dict[str, Any]:
    return {
        "category": str(CATEGORY_WORDS[Category(finding.category)]),
        "severity": str(SEVERITY_WORDS[Severity(finding.severity)]),
        "sentence": str(sentence),
        "severity_reason": str(severity_reason),
        "source": str(SOURCE_WORDS[Source(finding.source)]),
        "occurred_at": finding.occurred_at.isoformat(timespec="seconds"),
        "probability": round(finding.probability, 6),
        "threshold": round(finding.threshold, 6),
        "classifier": finding.classifier_id,
        "policy": finding.policy_version,
    }


def _words(view: FindingView) -> dict[str, Any]:
    return {
        "title": view.title,
        "where": f"{SOURCE_WORDS[Source(view.finding.source)]}, {DIRECTION_WORDS[Direction(view.finding.direction)]}",
        "occurred_at": view.finding.occurred_at.isoformat(timespec="seconds"),
        "segments": [[text, is_marked] for text, is_marked in view.segments],
    }


def _decision(decision: Decision) -> dict[str, str]:
    return {
        "outcome": str(decision.get_outcome_display()),
        "code": str(decision.get_reason_code_display()) if decision.reason_code else "",
        "reason": decision.reason,
        "by": decision.actor.name,
        "at": decision.at.isoformat(timespec="seconds"),
    }


def _note(note: Note) -> dict[str, Any]:
    return {
        "text": note.text,
        "by": note.author.name,
        "at": note.at.isoformat(timespec="seconds"),
        "is_private": note.is_private,
    }

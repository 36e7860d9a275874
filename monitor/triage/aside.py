"""Findings whose text is known to be harmless are put aside: kept, listed and counted, but they open no case.

Never where the words are imminent, never where anything else in the same item crossed a threshold (the person's own
words beside the class text), never for a text that differs by a word, a place or a speaker, and never for somebody
whose case is open. A person can end it and gets everything back.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import F, QuerySet

from monitor.accounts.models import User
from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.detection.models import Finding
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.triage.models import CaseFinding, HarmlessText, SetAside, WhyEnded
from monitor.triage.passage_keys import passage_key

KnownTexts = Mapping[tuple[int, str], HarmlessText]  # site key and passage to the text
NO_TEXTS: KnownTexts = {}


def live_texts(now: datetime) -> QuerySet[HarmlessText]:
    """The texts whose copies are put aside at `now`."""
    return HarmlessText.objects.filter(ended_at=None, expires_at__gt=now)


def harmless_texts(findings: Iterable[Finding]) -> KnownTexts:
    """The live texts of which one of `findings` may be a copy; one query."""
    passages = {passage_key(finding) for finding in findings}
    texts = live_texts(clock.now()).filter(passage__in=passages) if passages else HarmlessText.objects.none()
    return {(text.site_id, text.passage): text for text in texts}


def text_for(finding: Finding, texts: KnownTexts) -> HarmlessText | None:
    """The text by which `finding` may be put aside, or None where a person must see it."""
    if not texts or SetAside.objects.filter(finding=finding, restored_at__isnull=False).exists():
        return None  # a person gave it back: it is not put aside a second time
    text = _copied(finding, texts)
    if text is None:
        return None
    beside = Finding.objects.filter(scoring=finding.scoring_id).exclude(pk=finding.pk).defer("excerpt")
    # Texts of the same item may lie outside this batch.
    known = {**texts, **harmless_texts(beside)}
    return text if all(_copied(other, known) for other in beside) else None


def put_aside(finding: Finding, text: HarmlessText) -> bool:
    """Put `finding` aside by `text` unless that was ended meanwhile; whether it was. Inside a transaction."""
    now = clock.now()
    # Touching the text first makes somebody who ends it at this moment wait, or is seen to be too late here.
    if not live_texts(now).filter(pk=text.pk).update(used=F("used") + 1, last_used_at=now):
        return False
    SetAside.objects.create(finding=finding, text=text, at=now)
    return True


def is_aside(finding: Finding) -> bool:
    """Whether `finding` lies aside."""
    return SetAside.objects.filter(finding=finding, restored_at=None).exists()


def is_placed(finding: Finding) -> bool:
    """Whether `finding` is in a case or lies aside."""
    return CaseFinding.objects.filter(finding=finding).exists() or is_aside(finding)


def end_text(text: HarmlessText, actor: User, why: WhyEnded, now: datetime, reason: str = "") -> bool:
    """End `text` and give back what it put aside; False where it was ended before. Inside a transaction."""
    changed = HarmlessText.objects.filter(pk=text.pk, ended_at=None).update(
        ended_at=now, ended_by=actor, why_ended=why.value, ended_reason=reason
    )
    if not changed:
        return False
    aside = SetAside.objects.filter(text=text, restored_at=None)
    restored = aside.update(restored_at=now, restored_by=actor)
    where = {"site_code": text.site.code, "subject": text.public_id}
    record(Tag.TEXT_ENDED, actor=actor.actor, **where, why=why.value, restored=restored)
    return True


def _copied(finding: Finding, texts: KnownTexts) -> HarmlessText | None:
    if finding.severity == Severity.IMMINENT:
        return None
    return texts.get((finding.site_id, passage_key(finding)))

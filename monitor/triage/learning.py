"""What decisions teach: a text that people found harmless again and again is put aside when it comes once more.

Only this is learned from: the outcome "false alarm" with a code that speaks of a text (a class text, something
published, a chain mail, help material), for so many different people at one site, of a passage long enough to be a text
and not somebody's own short cry. One decision that the same text was a real danger, anywhere in the district, stands
against it. Everything here happens inside the deciding transaction.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, Max, OuterRef

from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.detection.models import Finding
from monitor.detection.policy import current_policy
from monitor.domain.severity import Severity
from monitor.domain.triage_rules import TriageRules
from monitor.roster.models import Site
from monitor.sealed.keys import SealBroken
from monitor.triage.aside import end_text, live_texts
from monitor.triage.models import Case, CaseFinding, Decision, HarmlessText, Outcome, WhyEnded
from monitor.triage.passage_keys import signature_of
from monitor.triage.reasons import OF_A_TEXT, REAL


def learn_from(decisions: Sequence[Decision]) -> None:
    """Draw what there is to be learned from `decisions`, just recorded by one act, all about the same passages."""
    if not decisions:
        return
    passages = _passages(decisions[0].case)
    if decisions[0].outcome in REAL:
        _contradict(passages, decisions[0])
        return
    rules = current_policy().triage
    is_about_text = decisions[0].outcome == Outcome.FALSE_ALARM and decisions[0].reason_code in OF_A_TEXT
    if not is_about_text or not rules.aside_accounts:
        return
    by_site = {decision.case.site_id: decision for decision in decisions}
    for decision in by_site.values():
        for passage in sorted(passages):
            _learn(passage, passages, decision, rules)


def _passages(case: Case) -> set[str]:
    return set(CaseFinding.objects.filter(case=case).exclude(passage="").values_list("passage", flat=True))


def _learn(passage: str, all_passages: set[str], decision: Decision, rules: TriageRules) -> None:
    site = decision.case.site
    people = _people(passage, site)
    if people < rules.aside_accounts or _is_contradicted(passage, all_passages):
        return
    finding = Finding.objects.filter(case_finding__case=decision.case, case_finding__passage=passage).first()
    if finding is None or finding.severity == Severity.IMMINENT or not _is_long(finding.pk, rules.aside_characters):
        return
    _write(passage, finding.category, people, decision, decision.at + timedelta(days=rules.aside_days))


def _people(passage: str, site: Site) -> int:
    """How many people at `site` have this passage in a case decided harmless since somebody last ended it there."""
    ended = HarmlessText.objects.filter(site=site, passage=passage).aggregate(at=Max("ended_at"))["at"]
    taught = Decision.objects.filter(
        case=OuterRef("pk"), reason_code__in=sorted(OF_A_TEXT), outcome=Outcome.FALSE_ALARM
    )
    if ended is not None:
        taught = taught.filter(at__gt=ended)
    cases = Case.objects.filter(Exists(taught), site=site, outcome=Outcome.FALSE_ALARM.value)
    return cases.filter(case_findings__passage=passage).values("account").distinct().count()


def _is_contradicted(passage: str, all_passages: Iterable[str]) -> bool:
    """Whether a case of this text alone was decided to be a real danger, at any site."""
    alone = {signature_of([passage]), signature_of(all_passages)}
    return Case.objects.filter(signature__in=alone, outcome__in=sorted(REAL)).exists()


def _is_long(finding: int, characters: int) -> bool:
    """Whether the flagged passage has at least so many characters; the machine reads it here, nothing of it is kept."""
    try:
        excerpt = json.loads(Finding.objects.only("excerpt").get(pk=finding).excerpt)
    except SealBroken:
        return False
    marked: int = sum(end - start for start, end in excerpt.get("marks", []))
    return marked >= characters


def _write(passage: str, category: str, people: int, decision: Decision, expires_at: datetime) -> None:
    text, is_new = HarmlessText.objects.get_or_create(
        site=decision.case.site,
        passage=passage,
        ended_at=None,
        defaults={
            "category": category,
            "learned_from": decision,
            "people": people,
            "learned_at": decision.at,
            "expires_at": expires_at,
            "ended_reason": "",
        },
    )
    if not is_new:
        HarmlessText.objects.filter(pk=text.pk).update(learned_from=decision, people=people, expires_at=expires_at)
    record(
        Tag.TEXT_LEARNED,
        actor=decision.actor.actor,
        site_code=decision.case.site.code,
        subject=text.public_id,
        case=decision.case.public_id,
        people=people,
        until=expires_at.date().isoformat(),
    )


def _contradict(passages: set[str], decision: Decision) -> None:
    """The text turned out to be a real danger: end it everywhere, and give back what was put aside by it.

    A case that holds anything beside known texts says nothing against them.
    """
    texts = list(live_texts(decision.at).filter(passage__in=passages).select_related("site"))
    if passages - {text.passage for text in texts}:
        return
    for text in texts:
        end_text(text, decision.actor, WhyEnded.CONTRADICTED, decision.at)

"""What a reporter says becomes rows: a tip with its case, or one more message of a tip. Each once.

Tip, case and message are one transaction. A second try with the same `external_id` (a form sent twice, a text message
that Twilio delivers again) changes nothing.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.conf import settings
from django.db import IntegrityError, transaction

from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.roster.models import Site
from monitor.tips.limits import MESSAGES_PER_TIP, count_refusal, is_flooded
from monitor.tips.models import MessageDirection, Tip, TipChannel, TipLine, TipMessage
from monitor.triage.models import Case, CaseState
from monitor.triage.reported import open_reported_case
from monitor.triage.staff import begin_matter, matter_of

TEXT_CHARACTERS = 5000
FLOODED = Severity.CONCERN


class Hurry(StrEnum):
    """How soon somebody must know, as the reporter says."""

    NOW = "now"
    SOON = "soon"
    LATER = "later"


SEVERITY_OF = {Hurry.NOW: Severity.IMMINENT, Hurry.SOON: Severity.SEVERE, Hurry.LATER: Severity.CONCERN}


class ConversationFull(Exception):
    """The tip has as many messages as one conversation may have; this one was not kept."""


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody reports. `external_id` is the same however often it is sent."""

    site: Site
    channel: TipChannel
    text: str
    external_id: str
    hurry: Hurry = Hurry.SOON
    about: str = ""
    reporter: str = ""  # empty: anonymous
    language: str = "en"
    code_index: str | None = None
    line: TipLine | None = None
    number: str = ""
    number_index: str = ""
    pictures: int = 0
    is_about_staff: bool = False  # then nobody at the school sees it


def open_tip(report: Report) -> Tip:
    """The tip that `report` opens, or the one it opened before. Nothing else about it happens a second time."""
    try:
        with transaction.atomic():
            return _open(report)
    except IntegrityError:
        known = TipMessage.objects.select_related("tip").filter(external_id=report.external_id).first()
        if known is None:
            raise
        return known.tip


def add_message(tip: Tip, text: str, external_id: str, *, pictures: int = 0) -> TipMessage:
    """One more message from the reporter of `tip`, or the one that had this `external_id` before.

    To a case that is decided already it opens another: what is new needs somebody again. Raises `ConversationFull`.
    """
    known = TipMessage.objects.filter(external_id=external_id).first()
    if known is not None:
        return known
    if TipMessage.objects.filter(tip=tip, direction=MessageDirection.FROM_REPORTER).count() >= MESSAGES_PER_TIP:
        count_refusal("full")
        raise ConversationFull
    try:
        with transaction.atomic():
            case = _live_case(tip)
            message = _message(tip, case, text, external_id, pictures)
            Tip.objects.filter(pk=tip.pk).update(last_message_at=message.at)
            record(Tag.TIP_MESSAGE, actor="reporter", site_code=tip.site.code, subject=tip.public_id)
    except IntegrityError:
        return TipMessage.objects.get(external_id=external_id)
    return message


def _open(report: Report) -> Tip:
    now = clock.now()
    is_over_limit = is_flooded(report.site, now)
    severity = SEVERITY_OF[report.hurry]
    if is_over_limit and severity.rank > FLOODED.rank:
        severity = FLOODED  # the classifier may still raise it
    case = open_reported_case(report.site, severity, at=now)
    if report.is_about_staff:
        begin_matter(case, at=now)
    tip = Tip.objects.create(
        site=report.site,
        case=case,
        channel=report.channel,
        language=report.language,
        is_anonymous=not report.reporter,
        reporter=report.reporter,
        about=report.about,
        code_index=report.code_index,
        line=report.line,
        number=report.number,
        number_index=report.number_index,
        is_over_limit=is_over_limit,
        opened_at=now,
        last_message_at=now,
        purge_on=(now + timedelta(days=settings.HEED_RETENTION_DAYS)).date(),
    )
    _message(tip, case, report.text, report.external_id, report.pictures)
    record(
        Tag.TIP_OPENED,
        actor="reporter",
        site_code=report.site.code,
        subject=tip.public_id,
        channel=report.channel.value,
        case=case.public_id,
        about_staff=report.is_about_staff,
    )
    return tip


def _live_case(tip: Tip) -> Case:
    """The case of `tip` while it is undecided, touched so that a decision at this moment waits; else a new one."""
    now = clock.now()
    current = Tip.objects.select_related("case").get(pk=tip.pk).case
    touched = Case.objects.filter(pk=current.pk).exclude(state=CaseState.DECIDED).update(last_finding_at=now)
    if touched:
        return current
    case = open_reported_case(tip.site, Severity.SEVERE, at=now, account=current.account)
    matter = matter_of(current)
    if matter is not None:
        begin_matter(case, at=now, by=matter.by, person=matter.person)
    Tip.objects.filter(pk=tip.pk).update(case=case, closed_at=None)
    return case


def _message(tip: Tip, case: Case, text: str, external_id: str, pictures: int) -> TipMessage:
    return TipMessage.objects.create(
        tip=tip,
        case=case,
        direction=MessageDirection.FROM_REPORTER,
        text=text[:TEXT_CHARACTERS],
        external_id=external_id,
        pictures=pictures,
        at=clock.now(),
    )

"""What people see of the texts that are put aside, and how they take that back."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext

from monitor.accounts.models import User
from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.detection.models import Finding
from monitor.lib import clock
from monitor.roster.models import SiteAccess
from monitor.triage.access import PUBLIC_ID, CaseNotFound
from monitor.triage.actions import check_look_reason
from monitor.triage.aside import end_text
from monitor.triage.deciding import check_reason
from monitor.triage.models import HarmlessText, Outcome, SetAside, WhyEnded
from monitor.triage.passages import FindingView, unseal_finding

TEXTS_SHOWN = 100
ASIDE_SHOWN = 200


@dataclass(frozen=True, slots=True)
class TextRow:
    """A harmless text as a list shows it. `aside` findings lie aside now, `restored` were given back."""

    text: HarmlessText
    is_live: bool
    aside: int
    restored: int
    because: str


def texts_for(user: User) -> list[TextRow]:
    """The harmless texts of the sites of `user`, live ones first, newest first, at most `TEXTS_SHOWN`. One query."""
    aside = Count("set_aside", filter=Q(set_aside__restored_at=None, set_aside__isnull=False))
    restored = Count("set_aside", filter=Q(set_aside__restored_at__isnull=False))
    rows = _texts(user).annotate(lying=aside, given_back=restored)
    found = rows.select_related("site", "learned_from__actor", "ended_by").defer("learned_from__reason", "ended_reason")
    ordered = sorted(found.order_by("-learned_at")[:TEXTS_SHOWN], key=lambda text: not _is_live(text))
    return [TextRow(text, _is_live(text), text.lying, text.given_back, because(text)) for text in ordered]


def access_text(user: User, public_id: str) -> HarmlessText:
    """The harmless text `public_id` if it is of a site of `user`. Raises `CaseNotFound` otherwise."""
    if PUBLIC_ID.fullmatch(public_id):
        text = _texts(user).select_related("site").filter(public_id=public_id).first()
        if text is not None:
            return text
    message = "there is no such text among those you may see"
    raise CaseNotFound(message)


def set_aside_by(text: HarmlessText, user: User) -> list[SetAside]:
    """What lies aside by `text`, newest first, at most `ASIDE_SHOWN`; nothing sealed is read.

    Raises `CaseNotFound` for strangers.
    """
    access_text(user, text.public_id)
    rows = SetAside.objects.filter(text=text, restored_at=None).select_related("finding__account", "finding__site")
    lean = rows.defer("finding__excerpt", "finding__account__address", "finding__account__full_name")
    return list(lean.order_by("-at", "-id")[:ASIDE_SHOWN])


def because(text: HarmlessText) -> str:
    """Why copies of `text` are put aside, in a sentence without a word of it."""
    known = {"people": text.people, "site": text.site.name, "until": f"{text.expires_at:%Y-%m-%d}"}
    decision = text.learned_from
    if decision is None:
        words = gettext(
            "The same passage was decided to be a harmless text for {people} students at {site}. "
            "Copies are put aside until {until}."
        )
        return words.format(**known)
    code = decision.get_reason_code_display().lower()
    words = gettext(
        "The same passage was decided to be harmless ({code}) for {people} students at {site}, last by {who} on {day}. "
        "Copies are put aside until {until}."
    )
    return words.format(**known, code=code, who=decision.actor.name, day=f"{decision.at:%Y-%m-%d}")


def do_end_text(text: HarmlessText, *, actor: User, reason: str) -> bool:
    """Put copies of `text` aside no longer and give back those that were; False where it was ended before.

    What is given back is in a case at the next tick. Raises `ReasonMissing`, and `CaseNotFound` for strangers.
    """
    check_reason(reason, Outcome.NO_CONCERN, None)
    access_text(actor, text.public_id)
    with transaction.atomic():
        return end_text(text, actor, WhyEnded.BY_PERSON, clock.now(), reason.strip())


def do_restore_finding(aside: SetAside, *, actor: User) -> bool:
    """Give one finding back: it is in a case at the next tick. False where it was given back before.

    Raises `CaseNotFound` for strangers.
    """
    text = access_text(actor, aside.text.public_id)
    with transaction.atomic():
        lying = SetAside.objects.filter(pk=aside.pk, restored_at=None)
        if not lying.update(restored_at=clock.now(), restored_by=actor):
            return False
        where = {"site_code": text.site.code, "subject": text.public_id}
        record(Tag.FINDING_RESTORED, actor=actor.actor, **where, finding=aside.finding.public_id)
    return True


def do_view_aside(aside: SetAside, *, actor: User, reason: str) -> FindingView:
    """Unseal one finding that lies aside, leaving a trace first. Must not be called inside a transaction.

    `reason` is a code as for `do_view_content`. Raises `ReasonMissing`, and `CaseNotFound` for strangers.
    """
    check_look_reason(reason)
    text = access_text(actor, aside.text.public_id)
    finding = aside.finding.public_id
    with transaction.atomic(durable=True):
        where = {"site_code": text.site.code, "subject": text.public_id}
        record(Tag.CONTENT_VIEWED, actor=actor.actor, **where, reason=reason, findings=[finding])
    return unseal_finding(Finding.objects.get(pk=aside.finding_id))


def _texts(user: User) -> QuerySet[HarmlessText]:
    if not (user.is_active and user.reads_content):
        return HarmlessText.objects.none()
    if user.sees_every_site:
        return HarmlessText.objects.all()
    return HarmlessText.objects.filter(site__in=SiteAccess.objects.filter(user=user).values("site"))


def _is_live(text: HarmlessText) -> bool:
    return text.ended_at is None and text.expires_at > clock.now()

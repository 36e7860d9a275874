"""How much may come in from one place. What is over a limit is refused in words and counted, or kept and marked.

A whole school may sit behind one network address, so the limits per address are wide. A tip over the limit of its
*site* is still kept: a flood must not be a way to silence somebody else.
"""

from datetime import datetime, timedelta

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from monitor.lib import clock
from monitor.roster.models import Site
from monitor.sealed.keys import blind_index
from monitor.tips.models import Tip, TipAttempt, TipRefusal

HOUR = timedelta(hours=1)
TIPS_PER_ADDRESS = 30
MESSAGES_PER_ADDRESS = 120
TRIES_PER_ADDRESS = 20  # codes that did not fit
MESSAGES_PER_NUMBER = 30
TIPS_PER_SITE = 60
MESSAGES_PER_TIP = 200  # in all, from the reporter
LIMITS = {
    "tip": TIPS_PER_ADDRESS,
    "message": MESSAGES_PER_ADDRESS,
    "code": TRIES_PER_ADDRESS,
    "sms": MESSAGES_PER_NUMBER,
    "forged": 1,  # of these, one in an hour goes on the audit chain; all are counted
}
REFUSAL_WORDS = {
    "tip": _("web tips over the limit of a network address"),
    "message": _("web messages over the limit of a network address"),
    "code": _("tries with a wrong code, over the limit"),
    "sms": _("text messages over the limit of a number"),
    "forged": _("calls of the text message address without a right signature"),
    "robot": _("web forms that a robot filled in"),
    "line": _("text messages to a number that is no tip line"),
    "full": _("messages to a conversation that is full"),
}


def place_of(kind: str, address: str) -> str:
    """A keyed hash of a network address or phone number, for counting."""
    return blind_index(f"tip {kind}:{address}")


def take(kind: str, address: str) -> bool:
    """Count one of `kind` from `address`; False when that is over the hour's limit, which counts as a refusal."""
    place, now = place_of(kind, address), clock.now()
    recent = TipAttempt.objects.filter(kind=kind, place=place, at__gt=now - HOUR)
    if recent.count() >= LIMITS[kind]:
        count_refusal(kind)
        return False
    TipAttempt.objects.create(kind=kind, place=place, at=now)
    return True


def is_over(kind: str, address: str) -> bool:
    """Whether `address` has used up what it may do of `kind` in an hour; nothing is counted."""
    recent = TipAttempt.objects.filter(kind=kind, place=place_of(kind, address), at__gt=clock.now() - HOUR)
    return recent.count() >= LIMITS[kind]


def count_refusal(reason: str) -> None:
    """One more was refused today for `reason`, a key of `REFUSAL_WORDS`."""
    row, _ = TipRefusal.objects.get_or_create(day=clock.now().date(), reason=reason)
    TipRefusal.objects.filter(pk=row.pk).update(count=F("count") + 1)


def is_flooded(site: Site, now: datetime) -> bool:
    """Whether so many tips came for `site` in the last hour that a new one is marked as part of a flood."""
    return Tip.objects.filter(site=site, opened_at__gt=now - HOUR).count() >= TIPS_PER_SITE


def forget_attempts(older_than: timedelta = timedelta(days=1), limit: int = 10_000) -> int:
    """Remove attempts that no limit looks at any more, up to `limit`; how many went."""
    old = TipAttempt.objects.filter(at__lt=clock.now() - older_than).order_by("id").values_list("pk", flat=True)
    keys = list(old[:limit])
    for start in range(0, len(keys), 500):
        TipAttempt.objects.filter(pk__in=keys[start : start + 500]).delete()
    return len(keys)

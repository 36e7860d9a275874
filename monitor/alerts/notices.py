"""Tells IT, by mail and at most once a day for each trouble, what Heed cannot mend by itself.

A calendar that cannot be read or waits for a person, a way to a contact that does not work, a school with nobody to
tell, a mailbox of returned mail that cannot be read, a tip about staff that nobody may read, a case of which everybody
was told in vain. No name of a student and nothing of a case stands in it.
"""

import logging
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext, ngettext

from monitor.accounts.models import Role, User
from monitor.alerts.coverage import broken_ways, unreachable_sites
from monitor.alerts.models import StaffNotice
from monitor.alerts.outbox import unanswered_cases
from monitor.alerts.returns import return_mailbox
from monitor.alerts.transports.email.transport import as_transport_error
from monitor.calendars.feeds import feeds_in_trouble
from monitor.lib import clock
from monitor.roster.models import District
from monitor.triage.staff import matters_nobody_sees

logger = logging.getLogger(__name__)

LONGEST = 60  # troubles in one mail
RETURNS_FAIL_FOR = timedelta(minutes=30)  # a mail server may be restarted


def tell_staff() -> int:
    """Mail the troubles of which IT was not told today; how many there were. What cannot be sent is tried again."""
    today = clock.now().date()
    told = set(StaffNotice.objects.filter(on=today, sent_at__isnull=False).values_list("trouble", flat=True))
    fresh = [(key, words) for key, words in troubles() if key not in told][:LONGEST]
    recipients = staff_addresses()
    if not fresh or not recipients:
        return 0
    mail = EmailMessage(
        subject=ngettext(
            "Heed needs IT: {count} thing to mend", "Heed needs IT: {count} things to mend", len(fresh)
        ).format(count=len(fresh)),
        body="\n\n".join([*(words for _, words in fresh), f"{settings.HEED_CONSOLE_URL}/health/"]) + "\n",
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=recipients,
        headers={"Auto-Submitted": "auto-generated"},
    )
    try:
        mail.send()
    except (OSError, ValueError) as error:
        logger.error("IT cannot be told of %d troubles: %s", len(fresh), as_transport_error(error).message)
        return 0
    for key, _ in fresh:
        StaffNotice.objects.update_or_create(trouble=key, on=today, defaults={"sent_at": clock.now()})
    return len(fresh)


def troubles() -> Iterator[tuple[str, str]]:
    """Each trouble there is now: a key that stays the same while it lasts, and a sentence."""
    for feed in feeds_in_trouble():
        what = feed.last_error or gettext("a change waits for a person: {why}").format(why=feed.held)
        words = gettext("Calendar {name}: {what}. The last good reading stays in force.")
        yield f"calendar:{feed.pk}", words.format(name=feed.name, what=what)
    for way in broken_ways():
        place = way.site_code or gettext("the district")
        yield (
            f"way:{way.site_code or 'the district'}:{way.contact}:{way.way}"[:120],
            f"{way.contact} ({place}), {way.way}: {way.reason}.",
        )
    for site in unreachable_sites():
        yield f"site:{site.site_code}", f"{site.site_name}: {site.problem}."
    box = return_mailbox()
    if box is not None and box.failing_since is not None and clock.now() - box.failing_since >= RETURNS_FAIL_FOR:
        yield (
            "returns",
            f"Mails that come back are not seen since {box.failing_since:%Y-%m-%d %H:%M} UTC: {box.last_error}.",
        )
    unseen = matters_nobody_sees()
    if unseen:
        words = gettext("{count} tips about staff that no safety lead can read. Add a user with that role.")
        yield "staff", words.format(count=unseen)
    waiting = unanswered_cases().count()
    if waiting:
        words = gettext("{count} urgent cases: everybody was told, and nobody has taken them yet.")
        yield "unanswered", words.format(count=waiting)


def staff_addresses() -> list[str]:
    """Whom to tell: everybody with the role IT, else the district's administrator."""
    found = list(User.objects.filter(role=Role.IT, is_active=True).order_by("email").values_list("email", flat=True))
    return found or list(District.objects.values_list("delegated_admin", flat=True)[:1])

"""What an alert says: that a case at a school needs somebody, how urgent it is, and where to sign in. Nothing else.

No name, no excerpt and no word about what was found: mail is forwarded, printed and shown on locked screens.
"""

from collections import Counter
from collections.abc import Sequence

from django.conf import settings
from django.utils import translation
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from monitor.accounts.languages import language_at
from monitor.alerts.models import Channel, Delivery, Duty
from monitor.alerts.subjects import Subject, subject_of
from monitor.alerts.transports.message import AlertMessage
from monitor.calendars.notice import banner_of, crisis_lines
from monitor.domain.severity import Severity

SEVERITY_WORDS = {
    Severity.LOW: gettext_lazy("low"),
    Severity.CONCERN: gettext_lazy("a concern"),
    Severity.SEVERE: gettext_lazy("severe"),
    Severity.IMMINENT: gettext_lazy("imminent"),
}
HURRY_WORDS = {
    Severity.LOW: gettext_lazy("It can wait for a quiet moment."),
    Severity.CONCERN: gettext_lazy("Please look at it today."),
    Severity.SEVERE: gettext_lazy("Please look at it within the hour."),
    Severity.IMMINENT: gettext_lazy("Please look at it now."),
}
SIGN_IN_WORDS = gettext_lazy("The page asks you to sign in. This message leaves out names and details on purpose.")
DRILL_WORDS = gettext_lazy(
    "This is a drill. No student is in danger. Please open the page and press the button that says you got it."
)
DUTY_WORDS = {
    Duty.NOBODY: gettext_lazy("No one is on duty at this school now: this alert may reach you alone."),
    Duty.ASLEEP: gettext_lazy(
        "This school is in a break until {until}. You are told because you are on call, or for the district."
    ),
    Duty.UNWATCHED: gettext_lazy(
        "This school is in a break until {until}. Until then no one will act on this case, unless you do."
    ),
}


def compose(deliveries: Sequence[Delivery]) -> AlertMessage:
    """The message of `deliveries`: one, or the several of a digest. The same however often it is composed.

    In the language that the contact chose in an account with the same address, else in the installation's.
    """
    with translation.override(language_at(deliveries[0].contact.email)):
        return _digest(deliveries) if deliveries[0].batch else _alert(deliveries[0])


def _alert(first: Delivery) -> AlertMessage:
    subject = subject_of(first)
    site = _one_line(subject.site.name)
    word = SEVERITY_WORDS[subject.severity]
    is_drill = subject.drill is not None
    headline = (_("Drill at {site}: please answer") if is_drill else _("A case at {site} needs you")).format(site=site)
    urgency = str(DRILL_WORDS) if is_drill else _urgency(subject.severity)
    link = f"{settings.HEED_CONSOLE_URL}/{'drills' if is_drill else 'cases'}/{subject.public_id}/"
    calm = _("No student is in danger.")
    lines = [urgency, link, *_duty_lines(first, subject), _step_words(first), str(SIGN_IN_WORDS)]
    return AlertMessage(
        to=_address(first),
        subject=f"{headline} ({word})",
        text="\n\n".join([f"{headline}.", *lines]) + "\n",
        html=_html(headline, lines, link, _("Open the drill") if is_drill else _("Open the case")),
        short=f"Heed: {headline} ({word}). {calm if is_drill else HURRY_WORDS[subject.severity]}",
        link=link,
        message_id=first.message_id,
        thread_id=thread_id(subject),
        severity=subject.severity,
        event="drill" if is_drill else "alert",
        site_code=subject.site.code,
        language=str(translation.get_language()),
    )


def _urgency(severity: Severity) -> str:
    return _("Urgency: {severity}. {hurry}").format(severity=SEVERITY_WORDS[severity], hurry=HURRY_WORDS[severity])


def _digest(deliveries: Sequence[Delivery]) -> AlertMessage:
    counts = Counter(_one_line(delivery.site.name) for delivery in deliveries)
    total = len({delivery.subject_id for delivery in deliveries})
    headline = ngettext("{count} case needs you today", "{count} cases need you today", total).format(count=total)
    link = f"{settings.HEED_CONSOLE_URL}/"
    where = [f"{name}: {count}" for name, count in sorted(counts.items())]
    lines = [_("Urgency: concerns. Please look at them today."), *where, link, str(SIGN_IN_WORDS)]
    mail_id = digest_id(deliveries[0].batch)
    return AlertMessage(
        to=_address(deliveries[0]),
        subject=headline,
        text="\n\n".join([f"{headline}.", *lines]) + "\n",
        html=_html(headline, lines, link, _("Open the queue")),
        short=f"Heed: {headline}.",
        link=link,
        message_id=mail_id,
        thread_id=mail_id,
        severity=Severity(deliveries[0].severity),
        event="digest",
        site_code=deliveries[0].site.code if len(counts) == 1 else "",
        language=str(translation.get_language()),
    )


def message_id(subject: Subject, *, contact_id: int, channel: Channel | None, step: int) -> str:
    """The id of the alert to one contact at one step by one way: every attempt carries the same one."""
    way = f".{channel.pk}" if channel else ""
    return f"<{subject.public_id}.{subject.severity.rank}.{step}.{contact_id}{way}@{_host()}>"


def digest_id(batch: str) -> str:
    """The id of the digest that the deliveries of `batch` leave in."""
    return f"<digest.{batch}@{_host()}>"


def batch_in(mail_id: str) -> str:
    """The batch of the digest with this id; "" where it is none of ours."""
    batch = mail_id.removeprefix("<digest.").partition("@")[0]
    return batch if batch and digest_id(batch) == mail_id else ""


def thread_id(subject: Subject) -> str:
    """What all mails of a case refer to, so that a mail reader shows them as one conversation."""
    return f"<{subject.public_id}@{_host()}>"


def _duty_lines(delivery: Delivery, subject: Subject) -> list[str]:
    """Who is there, where it is not as usual, and then whom to call when somebody is in danger."""
    words = DUTY_WORDS.get(Duty(delivery.duty))
    if words is None:
        return []
    banner = banner_of(subject.site, delivery.created_at)
    lines = [str(words).format(until=banner.wakes_on if banner else _("its end"))]
    # Numbers alone: the names of lines say what kind of danger one might think of.
    calls = "; ".join(number for _, number in crisis_lines())
    return [*lines, _("If somebody is in danger now: {numbers}.").format(numbers=calls)]


def _step_words(delivery: Delivery) -> str:
    if delivery.is_last:
        return _("You are the last responder: no one who was told before has taken it, and no one is told after you.")
    if delivery.step == 1:
        return _("You get this message because you are a contact for this school.")
    return _("You get this message because nobody who was told before has taken the case yet.")


def _address(delivery: Delivery) -> str:
    return delivery.channel.address if delivery.channel else delivery.contact.email


def _html(headline: str, lines: Sequence[str], link: str, label: str) -> str:
    body = format_html_join(
        "",
        "<p>{}</p>",
        ((format_html('<a href="{}">{}</a>', link, label) if line == link else line,) for line in lines),
    )
    return format_html(
        '<!doctype html><html lang="{}"><body style="font-family: sans-serif; line-height: 1.5">'
        "<p><strong>{}.</strong></p>{}</body></html>",
        translation.get_language(),
        headline,
        body,
    )


def _one_line(name: str) -> str:
    return " ".join(name.split())  # a line break in a subject would be refused


def _host() -> str:
    """The domain of the sender's address."""
    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"

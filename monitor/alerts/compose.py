"""What an alert says: that a case at a school needs somebody, how urgent it is, and where to sign in. Nothing else.

No name, no excerpt and no word about what was found: mail is forwarded, printed and shown on locked screens.
"""

from django.conf import settings
from django.utils.html import format_html

from monitor.alerts.models import Delivery
from monitor.alerts.transports.message import AlertMessage
from monitor.domain.severity import Severity
from monitor.triage.models import Case

SEVERITY_WORDS = {
    Severity.LOW: "low",
    Severity.CONCERN: "a concern",
    Severity.SEVERE: "severe",
    Severity.IMMINENT: "imminent",
}
HURRY_WORDS = {
    Severity.LOW: "It can wait for a quiet moment.",
    Severity.CONCERN: "Please look at it today.",
    Severity.SEVERE: "Please look at it within the hour.",
    Severity.IMMINENT: "Please look at it now.",
}
SIGN_IN_WORDS = "The page asks you to sign in. This mail leaves out names and details on purpose."


def compose(delivery: Delivery) -> AlertMessage:
    """The alert of `delivery`, the same however often it is composed."""
    case, severity = delivery.case, Severity(delivery.severity)
    site = " ".join(case.site.name.split())  # a line break in a subject would be refused
    link = f"{settings.HEED_CONSOLE_URL}/cases/{case.public_id}/"
    headline = f"A case at {site} needs you"
    urgency = f"Urgency: {SEVERITY_WORDS[severity]}. {HURRY_WORDS[severity]}"
    return AlertMessage(
        to=delivery.contact.email,
        subject=f"{headline} ({SEVERITY_WORDS[severity]})",
        text="\n\n".join([f"{headline}.", urgency, link, _step_words(delivery.step), SIGN_IN_WORDS]) + "\n",
        html=format_html(
            '<!doctype html><html lang="en"><body style="font-family: sans-serif; line-height: 1.5">'
            '<p><strong>{}.</strong></p><p>{}</p><p><a href="{}">Open the case</a></p><p>{}</p><p>{}</p></body></html>',
            headline,
            urgency,
            link,
            _step_words(delivery.step),
            SIGN_IN_WORDS,
        ),
        message_id=delivery.message_id,
        thread_id=thread_id(case),
    )


def message_id(case: Case, *, contact_id: int, step: int, severity: Severity) -> str:
    """The id of the alert to one contact at one step: every attempt carries the same one."""
    return f"<{case.public_id}.{severity.rank}.{step}.{contact_id}@{_host()}>"


def thread_id(case: Case) -> str:
    """What all mails of `case` refer to, so that a mail reader shows them as one conversation."""
    return f"<{case.public_id}@{_host()}>"


def _step_words(step: int) -> str:
    if step == 1:
        return "You get this mail because you are a contact for this school."
    return "You get this mail because nobody who was told before has taken the case yet."


def _host() -> str:
    """The domain of the sender's address."""
    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"

"""What every transport is given."""

from dataclasses import dataclass

from monitor.domain.severity import Severity


@dataclass(frozen=True, slots=True)
class AlertMessage:
    """One alert to one contact by one way. Nothing in it may say who the student is or what was found.

    `to` is the address of the way: an e-mail address, a phone number, the address of a chat room or webhook.
    `message_id` and `thread_id` are RFC 5322 message ids with their angle brackets; all alerts of one case share a
    `thread_id`. `short` is one line without a link, for a telephone; `event` is alert, digest, drill or check.
    """

    to: str
    subject: str
    text: str
    html: str
    short: str
    link: str
    message_id: str
    thread_id: str
    severity: Severity
    event: str = "alert"
    site_code: str = ""
    language: str = "en"  # of its words

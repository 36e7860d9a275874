"""What every transport is given."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AlertMessage:
    """One alert to one contact. `message_id` and `thread_id` are RFC 5322 message ids with their angle brackets.

    All alerts of one case share a `thread_id`. Nothing in it may say who the student is or what was found.
    """

    to: str
    subject: str
    text: str
    html: str
    message_id: str
    thread_id: str

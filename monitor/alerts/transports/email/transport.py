"""Alerts by mail, through the backend of Django's settings (SMTP, or files for the demo)."""

import smtplib
from contextlib import suppress

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

from monitor.alerts.transports.errors import TransportError
from monitor.alerts.transports.message import AlertMessage
from monitor.lib.returned import MARK

ERROR_CHARACTERS = 300  # of what a server says; some send pages


def send(message: AlertMessage) -> str:
    """Hand `message` to the mail server. Returns "" once the server has taken it over; raises `TransportError`."""
    mail = build_mail(message)
    connection = get_connection()
    try:
        connection.open()
        connection.send_messages([mail])
    except (OSError, ValueError) as error:  # smtplib's errors are OSErrors
        raise as_transport_error(error) from error
    finally:
        # The server has answered by now; a connection that ends badly changes nothing.
        with suppress(OSError):
            connection.close()
    return ""


def build_mail(message: AlertMessage) -> EmailMultiAlternatives:
    """The mail with its thread, the mark that no person wrote it (RFC 3834), and our id in case it comes back."""
    mail = EmailMultiAlternatives(
        subject=message.subject,
        body=message.text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[message.to],
        headers={
            "Message-ID": message.message_id,
            "In-Reply-To": message.thread_id,
            "References": message.thread_id,
            "Auto-Submitted": "auto-generated",
            MARK: message.message_id,
        },
    )
    mail.attach_alternative(message.html, "text/html")
    return mail


def as_transport_error(error: Exception) -> TransportError:
    """What a failed try means: a 5xx about this recipient or this mail is permanent, all else may pass."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()), (0, b""))
        return TransportError(f"the mail server refused the recipient: {code} {_words(words)}", permanent=code >= 500)
    if isinstance(error, smtplib.SMTPResponseException):
        return _refusal(error)
    if isinstance(error, smtplib.SMTPException):
        return TransportError(f"the mail server broke off: {_words(str(error))}", permanent=False)
    if isinstance(error, OSError):
        place = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
        return TransportError(f"the mail server {place} cannot be reached: {_words(str(error))}", permanent=False)
    return TransportError(f"the mail cannot be written: {_words(str(error))}", permanent=True)


def _refusal(error: smtplib.SMTPResponseException) -> TransportError:
    """An answer that is about all mails (sign-in, sender) may pass once somebody mends the settings."""
    answer = f"{error.smtp_code} {_words(error.smtp_error)}"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        remedy = "check HEED_SMTP_USER and HEED_SMTP_PASSWORD"
        return TransportError(f"the mail server refused the sign-in: {answer}; {remedy}", permanent=False)
    if isinstance(error, smtplib.SMTPSenderRefused):
        return TransportError(f"the mail server refused the sender: {answer}; check HEED_MAIL_FROM", permanent=False)
    is_final = isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500
    return TransportError(f"the mail server refused: {answer}", permanent=is_final)


def _words(said: bytes | str) -> str:
    """What a server said, on one line and not too long."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join(text.split())[:ERROR_CHARACTERS]

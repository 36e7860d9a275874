"""Looks, before it is needed, whether each way to each contact could work: weekly, and when `doctor` asks.

Nobody gets a message from this. A mail address is offered to the mail server and taken back before any mail; a number
is looked up; an address of a chat room or webhook is resolved. Only a drill proves the whole way.
"""

import smtplib
from contextlib import suppress
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend

from monitor.alerts.models import Channel, Contact
from monitor.alerts.send import mark_broken
from monitor.alerts.transports.errors import TransportError
from monitor.alerts.transports.outside import door, twilio
from monitor.domain.channel import ChannelKind, address_problem
from monitor.lib.http import AddressRefused, NoAnswer
from monitor.lib.twilio import TwilioError

GOOD, UNKNOWN = "", "unknown"


@dataclass(slots=True)
class CheckTally:
    """What a check found, in ways: `unknown` could not be looked at now."""

    good: int = 0
    broken: int = 0
    unknown: int = 0


def check_contacts() -> CheckTally:
    """Look at every way to every active contact and mark what cannot work. What is good loses no mark by this alone:

    a mail server that takes an address may still bounce it, so only a delivery or a changed address clears a mark.
    """
    tally = CheckTally()
    contacts = list(Contact.objects.filter(is_active=True).order_by("pk"))
    for contact, problem in zip(contacts, _mail_problems([contact.email for contact in contacts]), strict=True):
        _note(contact, problem, tally)
    for channel in Channel.objects.filter(is_active=True, contact__is_active=True).order_by("pk"):
        _note(channel, channel_problem(channel), tally)
    return tally


def _note(way: Contact | Channel, problem: str, tally: CheckTally) -> None:
    if problem == UNKNOWN:
        tally.unknown += 1
    elif problem:
        tally.broken += 1
        mark_broken(way, problem)
    else:
        tally.good += 1


def channel_problem(channel: Channel) -> str:
    """What is wrong with `channel`: a sentence, "" where nothing is, "unknown" where nobody could tell now."""
    kind = ChannelKind(channel.kind)
    problem = address_problem(kind, channel.address)
    if problem:
        return f"the address {problem}"
    try:
        if kind in {ChannelKind.SMS, ChannelKind.VOICE}:
            return GOOD if twilio().is_valid(channel.address) else "Twilio says that there is no such number"
        if kind is not ChannelKind.APPRISE:
            door().check(channel.address)
    except AddressRefused as error:
        return f"the address {error}"
    except TwilioError as error:
        return "Twilio says that there is no such number" if error.is_final else UNKNOWN
    except (TransportError, NoAnswer):
        return UNKNOWN
    return GOOD


def _mail_problems(addresses: list[str]) -> list[str]:
    """For each address what the mail server says of it before any mail is given to it."""
    unknown = [UNKNOWN] * len(addresses)
    connection = get_connection()
    if settings.HEED_MAIL_FOLDER or not isinstance(connection, EmailBackend):
        return unknown
    try:
        connection.open()
        server = connection.connection
        return [_asked(server, address) for address in addresses] if server is not None else unknown
    except OSError:
        return unknown
    finally:
        with suppress(OSError):
            connection.close()


def _asked(server: smtplib.SMTP, address: str) -> str:
    try:
        server.ehlo_or_helo_if_needed()
        server.mail(settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].strip("> "))
        code, words = server.rcpt(address)
        server.rset()
    except smtplib.SMTPException:
        return UNKNOWN
    if code >= 500:
        return f"the mail server refuses it: {code} {' '.join(words.decode('utf-8', 'replace').split())[:200]}"
    return GOOD if code < 400 else UNKNOWN

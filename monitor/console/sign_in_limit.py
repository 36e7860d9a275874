"""How often somebody may guess: counted from the audit chain, so that it holds across processes and restarts."""

from datetime import timedelta
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest

from monitor.audit.chain import record
from monitor.audit.models import AuditEvent
from monitor.audit.tags import Tag
from monitor.lib import clock
from monitor.sealed.keys import blind_index

WINDOW = timedelta(minutes=15)
TRIES_PER_ADDRESS = 10
TRIES_PER_PLACE = 50  # a whole school may sit behind one network address
EVENTS_LOOKED_AT = 10_000  # the bound of the look back, whatever a busy quarter of an hour wrote
KEY_LENGTH = 16


def record_refusal(request: HttpRequest, email: str) -> None:
    """Write a refused try to the audit chain; neither the address nor the network address in clear."""
    record(Tag.SIGN_IN_REFUSED, actor=_place(request), subject=_address(email))


def is_over_limit(request: HttpRequest, email: str) -> bool:
    """Whether this mail address, or this network address, was refused too often within `WINDOW`."""
    newest = AuditEvent.objects.order_by("-id").values_list("id", flat=True).first() or 0
    refused = AuditEvent.objects.filter(
        id__gt=newest - EVENTS_LOOKED_AT, at__gt=clock.now() - WINDOW, tag=Tag.SIGN_IN_REFUSED.value
    )
    return (
        refused.filter(subject=_address(email)).count() >= TRIES_PER_ADDRESS
        or refused.filter(actor=_place(request)).count() >= TRIES_PER_PLACE
    )


def _address(email: str) -> str:
    return f"address:{blind_index(email.strip().lower())[:KEY_LENGTH]}"


def _place(request: HttpRequest) -> str:
    return f"visitor:{blind_index(network_address(request))[:KEY_LENGTH]}"


def network_address(request: HttpRequest) -> str:
    """The visitor's IP address; the last one that a trusted proxy wrote, where the settings say there is one."""
    given = str(request.META.get("REMOTE_ADDR", ""))
    if settings.SECURE_PROXY_SSL_HEADER:
        given = str(request.META.get("HTTP_X_FORWARDED_FOR", given)).rpartition(",")[2].strip()
    try:
        return ip_address(given).compressed
    except ValueError:
        return "unknown"

"""The audit chain: what was done, by whom, in an order that cannot be rewritten unnoticed."""

import hashlib
import json
from datetime import datetime
from typing import Any, NoReturn

from django.db import models

GENESIS = "0" * 64


class AuditEvent(models.Model):
    """One event. `hash` covers every other column and the hash before it."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=80)  # "user:<id>", "visitor:<blind index>", "worker" or "command"
    tag = models.CharField(max_length=80)  # source:subject:action, one of monitor.audit.tags
    site_code = models.CharField(max_length=64, blank=True)
    subject = models.CharField(max_length=80, blank=True)  # a public id; never a name or an address
    detail = models.JSONField(default=dict)
    # One event follows one other: two writers cannot both follow the same, so the chain never forks.
    previous_hash = models.CharField(max_length=64, unique=True)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["subject", "at"], name="audit_by_subject")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor} {self.tag} {self.subject}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert only."""
        if self.pk is not None:
            message = "an audit event is never changed"
            raise TypeError(message)
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Never."""
        message = "an audit event is never deleted"
        raise TypeError(message)


def event_hash(event: AuditEvent) -> str:
    """The SHA-256 (hex) that binds `event` to its place in the chain."""
    at: datetime = event.at
    body = [
        event.previous_hash,
        at.isoformat(),
        event.actor,
        event.tag,
        event.site_code,
        event.subject,
        event.detail,
    ]
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

"""What IT leaves unread by rule: visible, counted, and on the audit chain."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext

from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.domain.origin import Origin
from monitor.domain.reading import ADDRESS, LABEL, ExemptionSpec
from monitor.lib import clock
from monitor.roster.models import Exemption
from monitor.sealed.keys import blind_index

MOST_CHARACTERS = 200
REASON_CHARACTERS = 3
_ADDRESS = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


class ExemptionProblem(Exception):
    """A rule that cannot be: `field` is `value` or `reason`, the message says what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Exemptions:
    """The rules in force: row numbers by the keyed hash of an address, and by a label's name in lower case."""

    addresses: Mapping[str, int]
    labels: Mapping[str, int]

    def of_address(self, address: str) -> int | None:
        """The rule that exempts `address`, or None."""
        return self.addresses.get(blind_index(address.strip().lower())) if self.addresses else None

    def of_mail(self, sender: str, recipients: Iterable[str], mailbox: str) -> int | None:
        """The rule that exempts a mail: its sender is exempt, or everybody whom it goes to but its own mailbox.

        One exempt recipient among others exempts nothing: adding the counselor to a threat must not hide the threat.
        """
        if not self.addresses:
            return None
        own = mailbox.lower()
        if sender.lower() != own:
            return self.of_address(sender)
        rules = [self.of_address(address) for address in recipients if address.lower() != own]
        return rules[0] if rules and all(rules) else None

    def of_labels(self, names: Iterable[str]) -> int | None:
        """The rule that exempts a message with labels of these names, or None."""
        return next((self.labels[name.lower()] for name in names if name.lower() in self.labels), None)


def exemptions_in_force() -> Exemptions:
    """The rules in force, in one query."""
    rows = list(Exemption.objects.filter(is_active=True))
    return Exemptions(
        addresses={row.value_index: row.pk for row in rows if row.kind == ADDRESS},
        labels={row.value: row.pk for row in rows if row.kind == LABEL},
    )


def has_exempt_addresses() -> bool:
    """Whether any rule in force exempts an address."""
    return Exemption.objects.filter(is_active=True, kind=ADDRESS).exists()


def count_left_out(rule: int) -> None:
    """One more item was left unread by `rule`."""
    Exemption.objects.filter(pk=rule).update(left_out=F("left_out") + 1)


def apply_exemptions(specs: Iterable[ExemptionSpec], *, actor: str) -> None:
    """Make the rules of the district file be `specs`; those that a person put in through the console stay.

    Each change is on the audit chain, with a number instead of the address.
    """
    wanted = {(spec.kind, blind_index(spec.value)): spec for spec in specs}
    for row in Exemption.objects.filter(is_active=True, origin=Origin.FILE):
        if (row.kind, row.value_index) not in wanted:
            _end(row, actor)
    for spec in wanted.values():
        _put(spec, Origin.FILE, actor)


@transaction.atomic
def do_add_exemption(spec: ExemptionSpec, *, actor: str) -> Exemption:
    """Put a rule into force from the next reading on, without the district file.

    Raises `ExemptionProblem` when `spec` names no whole address or no label, gives no reason, or is in force already.
    """
    value = spec.value.strip().lower()
    if spec.kind == ADDRESS and not _ADDRESS.fullmatch(value):
        raise ExemptionProblem("value", gettext("Enter a whole e-mail address."))
    if spec.kind not in (ADDRESS, LABEL) or not value or len(value) > MOST_CHARACTERS:
        raise ExemptionProblem("value", gettext("Enter the name of a Gmail label."))
    if len("".join(spec.reason.split())) < REASON_CHARACTERS:
        raise ExemptionProblem("reason", gettext("Write why this is not read: families and auditors may ask."))
    if Exemption.objects.filter(kind=spec.kind, value_index=blind_index(value), is_active=True).exists():
        raise ExemptionProblem("value", gettext("This is exempt already."))
    return _put(ExemptionSpec(spec.kind, value, spec.reason.strip()[:MOST_CHARACTERS]), Origin.CONSOLE, actor)


@transaction.atomic
def do_end_exemption(row: Exemption, *, actor: str) -> None:
    """Read again, from now on, what `row` left unread; what it left out before stays unread.

    Raises `ExemptionProblem` for a rule of the district file: taken out here, it would be back with the next apply.
    """
    if row.origin == Origin.FILE:
        message = gettext("This rule stands in the district file. Take it out there and apply the file.")
        raise ExemptionProblem("value", message)
    if row.is_active:
        _end(row, actor)


def _put(spec: ExemptionSpec, origin: Origin, actor: str) -> Exemption:
    row, is_new = Exemption.objects.get_or_create(
        kind=spec.kind,
        value_index=blind_index(spec.value),
        defaults={"value": spec.value, "reason": spec.reason, "since": clock.now(), "origin": origin},
    )
    is_change = is_new or not row.is_active or row.reason != spec.reason
    since = row.since if row.is_active else clock.now()
    Exemption.objects.filter(pk=row.pk).update(is_active=True, reason=spec.reason, since=since, origin=origin)
    if is_change:
        record(Tag.EXEMPTION_ADDED, actor=actor, exemption=row.pk, kind=spec.kind, reason=spec.reason)
    return row


def _end(row: Exemption, actor: str) -> None:
    Exemption.objects.filter(pk=row.pk).update(is_active=False)
    record(Tag.EXEMPTION_ENDED, actor=actor, exemption=row.pk, kind=row.kind, left_out=row.left_out)

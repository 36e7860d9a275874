"""What IT leaves unread by rule: visible, counted, and on the audit chain."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import F

from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.domain.reading import ADDRESS, LABEL, ExemptionSpec
from monitor.lib import clock
from monitor.roster.models import Exemption
from monitor.sealed.keys import blind_index


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


def count_left_out(rule: int) -> None:
    """One more item was left unread by `rule`."""
    Exemption.objects.filter(pk=rule).update(left_out=F("left_out") + 1)


def apply_exemptions(specs: Iterable[ExemptionSpec], *, actor: str) -> None:
    """Make the rules in force be `specs`; each change is on the audit chain, with a number instead of the address."""
    wanted = {(spec.kind, blind_index(spec.value)): spec for spec in specs}
    for row in Exemption.objects.filter(is_active=True):
        if (row.kind, row.value_index) not in wanted:
            Exemption.objects.filter(pk=row.pk).update(is_active=False)
            record(Tag.EXEMPTION_ENDED, actor=actor, exemption=row.pk, kind=row.kind, left_out=row.left_out)
    for (kind, index), spec in wanted.items():
        row, is_new = Exemption.objects.get_or_create(
            kind=kind,
            value_index=index,
            defaults={"value": spec.value, "reason": spec.reason, "since": clock.now()},
        )
        if is_new or not row.is_active or row.reason != spec.reason:
            since = row.since if row.is_active else clock.now()
            Exemption.objects.filter(pk=row.pk).update(is_active=True, reason=spec.reason, since=since)
            record(Tag.EXEMPTION_ADDED, actor=actor, exemption=row.pk, kind=kind, reason=spec.reason)

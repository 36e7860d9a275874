"""The door through which every Google call about an account goes, and the record it leaves.

A call is refused, before any request leaves, while the account sleeps. A call that can bring student content is
written down before it is made, so that a crash cannot hide it.
"""

from collections import Counter
from datetime import date

from django.db import transaction
from django.db.models import F

from monitor.calendars.awake import is_awake
from monitor.google.meter import GoogleCall
from monitor.intake.models import ContentCall, UnitUsage
from monitor.intake.quota import ALLOWANCE, Purpose, note_refusal
from monitor.lib import clock
from monitor.roster.models import MonitoredAccount


class Asleep(Exception):
    """The account may not be read now: its site is in a break, or it is no longer watched."""


class UsageTally:
    """Counts calls and units by method and puts them into the day's rows when flushed."""

    def __init__(self) -> None:
        self._calls: Counter[tuple[str, str]] = Counter()
        self._units: Counter[tuple[str, str]] = Counter()

    def add(self, call: GoogleCall) -> None:
        """Count one call."""
        self._calls[call.api, call.method] += 1
        self._units[call.api, call.method] += call.units

    def flush(self) -> None:
        """Add what was counted since the last flush to today's rows."""
        today = clock.now().date()
        calls, units = self._calls, self._units
        self._calls, self._units = Counter(), Counter()
        for (api, method), count in calls.items():
            _add_usage(today, api, method, count, units[api, method])


class OpenMeter:
    """Meters calls that concern no single account, such as the Directory's."""

    def __init__(self, tally: UsageTally, purpose: Purpose = Purpose.LIVE) -> None:
        self._tally = tally
        self._purpose = purpose

    def before(self, call: GoogleCall) -> None:
        """Hold the call within the quota and count it."""
        ALLOWANCE.spend(call, "", self._purpose)
        self._tally.add(call)

    def after(self, call: GoogleCall, outcome: str) -> None:
        """Let all workers know of a refusal for quota; its caller reports other errors."""
        note_refusal(call, "", outcome)


class AccountMeter:
    """Meters and guards the calls for one account. Raises `Asleep` instead of letting a call through."""

    def __init__(self, account: MonitoredAccount, tally: UsageTally, purpose: Purpose = Purpose.LIVE) -> None:
        self._account = account
        self._tally = tally
        self._purpose = purpose
        self._open: dict[GoogleCall, int] = {}

    def before(self, call: GoogleCall) -> None:
        """Refuse the call while the account sleeps; otherwise count it, and write it down if it brings content."""
        now = clock.now()
        if not is_awake(self._account, now):
            raise Asleep(self._account.reference)
        ALLOWANCE.spend(call, self._account.reference, self._purpose)
        self._tally.add(call)
        if call.is_content:
            row = ContentCall.objects.create(
                account=self._account, method=call.method, target=call.target, at=now, units=call.units
            )
            self._open[call] = row.pk

    def after(self, call: GoogleCall, outcome: str) -> None:
        """Note how a content call ended, and what Google refused for quota."""
        note_refusal(call, self._account.reference, outcome)
        row = self._open.pop(call, None)
        if row is not None:
            ContentCall.objects.filter(pk=row).update(outcome=outcome[:64])


def units_spent(since: dict[str, int] | None = None) -> dict[str, int]:
    """Units by API over all days, less the figures in `since`: what was spent between two looks."""
    spent: Counter[str] = Counter()
    for api, units in UnitUsage.objects.values_list("api", "units"):
        spent[api] += units
    spent.subtract(since or {})
    return {api: units for api, units in spent.items() if units or since is None}


def _add_usage(day: date, api: str, method: str, calls: int, units: int) -> None:
    with transaction.atomic():
        row, _ = UnitUsage.objects.get_or_create(day=day, method=method, defaults={"api": api})
        UnitUsage.objects.filter(pk=row.pk).update(calls=F("calls") + calls, units=F("units") + units)

"""Who speaks in a conversation: by ids, for Chat gives a member nobody's address."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.calendars.awake import is_awake
from monitor.calendars.past import silences, was_silent
from monitor.domain.text import Speaker
from monitor.google.chat import MessageHead
from monitor.google.errors import NotFound
from monitor.intake.ledger import UsageTally
from monitor.intake.models import ChatPerson, Cursor
from monitor.intake.workspace import open_directory
from monitor.lib import clock
from monitor.roster.exemptions import Exemptions, exemptions_in_force
from monitor.roster.models import AccountState, MonitoredAccount
from monitor.sealed.keys import blind_index

ASK_AGAIN = timedelta(days=30)  # whether a stranger became a member of the district, or the other way round
IN_BREAK = "edited after a break that came since it was sent: what was written in the break cannot be told apart"


@dataclass(slots=True)
class People:
    """The speakers of some messages, looked up together and remembered while this lives."""

    tally: UsageTally
    exemptions: Exemptions = field(default_factory=exemptions_in_force)
    _watched: dict[str, MonitoredAccount | None] = field(default_factory=dict)
    _others: dict[str, ChatPerson] = field(default_factory=dict)

    def know(self, ids: Iterable[str]) -> None:
        """Look up those of `ids` that are not known yet; asks the Directory once about each who is not watched."""
        wanted = {one for one in ids if one and one not in self._watched}
        rows = MonitoredAccount.objects.select_related("site").filter(
            google_id__in=wanted, state=AccountState.ACTIVE, site__isnull=False, site__is_active=True
        )
        found = {row.google_id: row for row in rows}
        self._watched.update({one: found.get(one) for one in wanted})
        others = wanted - set(found)
        fresh = ChatPerson.objects.filter(google_id__in=others, asked_at__gt=clock.now() - ASK_AGAIN)
        self._others.update({row.google_id: row for row in fresh})
        for one in sorted(others - set(self._others)):
            self._others[one] = self._ask(one)

    def watched(self, google_id: str) -> MonitoredAccount | None:
        """The watched account with this id, or None."""
        self.know([google_id])
        return self._watched.get(google_id)

    def rule_for(self, google_id: str) -> int | None:
        """The exemption that somebody falls under, or None."""
        account = self.watched(google_id)
        index = account.address_index if account else self._index_of(google_id)
        return self.exemptions.addresses.get(index) if index else None

    def speaker(self, google_id: str, account: MonitoredAccount) -> Speaker:
        """Who somebody is, seen from `account`."""
        if google_id == account.google_id:
            return Speaker.SELF
        if self.watched(google_id) is not None:
            return Speaker.STUDENT
        other = self._others.get(google_id)
        return Speaker.OUTSIDE if other is None or other.is_outside else Speaker.DISTRICT

    def _index_of(self, google_id: str) -> str:
        other = self._others.get(google_id)
        return other.address_index if other else ""

    def _ask(self, google_id: str) -> ChatPerson:
        try:
            index, is_outside = blind_index(open_directory(self.tally).user(google_id).address.lower()), False
        except NotFound:
            index, is_outside = "", True
        row, _ = ChatPerson.objects.update_or_create(
            google_id=google_id,
            defaults={"address_index": index, "is_outside": is_outside, "asked_at": clock.now()},
        )
        return row


def baselines(accounts: Iterable[MonitoredAccount]) -> dict[int, datetime]:
    """From when on each account's words in Chat are read; who was never contacted is missing."""
    rows = Cursor.objects.filter(source="chat", account__in=[one.pk for one in accounts], baseline_at__isnull=False)
    return {pk: at for pk, at in rows.values_list("account_id", "baseline_at") if at is not None}


def was_asleep(account: MonitoredAccount, head: MessageHead) -> bool:
    """Whether a message was sent, or last edited, in a break of `account`."""
    return any(was_silent(account, moment) for moment in {head.created_at, head.updated_at or head.created_at})


def spans_a_break(account: MonitoredAccount, head: MessageHead) -> bool:
    """Whether a break of `account` came between a message and its last edit: Chat keeps no versions to compare with."""
    return head.updated_at is not None and bool(silences(account, head.created_at, head.updated_at))


def may_be_heard(speaker: MonitoredAccount, head: MessageHead) -> bool:
    """Whether a student's older message may stand around another one's: not while, nor from when, their site sleeps."""
    if not is_awake(speaker, clock.now()):
        return False
    return not was_asleep(speaker, head) and not spans_a_break(speaker, head)

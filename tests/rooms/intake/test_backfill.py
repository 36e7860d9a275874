"""Old mail is read only by order, in full and once, never what is dated in a break, and never before anything live."""

import argparse
from datetime import UTC, datetime, timedelta

import pytest

from monitor.audit.models import AuditEvent
from monitor.calendars.apply import apply_breaks
from monitor.commands import backfill as command
from monitor.domain.district import BreakSpec
from monitor.domain.reading import ExemptionSpec
from monitor.domain.source import Source
from monitor.intake import backfill as backfill_module
from monitor.intake import quota as quota_module
from monitor.intake.backfill import BackfillProblem, cancel_backfill, list_old_mail, start_backfill
from monitor.intake.backfill_estimate import estimate_backfill
from monitor.intake.models import Backfill, BackfillMailbox, Item, ItemState, QuotaDay
from monitor.intake.poll import poll_account
from monitor.intake.queue import take_items
from monitor.intake.quota import google_day
from monitor.lib import clock
from monitor.roster.exemptions import apply_exemptions
from monitor.roster.models import District, Site
from tests.rooms.detection.marker import MarkerClassifier, score_all

NOON = datetime(2026, 10, 6, 19, tzinfo=UTC)
DAY = timedelta(days=1)
SINCE = NOON - 100 * DAY


class Old:
    """One student with mail from before the baseline; the texts say when it came, in days before noon."""

    def __init__(self, watched) -> None:
        self.watched, self.texts, self.account = watched, MarkerClassifier(), watched.account(0)
        self.site = self.account.site

    def mail(self, days_ago: float, text: str) -> str:
        with self.watched.at(NOON - days_ago * DAY):
            sent = self.watched.control.mail("pal@elsewhere.example", self.watched.addresses[0], "Hello", text)
        return sent["copies"][0]["id"]

    def poll(self) -> None:
        for number in range(6):
            poll_account(self.watched.account(number), Source.GMAIL)

    def start(self) -> Backfill:
        return start_backfill(self.site, SINCE, estimate_backfill(self.site, SINCE))

    def read(self) -> set[str]:
        for _ in range(100):
            if not list_old_mail() and not score_all(self.texts).handled:
                break
        return {word for text in self.texts.texts for word in text.split() if word.startswith("days")}


@pytest.fixture
def old(watched) -> Old:
    old = Old(watched)
    for days in (150, 90, 40, 39.5, 3):
        old.mail(days, f"days{days}")
    return old


def test_nothing_old_is_read_unless_somebody_orders_it(old):
    with old.watched.at(NOON):
        old.poll()
        assert old.read() == set()
        assert not Item.objects.exists()


def test_old_mail_is_read_back_to_the_date_once_and_the_back_fill_ends(old):
    with old.watched.at(NOON):
        old.poll()
        old.start()
        assert old.read() == {"days90", "days40", "days39.5", "days3"}
        assert old.texts.texts.count("Hello") == 4
        list_old_mail()
        assert Backfill.objects.get().state == "done"
        old.start()
        before = len(old.watched.content_calls())
        old.read()
        assert len(old.watched.content_calls()) == before  # a second one finds that all is known


def test_what_is_dated_inside_a_break_is_never_scored(old):
    site = BreakSpec(old.site.code, "Autumn", NOON - 41 * DAY, NOON - 39.8 * DAY)
    apply_breaks([site], actor="command")
    edge = old.mail(39.8 + 0.5 / 86_400, "daysedge")  # within the second in which the break ends
    with old.watched.at(NOON):
        old.poll()
        old.start()
        assert old.read() == {"days90", "days39.5", "days3"}
        assert set(Item.objects.exclude(state=ItemState.SCORED).values_list("item_key", flat=True)) <= {edge}


def test_no_call_leaves_for_a_site_that_sleeps(old):
    with old.watched.at(NOON):
        old.poll()
        old.start()
        list_old_mail()
        old.watched.put_to_sleep(NOON - DAY / 24, NOON + DAY)
        before = len(old.watched.control.calls())
        assert old.read() == set()
        assert len(old.watched.control.calls()) == before
    with old.watched.at(NOON + 2 * DAY):
        old.poll()
        assert old.read() == {"days90", "days40", "days39.5", "days3"}


def test_live_mail_goes_first_and_nothing_is_listed_while_it_waits(old):
    with old.watched.at(NOON):
        old.poll()
        old.start()
        list_old_mail()
        assert Item.objects.filter(backfill__isnull=False).exists()
    old.mail(-0.01, "dayslive")
    with old.watched.at(NOON + DAY / 50):
        old.poll()
        assert list_old_mail() == 0
        assert [item.backfill_id for item, _ in take_items(5)] == [None]


def test_above_the_soft_stop_it_rests_and_live_reading_goes_on(old):
    with old.watched.at(NOON):
        old.poll()
        old.start()
        list_old_mail()
        quota_module.ALLOWANCE.give_back()
        limit = quota_module.quota().limits["gmail"].per_day
        day, _ = QuotaDay.objects.get_or_create(day=google_day(clock.now()), api="gmail")
        QuotaDay.objects.filter(pk=day.pk).update(units=int(limit * 0.71))
        before = len(old.watched.control.calls())
        assert old.read() == set()
        assert len(old.watched.control.calls()) == before
    old.mail(-0.01, "dayslive")
    with old.watched.at(NOON + DAY / 50):
        old.poll()
        assert old.read() == {"dayslive"}


def test_a_crash_in_the_middle_of_a_slice_loses_nothing_and_doubles_nothing(old, monkeypatch):
    class Died(BaseException):
        pass

    def write_and_die(*arguments):
        write(*arguments)
        raise Died

    write = backfill_module._write
    with old.watched.at(NOON):
        old.poll()
        old.start()
        monkeypatch.setattr(backfill_module, "_write", write_and_die)
        with pytest.raises(Died):
            list_old_mail()
        monkeypatch.setattr(backfill_module, "_write", write)
        assert old.read() == {"days90", "days40", "days39.5", "days3"}
        assert old.texts.texts.count("Hello") == 4


def test_cancelled_it_lets_go_of_what_is_unread_and_can_begin_anew(old):
    with old.watched.at(NOON):
        old.poll()
        old.start()
        with pytest.raises(BackfillProblem, match="runs already"):
            old.start()
        list_old_mail()
        assert cancel_backfill(old.site) == Item.objects.count() + 1 == 1
        assert old.read() == set()
        with pytest.raises(BackfillProblem, match="no back-fill"):
            cancel_backfill(old.site)
        old.start()
        assert old.read() == {"days90", "days40", "days39.5", "days3"}
    tags = AuditEvent.objects.filter(tag__startswith="intake:backfill").values_list("tag", flat=True)
    assert list(tags) == ["intake:backfill:start", "intake:backfill:cancel", "intake:backfill:start"]


def test_the_estimate_counts_without_reading_and_says_what_it_costs(old):
    with old.watched.at(NOON):
        old.poll()
        estimate = estimate_backfill(old.site, SINCE)
        assert old.watched.content_calls() == []
    accounts = old.site.monitored_accounts.count()
    assert (estimate.accounts, estimate.counted, estimate.failed) == (accounts, accounts, 0)
    assert estimate.items == 4
    assert estimate.units == 4 * 20 + accounts * 4 * 5
    assert estimate.days() == 1
    assert estimate.days(items_per_second=4 / 86_400 / 3) == 3


def test_a_mailbox_that_cannot_be_listed_waits_with_its_reason_and_holds_up_no_other(old):
    with old.watched.at(NOON):
        old.poll()
        old.start()
        old.watched.control.do("faults", rules=[{"kind": "500", "match": "messages.list", "probability": 1}])
        list_old_mail()
        assert set(BackfillMailbox.objects.values_list("failures", flat=True)) == {1}
        assert not BackfillMailbox.objects.filter(error="").exists()
        old.watched.control.do("faults", clear=True)
        assert old.read() == set()
    with old.watched.at(NOON + DAY / 24):
        old.poll()
        assert old.read() == {"days90", "days40", "days39.5", "days3"}


def test_an_exempt_label_is_honoured_although_a_listing_by_date_does_not_tell_it(old):
    with old.watched.at(NOON - 2 * DAY):
        box, add = old.watched.addresses[0], ["Records request"]
        sent = old.watched.control.mail("pal@elsewhere.example", box, "Hello", "days2")["copies"][0]
        old.watched.control.do("label_message", mailbox=box, id=sent["id"], add=add)
    apply_exemptions([ExemptionSpec("label", "records request", "gathered")], actor="command")
    with old.watched.at(NOON):
        old.poll()
        old.start()
        assert "days2" not in old.read()
        assert Item.objects.filter(state=ItemState.LEFT_OUT, reason__startswith="exemption").count() == 1


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args(words))


def test_the_command_estimates_starts_shows_and_cancels(old, capsys):
    with old.watched.at(NOON):
        old.poll()
        site = ("--site", old.site.code)
        assert run("estimate", *site, "--from", "2026-07-01") == 0
        assert "items      about 4" in capsys.readouterr().out
        assert run("start", *site, "--from", "2026-07-01") == 0
        assert "Nothing was started" in capsys.readouterr().out
        assert not Backfill.objects.exists()
        assert run("start", *site, "--from", "2026-07-01", "--yes") == 0
        old.read()
        assert run("status") == 0
        assert "4 scored" in capsys.readouterr().out
        assert run("cancel", *site) == (2 if Backfill.objects.get().state == "done" else 0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["start", "--from", "2026-07-01"], "name a site"),
        (["start", "--site", "CODE"], "name the day"),
        (["estimate", "--site", "CODE", "--from", "2030-01-01"], "not in the past"),
        (["cancel", "--site", "nowhere"], "name a site"),
    ],
)
def test_mistakes_are_told(watched, words, said, capsys):
    code = Site.objects.first().code
    with watched.at(NOON):
        assert run(*[code if word == "CODE" else word for word in words]) == 2
    assert said in capsys.readouterr().err


def test_a_sleeping_site_and_mail_switched_off_are_refused(watched, capsys):
    words = ("estimate", "--site", Site.objects.first().code, "--from", "2026-07-01")
    with watched.at(NOON):
        watched.put_to_sleep(NOON - DAY, NOON + DAY)
        assert run(*words) == 2
        assert "sleeps until" in capsys.readouterr().err
        District.objects.update(reading={"gmail": False})
        assert run(*words) == 2
        assert "not read in this district" in capsys.readouterr().err

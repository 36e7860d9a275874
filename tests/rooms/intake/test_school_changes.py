"""Somebody who changes school: what was written in a break of the old one, or while unwatched, is never read."""

from datetime import timedelta

import pytest

from monitor.calendars.apply import apply_breaks
from monitor.detection.models import Finding
from monitor.domain.district import BreakSpec
from monitor.domain.source import Source
from monitor.intake.chat_sync import due_spaces, poll_space
from monitor.intake.poll import poll_account
from monitor.intake.workspace import sync_district_roster
from monitor.lib import clock
from monitor.roster.models import District, Site
from tests.rooms.detection.marker import MarkerClassifier, score_all

HOUR = timedelta(hours=1)


class Pupil:
    """One student, and everything that is read of them."""

    def __init__(self, watched) -> None:
        self.watched, self.control, self.address = watched, watched.control, watched.addresses[0]
        self.talk = self.control.do("space", kind="GROUP_CHAT", members=watched.addresses[:2])["id"]
        self.unit = self.account.org_unit_path

    @property
    def account(self):
        return self.watched.account(0)

    def move(self, unit: str) -> None:
        self.control.do("move_user", email=self.address, org_unit=unit)
        sync_district_roster()

    def write(self, words: str) -> None:
        self.control.mail("pal@elsewhere.example", self.address, words, f"{words} by mail")
        self.control.write_file(self.address, words, f"{words} in a file")
        self.control.do("say", space=self.talk, sender=self.address, text=f"{words} in chat")

    def read(self) -> list[str]:
        for source in Source:
            poll_account(self.account, source)
        for pk in due_spaces(10):
            poll_space(pk)
        classifier = MarkerClassifier()
        score_all(classifier)
        return [text for text in classifier.texts if " " in text]


@pytest.fixture
def pupil(watched) -> Pupil:
    District.objects.update(reading={"chat": True})
    found = Pupil(watched)
    found.read()
    return found


def test_a_break_of_the_school_left_stays_a_break(pupil):
    old = pupil.account.site
    other = next(unit for unit in pupil.watched.spec.sites if unit.code != old.code)
    start = clock.now() + HOUR
    apply_breaks([BreakSpec(old.code, "Break", start, start + 100 * HOUR)], actor="command")
    with pupil.watched.at(start + HOUR):
        pupil.write("sign-violence asleep")
    with pupil.watched.at(start + 2 * HOUR):
        pupil.move(other.org_units[0])
        assert pupil.account.site == Site.objects.get(code=other.code)
    with pupil.watched.at(start + 3 * HOUR):
        pupil.write("sign-violence awake")
        texts = pupil.read()
    assert [text for text in texts if "asleep" in text] == []
    assert {"sign-violence awake by mail", "sign-violence awake in a file", "sign-violence awake in chat"} <= set(texts)
    assert {finding.site.code for finding in Finding.objects.all()} == {other.code}


def test_what_was_written_while_nobody_watched_is_not_read_when_they_come_back(pupil):
    start = clock.now() + HOUR
    with pupil.watched.at(start):
        pupil.move("/Service")
        assert pupil.account.site is None
    with pupil.watched.at(start + HOUR):
        pupil.write("sign-violence unwatched")
    with pupil.watched.at(start + 2 * HOUR):
        pupil.move(pupil.unit)
    with pupil.watched.at(start + 3 * HOUR):
        pupil.write("sign-violence watched")
        texts = pupil.read()
    assert [text for text in texts if "unwatched" in text] == []
    assert len([text for text in texts if "watched" in text]) >= 3


def test_findings_stay_with_the_school_at_which_they_were_made(pupil):
    old = pupil.account.site
    other = next(unit for unit in pupil.watched.spec.sites if unit.code != old.code)
    pupil.write("sign-violence before")
    pupil.read()
    known = set(Finding.objects.values_list("pk", flat=True))
    assert known
    with pupil.watched.at(clock.now() + HOUR):
        pupil.move(other.org_units[0])
    with pupil.watched.at(clock.now() + 2 * HOUR):
        pupil.write("sign-violence after")
        pupil.read()
    assert {finding.site.code for finding in Finding.objects.filter(pk__in=known)} == {old.code}
    assert {finding.site.code for finding in Finding.objects.exclude(pk__in=known)} == {other.code}

"""When an account was not to be read, across changes of school."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.calendars.models import Break
from monitor.calendars.past import heard_windows, silences, site_at, was_silent
from monitor.roster.models import MonitoredAccount, Site, SiteMove

pytestmark = pytest.mark.django_db
START = datetime(2026, 12, 20, tzinfo=UTC)


def hour(number: int) -> datetime:
    return START + timedelta(hours=number)


@pytest.fixture
def schools() -> dict[str, Site]:
    """Oak has a break from 2 to 6 and one from 20 to 24, Elm one from 12 to 14."""
    made = {code: Site.objects.create(code=code, name=code, time_zone="UTC") for code in ("oak", "elm")}
    for code, begins, ends in (("oak", 2, 6), ("oak", 20, 24), ("elm", 12, 14)):
        Break.objects.create(site=made[code], name="Break", starts_at=hour(begins), ends_at=hour(ends))
    return made


def account(site: Site, *moves: tuple[int, Site | None, Site | None]) -> MonitoredAccount:
    """Somebody who is at `site` now and moved at these hours."""
    made = MonitoredAccount.objects.create(
        google_id="1", address="a@x.example", address_index="i", full_name="A", org_unit_path="/S", site=site,
        first_seen_at=START, changed_at=hour(max((at for at, *_ in moves), default=0)),
    )  # fmt: skip
    for at, before, after in moves:
        SiteMove.objects.create(account=made, from_site=before, to_site=after, at=hour(at))
    return made


def hours(stretches) -> list[tuple[int, int]]:
    return [
        ((begins - START) // timedelta(hours=1), (ends - START) // timedelta(hours=1)) for begins, ends in stretches
    ]


def test_who_never_moved_has_the_breaks_of_their_school_whole(schools, django_assert_num_queries):
    somebody = account(schools["oak"])
    assert hours(silences(somebody, hour(3), hour(21))) == [(2, 6), (20, 24)]
    assert silences(somebody, hour(6), hour(20)) == []
    assert hours(heard_windows(somebody, hour(0), hour(30))) == [(0, 2), (6, 20), (24, 30)]
    with django_assert_num_queries(0):
        assert site_at(somebody, hour(5)) == schools["oak"]


def test_the_breaks_of_the_school_left_count_until_the_move_and_those_of_the_new_one_from_it(schools):
    somebody = account(schools["elm"], (4, schools["oak"], schools["elm"]))
    assert hours(silences(somebody, hour(0), hour(30))) == [(2, 4), (12, 14)]
    assert was_silent(somebody, hour(3))
    assert not was_silent(somebody, hour(4))
    assert not was_silent(somebody, hour(21))


def test_a_time_in_which_somebody_was_not_watched_is_never_read(schools):
    oak = schools["oak"]
    somebody = account(oak, (8, oak, None), (18, None, oak))
    assert hours(heard_windows(somebody, hour(0), hour(30))) == [(0, 2), (6, 8), (18, 20), (24, 30)]
    assert [number for number in range(30) if was_silent(somebody, hour(number))] == [
        *range(2, 6),
        *range(8, 18),
        *range(20, 24),
    ]

"""Figures are right, are asked for in a fixed number of queries, and are told to those who may know them."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitor.accounts.models import Role
from monitor.alerts.models import Shift
from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.calendars.models import Break, SchoolHours
from monitor.domain.category import Category
from monitor.domain.severity import Severity
from monitor.insights.coverage import coverage, coverage_table
from monitor.insights.fairness import fairness, fairness_tables
from monitor.insights.kept import kept
from monitor.insights.models import DailyReading
from monitor.insights.periods import Period, PeriodError, finished_quarters, last_days, quarter_of
from monitor.insights.quality import edge_words, quality, quality_tables
from monitor.insights.readings import CATCH_UP_DAYS, count_readings
from monitor.insights.scope import NoFigures, Scope, coverage_scope_for, scope_for, whole_district
from monitor.insights.tasks import count_readings as task
from monitor.insights.themes import ThemesBy, quarters_offered, themes, themes_table
from monitor.insights.transparency import transparency, transparency_table
from monitor.insights.trends import trend_tables, trends
from monitor.intake.models import ItemState
from monitor.lib import clock
from monitor.roster.models import AccountState, MonitoredAccount, Site
from tests.rooms import factories
from tests.rooms.insights.conftest import DAY, Cast, case_of, cases_at

NOW = datetime(2026, 11, 25, 18, tzinfo=UTC)
MONTH = Period(date(2026, 11, 1), date(2026, 11, 30))
QUARTER = Period(date(2026, 7, 1), date(2026, 9, 30))  # the last that was over on that day
IN_QUARTER = date(2026, 9, 8)


@pytest.fixture(autouse=True)
def _now():
    with clock.standing_at(NOW):
        yield


def both(cast: Cast) -> Scope:
    return scope_for(cast.administrator)


# --- who may see what ---


def test_figures_are_those_of_ones_own_sites(cast: Cast):
    assert scope_for(cast.counselor).sites == (cast.oak,)
    assert both(cast).sites == (cast.elm, cast.oak)
    assert both(cast).only("oak-high").sites == (cast.oak,)
    assert coverage_scope_for(cast.it).sites == (cast.elm, cast.oak) == whole_district().sites
    with pytest.raises(NoFigures):
        scope_for(cast.counselor).only("elm-school")


@pytest.mark.parametrize("who", ["it", "nobody", "gone"])
def test_who_may_not_see_figures_gets_none(cast: Cast, who: str):
    people = {"it": cast.it, "nobody": factories.make_user(""), "gone": factories.make_user("", cast.oak)}
    people["gone"].is_active = False
    with pytest.raises(NoFigures):
        scope_for(people[who])


def test_a_role_that_is_added_later_sees_nothing(cast: Cast):
    cast.counselor.role = "teacher"
    for door in (scope_for, coverage_scope_for):
        with pytest.raises(NoFigures):
            door(cast.counselor)
    assert {role for role in Role if role != Role.IT} == {Role.SITE_ADMINISTRATOR, Role.COUNSELOR}


def test_a_site_that_was_closed_leaves_the_figures(cast: Cast):
    Site.objects.filter(pk=cast.elm.pk).update(is_active=False)
    assert both(cast).sites == (cast.oak,)


# --- periods ---


def test_periods_run_forward_and_are_bounded():
    assert (last_days(DAY, 1), last_days(DAY, 30).days) == (Period(DAY, DAY), 30)
    for since, until in [(DAY, DAY - timedelta(days=1)), (date(2000, 1, 1), DAY)]:
        with pytest.raises(PeriodError):
            Period(since, until)


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        (date(2026, 1, 1), date(2026, 1, 1), date(2026, 3, 31)),
        (date(2026, 6, 30), date(2026, 4, 1), date(2026, 6, 30)),
        (date(2026, 9, 30), date(2026, 7, 1), date(2026, 9, 30)),
        (date(2026, 12, 31), date(2026, 10, 1), date(2026, 12, 31)),
    ],
)
def test_a_quarter_has_its_days(day: date, first: date, last: date):
    assert quarter_of(day) == Period(first, last)
    assert finished_quarters(day, 2)[0].until == first - timedelta(days=1)


# --- trends ---


def test_trends_count_by_time_category_severity_site_grade_and_hour(cast: Cast):
    cases_at(cast.oak, 2, Category.BULLYING, Category.VIOLENCE, day=date(2026, 11, 2), hour=9, weekday=0, grade=9)
    cases_at(cast.elm, 1, Category.SELF_HARM, day=DAY, severity=Severity.IMMINENT, hour=23, weekday=6, grade=None)
    cases_at(cast.elm, 1, day=date(2026, 10, 31))
    found = trends(both(cast), MONTH)
    assert (found.step, len(found.starts), found.total) == ("day", 30, 5)
    assert found.categories[Category.BULLYING][1] == 2
    assert found.categories[Category.SELF_HARM][23] == 1
    assert sum(found.severities[Severity.IMMINENT]) == 1
    assert [(name, sum(counts.values())) for name, counts in found.sites] == [("Elm School", 1), ("Oak High", 4)]
    assert [(grade, sum(counts.values())) for grade, counts in found.grades] == [(9, 4), (None, 1)]
    assert (found.hours[0][9], found.hours[6][23]) == (4, 1)
    assert trends(scope_for(cast.counselor), MONTH).total == 4


@pytest.mark.parametrize(("days", "step", "stretches"), [(31, "day", 31), (32, "week", 6), (365, "month", 13)])
def test_longer_periods_are_told_in_longer_stretches(cast: Cast, days: int, step: str, stretches: int):
    cases_at(cast.oak, 1)
    found = trends(both(cast), last_days(DAY, days))
    assert (found.step, len(found.starts), found.total) == (step, stretches, 1)


def test_nothing_is_told_as_nothing(cast: Cast):
    assert trends(both(cast), MONTH).total == 0
    assert all(len(table.rows[0]) == len(table.columns) for table in trend_tables(trends(both(cast), MONTH))[:3])


# --- coverage ---


def test_coverage_counts_accounts_items_hours_and_who_is_told(cast: Cast):
    for state in (AccountState.ACTIVE, AccountState.ACTIVE, AccountState.SUSPENDED):
        account = factories.make_account(cast.oak)
        MonitoredAccount.objects.filter(pk=account.pk).update(state=state)
        factories.make_item(account)
    factories.make_item(account, state=ItemState.PARKED)
    factories.make_item(account, state=ItemState.ASLEEP)
    factories.make_item(account, state=ItemState.PENDING, finished_at=None)
    Break.objects.create(site=cast.oak, name="a", starts_at=NOW - timedelta(hours=9), ends_at=NOW - timedelta(hours=3))
    Break.objects.create(site=cast.oak, name="b", starts_at=NOW - timedelta(hours=5), ends_at=NOW + timedelta(hours=9))
    factories.make_contact(cast.oak)
    assert count_readings() == 1
    elm, oak = coverage(coverage_scope_for(cast.it), last_days(NOW.date(), 2)).sites
    assert (oak.watched, oak.not_watched, oak.scored, oak.parked, oak.asleep) == (2, 1, 3, 1, 1)
    assert oak.hours_asleep == pytest.approx(9, abs=0.01)  # overlapping hours once, those to come not at all
    assert oak.hours == pytest.approx(24 + 12, abs=0.01)  # it is noon in Chicago
    assert (elm.watched, elm.scored, elm.hours_asleep) == (0, 0, 0)
    assert (oak.has_contact, elm.has_contact) == (True, False)
    assert coverage(both(cast), last_days(NOW.date(), 2)).parked_share == 0.25
    factories.make_contact(None)
    assert all(row.has_contact for row in coverage(both(cast), MONTH).sites)


def test_hours_with_nobody_on_duty_are_outside_school_breaks_and_shifts(cast: Cast):
    week = Period(date(2026, 11, 2), date(2026, 11, 8))  # Monday to Sunday, past
    usual = 7 * 24 - 5 * 7.5  # nobody entered hours: 8:00 to 15:30

    def alone() -> dict[str, float]:
        return {row.site.code: row.hours_nobody_on_duty for row in coverage(both(cast), week).sites}

    assert alone() == {"oak-high": usual, "elm-school": usual}
    monday = datetime(2026, 11, 2, tzinfo=ZoneInfo("America/Chicago"))
    Break.objects.create(site=cast.oak, name="x", starts_at=monday, ends_at=monday + timedelta(days=1))
    assert alone() == {"oak-high": usual - 16.5, "elm-school": usual}
    october = monday - timedelta(days=21)  # before clocks were changed: the same local hours all the same
    evening = {
        "starts_at": october.replace(hour=15),
        "ends_at": october.replace(hour=20),
        "time_zone": monday.tzinfo.key,
    }
    Shift.objects.create(contact=factories.make_contact(cast.elm), is_weekly=True, **evening)
    assert alone() == {"oak-high": usual - 16.5, "elm-school": usual - 4.5}
    Shift.objects.update(until=date(2026, 10, 31))
    assert alone()["elm-school"] == usual
    whole = {"starts_at": monday, "ends_at": monday + timedelta(days=30), "time_zone": "UTC"}
    Shift.objects.create(contact=factories.make_contact(None), **whole)  # the district's own, for all schools
    assert alone() == {"oak-high": 0, "elm-school": 0}
    SchoolHours.objects.create(site=None, weekday=5, opens=time(8), closes=time(10))
    assert alone() == {"oak-high": 0, "elm-school": 0}


def test_the_night_on_which_clocks_change_has_its_own_length(cast: Cast):
    autumn = Period(date(2026, 11, 1), date(2026, 11, 1))
    assert [row.hours for row in coverage(both(cast), autumn).sites] == [25, 25]


def test_readings_are_counted_again_while_a_day_is_young_and_then_never_more(cast: Cast):
    account = factories.make_account(cast.oak)
    factories.make_item(account)
    assert count_readings() == 1
    factories.make_item(account)
    task.run()
    assert DailyReading.objects.get(site=cast.oak).scored == 2
    with clock.standing_at(NOW + timedelta(days=2)):
        assert count_readings() == 3  # the day itself, which was young when it was counted last, and two more
        factories.make_item(account, finished_at=NOW)
        assert count_readings() == 1
    assert DailyReading.objects.get(site=cast.oak, day=date(2026, 11, 25)).scored == 2


def test_counting_catches_up_but_not_for_ever(cast: Cast):
    factories.make_item(factories.make_account(cast.oak), finished_at=NOW - timedelta(days=400))
    assert count_readings() == CATCH_UP_DAYS


# --- fairness ---


def test_a_school_with_more_false_alarms_stands_out(cast: Cast):
    for site, false, real in [(cast.oak, 30, 5), (cast.elm, 5, 30)]:
        cases_at(site, false, outcome="false_alarm")
        cases_at(site, real, outcome="support")
    elm, oak = fairness(both(cast), MONTH).sites
    assert (oak.stands_out, elm.stands_out) == (True, False)
    assert (oak.false.part, oak.false.whole, oak.watched, oak.flagged.part) == (30, 35, 35, 35)


def test_a_school_that_only_has_more_cases_does_not_stand_out(cast: Cast):
    cases_at(cast.oak, 40, outcome="support")
    cases_at(cast.elm, 10, outcome="support")
    assert not any(group.stands_out for group in fairness(both(cast), MONTH).sites)


def test_grades_too_small_to_be_shown_are_not(cast: Cast):
    for number, unit in [(12, "Grade 9"), (15, "Grade 10"), (4, "Grade 11"), (20, "Grade 12")]:
        for _ in range(number):
            account = factories.make_account(cast.oak)
            MonitoredAccount.objects.filter(pk=account.pk).update(org_unit_path=f"/Students/{unit}")
    shown = {group.name: group.watched for group in fairness(scope_for(cast.counselor), MONTH).grades}
    assert shown == {"9": None, "10": 15, "11": None, "12": 20}


# --- themes ---


def test_themes_count_students_once_and_leave_false_alarms_out(cast: Cast):
    cases_at(cast.oak, 12, day=IN_QUARTER)
    cases_at(cast.elm, 11, day=IN_QUARTER)
    twice = factories.make_account(cast.oak)
    for _ in range(2):
        case_of(twice, day=IN_QUARTER)
    cases_at(cast.oak, 30, day=IN_QUARTER, outcome="false_alarm")
    found = themes(both(cast), QUARTER, ThemesBy.SITE)
    assert found.names == ("Elm School", "Oak High")
    assert found.counts.row_totals == (11, 13)
    assert themes(both(cast), QUARTER, ThemesBy.GRADE).counts.total == 24


def test_small_groups_are_hidden_and_what_gives_them_away(cast: Cast):
    cases_at(cast.oak, 4, Category.GROOMING, day=IN_QUARTER)
    cases_at(cast.oak, 30, Category.BULLYING, day=IN_QUARTER)
    cases_at(cast.elm, 20, Category.BULLYING, day=IN_QUARTER)
    cases_at(cast.elm, 15, Category.GROOMING, day=IN_QUARTER)
    table = themes_table(themes(both(cast), QUARTER, ThemesBy.SITE))
    shown = {row[0]: dict(zip(table.columns[1:], row[1:], strict=True)) for row in table.rows}
    assert shown["Oak High"]["grooming"] is shown["Oak High"]["bullying"] is None
    assert shown["Elm School"]["grooming"] is shown["Elm School"]["bullying"] is None
    assert (shown["Oak High"]["all"], shown["Elm School"]["all"], shown["all"]["all"]) == (34, 35, 69)


def test_the_smallest_group_is_a_setting(cast: Cast, settings):
    settings.HEED_SMALLEST_GROUP = 3
    cases_at(cast.oak, 4, day=IN_QUARTER)
    cases_at(cast.elm, 5, day=IN_QUARTER)
    assert themes(both(cast), QUARTER, ThemesBy.SITE).counts.hidden == 0


@pytest.mark.parametrize(
    "period",
    [
        quarter_of(NOW.date()),
        MONTH,
        Period(QUARTER.since, QUARTER.until - timedelta(days=1)),
        quarter_of(date(2020, 1, 1)),
    ],
    ids=["under way", "a month", "a day less", "too old"],
)
def test_only_whole_quarters_that_are_over_are_told(cast: Cast, period: Period):
    assert period not in quarters_offered()
    for ask in (lambda: themes(both(cast), period, ThemesBy.SITE), lambda: transparency(period)):
        with pytest.raises(PeriodError):
            ask()


# --- transparency ---


def test_public_figures_are_counts_of_the_district_with_small_ones_hidden(cast: Cast):
    cases_at(cast.oak, 25, Category.BULLYING, day=IN_QUARTER, outcome="support")
    cases_at(cast.elm, 15, Category.VIOLENCE, day=IN_QUARTER, outcome="false_alarm")
    cases_at(cast.elm, 2, Category.GROOMING, day=IN_QUARTER, outcome="handed_over")
    for number in range(12):
        with clock.standing_at(datetime(2026, 9, 8, 18, number, tzinfo=UTC)):
            record(Tag.CONTENT_VIEWED, actor="user:1", subject="x", reason="triage", findings=[])
    DailyReading.objects.create(site=cast.oak, day=IN_QUARTER, scored=1000, parked=4, counted_at=NOW)
    found = transparency(QUARTER)
    assert (found.schools, found.accounts_watched, found.items_read, found.items_parked) == (2, 42, 1000, 4)
    assert (found.cases, found.looks_at_words, found.alerts_sent) == (42, 12, 0)
    assert dict(found.students_by_category) == {"bullying": 25, "violence": None, "grooming": None, "self_harm": 0}
    assert [count for _, count in found.decisions] == [25, None, 0, None]
    assert found.useful == (64, 49, 78)
    words = dict(transparency_table(found).rows)
    assert words["Students with a case about grooming"] == "fewer than 10, or not shown"
    assert words["Alerts that somebody was needed for"] == "64 % (between 49 % and 78 %)"


def test_shares_of_few_judgements_are_not_published(cast: Cast):
    cases_at(cast.oak, 29, day=IN_QUARTER, outcome="support")
    assert transparency(QUARTER).useful is None
    assert dict(transparency_table(transparency(QUARTER)).rows)["Alerts that were false alarms"].startswith("too few")


def test_a_district_without_anything_has_public_figures_too(db: None):
    found = transparency(QUARTER)
    assert (found.schools, found.hours_asleep, found.cases) == (0, 0.0, 0)


# --- bounds, and nothing personal ---

ASKS: list[Callable[[Scope], object]] = [
    lambda scope: trends(scope, MONTH),
    lambda scope: quality(scope, MONTH),
    lambda scope: coverage(scope, MONTH),
    lambda scope: fairness(scope, MONTH),
    lambda scope: themes(scope, QUARTER, ThemesBy.SITE),
    lambda scope: themes(scope, QUARTER, ThemesBy.GRADE),
    lambda _: transparency(QUARTER),
]
IDS = ["trends", "quality", "coverage", "fairness", "themes by site", "themes by grade", "transparency"]


@pytest.mark.parametrize(("ask", "most"), list(zip(ASKS, [4, 3, 7, 3, 1, 1, 15], strict=True)), ids=IDS)
def test_a_page_asks_as_much_for_a_hundred_cases_at_ten_schools_as_for_one(
    cast: Cast, ask: Callable[[Scope], object], most: int
):
    counts = []
    cases_at(cast.oak, 1, outcome="support")
    cases_at(cast.oak, 1, day=IN_QUARTER)
    for more in (0, 10):
        for _ in range(more):
            site = factories.make_site()
            Break.objects.create(site=site, name="x", starts_at=NOW, ends_at=NOW + timedelta(days=2))
            cases_at(site, 5, *Category, outcome="false_alarm")
            cases_at(site, 5, day=IN_QUARTER, outcome="support")
        scope = whole_district()
        with CaptureQueriesContext(connection) as asked:
            ask(scope)
        counts.append(len(asked))
    assert counts[0] == counts[1] == most


def test_no_figure_names_a_student(cast: Cast):
    account = factories.make_account(cast.oak)
    case = case_of(account, outcome="support")
    scope = both(cast)
    tables = [
        *trend_tables(trends(scope, MONTH)),
        *quality_tables(quality(scope, MONTH)),
        coverage_table(coverage(scope, MONTH)),
        *fairness_tables(fairness(scope, MONTH)),
        themes_table(themes(scope, QUARTER, ThemesBy.SITE)),
        transparency_table(transparency(QUARTER)),
    ]
    told = repr(tables)
    for personal in (account.full_name, account.address, account.reference, account.google_id, case.public_id):
        assert personal not in told
    for table in tables:
        assert {len(row) for row in table.rows} <= {len(table.columns)}


def test_figures_are_kept_for_a_moment_and_never_for_another_scope(cast: Cast):
    cases_at(cast.oak, 2)
    cases_at(cast.elm, 3)
    scope = both(cast)
    first = kept(trends, scope, MONTH)
    cases_at(cast.oak, 1)
    with CaptureQueriesContext(connection) as asked:
        again = kept(trends, scope, MONTH)
    assert (len(asked), again.as_of, again.figures.total) == (0, first.as_of, 5)
    assert kept(trends, scope_for(cast.counselor), MONTH).figures.total == 3
    assert kept(trends, both(cast), Period(DAY, DAY)).figures.total == 6
    assert kept(quality, both(cast), MONTH).figures.period == MONTH
    cache.clear()  # as after ten minutes
    assert kept(trends, both(cast), MONTH).figures.total == 6


def test_times_are_said_as_people_say_them():
    assert [edge_words(seconds) for seconds in (None, 300, 3600, 86_400, 90)] == [
        "not yet",
        "5 min",
        "1 h",
        "1 d",
        "90 s",
    ]

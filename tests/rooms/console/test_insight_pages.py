"""The pages of figures: whose they are, what stands on them, what leaves as CSV, and the public page."""

from datetime import UTC, datetime

import pytest
from django.core.cache import cache
from django.test import Client

from monitor.domain.category import Category
from monitor.insights.themes import quarters_offered
from monitor.triage.models import Outcome
from tests.rooms.console.conftest import signed_in
from tests.rooms.factories import EXCERPT, STUDENT_ADDRESS, STUDENT_NAME
from tests.rooms.insights.conftest import cases_at

NAMES = ["trends", "precision", "waits", "coverage", "fairness", "themes"]
PROTECTED = {"ada", "bo", "cy", "lea", "ulf", "bea"}
READERS = {"ada", "bo", "cy", "lea"}
SEEN = {
    "trends": READERS,
    "waits": READERS,
    "precision": PROTECTED,
    "fairness": PROTECTED,
    "themes": PROTECTED,
    "coverage": PROTECTED | {"ivy"},
}


@pytest.fixture(autouse=True)
def _nothing_kept():
    """Figures of another test are not those of this one."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def quarter():
    """The last one that is over."""
    return quarters_offered()[0]


def _address(name, period="", extra=""):
    return f"/figures/{name}/?period={period}{extra}"


@pytest.mark.parametrize("who", ["ada", "bo", "cy", "ivy", "lea", "ulf", "bea"])
@pytest.mark.parametrize("name", NAMES)
def test_each_role_sees_its_figures_and_takes_along_no_others(cast, name, who):
    client = signed_in(getattr(cast, who))
    wanted = 200 if who in SEEN[name] else 403
    assert client.get(f"/figures/{name}/").status_code == wanted
    assert client.get(f"/figures/{name}/csv/").status_code == wanted


@pytest.mark.parametrize("page", [*NAMES, "trends/csv"])
def test_nobody_sees_figures_without_signing_in(cast, page):
    answer = Client().get(f"/figures/{page}/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")


def test_a_stranger_sees_nothing_of_another_school(cast):
    cases_at(cast.pine, 12, Category.VIOLENCE, day=datetime.now(UTC).date())
    client = signed_in(cast.cy)
    text = client.get("/figures/trends/").content.decode()
    assert "Pine School" not in text
    assert "Oak School" in text
    assert client.get(_address("trends", extra="&site=pine")).status_code == 404
    assert client.get("/figures/nothing/").status_code == 404


def test_every_chart_has_its_table_and_no_page_has_a_name_or_a_style(cast, quarter):
    cases_at(cast.pine, 12, Category.VIOLENCE, day=quarter.since, outcome=Outcome.SUPPORT.value)
    client = signed_in(cast.lea)
    for name in NAMES:
        text = client.get(_address(name, "365")).content.decode()
        assert text.count('<svg class="chart"') <= text.count("<table")
        assert text.count('<svg class="chart"') >= 1, name
        assert " style=" not in text
        for secret in (STUDENT_NAME, STUDENT_ADDRESS, EXCERPT):
            assert secret not in text


def test_a_small_count_is_told_to_nobody_who_may_not_open_the_cases(cast, quarter):
    cases_at(cast.pine, 3, Category.VIOLENCE, day=quarter.since, outcome=Outcome.SUPPORT.value)
    asked = f"{quarter.since:%Y-%m}"
    board, lead = (signed_in(user).get(_address("precision", asked)) for user in (cast.bea, cast.lea))
    assert "not shown" in board.content.decode()
    assert "Running precision by site" not in board.content.decode()
    assert "Running precision by site" in lead.content.decode()
    assert 'value="30"' not in board.content.decode()  # free dates could be subtracted from each other


def test_the_csv_says_what_the_page_says(cast, quarter):
    cases_at(cast.pine, 12, Category.VIOLENCE, day=quarter.since)
    asked = f"{quarter.since:%Y-%m}"
    answer = signed_in(cast.lea).get(f"/figures/themes/csv/?period={asked}")
    assert answer["Content-Type"].startswith("text/csv")
    assert f"heed-themes-{asked}.csv" in answer["Content-Disposition"]
    assert any(
        line.startswith("Pine School,") and "12" in line.split(",") for line in answer.content.decode().split("\r\n")
    )


def test_the_public_page_is_not_there_unless_the_district_wants_it(cast, settings):
    assert settings.HEED_PUBLIC_FIGURES is False
    assert Client().get("/transparency/").status_code == 404


def test_the_public_page_has_counts_alone_and_no_cookie(cast, case, quarter, settings):
    settings.HEED_PUBLIC_FIGURES = True
    cases_at(cast.pine, 12, Category.VIOLENCE, day=quarter.since)
    cases_at(cast.pine, 4, Category.GROOMING, day=quarter.since)
    answer = Client().get(f"/transparency/?quarter={quarter.since:%Y-%m}")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert not answer.cookies
    assert "fewer than 10, or not shown" in text
    assert "a case about self-harm or suicide" in text
    for secret in (STUDENT_NAME, STUDENT_ADDRESS, EXCERPT, "Pine School", case.public_id):
        assert secret not in text
    assert Client().get("/transparency/?quarter=x'\"%00").status_code == 200

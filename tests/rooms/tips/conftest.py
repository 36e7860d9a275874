"""A school with a tip line, and who may see its cases."""

import pytest

from tests.rooms.factories import make_district
from tests.rooms.tips.reporting import TOKEN, URL, make_line
from tests.rooms.triage.conftest import School, make_school
from tests.rooms.workers import shared_database  # noqa: F401 - a fixture


@pytest.fixture
def school(db: None) -> School:
    make_district()
    return make_school()


@pytest.fixture
def line(school, settings):
    settings.HEED_TWILIO_TOKEN, settings.HEED_TWILIO_ACCOUNT = TOKEN, "AC" + "0" * 32
    settings.HEED_TIPS_SMS_URL = URL
    return make_line(school.site)

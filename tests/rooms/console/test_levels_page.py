"""The form on which sensitivity is chosen: what it shows of inheritance, and that it is tried before it holds."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitor.detection.effective import policy_for
from monitor.detection.models import PolicyChange
from monitor.domain.category import Category
from monitor.jobs.models import Job, JobKind
from monitor.jobs.run import run_waiting
from monitor.lib import clock
from tests.rooms.console.conftest import signed_in
from tests.rooms.factories import make_account, make_finding, make_site

PAGE = "/set-up/policy/levels/"
INHERITED = {category.value: "" for category in Category}


def proved(user):
    client = signed_in(user)
    session = client.session
    session["proved_until"] = (clock.now() + timedelta(minutes=5)).isoformat()
    session.save()
    return client


def test_from_the_form_to_a_policy_in_force_and_to_those_who_inherit_it(cast, monkeypatch):
    monkeypatch.setattr("monitor.jobs.kinds.get_classifier", lambda: None)  # no thresholds are asked of it here
    account, client = make_account(cast.pine), proved(cast.lea)
    chosen = client.post(PAGE, {"place": "site:pine", **INHERITED, "bullying": "lower"})
    job = Job.objects.get(kind=JobKind.TRY_POLICY)
    assert chosen["Location"] == f"/set-up/work/{job.public_id}/"
    assert not PolicyChange.objects.exists()
    run_waiting()
    assert "This would have been 0 alerts, not 0." in client.get(chosen["Location"]).content.decode()
    client.post(f"{chosen['Location']}apply/", {"reason": "The school asked for it"})
    assert policy_for(account).sensitivity[Category.BULLYING] == "lower"
    at_pine = client.get(PAGE, {"place": "site:pine"}).content.decode()
    assert "Lower holds, said here." in at_pine
    assert "The school asked for it" in at_pine
    assert "Lea Fonseca" in at_pine
    unit = client.get(PAGE, {"place": f"org_unit:{account.org_unit_path}"})
    assert unit.status_code == 200
    assert "The school asked for it" not in client.get(PAGE, {"place": "site:oak"}).content.decode()


def test_the_form_says_what_holds_where_it_comes_from_and_what_each_level_brings(cast):
    make_finding(make_account(cast.pine), category=Category.BULLYING)
    text = signed_in(cast.ivy).get(PAGE, {"place": "site:pine"}).content.decode()
    assert "1 account is read here." in text
    assert "Standard holds, inherited from policy file." in text
    assert "It found 0.2 texts a week" in text or "It found 0.3 texts a week" in text
    assert len(re.findall(r'type="radio"', text)) == 4 * len(Category)
    assert text.count("about 0.1 a week") > 0
    assert "<script" not in re.sub(r"<script src=[^>]*></script>", "", text)


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"place": "site:pine", **INHERITED}, 422, "nothing to try"),
        ({"place": "site:pine", **INHERITED, "violence": "extreme"}, 422, "Choose one level"),
        ({"place": "site:nowhere", **INHERITED}, 404, ""),
        ({"place": "org_unit:/Nowhere", **INHERITED}, 404, ""),
    ],
)
def test_what_cannot_be_is_refused_and_tries_nothing(cast, fields, status, words):
    answer = signed_in(cast.lea).post(PAGE, fields)
    assert answer.status_code == status
    assert words in answer.content.decode()
    assert not Job.objects.exists()


def test_the_page_asks_as_much_for_many_schools_as_for_few(cast):
    client, counts = signed_in(cast.lea), []
    for number in (1, 12):
        for _ in range(number):
            make_finding(make_account(make_site()))
        with CaptureQueriesContext(connection) as asked:
            client.get(PAGE, {"place": "site:pine"})
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 20


def test_a_site_administrator_sees_the_district_and_their_school_and_changes_nothing(cast):
    client = signed_in(cast.ada)
    for place, status in (("", 200), ("site:pine", 200), ("site:oak", 404), ("org_unit:/", 404)):
        assert client.get(PAGE, {"place": place}).status_code == status
    text = client.get(PAGE, {"place": "site:pine"}).content.decode()
    assert "Try it on the last 30 days" not in text
    assert text.count(" disabled>") == 4 * len(Category)
    assert "Oak School" not in text
    assert client.post(PAGE, {"place": "site:pine", **INHERITED, "bullying": "lower"}).status_code == 403
    assert not Job.objects.exists()

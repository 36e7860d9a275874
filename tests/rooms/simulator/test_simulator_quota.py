"""What calls cost, and how Google refuses one too many."""

import pytest
from googleapiclient.errors import HttpError


@pytest.fixture
def metered(run_office):
    """A district under the rules of May 2026 that stands in the middle of a minute, and its first student."""
    office = run_office(seed=21, options=("--quota", "2026"))
    now = office.control.do("now")["now"]
    office.control.do("move_clock", to=now[:17] + "30.000+00:00")
    return office, office.students[0]


def _spend(call, times=10_000):
    """Calls until it is refused: how many went through, and the refusal."""
    for done in range(times):
        try:
            call.execute()
        except HttpError as error:
            return done, error
    return times, None


def test_every_call_has_its_price(office):
    email = office.students[0]
    gmail, drive = office.client("gmail", email).users(), office.client("drive", email)
    copy = office.control.mail("x@outside.example", email, "Hi", "x")["copies"][0]
    file = office.control.write_file(email, "Doc", "x")["id"]
    upload = office.control.write_file(email, "a.txt", "x", mime_type="text/plain")["id"]
    before = office.control.do("usage", subject=email)["subject_units"]
    calls = [
        (gmail.getProfile(userId="me"), 1),
        (gmail.messages().list(userId="me"), 5),
        (gmail.messages().get(userId="me", id=copy["id"]), 20),
        (drive.files().get(fileId=file), 5),
        (drive.files().list(), 100),
        (drive.files().export(fileId=file, mimeType="text/plain"), 200),
        (drive.files().get_media(fileId=upload), 200),
        (drive.changes().getStartPageToken(), 5),
    ]
    for call, _ in calls:
        call.execute()
    assert [entry["units"] for entry in office.control.calls()[-len(calls) :]] == [units for _, units in calls]
    after = office.control.do("usage", subject=email)
    assert after["subject_units"] - before == sum(units for _, units in calls)
    assert after["methods"]["drive.files.export"]["units"] >= 200


def test_a_person_may_spend_so_much_a_minute_and_others_are_not_held_up(metered):
    office, email = metered
    copy = office.control.mail("x@outside.example", email, "Hi", "x")["copies"][0]
    call = office.client("gmail", email).users().messages().get(userId="me", id=copy["id"], format="minimal")
    done, error = _spend(call)
    assert done == 300  # 6,000 units at 20 each
    detail = error.error_details[0]
    assert error.status_code in (403, 429)
    if error.status_code == 403:
        assert detail["reason"] == "RATE_LIMIT_EXCEEDED" or detail["reason"] == "rateLimitExceeded"
        assert b'"quota_limit_value":"6000"' in error.content
    else:
        assert b"Retry after 20" in error.content
    other = office.client("gmail", office.students[1]).users().getProfile(userId="me")
    assert other.execute()
    office.control.do("move_clock", seconds=60)
    assert call.execute()
    assert office.control.do("usage")["methods"]["gmail.users.messages.get"]["refused"] == 1


def test_both_of_googles_wordings_of_the_same_excess_occur(metered):
    office, email = metered
    office.control.do("quota", mode="2026", limits={"gmail": {"per_user": 1}})
    call = office.client("gmail", email).users().getProfile(userId="me")
    call.execute()
    found = {_spend(call)[1].status_code for _ in range(20)}
    assert found == {403, 429}


@pytest.mark.parametrize(
    ("api", "limits", "status", "words"),
    [
        ("gmail", {"per_day": 2}, 403, "dailyLimitExceeded"),
        ("gmail", {"per_minute": 2}, 403, "rateLimitExceeded"),
        ("directory", {"per_user": 2}, 403, "userRateLimitExceeded"),
        ("reports", {"per_user": 2}, 503, "backendError"),
    ],
)
def test_each_limit_is_refused_in_its_own_way(metered, api, limits, status, words):
    office, email = metered
    office.control.do("quota", mode="2026", limits={api: limits})
    call = {
        "gmail": lambda: office.client("gmail", email).users().getProfile(userId="me"),
        "directory": lambda: office.client("directory").users().list(customer="my_customer"),
        "reports": lambda: office.client("reports").activities().list(userKey="all", applicationName="drive"),
    }[api]()
    done, error = _spend(call)
    assert (done, error.status_code) == (2, status)
    assert words.encode() in error.content


def test_chat_counts_reads_of_messages_in_the_whole_project(metered):
    office, email = metered
    space = office.control.do("space", name="Team", members=[email])["id"]
    office.control.do("quota", mode="2026", limits={"chat": {"per_minute": 2}})
    done, error = _spend(office.client("chat", email).spaces().messages().list(parent=f"spaces/{space}"))
    assert (done, error.status_code, b'"errors"' in error.content) == (2, 429, False)
    assert office.client("spaces", email).spaces().list().execute()


def test_older_projects_count_queries_in_drive(metered):
    office, email = metered
    office.control.do("quota", mode="2025")
    office.client("drive", email).files().list().execute()
    assert office.control.calls()[-1]["units"] == 1


def test_a_day_is_over_at_midnight_in_los_angeles(metered):
    office, email = metered
    office.control.do("move_clock", to="2026-11-20T07:59:30+00:00")
    office.control.do("quota", mode="2026", limits={"gmail": {"per_day": 1}})
    call = office.client("gmail", email).users().getProfile(userId="me")
    call.execute()
    assert _spend(call)[1].status_code == 403
    office.control.do("move_clock", seconds=60)
    assert call.execute()

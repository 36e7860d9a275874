"""Groups, aliases, custom fields, deleted accounts; the delegation withdrawn in part; keys that change or are none."""

import json
import time

import pytest
from google.auth import identity_pool
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request
from googleapiclient.errors import HttpError

from monitor.simulator.people import CLIENT_EMAIL

GMAIL = "https://www.googleapis.com/auth/gmail.readonly"
PROFILE = "/gmail/v1/users/me/profile"


def test_groups_and_their_members_are_listed(office):
    one, two = office.students[:2]
    for name, members in [("club", [one, "coaches@cedarvalley.example"]), ("coaches", [two])]:
        office.control.do("group", email=f"{name}@cedarvalley.example", members=members)
    service = office.client("groups")
    listed = service.groups().list(customer="my_customer").execute()["groups"]
    assert [group["email"] for group in listed] == ["club@cedarvalley.example", "coaches@cedarvalley.example"]
    direct = service.members().list(groupKey="club@cedarvalley.example").execute()["members"]
    assert [(member["email"], member["type"]) for member in direct] == [
        (one, "USER"),
        ("coaches@cedarvalley.example", "GROUP"),
    ]
    derived = service.members().list(groupKey="club@cedarvalley.example", includeDerivedMembership=True).execute()
    assert {member["email"] for member in derived["members"]} == {one, two}
    mine = service.groups().list(userKey=two).execute()["groups"]
    assert [group["email"] for group in mine] == ["coaches@cedarvalley.example"]
    with pytest.raises(HttpError) as refused:
        service.members().list(groupKey="nobody@cedarvalley.example").execute()
    assert refused.value.status_code == 404


def test_custom_fields_show_only_when_they_are_asked_for(office):
    email = office.students[2]
    office.control.do("set_user", email=email, grade=9, student_id="S-2041")
    users = office.client("directory").users()
    assert "customSchemas" not in users.get(userKey=email).execute()
    fields = {"grade": 9, "student_id": "S-2041"}
    assert users.get(userKey=email, projection="full").execute()["customSchemas"] == {"Student_Information": fields}
    masked = users.list(customer="my_customer", query=f"email={email}", projection="custom", customFieldMask="Other")
    assert "customSchemas" not in masked.execute()["users"][0]
    schemas = office.client("schemas").schemas().list(customerId="my_customer").execute()["schemas"]
    assert [field["fieldName"] for field in schemas[0]["fields"]] == ["grade", "student_id"]


def test_a_new_address_keeps_the_old_one_as_alias_and_the_same_id(office):
    old, new = office.students[3], "renamed.student@cedarvalley.example"
    users = office.client("directory").users()
    before = users.get(userKey=old).execute()["id"]
    office.control.do("set_user", email=old, new_email=new)
    after = users.get(userKey=old).execute()
    assert (after["id"], after["primaryEmail"], after["aliases"]) == (before, new, [old])
    assert office.control.mail("x@outside.example", old, "Hi", "x")["copies"][0]["mailbox"] == new


def test_a_deleted_account_is_listed_among_the_deleted_for_twenty_days(run_office):
    office = run_office(seed=12)
    email = office.students[0]
    office.control.do("remove_user", email=email)

    def deleted():
        office.clients.clear()
        office.sessions.clear()
        answer = office.client("directory").users().list(customer="my_customer", showDeleted="true").execute()
        return [user["primaryEmail"] for user in answer.get("users", [])]

    assert deleted() == [email]
    office.control.do("move_clock", seconds=21 * 86_400)
    assert deleted() == []


def test_the_delegation_is_withdrawn_for_a_unit_or_the_domain(run_office):
    office = run_office(seed=13, students=4)
    oak, maple = office.students[:2]
    tokens = {email: office.token("gmail.readonly", email) for email in (oak, maple)}
    office.control.do("revoke", org_unit="/Students/Oak High")
    assert [office.fetch(PROFILE, tokens[email])[0] for email in (oak, maple)] == [401, 200]
    office.sessions.clear()
    with pytest.raises(RefreshError, match="unauthorized_client"):
        office.token("gmail.readonly", oak)
    office.control.do("revoke", org_unit="/Students/Oak High", restore=True)
    office.control.do("revoke", domain=True)
    assert [office.fetch(PROFILE, tokens[email])[0] for email in (oak, maple)] == [401, 401]
    office.control.do("revoke", domain=True, restore=True)
    assert [office.fetch(PROFILE, tokens[email])[0] for email in (oak, maple)] == [200, 200]


def test_a_clock_that_runs_ahead_makes_fresh_assertions_stale(run_office):
    office = run_office(seed=14)
    office.control.do("clock_skew", seconds=7_200)
    with pytest.raises(RefreshError, match="reasonable timeframe"):
        office.token("gmail.readonly", office.students[0])
    office.control.do("clock_skew", seconds=0)
    assert office.token("gmail.readonly", office.students[0])


def test_the_key_file_gets_a_new_key_and_the_old_one_may_be_revoked(run_office):
    office = run_office(seed=15)
    before = json.loads(office.simulation.key_file.read_text())
    old = office.credentials("gmail.readonly", office.students[0])
    office.control.do("rotate_key")
    after = json.loads(office.simulation.key_file.read_text())
    assert before["private_key_id"] != after["private_key_id"]
    request = Request()
    old.refresh(request)  # both keys are good
    office.control.do("rotate_key", revoke_old=True)
    with pytest.raises(RefreshError, match="Invalid JWT Signature"):
        old.refresh(request)
    request.session.close()
    office.sessions.clear()
    assert office.token("gmail.readonly", office.students[0])


def test_without_a_key_an_outside_token_buys_a_signature_and_that_a_token(office):
    path = office.simulation.key_file.with_name("workload-identity.json")
    scope = "https://www.googleapis.com/auth/cloud-platform"
    credentials = identity_pool.Credentials.from_file(str(path), scopes=[scope])
    request = Request()
    credentials.refresh(request)
    request.session.close()
    email, now = office.students[4], int(time.time())
    claims = {
        "iss": CLIENT_EMAIL,
        "sub": email,
        "scope": GMAIL,
        "aud": f"{office.simulation.endpoint}/token",
        "iat": now,
        "exp": now + 3600,
    }
    status, signed, _ = office.fetch(
        f"/v1/projects/-/serviceAccounts/{CLIENT_EMAIL}:signJwt",
        credentials.token,
        json.dumps({"payload": json.dumps(claims)}).encode(),
        Content_Type="application/json",
    )
    assert status == 200
    form = f"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={signed['signedJwt']}"
    kind = "application/x-www-form-urlencoded"
    status, answer, _ = office.fetch("/token", "", form.encode(), Content_Type=kind)
    assert (status, office.fetch(PROFILE, answer["access_token"])[0]) == (200, 200)


def test_the_service_account_itself_has_no_mailbox(office):
    token = office.token("gmail.readonly", None)
    status, body, _ = office.fetch(PROFILE, token)
    assert (status, body["error"]["errors"][0]["reason"]) == (400, "failedPrecondition")


def test_a_district_can_begin_anew_with_the_same_people_keys_and_tokens(run_office):
    office = run_office(seed=16, options=("--quota", "2026"))
    people, token = office.students, office.token("gmail.readonly", office.students[0])
    first = office.control.mail("x@outside.example", people[0], "Hi", "x")["copies"]
    office.control.do("move_clock", seconds=86_400)
    office.control.do("revoke", domain=True)
    office.control.do("faults", rules=[{"kind": "503"}])
    office.control.do("shared_drive", name="Club", members={people[0]: "organizer"})
    state = office.control.do("reset")
    assert (state["messages"], state["files"], state["calls"], state["faults"]) == (0, 0, 0, 0)
    assert office.students == people
    assert office.control.record() == []
    status, profile, _ = office.fetch(PROFILE, token)
    assert (status, profile["messagesTotal"]) == (200, 0)
    assert office.control.mail("x@outside.example", people[0], "Hi", "x")["copies"] == first
    assert office.control.do("quota")["mode"] == "2026"
    office.control.do("reset", seed=17)
    assert office.students != people

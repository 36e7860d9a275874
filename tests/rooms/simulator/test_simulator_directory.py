"""The Directory: people in pages, organisational units, and the two files an installation starts from."""

import json
import tomllib

from monitor.simulator.people import ADMIN


def _users(office, **options):
    users = office.client("directory").users()
    request, found = users.list(customer="my_customer", **options), []
    while request is not None:
        answer = request.execute()
        found += answer.get("users", [])
        request = users.list_next(request, answer)
    return found


def test_everybody_is_listed_once_over_pages(office):
    found = [user["primaryEmail"] for user in _users(office, maxResults=5)]
    assert len(found) == len(set(found)) == office.control.do("state")["people"]
    assert set(office.students) < set(found)
    assert found == sorted(found)


def test_people_can_be_searched_by_unit_and_state(office):
    oak = _users(office, query="orgUnitPath='/Students/Oak High'")
    assert len(oak) == 20
    assert _users(office, query="isSuspended=true") == []
    assert len(_users(office, query="orgUnitPath='/Students' isSuspended=false")) == 40
    assert [user["isDelegatedAdmin"] for user in _users(office, query=f"email={ADMIN}")] == [True]


def test_the_domain_can_be_asked_for_instead_of_the_customer(office):
    users = office.client("directory").users()
    assert users.list(domain="cedarvalley.example").execute()["users"]


def test_people_come_go_move_and_are_suspended(office):
    email = "late.arrival@cedarvalley.example"
    office.control.do("add_user", email=email, org_unit="/Students/Oak High/Grade 9")
    assert email in [user["primaryEmail"] for user in _users(office, query="orgUnitPath='/Students/Oak High'")]
    office.control.do("move_user", email=email, org_unit="/Students/Maple Middle")
    assert _users(office, query=f"email={email}")[0]["orgUnitPath"] == "/Students/Maple Middle"
    office.control.do("suspend", email=email)
    assert [user["primaryEmail"] for user in _users(office, query="isSuspended=true")] == [email]
    office.control.do("remove_user", email=email)
    assert _users(office, query=f"email={email}") == []


def test_organisational_units_are_listed_with_their_parents(office):
    units = office.client("units").orgunits()
    found = units.list(customerId="my_customer", type="all").execute()["organizationUnits"]
    parents = {unit["orgUnitPath"]: unit["parentOrgUnitPath"] for unit in found}
    assert parents["/Students/Oak High"] == "/Students"
    assert parents["/Staff"] == "/"
    below = units.list(customerId="my_customer", orgUnitPath="/Students", type="children").execute()
    assert {unit["name"] for unit in below["organizationUnits"]} == {"Oak High", "Maple Middle"}


def test_the_key_and_the_district_file_are_what_an_installation_needs(office):
    key = json.loads(office.simulation.key_file.read_text())
    assert (key["type"], key["token_uri"]) == ("service_account", office.simulation.endpoint + "/token")
    assert office.simulation.key_file.stat().st_mode & 0o077 == 0
    district = tomllib.loads(office.simulation.district_file.read_text())
    assert district["district"]["delegated_admin"] == ADMIN
    assert (office.simulation.district_file.parent / district["google"]["key_file"]).exists()
    units = {unit for site in district["sites"] for unit in site["org_units"]}
    assert units == {user["orgUnitPath"] for user in _users(office, query="orgUnitPath='/Students'")}
    assert [contact.get("site") for contact in district["contacts"]].count(None) == 1


def test_the_same_seed_makes_the_same_people_and_ids(run_office):
    def facts():
        office = run_office(seed=9)
        email = office.students[0]
        profile = office.client("gmail", email).users().getProfile(userId="me").execute()
        copy = office.control.mail("a@b.example", email, "x", "y")["copies"][0]
        file = office.control.write_file(email, "F", "x")
        return [office.control.do("people"), profile, copy, file["id"], file["version"]]

    assert facts() == facts()

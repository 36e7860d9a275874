"""Who exists in the domain."""

import pytest

from monitor.google.directory import DirectoryUser, OrgUnit
from monitor.google.errors import AccessLost, PermanentError

ADMIN = "admin@district.example"
USERS = "/admin/directory/v1/users"
UNITS = "/admin/directory/v1/customer/my_customer/orgunits"


@pytest.fixture
def directory(workspace):
    return workspace.directory(ADMIN)


def user(number, **more):
    return {"id": str(number), "primaryEmail": f"student{number}@district.example", **more}


def test_users_come_from_every_page(google, directory, ledger):
    google.says(
        USERS,
        {"users": [user(1, orgUnitPath="/Students/North", name={"fullName": "Ada North"})], "nextPageToken": "p2"},
        {"users": [user(2, suspended=True, archived=True)]},
    )

    first, second = directory.list_users("district.example")

    assert first == DirectoryUser("1", "student1@district.example", (), "Ada North", "/Students/North", False, False)
    assert (second.org_unit_path, second.is_suspended, second.is_archived) == ("/", True, True)
    assert [seen.query.get("pageToken") for seen in google.requests] == [None, ["p2"]]
    assert google.requests[0].query["maxResults"] == ["500"]
    assert google.requests[0].query["domain"] == ["district.example"]
    assert ledger.units == 2


def test_aliases_hold_every_other_address_once(google, directory):
    aliases = {"aliases": ["a@district.example", "b@x"], "nonEditableAliases": ["b@x", "c@x"]}
    google.says(USERS, {"users": [user(1, **aliases)]})

    (found,) = directory.list_users("district.example")

    assert found.aliases == ("a@district.example", "b@x", "c@x")


def test_a_domain_without_users_is_empty(google, directory):
    google.says(USERS, {"kind": "admin#directory#users"})

    assert list(directory.list_users("district.example")) == []


def test_a_user_without_an_address_is_an_error_not_a_gap(google, directory):
    google.says(USERS, {"users": [{"id": "1"}]})

    with pytest.raises(PermanentError):
        list(directory.list_users("district.example"))


def test_organisational_units_know_their_parents(google, directory):
    google.says(
        UNITS,
        {
            "organizationUnits": [
                {"name": "North", "orgUnitPath": "/Students/North", "parentOrgUnitPath": "/Students"},
                {"name": "Students", "orgUnitPath": "/Students", "parentOrgUnitPath": "/"},
            ]
        },
    )

    assert directory.list_org_units() == [
        OrgUnit("/Students/North", "North", "/Students"),
        OrgUnit("/Students", "Students", "/"),
    ]
    assert google.requests[0].query["type"] == ["all"]


def test_an_administrator_without_the_role_is_told_which(google, directory, refuse):
    google.says(USERS, refuse(403, "forbidden", message="Not Authorized to access this resource/api"))

    with pytest.raises(AccessLost) as raised:
        list(directory.list_users("district.example"))

    assert "Admin roles" in raised.value.remedy
    assert ADMIN in raised.value.remedy

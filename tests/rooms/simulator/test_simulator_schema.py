"""The validator finds what is wrong, and `fields` selects as Google does; both would be worthless otherwise."""

import re

import pytest

from monitor.simulator.discovery import documents, route
from monitor.simulator.errors import GoogleError
from monitor.simulator.schema import problems
from monitor.simulator.selector import select

FILE = {"id": "1", "name": "n", "owners": [{"emailAddress": "a@b.example", "me": True}], "properties": {"x": "y"}}


@pytest.mark.parametrize(
    ("api", "name", "value", "words"),
    [
        ("gmail", "Profile", {"historyId": 5}, "Profile.historyId"),
        ("gmail", "Profile", {"historyId": "-5"}, "uint64"),
        ("gmail", "Profile", {"messagesTotal": "3"}, "integer"),
        ("gmail", "Profile", {"messagesTotal": True}, "integer"),
        ("gmail", "Profile", {"messagesTotal": 2**40}, "int32"),
        ("gmail", "Profile", {"colour": "red"}, "unknown to the schema"),
        ("gmail", "Profile", [], "instead of an object"),
        ("gmail", "Message", {"labelIds": "INBOX"}, "instead of a list"),
        (
            "gmail",
            "Message",
            {"payload": {"parts": [{"body": {"data": "a+b/"}}]}},
            "Message.payload.parts[0].body.data",
        ),
        ("drive", "File", {"modifiedTime": "yesterday"}, "date-time"),
        ("drive", "File", {"trashed": "false"}, "boolean"),
        ("drive", "File", {"properties": {"a": 1}}, "string"),
    ],
)
def test_a_value_that_breaks_its_schema_is_named(api, name, value, words):
    found = problems(api, name, value)
    assert len(found) == 1
    assert words in found[0]


def test_a_good_value_and_one_too_deep_are_told_apart():
    assert problems("drive", "File", FILE) == []
    part = {}
    for _ in range(70):
        part = {"parts": [part]}
    assert "deeper" in problems("gmail", "Message", {"payload": part})[0]


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ("*", FILE),
        ("id,name", {"id": "1", "name": "n"}),
        ("owners", {"owners": FILE["owners"]}),
        ("owners/me", {"owners": [{"me": True}]}),
        (" owners( me , emailAddress ) ", {"owners": FILE["owners"]}),
        ("owners(*),id", {"owners": FILE["owners"], "id": "1"}),
        ("properties/x", {"properties": {"x": "y"}}),
        ("trashed", {}),
    ],
)
def test_fields_select(fields, kept):
    assert select("drive", "File", fields, FILE) == kept


@pytest.mark.parametrize(
    "fields",
    ["", ",", "id,", "id)", "owners(", "owners()", "owners/", "nope", "owners/nope", "i d", "id;name", "(" * 50],
)
def test_a_selection_that_makes_no_sense_is_refused(fields):
    with pytest.raises(GoogleError) as refused:
        select("drive", "File", fields, FILE)
    assert refused.value.code == 400


def test_every_method_of_the_documents_can_be_routed_to_itself():
    for document in documents().values():
        for method in document.methods:
            if "{+" not in method.template:
                values = {name: min(found.choices, default="7") for name, found in method.parameters.items()}
                path = re.sub(r"\{([^}]+)\}", lambda found, given=values: given[found[1]], method.template)
                assert route(method.verb, path)[0].template == method.template

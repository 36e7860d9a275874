"""The Admin Directory's read methods; only the delegated administrator may call them."""

import re
from collections.abc import Callable
from typing import Any

from monitor.simulator.call import Call, page_number
from monitor.simulator.errors import GoogleError, bad_value, not_found
from monitor.simulator.people import CUSTOMER_ID, DOMAIN, Person, org_unit_resource
from monitor.simulator.world import World

_TERM = re.compile(r"(orgUnitPath|isSuspended|email|givenName|familyName)(=|:)('[^']*'|[^\s']+)\s*")


def list_users(world: World, call: Call) -> dict[str, Any]:
    """`users.list` of the customer or the domain, paged, in the order of addresses unless asked otherwise."""
    _admin_only(call)
    _whole(call)
    if call.text("showDeleted") == "true":
        return {"kind": "admin#directory#users", "etag": '"deleted"'}
    wanted = _read_query(call.text("query"))
    found = [person for person in world.people.values() if all(test(person) for test in wanted)]
    order = call.text("orderBy") or "email"
    names = {"email": "email", "familyName": "family", "givenName": "given"}
    found.sort(key=lambda person: (getattr(person, names[order]), person.email))
    if call.text("sortOrder") == "DESCENDING":
        found.reverse()
    try:
        first = page_number(call.text("pageToken"), len(found))
    except ValueError as error:
        raise bad_value("Invalid Input: pageToken", "pageToken") from error
    last = first + call.query["maxResults"]
    answer: dict[str, Any] = {"kind": "admin#directory#users", "etag": f'"{len(found)}/{first}"'}
    if found[first:last]:
        answer["users"] = [person.as_user() for person in found[first:last]]
    if last < len(found):
        answer["nextPageToken"] = f"p{last}"
    return answer


def list_org_units(world: World, call: Call) -> dict[str, Any]:
    """`orgunits.list` below `orgUnitPath` (default: the root): children, all, or all with the unit itself."""
    _admin_only(call)
    if call.path["customerId"] not in ("my_customer", CUSTOMER_ID):
        raise bad_value("Bad Request", "customerId", reason="badRequest")
    root = "/" + call.text("orgUnitPath").strip("/")
    if root not in world.org_units:
        raise not_found("Org unit not found", "orgUnitPath")
    prefix, kind = root.rstrip("/") + "/", call.text("type") or "children"
    below = [path for path in world.org_units if path.startswith(prefix) and path != "/"]
    if kind == "children":
        below = [path for path in below if "/" not in path.removeprefix(prefix)]
    elif kind == "allIncludingParent" and root != "/":
        below.insert(0, root)
    answer: dict[str, Any] = {"kind": "admin#directory#orgUnits", "etag": f'"{len(below)}"'}
    if below:
        answer["organizationUnits"] = [org_unit_resource(path) for path in below]
    return answer


METHODS: dict[str, Callable[[World, Call], dict[str, Any]]] = {
    "directory.users.list": list_users,
    "directory.orgunits.list": list_org_units,
}


def _admin_only(call: Call) -> None:
    if not call.subject.is_admin:
        raise GoogleError(403, "Not Authorized to access this resource/api", "forbidden")


def _whole(call: Call) -> None:
    customer, domain = call.text("customer"), call.text("domain")
    if not customer and not domain:
        raise bad_value("Bad Request: one of customer and domain is required", reason="badRequest")
    if customer and customer not in ("my_customer", CUSTOMER_ID):
        raise bad_value("Invalid Input: customer", "customer")
    if domain and domain.lower() != DOMAIN:
        raise not_found("Domain not found.", "domain")


def _read_query(text: str) -> list[Callable[[Person], bool]]:
    tests, position = [], 0
    while position < len(text):
        found = _TERM.match(text, position)
        if not found:
            refusal = f"Invalid Input: query (the simulator does not play {text[position:][:60]!r})"
            raise bad_value(refusal, "query")
        tests.append(_test(found[1], found[2], found[3].strip("'")))
        position = found.end()
    return tests


def _test(name: str, sign: str, value: str) -> Callable[[Person], bool]:
    if name == "orgUnitPath":
        # Google's search takes the unit with everything below it.
        unit = value.rstrip("/")
        return lambda person: person.org_unit == unit or person.org_unit.startswith(unit + "/")
    if name == "isSuspended":
        return lambda person: person.suspended == (value == "true")
    field = {"email": "email", "givenName": "given", "familyName": "family"}[name]
    if sign == "=":
        return lambda person: getattr(person, field).lower() == value.lower()
    return lambda person: getattr(person, field).lower().startswith(value.rstrip("*").lower())

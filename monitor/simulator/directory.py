"""The Admin Directory's read methods; only the delegated administrator may call them."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from monitor.simulator.call import Call, page_number
from monitor.simulator.errors import GoogleError, bad_value, not_found
from monitor.simulator.people import CUSTOMER_ID, DOMAIN, SCHEMA, Group, Person, org_unit_resource
from monitor.simulator.world import World

RESTORABLE = timedelta(days=20)
T = TypeVar("T")
_TERM = re.compile(r"(orgUnitPath|isSuspended|email|givenName|familyName)(=|:)('[^']*'|[^\s']+)\s*")


def list_users(world: World, call: Call) -> dict[str, Any]:
    """`users.list` of the customer or the domain, paged, in the order of addresses unless asked otherwise."""
    _admin_only(call)
    _whole(call)
    # Google lists the deleted ones alone, for the twenty days in which they can be restored.
    whole = _restorable(world) if call.text("showDeleted") == "true" else world.people.values()
    wanted = _read_query(call.text("query"))
    found = [person for person in whole if all(test(person) for test in wanted)]
    order = call.text("orderBy") or "email"
    names = {"email": "email", "familyName": "family", "givenName": "given"}
    found.sort(key=lambda person: (getattr(person, names[order]), person.email))
    if call.text("sortOrder") == "DESCENDING":
        found.reverse()
    page, token = _page(call, found)
    answer: dict[str, Any] = {"kind": "admin#directory#users", "etag": f'"{len(found)}/{len(page)}"', **token}
    if page:
        answer["users"] = [_user(person, call) for person in page]
    return answer


def get_user(world: World, call: Call) -> dict[str, Any]:
    """`users.get` by address, alias or id."""
    _admin_only(call)
    person = world.find_person(call.path["userKey"].lower())
    if person is None:
        raise not_found("Resource Not Found: userKey")
    return _user(person, call)


def list_groups(world: World, call: Call) -> dict[str, Any]:
    """`groups.list` of the customer, the domain or one member (`userKey`), in the order of addresses."""
    _admin_only(call)
    who = call.text("userKey").lower()
    if not who:
        _whole(call)
    if call.text("query"):
        message = "Invalid Input: query (the simulator plays no search of groups)"
        raise bad_value(message, "query")
    person = world.find_person(who)
    keys = {who, *((person.email,) if person else ())}
    found = [group for group in world.groups.values() if not who or keys & set(group.members)]
    found.sort(key=lambda group: group.email)
    page, token = _page(call, found, 200)
    answer: dict[str, Any] = {"kind": "admin#directory#groups", "etag": f'"{len(found)}"', **token}
    return answer | ({"groups": [group.as_group() for group in page]} if page else {})


def get_group(world: World, call: Call) -> dict[str, Any]:
    """`groups.get` by address or id."""
    _admin_only(call)
    return _group(world, call).as_group()


def list_members(world: World, call: Call) -> dict[str, Any]:
    """`members.list`: direct members, or with `includeDerivedMembership` those of the groups within too."""
    _admin_only(call)
    group = _group(world, call)
    names = list(group.members)
    if call.query.get("includeDerivedMembership"):
        names = world.receivers(group.email)
    page, token = _page(call, names, 200)
    answer: dict[str, Any] = {"kind": "admin#directory#members", "etag": f'"{len(names)}"', **token}
    return answer | ({"members": [_member(world, name) for name in page]} if page else {})


def list_schemas(_world: World, call: Call) -> dict[str, Any]:
    """`schemas.list`: the custom fields of accounts."""
    _admin_only(call)
    fields = [
        {
            "kind": "admin#directory#schema#fieldspec",
            "fieldName": name,
            "fieldId": f"f{at}",
            "fieldType": kind,
            "displayName": name.replace("_", " "),
            "readAccessType": "ADMINS_AND_SELF",
            "multiValued": False,
        }
        for at, (name, kind) in enumerate((("grade", "INT64"), ("student_id", "STRING")))
    ]
    schema = {"kind": "admin#directory#schema", "schemaId": "s1", "schemaName": SCHEMA, "displayName": "Student"}
    return {"kind": "admin#directory#schemas", "schemas": [schema | {"fields": fields}]}


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
    "directory.users.get": get_user,
    "directory.orgunits.list": list_org_units,
    "directory.groups.list": list_groups,
    "directory.groups.get": get_group,
    "directory.members.list": list_members,
    "directory.schemas.list": list_schemas,
}


def _admin_only(call: Call) -> None:
    if not call.subject.is_admin:
        raise GoogleError(403, "Not Authorized to access this resource/api", "forbidden")


def _page(call: Call, found: list[T], size: int = 0) -> tuple[list[T], dict[str, str]]:
    try:
        first = page_number(call.text("pageToken"), len(found))
    except ValueError as error:
        raise bad_value("Invalid Input: pageToken", "pageToken") from error
    last = first + min(call.query["maxResults"], size or call.query["maxResults"])
    return found[first:last], {"nextPageToken": f"p{last}"} if last < len(found) else {}


def _user(person: Person, call: Call) -> dict[str, Any]:
    """A user with the custom fields that `projection` asks for."""
    user, projection = person.as_user(), call.text("projection")
    if projection == "basic" or not person.custom:
        return user
    mask = {name.partition(".")[0] for name in call.text("customFieldMask").split(",") if name}
    if projection == "custom" and not mask:
        message = "Invalid Input: customFieldMask is required when projection is custom"
        raise bad_value(message, "customFieldMask")
    kept = {name: fields for name, fields in person.custom.items() if projection == "full" or name in mask}
    return user | ({"customSchemas": kept} if kept else {})


def _restorable(world: World) -> list[Person]:
    oldest = world.now() - RESTORABLE
    return [person for person in world.deleted.values() if person.deleted and person.deleted >= oldest]


def _group(world: World, call: Call) -> Group:
    key = call.path["groupKey"].lower()
    found = world.groups.get(key) or next((group for group in world.groups.values() if group.id == key), None)
    if found is None:
        raise not_found("Resource Not Found: groupKey")
    return found


def _member(world: World, name: str) -> dict[str, Any]:
    group, person = world.groups.get(name), world.people.get(name)
    known = group or person
    member: dict[str, Any] = {"kind": "admin#directory#member", "email": name, "role": "MEMBER"}
    member |= {"type": "GROUP" if group else "USER", "etag": f'"{name}"'}
    return member | ({"id": known.id, "status": "ACTIVE"} if known else {})


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

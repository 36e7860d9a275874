"""The Reports API over the audit log."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from monitor.simulator.audit_log import Activity
from monitor.simulator.call import Call
from monitor.simulator.errors import GoogleError, bad_value
from monitor.simulator.people import CUSTOMER_ID, DOMAIN
from monitor.simulator.world import World

KEPT = timedelta(days=180)
_ACCESS = {"change_user_access", "shared_drive_membership_change"}
_PLAYED = ("drive", "chat")
_NOT_PLAYED = ("filters", "groupIdFilter", "orgUnitID", "actorIpAddress", "resourceDetailsFilter")


def list_activities(world: World, call: Call) -> dict[str, Any]:
    """`activities.list`, newest first, for all users or one, of the applications drive and chat."""
    application = call.path["applicationName"]
    _check(call, application)
    now = world.now()
    first, last = _instant(call, "startTime", now - KEPT), _instant(call, "endTime", now)
    if first > last:
        message = "Start time cannot be after end time."
        raise bad_value(message, "startTime")
    found = world.reports.found(application, max(first, now - KEPT), last, now)
    who = call.path["userKey"].lower()
    if who != "all":
        person = world.find_person(who)
        if person is None:
            message = f"User not found: {who}"
            raise bad_value(message, "userKey")
        found = [event for event in found if event.actor == person.email]
    name = call.text("eventName")
    found = [event for event in found if not name or event.name == name]
    page, rest = _page(found, call)
    answer: dict[str, Any] = {"kind": "admin#reports#activities", "etag": f'"{len(found)}/{len(page)}"'}
    if page:
        answer["items"] = [_resource(world, event) for event in page]
    if rest:
        answer["nextPageToken"] = f"A:{page[-1].at.isoformat()}:{page[-1].qualifier}"
    return answer


METHODS: dict[str, Callable[[World, Call], dict[str, Any]]] = {"reports.activities.list": list_activities}


def _check(call: Call, application: str) -> None:
    if not call.subject.is_admin:
        message = "Access denied. You are not authorized to read activity records."
        raise GoogleError(401, message, "authError", location="Authorization", location_type="header")
    asked = next((name for name in _NOT_PLAYED if call.text(name)), "")
    if application not in _PLAYED or asked:
        what = asked or f"applicationName {application}"
        refusal = f"The simulator does not play {what} of activities.list."
        raise GoogleError(501, refusal, "notImplemented", front_door=True)


def _page(found: list[Activity], call: Call) -> tuple[list[Activity], bool]:
    """A page of events after the one that the token names, so that late events do not shift the pages."""
    token, size = call.text("pageToken"), call.query["maxResults"]
    if token:
        try:
            kind, rest = token.split(":", 1)
            at, _, qualifier = rest.rpartition(":")
            place = (datetime.fromisoformat(at), int(qualifier))
        except ValueError:
            kind, place = "", (call.subject.created, 0)
        if kind != "A":
            message = "Invalid Value"
            raise bad_value(message, "pageToken")
        found = [event for event in found if (event.at, event.qualifier) < place]
    return found[:size], len(found) > size


def _instant(call: Call, name: str, default: datetime) -> datetime:
    text = call.text(name)
    return datetime.fromisoformat(text) if text else default


def _resource(world: World, event: Activity) -> dict[str, Any]:
    person = world.people.get(event.actor)
    actor = {"callerType": "USER", "email": event.actor, "profileId": person.id if person else "105250506097979753968"}
    kind = "acl_change" if event.name in _ACCESS else "access"
    parameters = [
        {"name": name, "boolValue": value} if isinstance(value, bool) else {"name": name, "value": value}
        for name, value in event.parameters
    ]
    named = {"type": "user_action" if event.application == "chat" else kind, "name": event.name}
    return {
        "kind": "admin#reports#activity",
        "id": {
            "time": event.at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{event.at.microsecond // 1000:03d}Z",
            "uniqueQualifier": str(event.qualifier),
            "applicationName": event.application,
            "customerId": CUSTOMER_ID,
        },
        "etag": f'"{event.qualifier}"',
        "actor": actor,
        "ownerDomain": DOMAIN,
        "events": [named | {"parameters": parameters}],
    }

"""The control door: JSON verbs that act on the district as people, administrators and bad luck would."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from monitor.simulator import control_drive, control_mail
from monitor.simulator.control_input import ControlError, Input
from monitor.simulator.drive_resources import stamp
from monitor.simulator.people import DOMAIN, newcomer
from monitor.simulator.world import World

__all__ = ["ControlError", "act"]


def act(world: World, name: str, content: Any) -> dict[str, Any]:
    """Carries out verb `name`; raises `ControlError` in words for a wrong verb, field or value."""
    verb = _VERBS.get(name)
    if verb is None:
        message = f"no verb {name!r}; there are {', '.join(sorted(_VERBS))}"
        raise ControlError(message)
    given = Input(name, content)
    try:
        with world.lock:
            return verb(world, given)
    except ValueError as error:
        message = f"{name}: {error}"
        raise ControlError(message) from error


def _move_clock(world: World, given: Input) -> dict[str, Any]:
    to, seconds = given.instant("to"), given.number("seconds", 0)
    given.done()
    if (to is None) == (seconds == 0):
        message = "move_clock: give either `seconds` or `to`"
        raise ControlError(message)
    return {"now": stamp(world.move_clock(to, timedelta(seconds=seconds)))}


def _faults(world: World, given: Input) -> dict[str, Any]:
    rules, clear = given.mappings("rules"), given.flag("clear")
    given.done()
    if clear:
        world.faults.rules.clear()
    world.faults.add(rules)
    return {
        "rules": [{"kind": rule.kind, "match": rule.match.pattern, "left": rule.left} for rule in world.faults.rules]
    }


def _revoke(world: World, given: Input) -> dict[str, Any]:
    subject, scope, restore = given.text("subject"), given.text("scope"), given.flag("restore")
    given.done()
    if not subject and not scope:
        message = "revoke: give `subject` or `scope`"
        raise ControlError(message)
    grants = world.grants
    if subject:
        (grants.revoked.discard if restore else grants.revoked.add)(subject)
    if scope:
        (grants.scopes.add if restore else grants.scopes.discard)(scope)
    return {"revoked": sorted(grants.revoked), "scopes": sorted(grants.scopes)}


def _expire_history(world: World, given: Input) -> dict[str, Any]:
    email = given.text("mailbox")
    given.done()
    if email:
        given.person(world, email)
    boxes = [world.mailbox(email)] if email else list(world.mailboxes.values())
    for box in boxes:
        box.expire()
    return {"mailboxes": len(boxes)}


def _suspend(world: World, given: Input) -> dict[str, Any]:
    person = given.person(world, given.text("email", needed=True))
    person.suspended = given.flag("suspended", default=True)
    given.done()
    return person.as_user()


def _add_user(world: World, given: Input) -> dict[str, Any]:
    email, names = given.text("email", needed=True), (given.text("given_name"), given.text("family_name"))
    unit = given.text("org_unit", needed=True)
    given.done()
    if email in world.people or not email.endswith(f"@{DOMAIN}"):
        message = f"add_user: {email} exists already or is not in {DOMAIN}"
        raise ControlError(message)
    _know_unit(world, unit)
    world.people[email] = newcomer(email, (names[0] or "New", names[1] or "Person"), unit, world.seed)
    return world.people[email].as_user()


def _move_user(world: World, given: Input) -> dict[str, Any]:
    person, unit = given.person(world, given.text("email", needed=True)), given.text("org_unit", needed=True)
    given.done()
    _know_unit(world, unit)
    person.org_unit = unit
    return person.as_user()


def _remove_user(world: World, given: Input) -> dict[str, Any]:
    person = given.person(world, given.text("email", needed=True))
    given.done()
    del world.people[person.email]
    world.mailboxes.pop(person.email, None)
    return {"removed": person.email}


def _know_unit(world: World, unit: str) -> None:
    if not unit.startswith("/") or unit.endswith("/") or len(unit) > 500:
        message = f"org_unit {unit!r}: write a path such as /Students/Oak High"
        raise ControlError(message)
    steps = unit.split("/")[1:]
    for count in range(1, len(steps) + 1):
        path = "/" + "/".join(steps[:count])
        if path not in world.org_units:
            world.org_units.append(path)


def _ledger(world: World, given: Input) -> dict[str, Any]:
    since, reset = int(given.number("since", 0)), given.flag("reset")
    given.done()
    return world.ledger.read(since, reset)


def _state(world: World, given: Input) -> dict[str, Any]:
    given.done()
    return {
        "now": stamp(world.now()),
        "accounts": len(world.students()),
        "people": len(world.people),
        "messages": sum(len(box.messages) for box in world.mailboxes.values()),
        "mailboxes": len(world.mailboxes),
        "pending_mail": sum(len(box.pending) for box in world.mailboxes.values())
        + sum(len(paths) for paths in world.pending.values()),
        "files": len(world.drive.files),
        "calls": world.ledger.count,
        "faults": len(world.faults.rules),
    }


def _people(world: World, given: Input) -> dict[str, Any]:
    students_only = given.flag("students_only", default=True)
    given.done()
    found = world.students() if students_only else list(world.people.values())
    return {"people": [_brief(person.email, person.full_name, person.org_unit, person.suspended) for person in found]}


def _brief(email: str, name: str, unit: str, suspended: bool) -> dict[str, Any]:
    return {"email": email, "name": name, "org_unit": unit, "suspended": suspended}


def _now(world: World, given: Input) -> dict[str, datetime | str]:
    given.done()
    return {"now": stamp(world.now())}


_VERBS: dict[str, Callable[[World, Input], dict[str, Any]]] = {
    "deliver": control_mail.deliver,
    "delete_message": control_mail.delete_message,
    "label_message": control_mail.label_message,
    "write_file": control_drive.write_file,
    "remove_file": control_drive.remove_file,
    "comment": control_drive.comment,
    "move_clock": _move_clock,
    "now": _now,
    "faults": _faults,
    "revoke": _revoke,
    "expire_history": _expire_history,
    "suspend": _suspend,
    "add_user": _add_user,
    "move_user": _move_user,
    "remove_user": _remove_user,
    "people": _people,
    "ledger": _ledger,
    "state": _state,
}

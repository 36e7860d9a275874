"""Control verbs about accounts, groups and what the service account may do."""

from datetime import timedelta
from typing import Any

from monitor.simulator.control_input import ControlError, Input
from monitor.simulator.district import write_key
from monitor.simulator.oauth import key_id
from monitor.simulator.people import DOMAIN, SCHEMA, Group, Person, newcomer
from monitor.simulator.record import Fact
from monitor.simulator.world import World


def revoke(world: World, given: Input) -> dict[str, Any]:
    """Withdraws the delegation for one account, an organisational unit, the domain, or one scope; or restores it."""
    subject, scope, restore = given.text("subject"), given.text("scope"), given.flag("restore")
    unit, domain = given.text("org_unit"), given.flag("domain")
    given.done()
    if not (subject or scope or unit or domain):
        message = "revoke: give `subject`, `org_unit`, `domain` or `scope`"
        raise ControlError(message)
    grants = world.grants
    if subject:
        (grants.revoked.discard if restore else grants.revoked.add)(subject)
    if unit:
        (grants.units.discard if restore else grants.units.add)(unit)
    if domain:
        grants.domain = not restore
    if scope:
        (grants.scopes.add if restore else grants.scopes.discard)(scope)
    return {
        "revoked": sorted(grants.revoked),
        "org_units": sorted(grants.units),
        "domain": grants.domain,
        "scopes": sorted(grants.scopes),
    }


def suspend(world: World, given: Input) -> dict[str, Any]:
    """Suspends an account, or lets it in again."""
    person = given.person(world, given.text("email", needed=True))
    person.suspended = given.flag("suspended", default=True)
    given.done()
    _note(world, person, "suspended" if person.suspended else "restored")
    return person.as_user()


def add_user(world: World, given: Input) -> dict[str, Any]:
    """A new account."""
    email, names = given.text("email", needed=True), (given.text("given_name"), given.text("family_name"))
    unit = given.text("org_unit", needed=True)
    given.done()
    taken = email in world.groups or world.find_person(email) is not None
    if taken or not email.endswith(f"@{DOMAIN}"):
        message = f"add_user: {email} exists already or is not in {DOMAIN}"
        raise ControlError(message)
    _know_unit(world, unit)
    world.people[email] = newcomer(email, (names[0] or "New", names[1] or "Person"), unit, world.seed)
    _note(world, world.people[email], "created")
    return world.people[email].as_user()


def move_user(world: World, given: Input) -> dict[str, Any]:
    """Another organisational unit: a student changes school."""
    person, unit = given.person(world, given.text("email", needed=True)), given.text("org_unit", needed=True)
    given.done()
    _know_unit(world, unit)
    person.org_unit = unit
    _note(world, person, "moved")
    return person.as_user()


def remove_user(world: World, given: Input) -> dict[str, Any]:
    """Deletes an account. Its mailbox is gone; its files stay, and the Directory shows it among the deleted ones."""
    person = given.person(world, given.text("email", needed=True))
    given.done()
    _note(world, person, "deleted")
    world.give_aliases(person, [])
    person.deleted = world.now()
    world.deleted[person.id] = world.people.pop(person.email)
    world.mailboxes.pop(person.email, None)
    return {"removed": person.email}


def set_user(world: World, given: Input) -> dict[str, Any]:
    """Aliases, a new primary address (the old one becomes an alias), archived or not, and the school's own fields."""
    person, email = given.person(world, given.text("email", needed=True)), given.text("new_email").lower()
    aliases, archived = given.texts("aliases"), given.flag("archived", default=person.archived)
    grade, number = int(given.number("grade", -1)), given.text("student_id")
    given.done()
    if email:
        _rename(world, person, email)
    if aliases is not None:
        world.give_aliases(person, [alias.lower() for alias in aliases])
    person.archived = archived
    if grade >= 0 or number:
        fields = dict((person.custom or {}).get(SCHEMA, {}))
        fields |= ({"grade": grade} if grade >= 0 else {}) | ({"student_id": number} if number else {})
        person.custom = {SCHEMA: fields}
    return person.as_user()


def group(world: World, given: Input) -> dict[str, Any]:
    """Makes or changes a mailing list: `members` are people, groups or outsiders; `delete` ends it."""
    email, name = given.text("email", needed=True).lower(), given.text("name")
    members, delete = given.texts("members"), given.flag("delete")
    given.done()
    if delete:
        world.groups.pop(email, None)
        return {"groups": len(world.groups)}
    if world.find_person(email) is not None:
        message = f"group: {email} is somebody's address already"
        raise ControlError(message)
    found = world.groups.setdefault(email, Group(email, name or email.partition("@")[0], f"g{len(world.groups):08d}"))
    found.name = name or found.name
    if members is not None:
        found.members = list(dict.fromkeys(member.lower() for member in members))
    return found.as_group()


def people(world: World, given: Input) -> dict[str, Any]:
    """Everybody in brief, or students only."""
    students_only = given.flag("students_only", default=True)
    given.done()
    found = world.students() if students_only else list(world.people.values())
    return {"people": [_brief(person) for person in found]}


def rotate_key(world: World, given: Input) -> dict[str, Any]:
    """A new key in the key file; with `revoke_old` the old one is refused from now on."""
    revoke_old = given.flag("revoke_old")
    given.done()
    key = world.rotate_key(revoke_old)
    if world.folder is not None:
        write_key(world.folder, key, key_id(world.key_number), world.endpoint)
    return {"key_id": key_id(world.key_number)}


def clock_skew(world: World, given: Input) -> dict[str, Any]:
    """From now on the token endpoint's clock is ahead of the machine's by `seconds`; 0 ends the strictness."""
    seconds = given.number("seconds", 0)
    given.done()
    world.grants.skew = timedelta(seconds=seconds) if seconds else None
    return {"seconds": seconds}


def topic(world: World, given: Input) -> dict[str, Any]:
    """Whether Gmail may publish to a Pub/Sub topic (`allowed`), or with `delete` that there is none."""
    name, allowed, delete = given.text("name", needed=True), given.flag("allowed", default=True), given.flag("delete")
    given.done()
    if delete:
        world.pubsub.topics.pop(name, None)
    else:
        world.pubsub.topics[name] = allowed
    return {"topics": dict(world.pubsub.topics)}


def _rename(world: World, person: Person, email: str) -> None:
    if email in world.groups or world.find_person(email) not in (None, person) or not email.endswith(f"@{DOMAIN}"):
        message = f"set_user: {email} is taken or not in {DOMAIN}"
        raise ControlError(message)
    old, aliases = person.email, [alias for alias in person.aliases if alias != email]
    world.give_aliases(person, [])
    # The order of people is the order in which they came; a new address does not change it.
    world.people = {email if key == old else key: found for key, found in world.people.items()}
    person.email = email
    if old in world.mailboxes:
        box = world.mailboxes[email] = world.mailboxes.pop(old)
        box.email = email
    world.drive.rename_person(old, email)
    world.give_aliases(person, [*aliases, old] if old != email else aliases)
    _note(world, person, "renamed")


def _know_unit(world: World, unit: str) -> None:
    if not unit.startswith("/") or unit.endswith("/") or len(unit) > 500:
        message = f"org_unit {unit!r}: write a path such as /Students/Oak High"
        raise ControlError(message)
    steps = unit.split("/")[1:]
    for count in range(1, len(steps) + 1):
        path = "/" + "/".join(steps[:count])
        if path not in world.org_units:
            world.org_units.append(path)


def _brief(person: Person) -> dict[str, Any]:
    return {
        "email": person.email,
        "name": person.full_name,
        "org_unit": person.org_unit,
        "suspended": person.suspended,
    }


def _note(world: World, person: Person, act: str) -> None:
    world.record.add(Fact(world.now(), "account", act, person.email, person.org_unit, name=person.full_name))

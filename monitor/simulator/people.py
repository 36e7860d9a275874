"""The synthetic people of Cedar Valley: students spread over two schools, a few staff, one delegated admin."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

DOMAIN = "cedarvalley.example"
ADMIN = f"heed-admin@{DOMAIN}"
CUSTOMER_ID = "C04cedar7"
SCHEMA = "Student_Information"
PROJECT = "cedar-valley-sim"
CLIENT_EMAIL = f"heed@{PROJECT}.iam.gserviceaccount.com"
CLIENT_ID = "104857600000000000042"
LARGE = 200
"""From so many students on a district has a teacher for every thirty, and grades in a custom field."""
_TREES = (
    *("Oak", "Maple", "Cedar", "Willow", "Aspen", "Birch", "Laurel", "Alder"),
    *("Juniper", "Sequoia", "Redwood", "Cypress", "Hawthorn", "Linden", "Magnolia"),
)
_STEPS = (("High", 9, 12), ("Middle", 6, 8))


@dataclass(frozen=True, slots=True)
class School:
    """A school with the grades that it teaches."""

    code: str
    name: str
    unit: str
    local: str
    first: int
    last: int


def _schools() -> tuple[School, ...]:
    made = []
    for number in range(2 * len(_TREES)):
        tree, (step, first, last) = _TREES[number % len(_TREES)], _STEPS[number % 2]
        name = f"{tree} {step}"
        local = tree.lower() if number < 2 else name.lower().replace(" ", ".")
        made.append(School(name.lower().replace(" ", "-"), f"{name} School", f"/Students/{name}", local, first, last))
    return tuple(made)


SCHOOLS = _schools()
STUDENT_UNITS = tuple(school.unit for school in SCHOOLS[:2])
ORG_UNITS = ("/", "/Students", *STUDENT_UNITS, "/Staff", "/Service")
_STAFF = (
    ("admin.oak", "Renata", "Okafor"),
    ("counselor.oak", "Samuel", "Lindqvist"),
    ("admin.maple", "Priya", "Castellano"),
    ("counselor.maple", "Dolores", "Whitfield"),
    ("safety", "Martin", "Abernathy"),
    ("teacher.english", "Nadia", "Petrov"),
    ("teacher.science", "Owen", "Castro"),
)


def _words(*lines: str) -> list[str]:
    return [word for line in lines for word in line.split()]


_GIVEN = _words(
    "Maya Liam Sofia Noah Aisha Ethan Camila Lucas Priya Owen Zoe Mateo Hana Caleb Leila Diego Nora Isaac Amara Felix",
    "Ivy Omar Clara Jonah Mei Rafael Tessa Andre Yuki Silas Nadia Theo Rosa Malik Elena Jude Farah Simon Lucia Kofi",
    "Ada Emil Greta Tariq Paloma Hugo Sana Victor Wren Anders Dahlia Reza Juno Marcus Thea Pablo Imani Soren Lila Kai",
)
_FAMILY = _words(
    "Ortiz Nguyen Patel Johansson Alvarez Kim Osei Rossi Haddad Larsen Moreno Tanaka Boateng Fischer Reyes Novak Singh",
    "Duarte Okoye Lindgren Castillo Baptiste Yamamoto Farouk Keller Santos Ivanov Mbeki Romero Walsh Park Delgado",
    "Abadi",
    "Carver Mendes Thorne Vargas Zhou Quinn Bauer Salazar Hosseini Weaver Ramos Petit Ferreira Lund Cho Barros Dunne",
    "Eriksen Galvez Holm Ibarra Jansen Kowalski Laurent Marsh Ndiaye Ojeda",
)


@dataclass(slots=True)
class Person:
    """One account of the domain."""

    email: str
    given: str
    family: str
    id: str
    org_unit: str
    created: datetime
    is_admin: bool = False
    suspended: bool = False
    archived: bool = False
    aliases: tuple[str, ...] = ()
    custom: dict[str, dict[str, Any]] | None = None
    deleted: datetime | None = None

    @property
    def full_name(self) -> str:
        """Given and family name."""
        return f"{self.given} {self.family}"

    @property
    def is_student(self) -> bool:
        """Whether the account stands under the students' organisational unit."""
        return self.org_unit.startswith("/Students")

    def as_user(self) -> dict[str, Any]:
        """The Directory's `User` resource."""
        user: dict[str, Any] = {
            "kind": "admin#directory#user",
            "id": self.id,
            "etag": f'"{self.id}/{int(self.suspended)}"',
            "primaryEmail": self.email,
            "name": {"givenName": self.given, "familyName": self.family, "fullName": self.full_name},
            "isAdmin": False,
            "isDelegatedAdmin": self.is_admin,
            "lastLoginTime": "2026-09-01T15:00:00.000Z",
            "creationTime": self.created.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "agreedToTerms": True,
            "suspended": self.suspended,
            "archived": self.archived,
            "changePasswordAtNextLogin": False,
            "ipWhitelisted": False,
            "emails": [{"address": self.email, "primary": True}, *({"address": alias} for alias in self.aliases)],
            "customerId": CUSTOMER_ID,
            "orgUnitPath": self.org_unit,
            "isMailboxSetup": True,
            "isEnrolledIn2Sv": False,
            "isEnforcedIn2Sv": False,
            "includeInGlobalAddressList": True,
        }
        if self.suspended:
            user["suspensionReason"] = "ADMIN"
        if self.aliases:
            user["aliases"] = list(self.aliases)
        if self.deleted:
            user["deletionTime"] = self.deleted.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        return user


@dataclass(slots=True)
class Group:
    """A mailing list of the domain; `members` are addresses of people or of other groups, in order."""

    email: str
    name: str
    id: str
    members: list[str] = field(default_factory=list)
    aliases: tuple[str, ...] = ()

    def as_group(self) -> dict[str, Any]:
        """The Directory's `Group` resource."""
        return {
            "kind": "admin#directory#group",
            "id": self.id,
            "etag": f'"{self.id}/{len(self.members)}"',
            "email": self.email,
            "name": self.name,
            "directMembersCount": str(len(self.members)),
            "description": "",
            "adminCreated": True,
        } | ({"aliases": list(self.aliases)} if self.aliases else {})


def make_people(students: int, seed: int, schools: int = 2) -> dict[str, Person]:
    """Everybody of the district by address: the admin, the staff, then `students` students; same seed, same people."""
    rng = random.Random(f"people:{seed}")  # noqa: S311 - names of invented people, nothing secret
    people = {ADMIN: _person(rng, ADMIN, ("Heed", "Administrator"), "/Service")}
    people[ADMIN].is_admin = True
    for local, given, family in _STAFF:
        email = f"{local}@{DOMAIN}"
        people[email] = _person(rng, email, (given, family), "/Staff")
    for number in range(students):
        given, family = rng.choice(_GIVEN), rng.choice(_FAMILY)
        email = _free_address(people, f"{given}.{family}".lower())
        school = SCHOOLS[number % schools]
        people[email] = _person(rng, email, (given, family), school.unit)
        if students >= LARGE:
            people[email].custom = {SCHEMA: {"grade": rng.randrange(school.first, school.last + 1)}}
    for school in SCHOOLS[2:schools]:
        for role in ("admin", "counselor"):
            email = f"{role}.{school.local}@{DOMAIN}"
            people[email] = _person(rng, email, (rng.choice(_GIVEN), rng.choice(_FAMILY)), "/Staff")
    for number in range(students // 30 if students >= LARGE else 0):
        email = f"teacher.{number + 1:04d}@{DOMAIN}"
        people[email] = _person(rng, email, (rng.choice(_GIVEN), rng.choice(_FAMILY)), "/Staff")
    return people


def service_account() -> Person:
    """The service account itself, as which calls are made that name no subject."""
    return Person(CLIENT_EMAIL, "Heed", "Worker", CLIENT_ID, "", datetime(2025, 8, 1, tzinfo=UTC))


def newcomer(email: str, names: tuple[str, str], org_unit: str, seed: int) -> Person:
    """A person who joins while the simulator runs."""
    return _person(random.Random(f"new:{seed}:{email}"), email, names, org_unit)  # noqa: S311 - invented


def org_unit_resource(path: str) -> dict[str, Any]:
    """The Directory's `OrgUnit` resource for `path`, which is not the root."""
    parent = path.rsplit("/", 1)[0] or "/"
    return {
        "kind": "admin#directory#orgUnit",
        "etag": f'"{_unit_id(path)}"',
        "name": path.rsplit("/", 1)[1],
        "description": "",
        "orgUnitPath": path,
        "orgUnitId": _unit_id(path),
        "parentOrgUnitPath": parent,
        "parentOrgUnitId": _unit_id(parent),
    }


def _unit_id(path: str) -> str:
    return "id:" + random.Random(f"unit:{path}").randbytes(8).hex()  # noqa: S311 - a stable name, nothing secret


def _person(rng: random.Random, email: str, names: tuple[str, str], org_unit: str) -> Person:
    created = datetime(2025, 8, 1 + rng.randrange(28), 16, tzinfo=UTC)
    return Person(email, names[0], names[1], f"1{rng.randrange(10**19, 10**20)}", org_unit, created)


def _free_address(people: dict[str, Person], local: str) -> str:
    email, number = f"{local}@{DOMAIN}", 1
    while email in people:  # bounded: at most one step per person that exists
        number += 1
        email = f"{local}{number}@{DOMAIN}"
    return email

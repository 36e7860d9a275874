"""What of a Workspace is read: the sources switched on, and what is left out on purpose."""

from dataclasses import dataclass

STAFF_WORDS = frozenset(
    {"staff", "faculty", "teachers", "employees", "administrators", "administration", "admins", "personnel"}
)
"""A unit with one of these names, below a site's unit, is taken for staff and left out."""

ADDRESS = "address"
LABEL = "label"


@dataclass(frozen=True, slots=True)
class ExemptionSpec:
    """What is left unread by rule: an `address` or a Gmail `label`, and why. `value` is lower case."""

    kind: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReadingSpec:
    """The table [reading] of a district file with the [[exemptions]]; every default is the shipped one."""

    gmail: bool = True
    drive: bool = True
    chat: bool = False
    drafts: bool = True
    spam: bool = False
    bin: bool = True
    comments: bool = True
    shared_drives: bool = True
    activity_stream: bool = True
    staff: bool = False
    exclude_units: tuple[str, ...] = ()
    exclude_groups: tuple[str, ...] = ()
    grade_field: str = ""
    exemptions: tuple[ExemptionSpec, ...] = ()

    @property
    def switches(self) -> dict[str, object]:
        """Everything but the exemptions, as plain values."""
        names = (name for name in self.__slots__ if name != "exemptions")
        return {name: list(value) if isinstance(value := getattr(self, name), tuple) else value for name in names}

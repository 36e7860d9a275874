"""Which OAuth scopes the switches of the district need; Heed asks for no other."""

from monitor.domain.reading import ReadingSpec
from monitor.google.credentials import SCOPES_BY_API


def wanted_scopes(reading: ReadingSpec, *, has_exempt_addresses: bool = False) -> list[tuple[str, str]]:
    """(scope, the switch that needs it: "" for what is always needed), in the order in which they are granted.

    Where addresses are exempt it matters in Chat who hears a message, which takes a scope of its own.
    """
    found = [(scope, "") for scope in SCOPES_BY_API["directory"]]
    for is_on, api, switch in (
        (reading.gmail, "gmail", "gmail"),
        (reading.drive, "drive", "drive"),
        ((reading.drive or reading.chat) and reading.activity_stream, "reports", "activity_stream"),
        (bool(reading.exclude_groups), "groups", "exclude_groups"),
        (reading.chat, "chat", "chat"),
        (reading.chat and has_exempt_addresses, "chat members", "exemptions"),
    ):
        if is_on:
            found += [(scope, switch) for scope in SCOPES_BY_API[api]]
    return found

"""Where a setting was written down: in the district file, or by a person in the console."""

from enum import StrEnum


class Origin(StrEnum):
    """Applying the district file takes away only what the file had put there."""

    FILE = "file"
    CONSOLE = "console"

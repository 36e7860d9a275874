"""How readily a category raises a finding: named levels that a board can choose, each with its expected alerts."""

from enum import StrEnum


class Sensitivity(StrEnum):
    """`standard` is the classifier's alert threshold; the report says how many alerts each level brings in a week."""

    LOWER = "lower"
    STANDARD = "standard"
    HIGHER = "higher"

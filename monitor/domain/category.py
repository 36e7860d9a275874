"""The four harms that Heed looks for."""

from enum import StrEnum


class Category(StrEnum):
    """A harm; the value is the word used in rows, on the command line and in the classifiers."""

    BULLYING = "bullying"
    SELF_HARM = "self_harm"
    VIOLENCE = "violence"
    GROOMING = "grooming"

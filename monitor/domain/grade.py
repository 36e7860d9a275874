"""A student's grade, read from the organisational unit that the Directory keeps the account in."""

import re
from datetime import date

KINDERGARTEN = 0
LAST_GRADE = 12
NEW_SCHOOL_YEAR = 7  # the month in which a school year's number changes

_NUMBERED = re.compile(r"\b(?:grade|gr|year|yr)[ ._-]*(\d{1,2})\b|\b(\d{1,2})(?:st|nd|rd|th)\b", re.IGNORECASE)
_KINDER = re.compile(r"\b(?:kindergarten|kinder|tk|k)\b(?![-/ ]*\d)", re.IGNORECASE)
_CLASS_OF = re.compile(r"(?:^|[^0-9])(20\d{2})(?:$|[^0-9])")


def grade_of(org_unit_path: str, today: date) -> int | None:
    """The grade (0 = kindergarten, 1 to 12) that `org_unit_path` names, or None where it names none.

    Understood: "Grade 9", "Gr09", "9th grade", "K", "TK", and a year of graduation such as "Class of 2030". The unit
    nearest to the account counts. A year of graduation that is over, or too far off, gives None.
    """
    for unit in reversed(org_unit_path.split("/")):
        if (grade := _of_unit(unit, today)) is not None:
            return grade
    return None


def grade_in_words(words: str) -> int | None:
    """The grade that a Directory's own field says (`9`, `09`, `Grade 9`, `K`), or None where it says none."""
    if words.strip().isdecimal() and len(words.strip()) <= 2:
        words = f"Grade {words.strip()}"
    return grade_of(words, date.max)


def student_grade(words: str, org_unit_path: str, today: date) -> int | None:
    """The grade that the Directory's field says, else the one that the organisational unit names."""
    said = grade_in_words(words)
    return grade_of(org_unit_path, today) if said is None else said


def _of_unit(unit: str, today: date) -> int | None:
    if numbered := _NUMBERED.search(unit):
        grade = int(numbered[1] or numbered[2])
    elif year := _CLASS_OF.search(unit):
        grade = LAST_GRADE - (int(year[1]) - (today.year + (today.month >= NEW_SCHOOL_YEAR)))
    elif _KINDER.search(unit):
        grade = KINDERGARTEN
    else:
        return None
    return grade if KINDERGARTEN <= grade <= LAST_GRADE else None

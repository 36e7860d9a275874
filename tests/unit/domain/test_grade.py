"""Grades as districts name their organisational units."""

from datetime import date

import pytest

from monitor.domain.grade import grade_in_words, grade_of, student_grade

IN_FALL, IN_SPRING = date(2026, 11, 24), date(2027, 3, 1)


@pytest.mark.parametrize(
    ("path", "grade"),
    [
        ("/Students/Oak High/Grade 9", 9),
        ("/Students/Oak High/Gr-11", 11),
        ("/Students/Oak High/gr09", 9),
        ("/Students/Elm/4th grade", 4),
        ("/Students/Elm/1st", 1),
        ("/Students/Elm/Kindergarten", 0),
        ("/Students/Elm/TK", 0),
        ("/Students/Elm/K", 0),
        ("/Students/Class of 2027", 12),
        ("/Students/Oak High/2030", 9),
        ("/Students/2035/Chromebooks", 4),
        ("/Students/Grade 9/Grade 10", 10),  # the unit nearest to the account
        ("/Students/Oak High", None),
        ("/Students/Maple K-8", None),  # a school's span of grades is not a grade
        ("/Students/Class of 2025", None),  # over
        ("/Students/2060", None),
        ("/Students/Grade 13", None),
        ("/Students/Room 204", None),
        ("", None),
        ("/", None),
    ],
)
def test_units_name_grades(path, grade):
    assert grade_of(path, IN_FALL) == grade


def test_a_year_of_graduation_means_the_same_grade_all_school_year():
    assert grade_of("/2030", IN_FALL) == grade_of("/2030", IN_SPRING) == 9
    assert grade_of("/2030", date(2027, 8, 20)) == 10


@pytest.mark.parametrize(
    ("words", "grade"),
    [("9", 9), ("09", 9), ("Grade 9", 9), ("9th", 9), ("K", 0), ("TK", 0), ("13", None), ("", None), ("staff", None)],
)
def test_a_directorys_own_field_says_grades(words, grade):
    assert grade_in_words(words) == grade


def test_the_field_goes_before_the_unit():
    assert student_grade("9", "/Students/Grade 10", IN_FALL) == 9
    assert student_grade("", "/Students/Grade 10", IN_FALL) == 10

"""The page on which a person chooses how readily each category raises a finding, for the district or a part of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from monitor.accounts.actors import names_of
from monitor.accounts.models import User
from monitor.console.doors import KEEPS_PEOPLE
from monitor.console.figures import sites_in_sight
from monitor.console.office_pages import account_in_unit, all_units
from monitor.console.words import CATEGORY_WORDS
from monitor.detection.effective import Scope, current_changes
from monitor.detection.expected import Assumptions, Expected, assumptions, expected_alerts
from monitor.detection.levels import LevelAt, PlaceFigures, above, figures_at, levels_at
from monitor.detection.policy import current_policy
from monitor.detection.policy_changes import history
from monitor.domain.category import Category
from monitor.domain.sensitivity import Sensitivity
from monitor.roster.models import District, MonitoredAccount, Site

LEVEL_WORDS: Mapping[Sensitivity, Promise] = {
    Sensitivity.LOWER: _("Lower"),
    Sensitivity.STANDARD: _("Standard"),
    Sensitivity.HIGHER: _("Higher"),
}
DISTRICT = Scope("district")
PER_STUDENTS = 1_000  # where no account is read yet
CHANGES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Choice:
    """One level that can be chosen for a category; `value` "" inherits. `brings` is how many alerts, in words."""

    value: str
    name: str
    brings: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One category: what holds, where that comes from, how much it found lately, and the levels to choose from."""

    key: str
    name: str
    in_force: str
    source: str
    found: str  # findings in a week
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Falsely:
    """How many false alarms a week a level brings when every category has it, with the ends of the interval."""

    name: str
    count: str
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class Past:
    """A change of policy: who, when, why, and what its dry run said."""

    number: int
    at: datetime
    who: str
    scope: Scope
    reason: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class LevelsPage:
    """Everything the page shows of one scope."""

    scope: Scope
    place: str  # as the form names it, such as site:oak-high
    title: str
    inherits: tuple[str, ...]
    figures: PlaceFigures
    students: int  # for how many the expected figures are
    rows: tuple[Row, ...]
    falsely: tuple[Falsely, ...]
    assumed: Assumptions | None
    says_more: bool  # the scope has severities or rules of its own
    past: tuple[Past, ...]
    time_zone: str


class LevelsForm(forms.Form):
    """A level for each category; an empty one inherits."""

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        for category in Category:
            levels = [("", ""), *((level.value, level.value) for level in Sensitivity)]
            self.fields[category.value] = forms.ChoiceField(choices=levels, required=False)

    def levels(self) -> dict[Category, Sensitivity | None]:
        """What was chosen, of a form that is valid."""
        given = self.cleaned_data
        return {one: Sensitivity(given[one.value]) if given[one.value] else None for one in Category}


def places(user: User) -> list[tuple[str, list[tuple[str, str]]]]:
    """The scopes that `user` may look at beside the district, in groups: (group, [(value, name)])."""
    sites = [(f"site:{site.code}", site.name) for site in sites_in_sight(user).order_by("name").distinct()]
    if user.role not in KEEPS_PEOPLE:
        return [(gettext("Schools"), sites)] if sites else []
    bands = [(f"age_band:{band.name}", band.name) for band in current_policy().age_bands]
    units = [(f"org_unit:{unit.path}", unit.path) for unit in all_units()]
    groups = [(gettext("Age bands"), bands), (gettext("Schools"), sites), (gettext("Units"), units)]
    return [(name, members) for name, members in groups if members]


def scope_of(place: str, user: User) -> Scope | None:
    """The scope that `place` names, such as site:oak-high; the district's for "". None where `user` sees none such."""
    if place in {"", "district"}:
        return DISTRICT
    if place not in {value for _name, members in places(user) for value, _words in members}:
        return None
    kind, _colon, key = place.partition(":")
    return Scope(kind, key)


def build_levels_page(scope: Scope, user: User, chosen: Mapping[str, str] | None = None) -> LevelsPage:
    """Gather the page; `chosen` are levels by category that a person picked and that do not hold yet.

    Raises `PolicyError`.
    """
    over = above(scope, _stand_in(scope))
    figures = figures_at(scope)
    students = figures.accounts or PER_STUDENTS
    expected, change = expected_alerts(students), current_changes().get(scope)
    return LevelsPage(
        scope=scope,
        place=f"{scope.kind}:{scope.key}" if scope.key else scope.kind,
        title=_title(scope),
        inherits=tuple(str(one) for one in over),
        figures=figures,
        students=students,
        rows=tuple(_row(level, figures, expected, chosen) for level in levels_at(scope, over)),
        falsely=tuple(_falsely(expected)),
        assumed=assumptions(),
        says_more=bool(change and set(change.document) - {"sensitivity"}),
        past=tuple(_past(None if scope == DISTRICT and user.role in KEEPS_PEOPLE else scope)),
        time_zone=District.objects.values_list("time_zone", flat=True).first() or "UTC",
    )


def _title(scope: Scope) -> str:
    if scope == DISTRICT:
        return gettext("The whole district")
    name = Site.objects.filter(code=scope.key).values_list("name", flat=True).first() if scope.kind == "site" else None
    return name or scope.key


def _stand_in(scope: Scope) -> MonitoredAccount:
    """An account, never saved, that is in `scope` and therefore inherits what `scope` does."""
    if scope.kind == "site":
        return MonitoredAccount(site=Site.objects.filter(code=scope.key).first(), org_unit_path="")
    return account_in_unit(scope.key if scope.kind == "org_unit" else "/")


def _row(
    level: LevelAt, figures: PlaceFigures, expected: Mapping[Sensitivity, Expected], chosen: Mapping[str, str] | None
) -> Row:
    present = level.own.value if level.own else ""
    picked = chosen.get(level.category.value, present) if chosen is not None else present
    inherits = gettext("As inherited: {level}").format(level=str(LEVEL_WORDS[level.inherited]).lower())
    choices = [Choice("", inherits, _brings(expected, level.inherited, level.category), picked == "")]
    choices += [
        Choice(one.value, str(words), _brings(expected, one, level.category), picked == one.value)
        for one, words in LEVEL_WORDS.items()
    ]
    return Row(
        key=level.category.value,
        name=str(CATEGORY_WORDS[level.category]),
        in_force=str(LEVEL_WORDS[level.in_force]),
        source="" if level.own else level.source,
        found=_about(figures.weekly[level.category]),
        choices=tuple(choices),
    )


def _brings(expected: Mapping[Sensitivity, Expected], level: Sensitivity, category: Category) -> str:
    found = expected.get(level)
    return gettext("about {count} a week").format(count=_about(found.real[category])) if found else ""


def _falsely(expected: Mapping[Sensitivity, Expected]) -> Iterator[Falsely]:
    for level, words in LEVEL_WORDS.items():
        if found := expected.get(level):
            ends = _about(found.false_low), _about(found.false_high)
            yield Falsely(str(words), _about(found.false), *ends)


def _past(scope: Scope | None) -> Iterator[Past]:
    rows = history(scope, CHANGES_SHOWN)
    names = names_of({row.actor for row in rows})
    for row in rows:
        who = names.get(row.actor, row.actor)
        place = Scope(row.scope, row.key)
        yield Past(row.pk, row.at, who, place, row.reason, row.alerts_before, row.alerts_after)


def _about(count: float) -> str:
    """A figure that is an estimate: whole from ten on, else with one decimal."""
    return str(number_format(round(count) if count >= 10 or not count else round(count, 1)))

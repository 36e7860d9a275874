"""The level of sensitivity of each category at one scope: its own or inherited, and from where; and what changes it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from django.db.models import Count

from monitor.detection.effective import FILE, Scope, current_changes, scopes_of
from monitor.detection.models import Finding, PolicyChange
from monitor.detection.policy import current_policy
from monitor.domain.category import Category
from monitor.domain.sensitivity import Sensitivity
from monitor.lib import clock
from monitor.roster.models import AccountState, MonitoredAccount, Site

LOOKED_BACK = timedelta(days=28)
WEEKS = LOOKED_BACK / timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class LevelAt:
    """One category at a scope: what the scope says itself (None: nothing), and what it inherits from `source`."""

    category: Category
    own: Sensitivity | None
    inherited: Sensitivity
    source: str  # "policy file", or a scope in words

    @property
    def in_force(self) -> Sensitivity:
        """The level that holds."""
        return self.own or self.inherited


@dataclass(frozen=True, slots=True)
class PlaceFigures:
    """How many accounts are read at a scope, and the findings of each category there in a week, of the last four."""

    accounts: int
    weekly: Mapping[Category, float]


def levels_at(scope: Scope, above: Sequence[Scope]) -> list[LevelAt]:
    """The levels of every category at `scope`, which inherits from those in `above`, the weakest first."""
    changes = current_changes()
    own = _said(changes, scope)
    found = []
    for category in Category:
        level, source = current_policy().sensitivity.get(category, Sensitivity.STANDARD), FILE
        for place in above:
            said = _said(changes, place).get(category.value)
            level, source = (Sensitivity(said), str(place)) if said else (level, source)
        said = own.get(category.value)
        found.append(LevelAt(category, Sensitivity(said) if said else None, level, source))
    return found


def above(scope: Scope, account: MonitoredAccount) -> list[Scope]:
    """What `scope` inherits from, the weakest first; `account` is one that stands for it, saved or not."""
    scopes = scopes_of(account, current_policy())
    return scopes[: scopes.index(scope)] if scope in scopes else [Scope("district")]


def with_levels(scope: Scope, levels: Mapping[Category, Sensitivity | None]) -> dict[str, Any]:
    """What `scope` says now, with `levels` in place of its sensitivity; None inherits. Its other tables stay."""
    change = current_changes().get(scope)
    document: dict[str, Any] = deepcopy(dict(change.document)) if change else {}
    said = {category.value: level.value for category, level in levels.items() if level is not None}
    document.pop("sensitivity", None)
    return {**({"sensitivity": said} if said else {}), **document}


def figures_at(scope: Scope) -> PlaceFigures:
    """The figures of `scope`. Accounts in the same unit of the same school are asked together."""
    is_inside = _inside(scope)
    rows = MonitoredAccount.objects.filter(state=AccountState.ACTIVE).order_by()
    groups = rows.values_list("site__code", "org_unit_path").annotate(many=Count("id"))
    accounts = sum(many for code, path, many in groups if is_inside(code, path))
    recent = Finding.objects.filter(found_at__gt=clock.now() - LOOKED_BACK).order_by()
    weekly: Counter[Category] = Counter()
    counted = recent.values_list("account__site__code", "account__org_unit_path", "category")
    for code, path, category, many in counted.annotate(many=Count("id")):
        if is_inside(code, path):
            weekly[Category(category)] += many
    return PlaceFigures(accounts, {category: weekly[category] / WEEKS for category in Category})


def _inside(scope: Scope) -> Callable[[str | None, str], bool]:
    """Whether accounts of a school's code and a unit's path are in `scope`; each pair is worked out once."""
    base = current_policy()

    @cache
    def is_inside(code: str | None, path: str) -> bool:
        return scope in scopes_of(MonitoredAccount(site=Site(code=code) if code else None, org_unit_path=path), base)

    return is_inside


def _said(changes: Mapping[Scope, PolicyChange], scope: Scope) -> dict[str, str]:
    change = changes.get(scope)
    return dict(change.document.get("sensitivity", {})) if change else {}

"""The policy that holds for one account: the file, and what the district, its age bands, sites and units say otherwise.

Inheritance is explicit and always in this order, the later one winning key by key: policy file, district, age band,
site, organisational unit from the root down to the account's own. A unit inherits from those above it whether or not
anybody wrote that down; `effective_policy` names for each value the place that it comes from.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from monitor.detection.models import PolicyChange
from monitor.detection.policy import base_document, current_policy
from monitor.domain.age_band import band_of, paths_of
from monitor.domain.category import Category
from monitor.domain.policy import Policy, PolicyError, parse_policy
from monitor.domain.sensitivity import Sensitivity
from monitor.roster.models import MonitoredAccount

TABLES = {"sensitivity", "severity", "rules"}
"""What a scope may say otherwise. Who is told how fast, and the classifiers, are the district's file alone."""

VERSION_CHARACTERS = 40
FILE = "policy file"


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a change of policy holds: `kind` is district, age_band, site or org_unit."""

    kind: str
    key: str = ""

    def __str__(self) -> str:
        return f"{self.kind.replace('_', ' ')} {self.key}".strip()


@dataclass(frozen=True, slots=True)
class PolicyValue:
    """One value in force: `key` as in policy.toml (severity.violence.at_alert), and the place that it comes from."""

    key: str
    value: Any
    source: str


@dataclass(frozen=True, slots=True)
class EffectivePolicy:
    """The policy of one account, and where each value of it comes from."""

    policy: Policy
    values: tuple[PolicyValue, ...]
    age_band: str
    scopes: tuple[Scope, ...]  # those that could say something, the strongest last


def effective_policy(account: MonitoredAccount) -> EffectivePolicy:
    """What holds for `account` and why. Raises `PolicyError` when the file cannot be used."""
    return effective_with(account, current_changes())


def policy_for(account: MonitoredAccount, base: Policy | None = None) -> Policy:
    """The policy of `account`; `base` is the file's where the caller has read it already."""
    base = base or current_policy()
    changes = current_changes()
    if not any(scope in changes for scope in scopes_of(account, base)):
        return base
    return effective_with(account, changes).policy


def effective_with(account: MonitoredAccount, changes: Mapping[Scope, PolicyChange]) -> EffectivePolicy:
    """As `effective_policy`, with `changes` in force (those of a dry run are not saved)."""
    base = current_policy()
    document = deepcopy(base_document())
    sources = dict.fromkeys(_leaves(document), FILE)
    scopes, last = scopes_of(account, base), 0
    for scope in scopes:
        change = changes.get(scope)
        if change is None or not change.document:
            continue
        _merge(document, change.document)
        sources |= {key: str(scope) for key in _leaves(change.document)}
        last = max(last, change.pk or 0)
    policy = base if set(sources.values()) == {FILE} else parse_policy(document)
    if last:
        mark = f"+{last}"
        policy = replace(policy, version=base.version[: VERSION_CHARACTERS - len(mark)] + mark)
    values = tuple(PolicyValue(key, value, sources.get(key, FILE)) for key, value in sorted(_leaves(document).items()))
    return EffectivePolicy(policy, values, band_of_account(account, base), tuple(scopes))


def current_changes() -> dict[Scope, PolicyChange]:
    """The change in force for each scope: its last one."""
    return {Scope(change.scope, change.key): change for change in PolicyChange.objects.order_by("id")}


def scopes_of(account: MonitoredAccount, base: Policy) -> list[Scope]:
    """The scopes that `account` is in, the weakest first."""
    band = band_of_account(account, base)
    scopes = [Scope("district")]
    scopes += [Scope("age_band", band)] if band else []
    scopes += [Scope("site", account.site.code)] if account.site else []
    return scopes + [Scope("org_unit", path) for path in paths_of(account.org_unit_path)]


def band_of_account(account: MonitoredAccount, base: Policy) -> str:
    """The age band of `account`, "" for none."""
    return band_of(base.age_bands, account.site.code if account.site else "", account.org_unit_path)


def broadest_sensitivity() -> dict[Category, Sensitivity]:
    """For each category the level, among those in force anywhere, that finds most; scoring runs at it.

    What an account's own policy would not have flagged is dropped afterwards, so one pass serves every account.
    """
    order = list(Sensitivity)
    levels = {category: [current_policy().sensitivity.get(category, Sensitivity.STANDARD)] for category in Category}
    for change in current_changes().values():
        for name, level in change.document.get("sensitivity", {}).items():
            levels[Category(name)].append(Sensitivity(level))
    chosen = {category: max(found, key=order.index) for category, found in levels.items()}
    return {category: level for category, level in chosen.items() if level is not Sensitivity.STANDARD}


def checked_document(document: Mapping[str, Any]) -> dict[str, Any]:
    """`document` as a scope may say it, checked against the whole policy. Raises `PolicyError`."""
    unknown = set(document) - TABLES
    if unknown:
        message = f"policy: a scope may only change {', '.join(sorted(TABLES))}, not {', '.join(sorted(unknown))}"
        raise PolicyError(message)
    whole = deepcopy(base_document())
    _merge(whole, document)
    parse_policy(whole)
    return deepcopy(dict(document))


def _merge(document: dict[str, Any], over: Mapping[str, Any]) -> None:
    """Tables are merged key by key; anything else, lists included, is replaced."""
    for key, value in over.items():
        if isinstance(value, Mapping) and isinstance(document.get(key), dict):
            _merge(document[key], value)
        else:
            document[key] = deepcopy(value)


def _leaves(document: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in document.items():
        if isinstance(value, Mapping):
            found |= _leaves(value, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = value
    return found

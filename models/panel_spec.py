"""What a `[[panel]]` table says about a classifier from elsewhere: read and checked without touching its folder."""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from models.categories import CATEGORIES, CHANNELS, ClassifierError

Points = Mapping[str, Mapping[str, float]]
"""Category → operating point (`alert`, `review`) → calibrated probability."""

IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
DIGEST = re.compile(r"[0-9a-f]{64}")
LABEL = re.compile(r"([+-]?)([a-z_]+)")
PLAIN_FILES = ("config.json", "tokenizer.json")
HEADS = ("", "single", "multi")
POINTS = ("alert", "review")
KEYS = {"id", "path", "replace", "sha256", "labels", "calibration", "thresholds", "head"}


@dataclass(frozen=True, slots=True)
class Evidence:
    """Which labels of a folder mean a category: that one of `labels` holds, or, where `is_absence`, that none does."""

    labels: tuple[str, ...]
    is_absence: bool = False


class Platt(NamedTuple):
    """`probability = sigmoid(slope · log-odds + intercept)`."""

    slope: float
    intercept: float


@dataclass(frozen=True, slots=True)
class MemberSpec:
    """One checked `[[panel]]` table.

    `digests` maps file names to SHA-256; every safetensors file that is to be loaded is among them. `head` is
    `single` (labels exclude each other), `multi`, or empty: what config.json says. `evidence` and `calibration` have
    the categories that this member speaks about; `thresholds` has them for each channel.
    """

    id: str
    path: Path
    replaces: bool
    digests: Mapping[str, str]
    head: str
    evidence: Mapping[str, Evidence]
    calibration: Mapping[str, Platt]
    thresholds: Mapping[str, Points]

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories that this member speaks about, in the usual order."""
        return tuple(category for category in CATEGORIES if category in self.evidence)


def parse_members(tables: Sequence[Mapping[str, Any]], base: Path) -> tuple[MemberSpec, ...]:
    """Check the `[[panel]]` tables of a policy. A relative `path` is taken from `base`.

    Raises `ClassifierError` at the first mistake, with the key and what would be right.
    """
    members = tuple(_member(table, base) for table in tables)
    names = [member.id for member in members]
    for name in names:
        if names.count(name) > 1:
            message = f"panel: two members are called {name!r}; give each its own id"
            raise ClassifierError(message)
    return members


def _member(table: Mapping[str, Any], base: Path) -> MemberSpec:
    name = table.get("id")
    if not isinstance(name, str) or not IDENTIFIER.fullmatch(name):
        message = f"panel: id must be 1 to 40 small letters, digits, '-', '.' or '_', not {name!r}"
        raise ClassifierError(message)
    where = f"panel {name}"
    _refuse_unknown(table, KEYS, f"{where}: ")
    path = table.get("path")
    if not isinstance(path, str) or not path:
        message = f"{where}: path must name a folder on this machine, not {path!r}"
        raise ClassifierError(message)
    evidence = _evidence(_table(table, "labels", where), where)
    return MemberSpec(
        id=name,
        path=base / path,
        replaces=_flag(table.get("replace", False), f"{where}: replace"),
        digests=_digests(_table(table, "sha256", where), where),
        head=_head(table.get("head", ""), where),
        evidence=evidence,
        calibration=_calibration(_table(table, "calibration", where), set(evidence), where),
        thresholds=_thresholds(_table(table, "thresholds", where), set(evidence), where),
    )


def _digests(table: Mapping[str, Any], where: str) -> dict[str, str]:
    for name, digest in table.items():
        is_known = name in PLAIN_FILES or (name.endswith(".safetensors") and Path(name).name == name)
        if not is_known:
            message = (
                f"{where}: sha256 names {name!r}; only safetensors files, {' and '.join(PLAIN_FILES)} are ever read. "
                "Save weights of another kind again as safetensors"
            )
            raise ClassifierError(message)
        if not isinstance(digest, str) or not DIGEST.fullmatch(digest):
            message = f"{where}: sha256 of {name} must be 64 hexadecimal digits, as `sha256sum` prints them"
            raise ClassifierError(message)
    if not any(name.endswith(".safetensors") for name in table):
        message = f"{where}: sha256 must name each safetensors file of the folder with its digest"
        raise ClassifierError(message)
    return dict(table)


def _evidence(table: Mapping[str, Any], where: str) -> dict[str, Evidence]:
    """Labels by category and sign. A label may stand for several categories."""
    found: dict[str, dict[str, list[str]]] = {}
    for label, meanings in table.items():
        for meaning in meanings if isinstance(meanings, list) else [meanings]:
            match = LABEL.fullmatch(meaning) if isinstance(meaning, str) else None
            if match is None or match[2] not in CATEGORIES:
                message = (
                    f"{where}: labels.{label} must be one of {', '.join(CATEGORIES)} after + or -, not {meaning!r}"
                )
                raise ClassifierError(message)
            found.setdefault(match[2], {}).setdefault(match[1] or "+", []).append(label)
    if not found:
        message = f"{where}: labels must map at least one label to a category"
        raise ClassifierError(message)
    for category, signs in found.items():
        if len(signs) > 1:
            message = f"{where}: labels give {category} both + and -; name the labels of one sign only"
            raise ClassifierError(message)
    return {c: Evidence(tuple(sorted(*signs.values())), "-" in signs) for c, signs in found.items()}


def _calibration(table: Mapping[str, Any], categories: Set[str], where: str) -> dict[str, Platt]:
    _need_exactly(table, categories, f"{where}: calibration")
    found = {}
    for category in sorted(categories):
        inside = f"{where}: calibration.{category}"
        values = _table(table, category, f"{where}: calibration")
        _refuse_unknown(values, {"slope", "intercept"}, f"{inside}.")
        slope, intercept = (_number(values.get(key), f"{inside}.{key}") for key in ("slope", "intercept"))
        if slope <= 0:
            message = f"{inside}.slope must be above 0, not {slope}; a label that means the opposite has - in labels"
            raise ClassifierError(message)
        found[category] = Platt(slope, intercept)
    return found


def _thresholds(table: Mapping[str, Any], categories: Set[str], where: str) -> dict[str, dict[str, dict[str, float]]]:
    """Channel → category → points: the common ones, and over them those of one channel."""
    common = {name: value for name, value in table.items() if name not in CHANNELS}
    _need_exactly(common, categories, f"{where}: thresholds")
    base = {category: _points(common, category, f"{where}: thresholds") for category in common}
    found = {channel: dict(base) for channel in CHANNELS}
    for channel in CHANNELS:
        if channel in table:
            inside = _table(table, channel, f"{where}: thresholds")
            _refuse_unknown(inside, categories, f"{where}: thresholds.{channel}.")
            found[channel] |= {c: _points(inside, c, f"{where}: thresholds.{channel}") for c in inside}
    return found


def _points(table: Mapping[str, Any], category: str, where: str) -> dict[str, float]:
    values = _table(table, category, where)
    _refuse_unknown(values, set(POINTS), f"{where}.{category}.")
    points = {point: _number(values.get(point), f"{where}.{category}.{point}") for point in POINTS}
    if not 0 < points["review"] <= points["alert"] < 1:
        message = f"{where}.{category} must have 0 < review <= alert < 1, not {points['review']} and {points['alert']}"
        raise ClassifierError(message)
    return points


def _table(table: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
    value = table.get(name)
    if not isinstance(value, Mapping):
        message = f"{where}: {name} must be a table"
        raise ClassifierError(message)
    return value


def _number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e6:
        message = f"{where} must be a number, not {value!r}"
        raise ClassifierError(message)
    return float(value)


def _flag(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        message = f"{where} must be true or false, not {value!r}"
        raise ClassifierError(message)
    return value


def _head(value: object, where: str) -> str:
    if not isinstance(value, str) or value not in HEADS:
        message = f'{where}: head must be "single" or "multi", not {value!r}; left out, config.json says it'
        raise ClassifierError(message)
    return value


def _need_exactly(table: Mapping[str, Any], categories: Set[str], where: str) -> None:
    if set(table) != categories:
        message = f"{where} must have exactly the categories of labels: {', '.join(sorted(categories))}"
        raise ClassifierError(message)


def _refuse_unknown(table: Mapping[str, Any], known: Set[str], prefix: str) -> None:
    """A mistyped key would leave what it says out of force without a word."""
    for name in table:
        if name not in known:
            message = f"{prefix}{name} is an unknown key; there are {', '.join(sorted(known))}"
            raise ClassifierError(message)

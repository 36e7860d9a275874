"""Loading all sets, removing copies across them, and splitting by group; the same result every time."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from models.training.auxiliary import auxiliary_targets, level_of
from models.training.chance import hash_share
from models.training.mapping import SETS, SetCard
from models.training.rows import DataError, Row, Targets, digest_of, read_lines

SPLITS = ("train", "tune", "test")

SMALL_GROUP_SHARE = 0.15
"""A group that holds more of its set than this always trains: held out, it would be the whole test."""

_FEW_GROUPS = 100


def load_sets(data: Path, *, only_open: bool = False) -> list[Row]:
    """Rows of every known set under `data`/open and `data`/restricted, copies removed.

    Raises `DataError` when the folder holds no known set.
    """
    rows: list[Row] = []
    for name, card in SETS.items():
        if card.restricted and only_open:
            continue
        folder = data / ("restricted" if card.restricted else "open")
        path = next((p for p in (folder / f"{name}.jsonl.gz", folder / f"{name}.jsonl") if p.exists()), None)
        if path is not None:
            rows.extend(_rows(path, name, card))
    if not rows:
        message = f"no training set under {data}; point --data at a folder with open/ and restricted/ sets"
        raise DataError(message)
    return deduplicate(rows)


def _rows(path: Path, name: str, card: SetCard) -> Iterable[Row]:
    for number, raw in enumerate(read_lines(path)):
        group = f"{name}:{raw['group']}" if raw.get("group") else ""
        contrast = card.contrast(raw)
        if contrast is not None:
            group = f"{name}:{number}"
            yield Row(contrast["text"], name, group, card.map(contrast))
        targets = {**auxiliary_targets(name, raw), **card.map(raw)}
        yield Row(raw["text"], name, group, targets, level_of(name, raw))


def deduplicate(rows: Iterable[Row]) -> list[Row]:
    """One row per normalised text: the first, with what the copies know; where copies disagree, unknown.

    A row without a group becomes a group of its own, named by its text.
    """
    kept: dict[str, Row] = {}
    for row in rows:
        digest = digest_of(row.text)
        if not digest:
            continue
        if digest in kept:
            first = kept[digest]
            kept[digest] = replace(first, targets=_agreed(first.targets, row.targets))
        else:
            kept[digest] = row if row.group else replace(row, group=f"{row.source}:{digest}")
    return list(kept.values())


def _agreed(first: Targets, second: Targets) -> Targets:
    agreed = {**second, **first}
    for category in first.keys() & second.keys():
        if (first[category][0] > 0.5) != (second[category][0] > 0.5):
            del agreed[category]
    return agreed


def split_rows(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Rows by split (`train`, `tune`, `test`), decided per set and group; no group is on two sides."""
    by_source: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        by_source[row.source][row.group].append(row)
    splits: dict[str, list[Row]] = {name: [] for name in SPLITS}
    for source, groups in by_source.items():
        card = SETS.get(source)
        shares = (card.tune_share, card.test_share) if card else (0.1, 0.1)
        for group, side in _sides({g: len(members) for g, members in groups.items()}, shares).items():
            splits[side].extend(groups[group])
    return splits


def _sides(sizes: dict[str, int], shares: tuple[float, float]) -> dict[str, str]:
    """A side for each group: by its hash where groups are many; where they are few, in hash order until full."""
    if len(sizes) >= _FEW_GROUPS:
        return {group: _by_hash(hash_share(group), shares) for group in sizes}
    total = sum(sizes.values())
    room = {"tune": shares[0] * total, "test": shares[1] * total}
    sides: dict[str, str] = {}
    for group in sorted(sizes, key=hash_share):
        side = next((name for name in room if room[name] > 0), "train")
        if sizes[group] > SMALL_GROUP_SHARE * total:
            side = "train"
        sides[group] = side
        if side in room:
            room[side] -= sizes[group]
    return sides


def _by_hash(share: float, shares: tuple[float, float]) -> str:
    if share < shares[0]:
        return "tune"
    return "test" if share < sum(shares) else "train"

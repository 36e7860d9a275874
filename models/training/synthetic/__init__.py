"""Our own sentences, written and reviewed by hand, for dangers and look-alikes of which no data set knows.

Each `*.jsonl` row has `text` (with slots such as `{name}`), `labels`, `family` (sentences built on one idea) and
`lang`. Families, not rows, are put aside for development: `dev` families never train.
"""

import json
import random
import re
from pathlib import Path

from models.training.chance import hash_share
from models.training.rows import Row

FOLDER = Path(__file__).parent

DEV_SHARE = 0.12
"""Part of the families that never trains: enough to bound thresholds by, and no more than that is worth."""

WEIGHT = 2.0

SLOTS: dict[str, tuple[str, ...]] = {
    "name": ("Mia", "Jayden", "Sofia", "Tyler", "Aaliyah", "Noah", "Emma", "Luis", "Priya", "Marcus", "Chloe", "Omar",
             "Hannah", "Diego", "Kayla", "Ethan", "Zoe", "Jamal", "Lily", "Brandon", "Ana", "Kevin", "Grace", "Devon"),
    "teacher": ("Mr. Ortiz", "Ms. Chen", "Mrs. Walker", "Mr. Brandt", "Ms. Okafor", "Mrs. Lee", "Coach Davis",
                "Mr. Patel", "Ms. Rivera", "Dr. Hughes"),
    "class": ("math", "English", "biology", "history", "gym", "chemistry", "art", "Spanish", "band", "science"),
    "day": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "tomorrow", "next week"),
    "place": ("the cafeteria", "the hallway", "the library", "the gym", "the bus", "the locker room", "homeroom"),
    "game": ("Fortnite", "Minecraft", "Roblox", "Valorant", "Mario Kart", "Madden", "Smash", "chess"),
    "app": ("Snap", "Insta", "Discord", "WhatsApp", "Telegram", "Kik", "TikTok"),
}  # fmt: skip

FRAMES: tuple[tuple[str, str], ...] = (
    ("", ""),
    ("", ""),
    ("Hi {teacher},\n\n", "\n\nThanks,\n{name}"),
    ("Dear {teacher},\n", "\nSincerely, {name}"),
    ("Hey {name}, ", ""),
    ("hey ", " ttyl"),
    ("Journal entry, {day}\n\n", ""),
    ("Re: {class} project\n\n", "\n\n- {name}"),
    ("{class} notes\n", "\n"),
    ("Hello everyone,\n\n", "\n\nBest,\n{teacher}"),
    ("yo {name} ", ""),
    ("Subject: {class}\n", ""),
)

_SLOT = re.compile(r"\{(\w+)\}")


def fill_slots(text: str, chance: random.Random) -> str:
    """`text` with every known slot filled at random; other braces stay."""
    return _SLOT.sub(lambda match: chance.choice(SLOTS[match[1]]) if match[1] in SLOTS else match[0], text)


def load_synthetic(folder: Path = FOLDER) -> dict[str, list[Row]]:
    """Our sentences as `train` and `dev` rows; a family is wholly on one side."""
    rows: list[Row] = []
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            raw = json.loads(line)
            weight = WEIGHT * float(raw.get("weight", 1.0))
            targets = {category: (float(value), weight) for category, value in raw["labels"].items()}
            rows.append(Row(raw["text"], "synthetic", raw["family"], targets, raw.get("level")))
    dev = _dev_families(rows)
    return {
        "train": [row for row in rows if row.group not in dev],
        "dev": [row for row in rows if row.group in dev],
    }


def _dev_families(rows: list[Row]) -> set[str]:
    """`DEV_SHARE` of the families of each kind, at least one, by a fixed shuffle.

    A kind is what stands before the first `_`, for dangerous families and for harmless ones apart. The two families
    of a pair (`x_pair_idea`, `x_nopair_idea`) stand at one place in the shuffle: seldom does one train for the other.
    """
    dangerous = {row.group for row in rows if any(target > 0.5 for target, _ in row.targets.values())}
    kinds: dict[tuple[str, bool], list[str]] = {}
    for family in sorted({row.group for row in rows}, key=_place):
        kinds.setdefault((family.partition("_")[0], family in dangerous), []).append(family)
    return {family for members in kinds.values() for family in members[: max(1, round(DEV_SHARE * len(members)))]}


def _place(family: str) -> float:
    return hash_share(family.replace("_nopair_", "_pair_"))

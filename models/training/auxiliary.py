"""What the sets say beside our four categories: a severity ladder, and side questions that only teach the encoder.

Side questions (`toxic`, `hate`, `distress`) share the encoder while training and are never served: they let labels
that do not answer a category, such as group hate, still teach it the difference.

The ladder, by category: *self_harm* 1 a wish (ideation), 2 preparation or self-injury (behaviour), 3 an attempt or a
goodbye; *violence* 1 a violent wish or talk, 2 a threat against a person or group, 3 with weapon, time or place;
*bullying* 1 rude, 2 an attack on a person, 3 telling to die, sharing pictures, a pile-on; *grooming* 1 flattery and
secrecy, 2 isolation or a romantic turn, 3 a picture or a meeting asked for.
"""

from collections.abc import Callable, Mapping
from typing import Any

from models.training.rows import Targets

Raw = Mapping[str, Any]

SIDE_QUESTIONS = ("toxic", "hate", "distress")


def _answers(**values: float | bool | None) -> Targets:
    return {name: (float(value), 1.0) for name, value in values.items() if value is not None}


def _davidson(raw: Raw) -> Targets:
    return _answers(toxic=raw["source_label"] != "neither", hate=raw["source_label"] == "hate")


def _hatexplain(raw: Raw) -> Targets:
    return _answers(toxic=raw["source_label"] != "normal", hate=raw["source_label"] == "hate")


def _gab(raw: Raw) -> Targets:
    label = raw["source_label"]
    return _answers(toxic=bool(label["hate"] or label["vulgar"]), hate=label["hate"])


def _stormfront(raw: Raw) -> Targets:
    return _answers(hate=raw["source_label"] == "hate")


def _misogyny(raw: Raw) -> Targets:
    return _answers(hate=raw["source_label"]["level_1"] == "Misogynistic")


def _edos(raw: Raw) -> Targets:
    return _answers(hate=raw["source_label"] != "none")


def _ruddit(raw: Raw) -> Targets:
    """Offensiveness (-0.9 to 1), as a share."""
    return _answers(toxic=min(1.0, max(0.0, (float(raw["source_label"]["offensiveness"]) + 1) / 2)))


def _depression(raw: Raw) -> Targets:
    return _answers(distress=raw["source_label"].strip().startswith("yes"))


def _tsid(raw: Raw) -> Targets:
    return _answers(distress=not raw["source_label"].strip().startswith("no "))


def _counselchat(raw: Raw) -> Targets:
    return _answers(distress=raw["source_label"]["role"] == "client question")


def _cssrs(raw: Raw) -> Targets:
    return _answers(distress=raw["risk"] in ("indicator", "ideation", "behavior", "attempt"))


def _goemotions(raw: Raw) -> Targets:
    return _answers(distress=bool({"sadness", "grief", "fear", "nervousness", "remorse"} & set(raw["source_label"])))


def _game_chat(raw: Raw) -> Targets:
    return _answers(toxic=True if raw["source_label"] == "E" else None)


def _yes(**values: float) -> Callable[[Raw], Targets]:
    return lambda _: _answers(**values)


SIDE_ANSWERS: Mapping[str, Callable[[Raw], Targets]] = {
    "davidson": _davidson,
    "hatexplain": _hatexplain,
    "gab": _gab,
    "stormfront": _stormfront,
    "misogyny": _misogyny,
    "edos": _edos,
    "toxic_spans": _yes(toxic=1.0),
    "ruddit": _ruddit,
    "insults": lambda raw: _answers(toxic=True if raw["labels"]["bullying"] else None),
    "identity_templates": lambda raw: _answers(toxic=raw["source_label"] == "BAD"),
    "tweeteval_offensive": lambda raw: _answers(toxic=raw["source_label"] in (1, "1")),
    "tweeteval_hate": lambda raw: _answers(hate=raw["source_label"] in (1, "1")),
    "game_chat_conda": _game_chat,
    "dreaddit": _depression,
    "depression_reddit": _depression,
    "sdcnl": _yes(distress=1.0),
    "tsid": _tsid,
    "cssrs": _cssrs,
    "counselchat": _counselchat,
    "goemotions": _goemotions,
    "literature": _yes(toxic=0.0, hate=0.0, distress=0.0),
    "mail_ham": _yes(toxic=0.0, hate=0.0, distress=0.0),
    "clear_a": _yes(toxic=0.0, hate=0.0, distress=0.0),
}


def auxiliary_targets(source: str, raw: Raw) -> Targets:
    """Side question → (target, weight) for one raw row; empty where the set answers none."""
    answer = SIDE_ANSWERS.get(source)
    return answer(raw) if answer else {}


_CSSRS_LEVELS = {"ideation": 1, "behavior": 2, "attempt": 3}
_EDOS_LEVELS = {"1.1": 2, "1.2": 1}


def level_of(source: str, raw: Raw) -> int | None:
    """The level of the row's danger, where the source tells; None otherwise."""
    if source == "cssrs":
        return _CSSRS_LEVELS.get(raw["risk"])
    if source == "edos":
        return _EDOS_LEVELS.get(raw["source_fine"][:3])
    if source == "insults":
        return 2 if raw["labels"]["bullying"] else None
    if source == "game_chat_conda":
        return 1 if raw["source_label"] == "E" else None
    if source == "misogyny":
        return 2 if "threatening" in raw["source_label"].get("level_3", "").lower() else None
    return 1 if source == "tweeteval_offensive" and raw["source_label"] in (1, "1") else None

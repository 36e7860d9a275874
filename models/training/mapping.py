"""Which label of which set says what about our four categories, and how much it is trusted.

The categories mean: *bullying*, an attack on a person in or near the conversation (insult, humiliation, exclusion,
harassment); *self_harm*, the writer's own wish, plan or act; *violence*, a threat of, a call for or a wish for
violence against people; *grooming*, an adult's sexual or isolating approach to a minor. The account of somebody who
suffers it, or a worried report that a person nearby is in such danger now, counts too: a school must act on it. Books,
news, lessons, help lines, history and idiom do not count. What a source does not answer stays unknown. The arguments
for each judgement stand beside it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from models.chunking import split_sentences
from models.training.rows import Targets

Raw = Mapping[str, Any]
ALL = ("bullying", "self_harm", "violence", "grooming")

PUBLIC: Targets = {"grooming": (0.0, 0.5)}
"""Posts to everybody: an approach to one child does not happen there at a rate that matters."""


def _zero(weight: float, *categories: str) -> Targets:
    return dict.fromkeys(categories or ALL, (0.0, weight))


def _benign(_: Raw) -> Targets:
    """Books, school reading, ordinary mail: told violence and despair are not dangers of the writer."""
    return _zero(1.0)


def _cssrs(raw: Raw) -> Targets:
    """Experts' levels: ideation, behaviour, attempt are positive; `indicator` is a risk factor, so half trusted."""
    value = float(raw["labels"]["self_harm"])
    weight = 0.4 if raw["risk"] == "indicator" else 1.0
    return {**PUBLIC, "self_harm": (value, weight), "bullying": (0.0, 0.3), "violence": (0.0, 0.3)}


def _tsid(raw: Raw) -> Targets:
    """Weak labels by keyword: news about suicide is marked positive, so positives count little."""
    label = raw["source_label"].strip()
    at_risk = label.startswith("suicide")
    benign = _zero(0.5, "bullying", "violence") if label.startswith("no ") else {}
    return {**PUBLIC, **benign, "self_harm": (1.0, 0.3) if at_risk else (0.0, 0.6)}


def _sdcnl(raw: Raw) -> Targets:
    """The label is the forum, not the text."""
    at_risk = raw["source_label"] == "r/SuicideWatch"
    return {**PUBLIC, "self_harm": (1.0, 0.4) if at_risk else (0.0, 0.3), "violence": (0.0, 0.3)}


def _dreaddit(_: Raw) -> Targets:
    """Stress is not imminent self-harm: a hard negative, though a few posts hold ideation. Told abuse is no answer."""
    return {"self_harm": (0.0, 0.5), "violence": (0.0, 0.5), "bullying": (0.0, 0.3)}


def _depression_reddit(raw: Raw) -> Targets:
    """Depressed posts often hold ideation that nobody labelled: unknown. The others are ordinary."""
    if raw["source_label"].strip().startswith("yes"):
        return {**PUBLIC, "violence": (0.0, 0.3)}
    return _zero(0.7)


def _school_stress(raw: Raw) -> Targets:
    """Everyday stressors in a sentence: the nearest harmless neighbours of a pupil's despair."""
    weight = 0.5 if raw["source_label"] == "emotional turmoil" else 1.0
    return {**_zero(1.0), "self_harm": (0.0, weight)}


_OWN_RISK_TOPICS = ("self-harm", "suicid", "depression", "trauma", "grief")


def _counselchat(raw: Raw) -> Targets:
    """Therapists on suicide are talk about it, not it. Clients on the topics that may hold their own risk: unknown."""
    label = raw["source_label"]
    benign = _zero(0.5, "violence", "grooming", "bullying")
    if label["role"] == "therapist answer":
        return {**benign, "self_harm": (0.0, 1.0)}
    if any(topic in label["topic"] for topic in _OWN_RISK_TOPICS):
        return benign
    return {**benign, "self_harm": (0.0, 0.6)}


HATE: Targets = {"bullying": (1.0, 0.15)}
"""Contempt for a group is harassment where its members read it, but attacks nobody in the talk: hardly trusted."""


def _davidson(raw: Raw) -> Targets:
    """`offensive` is largely dialect and says nothing of an attack: unknown. `hate` is group slurs: hardly trusted."""
    if raw["source_label"] == "neither":
        return {**_zero(1.0), **PUBLIC}
    if raw["source_label"] == "offensive":
        return {**PUBLIC, "self_harm": (0.0, 0.5), "violence": (0.0, 0.3)}
    return {**PUBLIC, **HATE, "self_harm": (0.0, 0.5)}


def _hatexplain(raw: Raw) -> Targets:
    """Group hate is hardly bullying of a person. `normal` posts are rough but attack nobody."""
    if raw["source_label"] == "hate":
        return {**PUBLIC, **HATE, "self_harm": (0.0, 0.7)}
    if raw["source_label"] == "normal":
        return {**PUBLIC, "bullying": (0.0, 0.6), "self_harm": (0.0, 0.7), "violence": (0.0, 0.5)}
    return {**PUBLIC, "self_harm": (0.0, 0.7)}


def _gab(raw: Raw) -> Targets:
    """`call_for_violence` is the label we look for; hate without it is the contrast."""
    label = raw["source_label"]
    quiet = {"bullying": (0.0, 0.5)} if not (label["hate"] or label["vulgar"]) else {}
    hate = HATE if label["hate"] else {}
    return {**PUBLIC, **quiet, **hate, "self_harm": (0.0, 0.7), "violence": (float(label["call_for_violence"]), 1.0)}


def _stormfront(raw: Raw) -> Targets:
    """Sentences of a hate forum without hate: neither attack nor threat, whatever the subject."""
    if raw["source_label"] == "noHate":
        return {**PUBLIC, "bullying": (0.0, 0.6), "self_harm": (0.0, 0.7), "violence": (0.0, 0.5)}
    return {**PUBLIC, **HATE, "self_harm": (0.0, 0.7)}


_MISOGYNY_THREATS = ("Threatening_Physical_violence", "Threatening_Sexual_violence")


def _misogyny(raw: Raw) -> Targets:
    """Personal attacks are bullying, whatever their target's sex; contempt for a group is unknown."""
    label = raw["source_label"]
    fine = label.get("level_3", "")
    targets = {**PUBLIC, "self_harm": (0.0, 0.5), "violence": (1.0, 1.0) if fine in _MISOGYNY_THREATS else (0.0, 0.6)}
    if "personal_attack" in label["level_2"].lower():
        return {**targets, "bullying": (1.0, 0.8)}
    if label["level_2"] in ("None_of_the_categories", "Counter_speech"):
        return {**targets, "bullying": (0.0, 0.6)}
    return targets


def _edos(raw: Raw) -> Targets:
    """Threats of harm and incitement are violence; the other sexist classes are the contrast; bullying unknown."""
    fine = raw["source_fine"]
    quiet = {**PUBLIC, "self_harm": (0.0, 0.7)}
    if fine.startswith(("1.1", "1.2")):
        return {**quiet, "violence": (1.0, 1.0)}
    if fine.startswith("4.1"):
        return quiet
    return {**quiet, "violence": (0.0, 0.7)}


def _toxic_spans(raw: Raw) -> Targets:
    """Insulting comments, mostly about public figures: half trusted where the insult is a fair part of the text.

    What `without_toxic_sentences` leaves of a comment has the same style and subject without the insult: the contrast
    that keeps the style from standing for it.
    """
    label = raw["source_label"]
    quiet = {**PUBLIC, "self_harm": (0.0, 0.7)}
    if label.get("rest"):
        return {**quiet, "bullying": (0.0, 0.4)}
    share = len(label["toxic_chars"]) / max(1, len(raw["text"]))
    return {**quiet, "bullying": (1.0, 0.5)} if share > 0.05 else quiet


_FEWEST_REST = 40


def without_toxic_sentences(raw: Raw) -> dict[str, Any] | None:
    """A toxic comment less every sentence that carries a toxic character; None where little or nothing is left."""
    toxic = raw["source_label"]["toxic_chars"]
    if not toxic:
        return None
    text = raw["text"]
    kept = [text[a:b].strip() for a, b in split_sentences(text) if not any(a <= place < b for place in toxic)]
    rest = " ".join(kept)
    if len(rest) < _FEWEST_REST:
        return None
    return {**raw, "text": rest, "source_label": {"toxic_chars": [], "rest": True}}


def _threatgram(raw: Raw) -> Targets:
    """`violent` calls for or wishes violence; `punitive` wants prison, which is the hardest negative."""
    return {**PUBLIC, "self_harm": (0.0, 0.7), "violence": (1.0 if raw["source_label"] == "violent" else 0.0, 0.9)}


def _identity_templates(raw: Raw) -> Targets:
    """Naming an identity is harmless. `You are a <insult>` is said to a person; other insulting templates: unknown."""
    if raw["source_label"] == "NOT_BAD":
        return _zero(1.0)
    if raw["text"].lower().startswith("you are"):
        return {"bullying": (1.0, 0.7), "self_harm": (0.0, 0.7), "violence": (0.0, 0.5), **PUBLIC}
    return {"self_harm": (0.0, 0.7), "violence": (0.0, 0.5), **PUBLIC}


_ANGRY = {"anger", "annoyance", "disgust", "disapproval"}
_LOW = {"sadness", "grief", "disappointment", "remorse", "fear"}


def _goemotions(raw: Raw) -> Targets:
    """Ordinary comments; angry ones may attack a person and low ones may hold despair, so these are less sure.

    Many an insult was named amusement or disapproval by its raters: `not bullying` is trusted by half.
    """
    emotions = set(raw["source_label"])
    targets = {**_zero(1.0), "bullying": (0.0, 0.5)}
    if emotions & _ANGRY:
        del targets["bullying"]
        targets["violence"] = (0.0, 0.4)
    if emotions & _LOW:
        targets["self_harm"] = (0.0, 0.4)
    return targets


def _formspring(raw: Raw) -> Targets:
    """At least two of three raters said bullying. Anonymous sexual questions occur: grooming hardly trusted."""
    known = raw["labels"].get("bullying")
    targets: dict[str, tuple[float, float]] = {"self_harm": (0.0, 0.7), "violence": (0.0, 0.4), "grooming": (0.0, 0.2)}
    if known is not None:
        targets["bullying"] = (float(known), 1.5 if known else 1.0)
    return targets


def _insults(raw: Raw) -> Targets:
    """Insults to a participant of the conversation: our bullying, word for word."""
    return {**PUBLIC, "bullying": (float(raw["labels"]["bullying"]), 1.0), "self_harm": (0.0, 0.5)}


def _ruddit(raw: Raw) -> Targets:
    """Only the ends of the offensiveness scale are answers."""
    value = float(raw["source_label"]["offensiveness"])
    quiet = {**PUBLIC, "self_harm": (0.0, 0.5)}
    if value >= 0.55:
        return {**quiet, "bullying": (1.0, 0.5)}
    return {**quiet, "bullying": (0.0, 0.8), "violence": (0.0, 0.5)} if value <= 0.1 else quiet


def _game_chat(raw: Raw) -> Targets:
    """Explicitly toxic lines attack players; game talk of killing is harmless; implicit ones are unknown."""
    intent = raw["source_label"]
    if intent == "E":
        return {"bullying": (1.0, 0.5), "grooming": (0.0, 1.0)}
    if intent == "I":
        return {"self_harm": (0.0, 0.7), "violence": (0.0, 0.7), "grooming": (0.0, 1.0)}
    return _zero(1.0)


def _tweeteval_offensive(raw: Raw) -> Targets:
    """`offensive` mixes profanity with attacks: weak positive. The rest are ordinary social posts."""
    if raw["source_label"] in (1, "1"):
        return {**PUBLIC, "bullying": (1.0, 0.25), "self_harm": (0.0, 0.5)}
    return {**PUBLIC, "bullying": (0.0, 1.0), "self_harm": (0.0, 0.8), "violence": (0.0, 0.6)}


def _tweeteval_hate(raw: Raw) -> Targets:
    """Hate against women and migrants answers none of ours; the rest attack nobody they speak to, half trusted."""
    quiet = {**PUBLIC, "self_harm": (0.0, 0.7)}
    if raw["source_label"] in (1, "1"):
        return quiet
    return {**quiet, "bullying": (0.0, 0.3), "violence": (0.0, 0.4)}


def _grooming_windows(_: Raw) -> Targets:
    """Every window of a convicted adult is marked, small talk included: less than full trust."""
    return {"grooming": (1.0, 0.7)}


def _chat_rooms(_: Raw) -> Targets:
    """Ordinary chat rooms by age: what keeps `chat` from meaning `grooming`, hence the weight."""
    return {"grooming": (0.0, 2.0), "self_harm": (0.0, 0.7), "violence": (0.0, 0.4)}


@dataclass(frozen=True, slots=True)
class SetCard:
    """How one set is used: its mapping, rows drawn per epoch, held-out shares, licence.

    `contrast` makes a further raw row of one, for the other side of the same question; None where nothing can be made.
    `windows` is how often a text longer than a window is drawn per epoch, each time another part of it.
    """

    map: Callable[[Raw], Targets]
    per_epoch: int
    restricted: bool = False
    tune_share: float = 0.10
    test_share: float = 0.10
    licence: str = "no licence; research only"
    contrast: Callable[[Raw], Raw | None] = lambda _: None
    windows: int = 1


SETS: dict[str, SetCard] = {
    "cssrs": SetCard(_cssrs, 1400, licence="CC BY 4.0"),
    "tsid": SetCard(_tsid, 750, licence="MIT (repository)"),
    "dreaddit": SetCard(_dreaddit, 1200, licence="MIT (repository)"),
    "depression_reddit": SetCard(_depression_reddit, 500, licence="MIT (repository)"),
    "school_stress_sad": SetCard(_school_stress, 4400, licence="MIT (repository)"),
    "counselchat": SetCard(_counselchat, 1800, licence="MIT"),
    "davidson": SetCard(_davidson, 3500, licence="MIT"),
    "hatexplain": SetCard(_hatexplain, 5000, licence="MIT"),
    "gab": SetCard(_gab, 2000, licence="MIT"),
    "stormfront": SetCard(_stormfront, 2000, licence="CC BY-SA 3.0"),
    "misogyny": SetCard(_misogyny, 2000, licence="MIT"),
    "edos": SetCard(_edos, 4500, licence="CC0"),
    "toxic_spans": SetCard(_toxic_spans, 6500, licence="CC0", contrast=without_toxic_sentences),
    "threatgram": SetCard(_threatgram, 6500, licence="CC BY 4.0"),
    "identity_templates": SetCard(_identity_templates, 800, licence="Apache-2.0"),
    "goemotions": SetCard(_goemotions, 8000, licence="Apache-2.0"),
    "literature": SetCard(_benign, 1000, licence="public domain", tune_share=0.35, test_share=0.20, windows=3),
    "mail_ham": SetCard(_benign, 1100, licence="PDDL", tune_share=0.35, test_share=0.20, windows=3),
    "formspring": SetCard(_formspring, 5000, restricted=True),
    "insults": SetCard(_insults, 6900, restricted=True),
    "ruddit": SetCard(_ruddit, 4600, restricted=True),
    "game_chat_conda": SetCard(_game_chat, 5000, restricted=True),
    "tweeteval_offensive": SetCard(_tweeteval_offensive, 7000, restricted=True),
    "tweeteval_hate": SetCard(_tweeteval_hate, 2000, restricted=True),
    "sdcnl": SetCard(_sdcnl, 1500, restricted=True),
    "grooming_windows": SetCard(_grooming_windows, 5000, restricted=True),
    "chat_rooms_nps": SetCard(_chat_rooms, 650, restricted=True),
    "clear_a": SetCard(_benign, 1000, restricted=True, tune_share=0.35, test_share=0.20, windows=3),
}
"""Every set we know. `per_epoch` keeps large sets from drowning small ones; each epoch draws afresh."""

"""Undoing disguise before the tokenizer sees a text: letters that only look Latin, and letters set apart.

Folding is for the network alone: offsets and what people read stay those of the original text.
"""

import re
import unicodedata

_LATIN = str.maketrans(
    dict(
        zip(
            "аеорсхуіјѕԁһԛԝАВЕКМНОРСТХІЈЅαερουικνΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
            "aeopcxyijsdhqwABEKMHOPCTXIJSaepouikvABEZHIKMNOPTYX",
            strict=True,
        )
    )
)
_FOREIGN = re.compile("[\u0370-\u03ff\u0400-\u052f]")
_WORD = re.compile(r"\w+")
_APART = re.compile(r"(?<!\w)(?:[^\W\d_](?P<gap>[ .\-_*|~])(?:[^\W\d_](?P=gap)){2,}[^\W\d_])(?!\w)")
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff]")


def fold(text: str) -> str:
    """`text` as it is meant to sound: invisible signs gone, wide and look-alike letters Latin, spaced letters joined.

    Words wholly in another script stay as they are; only a word that mixes scripts is taken for a disguise.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
        if _FOREIGN.search(text):
            text = _WORD.sub(_folded_word, text)
    return _APART.sub(_joined, text)


def _folded_word(match: re.Match[str]) -> str:
    word = match.group()
    if _FOREIGN.search(word) and any("a" <= ch.lower() <= "z" for ch in word):
        return word.translate(_LATIN)
    return word


def _joined(match: re.Match[str]) -> str:
    return match.group().replace(match["gap"], "")

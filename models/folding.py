"""Undoing disguise before the tokenizer sees a text: letters that only look Latin, and letters set apart.

Folding is for the network alone: offsets and what people read stay those of the original text.
"""

import re
import unicodedata

CYRILLIC = (
    "\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u0456\u0458\u0455\u0501\u04bb\u051b\u051d"
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0406\u0408\u0405"
)
CYRILLIC_AS_LATIN = "aeopcxyijsdhqwABEKMHOPCTXIJS"
"""`CYRILLIC` looks like this, letter by letter."""

_GREEK = (
    "\u03b1\u03b5\u03c1\u03bf\u03c5\u03b9\u03ba\u03bd"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
)
_GREEK_AS_LATIN = "aepouikvABEZHIKMNOPTYX"
_LATIN = str.maketrans(CYRILLIC + _GREEK, CYRILLIC_AS_LATIN + _GREEK_AS_LATIN)
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

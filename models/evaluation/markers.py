"""Marks by which texts are sorted into slices: short documented lists, imprecise on purpose and stated in the report.

Nothing here is used for scoring. A mark says something about a text's words, never about its writer.
"""

import re
from collections.abc import Mapping

IDENTITIES: Mapping[str, tuple[str, ...]] = {
    "origin and skin": (
        "african american", "arab", "asian", "black", "hispanic", "latina", "latino", "latinx", "middle eastern",
        "native american", "white",
    ),
    "nationality": (
        "american", "canadian", "chinese", "european", "immigrant", "indian", "japanese", "mexican", "refugee",
    ),
    "religion": (
        "buddhist", "catholic", "christian", "hindu", "jewish", "muslim", "protestant", "sikh", "taoist",
    ),
    "sexual orientation": (
        "bisexual", "gay", "heterosexual", "homosexual", "lesbian", "lgbt", "lgbtq", "queer", "straight",
    ),
    "gender": ("female", "male", "nonbinary", "trans", "transgender"),
    "disability": ("autistic", "blind", "deaf", "disabled", "paralyzed"),
    "age": ("elderly", "middle aged", "millenial", "old", "older", "teenage", "young", "younger"),
}  # fmt: skip
"""Group → terms that name an identity, neutral or reclaimed; no slurs. The templates spell `millenial` so."""

_AMBIGUOUS = frozenset({"old", "older", "young", "younger", "american", "straight", "blind", "indian", "european"})
"""Outside the templates these mostly say something else, so `identity_terms` of free text leaves them out."""

_GROUP_OF = {term: group for group, terms in IDENTITIES.items() for term in terms}
_TERM = re.compile(r"\b(" + "|".join(sorted(_GROUP_OF, key=len, reverse=True)) + r")s?\b", re.IGNORECASE)

DIALECT_MARKERS: Mapping[str, str] = {
    "future finna, gon, imma": r"\b(?:finna|gon|imma|i'ma)\b",
    "habitual be": r"\b(?:he|she|they|we|y'?all|people|folks)\s+(?:always\s+)?be\s+(?:like|\w+in['g]?)\b",
    "negative concord": r"\b(?:ain'?t|don'?t|can'?t|didn'?t|never)\s+(?:\w+\s+){0,2}(?:no|nothin'?g?|nobody|none)\b",
    "ain't for isn't, hasn't": r"\bain'?t\b",
    "was with plural": r"\b(?:they|we|you|y'?all)\s+was\b",
    "completive done": r"\b(?:i|he|she|they|we|you)\s+(?:\w+\s+)?done\s+(?:went|told|got|been|lost|came|did|had)\b",
    "ion for I don't": r"\bion\s+(?:know|care|want|like|need|even|got|think|trust|have)\b",
    "th as d, f or t": r"\b(?:dat|dis|dem|dey|wit|wif|nuffin|nuttin|mouf|sumn|sumthin)\b",
}
"""Features described for African-American English (Green 2002; Blodgett, Green and O'Connor 2016), as patterns.

Several are shared with other dialects and with young people's writing at large: the slice says how text *in that form*
is treated.
"""

_DIALECT = re.compile("|".join(DIALECT_MARKERS.values()), re.IGNORECASE)

_SPANISH_WORDS = """
que de la el los las un una unos es son esta está estoy eres soy no me te se lo le mi tu su con por para como pero si sí
más muy ya yo nadie nada todo todos hoy mañana quiero voy a al del y o en porque cuando donde
"""
_ENGLISH_WORDS = """
the a an and or of to in is are am was were be been it i you he she they we my your his her their our this that these
those not no don't do does did have has had will would can could with for on at from but if so just me him them what
when who how there here about
"""
_SPANISH, _ENGLISH = frozenset(_SPANISH_WORDS.split()), frozenset(_ENGLISH_WORDS.split())
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")

_FIRST = re.compile(r"\b(?:i|i'?m|im|i'?ve|i'?ll|i'?d|me|my|mine|myself)\b", re.IGNORECASE)
_THIRD = re.compile(
    r"\b(?:he|she|they|him|her|hers|his|them|their|himself|herself|themselves|friend|brother|sister|cousin|classmate)s?\b",
    re.IGNORECASE,
)


def identity_terms(text: str) -> tuple[str, ...]:
    """The identity terms of `text`, lower case, each once, in order."""
    return tuple(dict.fromkeys(match[1].lower() for match in _TERM.finditer(text)))


def names_identity(text: str) -> bool:
    """Whether free text names an identity by a term that hardly means anything else."""
    return any(term not in _AMBIGUOUS for term in identity_terms(text))


def identity_group(term: str) -> str:
    """The group of a term of `IDENTITIES`."""
    return _GROUP_OF[term]


def has_dialect_marker(text: str) -> bool:
    """Whether any of `DIALECT_MARKERS` occurs."""
    return _DIALECT.search(text.replace("\u2019", "'")) is not None


def language(text: str) -> str:
    """`es` where Spanish stop words outnumber English ones, else `en`: enough for our own two-language sets."""
    words = [word.lower() for word in _WORD.findall(text)]
    spanish, english = (sum(word in known for word in words) for known in (_SPANISH, _ENGLISH))
    return "es" if spanish > english else "en"


def person(text: str) -> str:
    """`first` where the writer names themself, `third` where only others are named, else `none`."""
    if _FIRST.search(text):
        return "first"
    return "third" if _THIRD.search(text) else "none"


def length_bucket(text: str) -> str:
    """Characters, in four steps."""
    steps = ((50, "under 50"), (200, "50 to 199"), (1000, "200 to 999"))
    return next((name for limit, name in steps if len(text) < limit), "1,000 and more")

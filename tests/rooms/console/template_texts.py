"""Finds the words in a template that people would read and that nobody marked for translation."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TEMPLATES = Path(__file__).resolve().parents[3] / "monitor" / "console" / "templates"
TOKEN = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}|<!--.*?-->", re.DOTALL)
MARKED = re.compile(r"{%-?\s*blocktrans(?:late)?\b")
UNMARKED = re.compile(r"{%-?\s*endblocktrans(?:late)?\b")
NAME = re.compile(r"</?([a-zA-Z0-9]+)")
SPOKEN = re.compile(r"\s(aria-label|alt|placeholder|title|label|aria-description)=(\"[^\"]*\"|'[^']*')")
GIVEN = re.compile(r"\b(label|problem|fine|head|hint|words)=(\"[^\"]*\"|'[^']*')")
OTHERWISE = re.compile(r"\|default(?:_if_none)?:(\"[^\"]*\"|'[^']*')")
ENTITY = re.compile(r"&[#a-zA-Z0-9]+;")
WORD = re.compile(r"[^\W\d_]{2,}")
SAME = {"Heed", "UTC", "SHA", "Google"}  # names: the same in every language
NO_WORDS = {"text", "oak-high"}  # values that a browser reads, or an example of a code
SILENT = {"kbd", "script", "style"}


@dataclass(frozen=True)
class Found:
    """Words at [start, end) of a template."""

    kind: str  # text, attribute, given (to an included template), otherwise (a default)
    start: int
    end: int
    words: str


@dataclass(frozen=True)
class Piece:
    """One token of a template, or an HTML tag (with the template tokens in it), or what stands between them."""

    kind: str  # token, html, text
    start: int
    end: int
    source: str


def pieces(source: str) -> Iterator[Piece]:
    at = 0
    while at < len(source):
        token = TOKEN.match(source, at)
        if token:
            kind, end = "token", token.end()
        elif source[at] == "<" and re.match(r"[a-zA-Z/!]", source[at + 1 : at + 2]):
            kind, end = "html", _end_of_tag(source, at)
        else:
            kind, end = "text", at + 1
            while end < len(source) and source[end] != "<" and not TOKEN.match(source, end):
                end += 1
        yield Piece(kind, at, end, source[at:end])
        at = end


def _end_of_tag(source: str, at: int) -> int:
    quote = ""
    while at < len(source):
        token = TOKEN.match(source, at)
        if token:
            at = token.end()
            continue
        letter = source[at]
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter == ">":
            return at + 1
        at += 1
    return at


def has_words(text: str) -> bool:
    return bool(set(WORD.findall(ENTITY.sub(" ", TOKEN.sub(" ", text)))) - SAME)


def unmarked(source: str) -> Iterator[Found]:
    """What a person would read in English whatever language they chose."""
    is_marked, silent = False, ""
    for piece in pieces(source):
        if piece.kind == "token":
            is_marked = bool(MARKED.match(piece.source)) or (is_marked and not UNMARKED.match(piece.source))
            yield from _in_token(piece)
        elif is_marked:
            continue
        elif piece.kind == "html":
            silent = _silent(piece.source, silent)
            yield from _in_tag(piece)
        elif not silent and has_words(piece.source):
            yield Found("text", piece.start, piece.end, piece.source)


def _silent(tag: str, silent: str) -> str:
    """The element in which nothing is meant to be translated: keys, and commands and settings as they are typed."""
    match = NAME.match(tag)
    name = match[1].lower() if match else ""
    if silent:
        return "" if name == silent and tag.startswith("</") else silent
    is_code = re.search(r"class=\"[^\"]*\bcode\b[^\"]*\"", tag)
    return name if not tag.startswith("</") and not tag.endswith("/>") and (name in SILENT or is_code) else ""


def _in_tag(piece: Piece) -> Iterator[Found]:
    for token in TOKEN.finditer(piece.source):
        inner = Piece("token", piece.start + token.start(), piece.start + token.end(), token[0])
        yield from _in_token(inner)
    bare = TOKEN.sub(lambda token: "\0" * len(token[0]), piece.source)
    bare = re.sub(r"(?<=\0)[^\0<>\"']*(?=\0)", _hide_marked(piece.source), bare)
    for match in SPOKEN.finditer(bare):
        if has_words(match[2].replace("\0", " ")) and match[2][1:-1] not in NO_WORDS:
            start = piece.start + match.start(2)
            yield Found("attribute", start, start + len(match[2]), match[2][1:-1])


def _hide_marked(tag: str) -> object:
    """Words between the two ends of a blocktranslate inside an attribute are marked."""
    spans = [
        (begin.start(), end.end())
        for begin in MARKED.finditer(tag)
        for end in [UNMARKED.search(tag, begin.end())]
        if end
    ]

    def hidden(match: re.Match[str]) -> str:
        inside = any(start <= match.start() and match.end() <= end for start, end in spans)
        return "\0" * len(match[0]) if inside else match[0]

    return hidden


def _in_token(piece: Piece) -> Iterator[Found]:
    if not piece.source.startswith(("{%", "{{")):
        return
    if re.match(r"{%-?\s*include\b", piece.source):
        for match in GIVEN.finditer(piece.source):
            if has_words(match[2]):
                yield Found("given", piece.start + match.start(2), piece.start + match.end(2), match[2][1:-1])
    for match in OTHERWISE.finditer(piece.source):
        if has_words(match[1]) and match[1][1:-1] not in NO_WORDS:
            yield Found("otherwise", piece.start + match.start(1), piece.start + match.end(1), match[1][1:-1])

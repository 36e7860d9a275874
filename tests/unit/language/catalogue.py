"""Reads the catalogue, and what the code marks for it, without the programs of GNU gettext."""

import ast
import gettext
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "locale" / "es" / "LC_MESSAGES"
KEYWORD = re.compile(r"(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?) (\".*\")")
ONE = {"gettext", "gettext_lazy", "gettext_noop", "_"}
MANY = {"ngettext", "ngettext_lazy"}
IN_CONTEXT = {"pgettext", "pgettext_lazy"}
Key = tuple[str, str]  # context and English words


@dataclass(frozen=True)
class Message:
    """One entry of a .po file. `plural` is "" where there is none; `translations` has one or two."""

    context: str
    words: str
    plural: str
    translations: tuple[str, ...]
    is_fuzzy: bool


def messages() -> list[Message]:
    text = (FOLDER / "django.po").read_text(encoding="utf-8")
    return [found for block in re.split(r"\n\s*\n", text) if (found := _message(block)) and found.words]


def _message(block: str) -> Message | None:
    fields: dict[str, str] = {}
    name = ""
    for line in block.splitlines():
        match = KEYWORD.fullmatch(line)
        if match:
            name = match[1]
            fields[name] = ast.literal_eval(match[2])
        elif line.startswith('"'):
            fields[name] += ast.literal_eval(line)
    if "msgid" not in fields:
        return None
    translations = tuple(words for key, words in fields.items() if key.startswith("msgstr"))
    is_fuzzy = any(line.startswith("#,") and "fuzzy" in line for line in block.splitlines())
    return Message(fields.get("msgctxt", ""), fields["msgid"], fields.get("msgid_plural", ""), translations, is_fuzzy)


def compiled() -> gettext.GNUTranslations:
    with (FOLDER / "django.mo").open("rb") as handle:
        return gettext.GNUTranslations(handle)


def marked() -> set[Key]:
    """Everything that Python files and templates mark for translation."""
    found = set()
    for path in sorted((ROOT / "monitor").rglob("*.py")):
        if "migrations" not in path.parts:
            found.update(_in_python(path.read_text(encoding="utf-8")))
    for path in sorted((ROOT / "monitor").rglob("*.html")):
        found.update(_in_template(path.read_text(encoding="utf-8")))
    return found


def _in_python(source: str) -> Iterator[Key]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        words = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        if name in ONE | MANY and words:
            yield "", words[0]
        elif name in IN_CONTEXT and len(words) == 2:
            yield words[0], words[1]


CALL = re.compile(r"\b(gettext|_|ngettext|pgettext|npgettext)\(")


def _in_template(source: str) -> Iterator[Key]:
    """Django turns a template into something that reads like calls; the literals behind each are its words."""
    code = templatize(source)
    for match in CALL.finditer(code):
        words = list(_literals(code[match.end() :]))
        if match[1] in {"pgettext", "npgettext"}:
            yield words[0], words[1]
        elif words:
            yield "", words[0]


def _literals(code: str) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.STRING:
            yield ast.literal_eval(token.string)
        elif token.string != ",":
            return

"""A changed document is scored for what changed: paragraphs that were scored before are known by their keyed hash.

No text is kept. A hash is 8 bytes of a keyed hash, useless without the installation's key and too short to be sure of.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import blake2b

from monitor.domain.text import Extraction, Span
from monitor.intake.models import Item, TextMemory
from monitor.lib import clock
from monitor.sealed.keys import derived_key

HASH_BYTES = 8
MOST_PARAGRAPHS = 40_000  # of one file; beyond them everything counts as new
SHORT_LINE = 200  # characters: lines as short as these are read with the two before them
LINES_BEFORE = 2


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is to be entered once the item is scored."""

    item_key: str
    hashes: frozenset[bytes]


def memory_of(item: Item, item_key: str) -> frozenset[bytes] | None:
    """The hashes known for the item's account and file; None when it was never scored."""
    row = TextMemory.objects.filter(account_id=item.account_id, item_key=item_key).values_list("hashes", flat=True)
    found = row.first()
    return None if found is None else _split(bytes(found))


def enter(item: Item, remembered: Remembered) -> None:
    """Enter hashes; call it in the transaction that ends the item, so that a crash forgets both or neither."""
    kept = (memory_of(item, remembered.item_key) or frozenset()) | remembered.hashes
    if len(kept) > MOST_PARAGRAPHS:
        kept = remembered.hashes
    TextMemory.objects.update_or_create(
        account_id=item.account_id,
        item_key=remembered.item_key,
        defaults={"hashes": b"".join(sorted(kept)), "at": clock.now()},
    )


def paragraph_hashes(spans: Iterable[Span]) -> frozenset[bytes]:
    """The hash of every paragraph that has words."""
    key = derived_key("text-memory")
    return frozenset(_hash(key, line) for span in spans for line in span.text.splitlines() if line.strip())


def hash_of(text: str) -> bytes:
    """The hash of one thing that is not a paragraph, such as a comment's id and version."""
    return _hash(derived_key("text-memory"), text)


def only_new(extraction: Extraction, known: frozenset[bytes], before: frozenset[bytes] = frozenset()) -> Extraction:
    """The same extraction with the paragraphs in `known` left out; short lines keep the two before them.

    Paragraphs in `before` (they are older than the baseline) are left out in any case.

    A line that stands beside a new one is read again with it; what was flagged before makes no second finding.
    """
    key = derived_key("text-memory")
    spans = tuple(filter(None, (_fresh(span, known, before, key) for span in extraction.spans)))
    return replace(extraction, spans=spans)


def _fresh(span: Span, known: frozenset[bytes], before: frozenset[bytes], key: bytes) -> Span | None:
    lines = [line for line in span.text.splitlines() if line.strip()]
    hashes = [_hash(key, line) for line in lines]
    new = [one not in known and one not in before for one in hashes]
    if not any(new):
        return None
    if all(new):
        return span
    kept = {at for at, is_new in enumerate(new) if is_new}
    for at in sorted(kept):
        near = range(max(0, at - LINES_BEFORE), at) if len(lines[at]) < SHORT_LINE else ()
        kept.update(one for one in near if len(lines[one]) < SHORT_LINE and hashes[one] not in before)
    return replace(span, text="\n".join(lines[at] for at in sorted(kept)))


def _hash(key: bytes, line: str) -> bytes:
    words = " ".join(line.split()).encode("utf-8", "surrogatepass")
    return blake2b(words, key=key, digest_size=HASH_BYTES).digest()


def _split(packed: bytes) -> frozenset[bytes]:
    return frozenset(packed[at : at + HASH_BYTES] for at in range(0, len(packed), HASH_BYTES))

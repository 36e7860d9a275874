"""Readings: what a classifier says of the texts that a draw puts together, in the order in which they are drawn.

Opinions belong to a set's texts. But thresholds rest on odd text, and the odd text of a training is put together anew
in each draw: scraps, buried dangers, chat, our own sentences in their frames. A file of readings says what a classifier
or a teacher thinks of each of them, draw by draw, four numbers for each and no text. The draws must come out as they
did when they were read; a digest of their tokens says whether they do.
"""

import hashlib
import json
import sys
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from models.categories import CATEGORIES
from models.encoder import build_tokenizer, read_encoder
from models.inference import Engine
from models.second_reader import TwoReaders
from models.store import load_parts, read_manifest
from models.training.chance import seeded
from models.training.network import Settings
from models.training.opinions import from_steps, opened_judgements, to_steps, with_opinions
from models.training.progress import Progress
from models.training.rows import Row
from models.training.sampling import DRAW_SEED, Example, draw_epoch, encode_rows
from models.training.splits import load_sets, split_rows
from models.training.synthetic import load_synthetic

FILE = Path(__file__).with_name("readings.safetensors")

_BLOCK = 1024

Reader = Callable[[Sequence[Sequence[int]]], NDArray[np.floating[Any]]]
"""Tokens of windows, without markers → logits (windows, categories)."""


def drawn_examples(
    rows: Sequence[Row], synthetic: Sequence[Row], tokenizer: Any, epoch: int, settings: Settings
) -> tuple[str, list[Example]]:
    """The draw that `epoch` reads, by name, and its examples; after `settings.draws` epochs the draws come again."""
    number = epoch % settings.draws
    drawn = draw_epoch(rows, synthetic, number, DRAW_SEED)
    drawn = drawn[: max(1, int(settings.share * len(drawn)))]
    chance = seeded(DRAW_SEED, number, 2)
    return f"draw {number}", encode_rows(drawn, tokenizer, settings.max_tokens, chance, settings.word_drop)


def with_readings(examples: Sequence[Example], draw: str, path: Path = FILE) -> list[Example]:
    """`examples`, those without an opinion with the one that the file at `path` keeps for them in `draw`.

    Where it keeps none for this draw, or the draw came out otherwise (other sets, other sentences of our own), they
    stay as they are, and a line on stderr says so.
    Raises `DataError` when the file cannot be read.
    """
    found, mute = list(examples), _mute(examples)
    said = _kept(path, draw, digest_of_tokens(examples[i].tokens for i in mute))
    if said is None:
        sys.stderr.write(f"no readings fit {draw}: what it puts together is learned from labels alone\n")
        return found
    for index, logits in zip(mute, from_steps(said), strict=True):
        found[index] = replace(found[index], opinion=logits)
    return found


def write_readings(
    path: Path, draws: Iterable[tuple[str, Sequence[Example]]], read: Reader, origin: Mapping[str, Any]
) -> int:
    """Keep at `path` what `read` says of each example of `draws` that has no opinion; returns how many it read."""
    tensors: dict[str, NDArray[np.int8]] = {}
    digests: dict[str, str] = {}
    for draw, examples in draws:
        tokens = [examples[i].tokens for i in _mute(examples)]
        tensors[draw] = to_steps(read(tokens))
        digests[draw] = digest_of_tokens(tokens)
    about = {"origin": json.dumps(origin, sort_keys=True), "digests": json.dumps(digests, sort_keys=True)}
    save_file(tensors, path, metadata=about)
    return sum(map(len, tensors.values()))


def read_draws(data: Path, folder: Path, out: Path) -> str:
    """Write what the classifier in `folder` says of every draw over the sets under `data` to `out`; says how much.

    About two minutes a draw on two cores. Raises `DataError` when the data are absent, `ClassifierError` when there is
    no classifier in `folder`.
    """
    read, identity = reader_of(folder)  # before the data, which take longer to read
    rows, own = with_opinions(split_rows(load_sets(data))["train"]), load_synthetic()["train"]
    out.mkdir(parents=True, exist_ok=True)
    path = out / FILE.name
    count = write_readings(path, all_draws(rows, own), read, {"classifier": identity})
    return f"{count} readings in {path}"


def all_draws(rows: Sequence[Row], synthetic: Sequence[Row]) -> Iterable[tuple[str, Sequence[Example]]]:
    """Every draw of the default settings by name, one after the other; `rows` have their opinions."""
    tokenizer, settings = build_tokenizer(read_encoder()), Settings()
    return (drawn_examples(rows, synthetic, tokenizer, number, settings) for number in range(settings.draws))


def reader_of(folder: Path) -> tuple[Reader, str]:
    """What reads windows with the classifier in `folder`, and its id. Raises `ClassifierError` when there is none."""
    manifest = read_manifest(folder)
    return partial(read_windows, load_parts(folder, manifest).engine), manifest.id


def read_windows(engine: Engine | TwoReaders, windows: Sequence[Sequence[int]]) -> NDArray[np.float32]:
    """Logits (windows, categories) of a classifier's networks."""
    said = np.zeros((len(windows), len(CATEGORIES)), dtype=np.float32)
    starts = range(0, len(windows), _BLOCK)
    progress = Progress(len(starts), "drawn windows read")
    for number, first in enumerate(starts, start=1):
        said[first : first + _BLOCK] = engine.outputs(windows[first : first + _BLOCK])[..., 0]
        progress.show(number)
    return said


def digest_of_tokens(windows: Iterable[Sequence[int]]) -> str:
    """One digest of all `windows`, in their order."""
    whole = hashlib.sha256()
    for tokens in windows:
        whole.update(array("H", (len(tokens), *tokens)).tobytes())
    return whole.hexdigest()


def _mute(examples: Sequence[Example]) -> list[int]:
    return [index for index, example in enumerate(examples) if example.opinion is None]


def _kept(path: Path, draw: str, digest: str) -> NDArray[np.int8] | None:
    with opened_judgements(path, "--readings") as opened:
        if json.loads(opened.metadata()["digests"]).get(draw) != digest:
            return None
        kept: NDArray[np.int8] = opened.get_tensor(draw)
        return kept

"""How far the values inside a tuned network reach: `models.eight_bits` fixes its scales by it."""

from collections.abc import Sequence
from pathlib import Path

import torch

from models.body import Body, build_blocks
from models.chunking import iter_windows
from models.encoder import build_tokenizer, read_encoder
from models.heads import Heads
from models.inference import Engine
from models.products import Watching
from models.store import read_manifest, restore

TEXT_LIMIT = 2000


def watch_peaks(folder: Path, texts: Sequence[str]) -> dict[str, torch.Tensor]:
    """`peaks.<layer>.<product>` → (2, in): highest and lowest values over the windows of `texts` (2,000 characters)."""
    files, manifest = read_encoder(), read_manifest(folder)
    blocks, heads = build_blocks(files.config, files.weights), Heads(manifest.heads)
    restore(folder, manifest, blocks, heads)
    watching = Watching()
    engine = Engine(Body(blocks, files.config, watching), heads.eval())
    windows = iter_windows((text[:TEXT_LIMIT] for text in texts), build_tokenizer(files), manifest.max_tokens)
    engine.outputs([chunk.tokens for _, chunk in windows])
    return {f"peaks.{name}": peaks for name, peaks in watching.peaks.items()}

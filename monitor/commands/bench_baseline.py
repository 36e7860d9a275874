"""The baseline of `worker.py bench scoring`, in a process of its own: the plain `transformers` pipeline.

One JSON object comes in first: `texts` and `threads`. Then each line that comes in is answered with one JSON object:
the `seconds` that all texts took, one after the other in fp32, and their `logits` (texts, categories).
"""

import json
import logging
import math
import sys
import time
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from transformers import BertConfig, PreTrainedModel, PreTrainedTokenizerFast, pipeline
from transformers.modeling_outputs import SequenceClassifierOutput

from models.categories import CATEGORIES
from models.encoder import EncoderFiles, build_bert, build_tokenizer, read_encoder
from models.heads import Network
from models.store import SHIPPED, Manifest, read_manifest, restore

LONGEST = 512


class Wrapped(PreTrainedModel):  # type: ignore[misc]
    """Our readers as `transformers` wants a classifier to be: the second reads what the first finds doubtful."""

    config_class = BertConfig

    def __init__(self, config: Any, networks: Sequence[Network], gates: Sequence[float]) -> None:
        super().__init__(config)
        self.networks = nn.ModuleList(networks)
        self.gates = torch.tensor(gates)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor, **_: object) -> SequenceClassifierOutput:
        """Logits (n, categories)."""
        logits = self.networks[0](input_ids, attention_mask)[..., 0]
        if bool((logits >= self.gates).any()):  # never without a second reader
            logits = (logits + self.networks[1](input_ids, attention_mask)[..., 0]) / 2
        return SequenceClassifierOutput(logits=logits)


def _network(files: EncoderFiles, manifest: Manifest, *, second: bool) -> Network:
    network = Network(build_bert(files), manifest.heads)
    restore(SHIPPED, manifest, network.bert, network.heads, second=second)
    return network


def build_pipeline() -> Any:
    """The shipped classifier in a text-classification pipeline: fp32, batch 1, one text after the other."""
    files, manifest = read_encoder(), read_manifest(SHIPPED)
    readers = (False, True) if manifest.gates else (False,)
    networks = [_network(files, manifest, second=second) for second in readers]
    gates = [manifest.gates.get(category, math.inf) for category in CATEGORIES]
    names = dict(enumerate(CATEGORIES))
    config = BertConfig(**files.config, id2label=names, label2id={name: number for number, name in names.items()})
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=build_tokenizer(files),
        model_max_length=LONGEST,
        pad_token="[PAD]",  # noqa: S106 - a token of text
        cls_token="[CLS]",  # noqa: S106
        sep_token="[SEP]",  # noqa: S106
    )
    model = Wrapped(config, networks, gates).eval()
    return pipeline("text-classification", model=model, tokenizer=tokenizer, batch_size=1, device="cpu", top_k=None)


def main() -> None:
    """Answer until the input ends."""
    logging.getLogger("transformers").setLevel(
        logging.CRITICAL
    )  # the pipeline does not know the wrapper's name and says so at length
    job = json.loads(sys.stdin.readline())
    torch.set_num_threads(job["threads"])
    classify = build_pipeline()
    classify(job["texts"][:8], function_to_apply="none", truncation=True)
    sys.stdout.write("{}\n")
    sys.stdout.flush()
    for _ in sys.stdin:
        started = time.perf_counter()
        found = classify(job["texts"], function_to_apply="none", truncation=True)
        seconds = time.perf_counter() - started
        logits = [{entry["label"]: entry["score"] for entry in entries} for entries in found]
        answer = {"seconds": seconds, "logits": [[entry[name] for name in CATEGORIES] for entry in logits]}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

"""Guessing hidden words in the training texts before the categories are learned: does the encoder gain from it?"""

from collections.abc import Sequence

import torch
from torch.nn import functional

from models.encoder import build_tokenizer, read_encoder
from models.inference import padded
from models.training.chance import seeded
from models.training.network import Learner, Settings, autocast, training_device
from models.training.rows import Row
from models.training.sampling import encode_rows, shuffled_batches

MASK_TOKEN = 103
HIDDEN_SHARE = 0.15
RATE = 5e-5


def adapt_to_domain(learner: Learner, rows: Sequence[Row], settings: Settings) -> None:
    """One pass over `rows`: 15 % of the tokens are hidden and guessed from the encoder's own word vectors, in place."""
    chance, device = seeded(settings.seed, 77), training_device(settings.device)
    learner.to(device)
    examples = encode_rows(rows, build_tokenizer(read_encoder()), settings.max_tokens, chance)
    bert = learner.network.bert
    words = bert.embeddings.word_embeddings.weight
    tuned = [parameter for parameter in bert.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(tuned, lr=RATE, fused=True)
    for batch in shuffled_batches(examples, settings.token_budget, chance):
        ids, mask = (part.to(device) for part in padded([examples[i].tokens for i in batch]))
        hidden = (torch.rand(ids.shape, device=device) < HIDDEN_SHARE) & mask.bool() & (ids > MASK_TOKEN)
        if not hidden.any():
            continue
        with autocast(settings.precision, device):
            states = bert(input_ids=ids.masked_fill(hidden, MASK_TOKEN), attention_mask=mask).last_hidden_state
            guesses = states[hidden] @ words.T
        loss = functional.cross_entropy(guesses.float(), ids[hidden])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(tuned, 1.0)
        optimizer.step()

"""The tagger: two heads over bidirectional LSTMs, which read words, their parts and pauses.

    word ─▶ embedding ─┐
    parts ▶ embeddings ─┼─▶ BiLSTM ─▶ BiLSTM ─┬▶ case
    pause ▶ embedding ─┘                       └▶ mark after it

The parts of a word (its first and last letters) stand in for words outside the vocabulary.
Kin: Tilk & Alumäe, «Bidirectional recurrent neural network with attention mechanism for
punctuation restoration» (Interspeech 2016); Meister et al. (2024), arXiv:2407.13142.

B texts of T words, E numbers in an embedding, H cells in each direction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from asr.readable.pauses import BUCKETS as PAUSES
from asr.readable.spelling import BUCKETS, PARTS
from asr.readable.tags import Case, Mark
from models.acoustic.config import require

UNKNOWN: Final = 0  # number of the words outside the vocabulary
_SPREAD: Final = 0.3  # of the first embeddings, of which six are added


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggerConfig:
    """Sizes. Raises ConfigError if one is wanting."""

    words: int = 32_768  # in the vocabulary, with UNKNOWN
    embedding: int = 128
    width: int = 192  # cells in each direction
    layers: int = 2
    dropout: float = 0.1

    def __post_init__(self) -> None:
        for name in ("words", "embedding", "width", "layers"):
            require(getattr(self, name) > 0, f"network.{name}", getattr(self, name))
        require(0 <= self.dropout < 1, "network.dropout", self.dropout)


class TaggerNetwork(nn.Module):
    """Says of each word how it is written and which mark follows it."""

    def __init__(self, config: TaggerConfig) -> None:
        super().__init__()
        self.words = nn.Embedding(config.words, config.embedding)
        self.parts = nn.Embedding(PARTS * BUCKETS, config.embedding)
        self.pauses = nn.Embedding(PAUSES, config.embedding)
        for one in (self.words, self.parts, self.pauses):
            nn.init.normal_(one.weight, std=_SPREAD)
        self.dropout = nn.Dropout(config.dropout)
        self.lstm = nn.LSTM(
            config.embedding,
            config.width,
            config.layers,
            batch_first=True,
            bidirectional=True,
            dropout=config.dropout if config.layers > 1 else 0.0,
        )
        self.heads = nn.Linear(2 * config.width, len(Case) + len(Mark))

    def forward(self, words: Tensor, parts: Tensor, pauses: Tensor) -> tuple[Tensor, Tensor]:
        """Return log-probabilities of cases (B, T, 4) and of marks (B, T, 8).

        Args:
            words: (B, T) numbers in the vocabulary.
            parts: (B, T, PARTS) as `asr.readable.spelling.parts` numbers them.
            pauses: (B, T) after each word, as `asr.readable.pauses.pause_bucket` numbers them.
        """
        known = self.words(words) + self.parts(parts).sum(2) + self.pauses(pauses)
        heard, _ = self.lstm(self.dropout(known))
        scores = self.heads(self.dropout(heard)).float()
        cases, marks = scores.split([len(Case), len(Mark)], dim=-1)
        return torch.log_softmax(cases, -1), torch.log_softmax(marks, -1)

"""A recurrent language model: which word comes next, after all that was said before it.

    word ─▶ embedding ─▶ LSTM ─▶ query ─┬▶ a common word, or one of a rarer band?
                                        └▶ which of that band

The rarer a band of words, the fewer numbers describe each of them: adaptive softmax (Grave
et al. 2017, arXiv:1609.04309) and input (Baevski & Auli 2019, arXiv:1809.10853). The numbers
that say what a word means when it was said also say when it is to be expected (Press & Wolf
2017, arXiv:1608.05859).

B texts of T words, N = B · T, V words in all, E numbers in a query.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from asr.language.ngram import LanguageModel
from models.acoustic.config import require


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurrentConfig:
    """Sizes. Raises ConfigError if the bands do not ascend or a size is wanting."""

    width: int = 1_024  # LSTM cells
    bands: tuple[int, ...] = (2_048, 8_192, 32_768, 65_536)  # rank of each rarer band's first
    sizes: tuple[int, ...] = (256, 192, 96, 32, 16)  # numbers a word, band by band

    def __post_init__(self) -> None:
        ascends = all(a < b for a, b in pairwise((0, *self.bands)))
        require(ascends, "network.bands", self.bands)
        require(len(self.sizes) == len(self.bands) + 1, "network.sizes", self.sizes)


class Band(nn.Module):
    """Words of like frequency; n of them with d numbers each."""

    def __init__(self, n: int, d: int, query: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n, d) / math.sqrt(d))  # of unit length
        self.bias = nn.Parameter(torch.zeros(n))
        same = d == query
        self.widen: nn.Module = nn.Identity() if same else nn.Linear(d, query, bias=False)
        self.narrow: nn.Module = nn.Identity() if same else nn.Linear(query, d, bias=False)

    def embed(self, places: Tensor) -> Tensor:
        """Return the (N, E) embeddings of the words at `places` (N,)."""
        embedded: Tensor = self.widen(nn.functional.embedding(places, self.weight))
        return embedded

    def forward(self, query: Tensor) -> Tensor:
        """Return (N, n) scores of the band's words; not normalised."""
        return nn.functional.linear(self.narrow(query), self.weight, self.bias)


class RecurrentLanguage(nn.Module):
    """An LSTM over words, which are numbered as the n-gram model numbers them."""

    ranks: Tensor

    def __init__(self, config: RecurrentConfig, ranks: NDArray[np.int32]) -> None:
        """Make a model with random weights.

        Args:
            config: Sizes.
            ranks: (V,) places of the words by how common they are, the commonest at 0.

        Raises:
            ConfigError: There are not as many words as the bands want.
        """
        super().__init__()
        require(len(ranks) > max(config.bands, default=0), "network.bands", config.bands)
        query = config.sizes[0]
        self.edges = list(pairwise([0, *config.bands, len(ranks)]))
        self.register_buffer("ranks", torch.from_numpy(ranks.astype(np.int32)))
        self.bands = nn.ModuleList(
            Band(stop - start, d, query)
            for (start, stop), d in zip(self.edges, config.sizes, strict=True)
        )
        self.rarer = nn.Linear(query, len(config.bands))
        self.lstm = nn.LSTM(query, config.width, batch_first=True)
        self.query = nn.Linear(config.width, query)
        self._scale = math.sqrt(query)  # the LSTM wants inputs of unit size

    def forward(self, words: Tensor, targets: Tensor) -> Tensor:
        """Return (B, T) log-probabilities of `targets` (B, T), each after `words` (B, T)."""
        hidden, _ = self.lstm(self.embed(words))
        query = self.query(hidden)
        return self.log_probs(query.flatten(0, 1), targets.flatten()).view(words.shape)

    def step(
        self, words: Tensor, targets: Tensor, hidden: Tensor, cell: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Read a word in each of N texts, and say how likely another one is after it.

        Args:
            words: (N,) that were said.
            targets: (N,) that may come next.
            hidden: (N, H) before the words.
            cell: (N, H) before the words.

        Returns:
            The (N,) log-probabilities of `targets`, the hidden and the cell state after
            the words.
        """
        after, (hidden, cell) = self.lstm(
            self.embed(words[:, None]), (hidden[None], cell[None])
        )
        return self.log_probs(self.query(after[:, 0]), targets), hidden[0], cell[0]

    def embed(self, words: Tensor) -> Tensor:
        """Return (B, T, E) inputs of the LSTM."""
        rank = self.ranks[words].long()
        parts = [
            band.embed((rank - start).clamp(0, stop - start - 1))
            * ((rank >= start) & (rank < stop)).unsqueeze(-1)
            for band, start, stop in self.banded()
        ]
        embedded: Tensor = torch.stack(parts).sum(0) * self._scale
        return embedded

    def log_probs(self, query: Tensor, targets: Tensor) -> Tensor:
        """Return (N,) log-probabilities of `targets` (N,) where `query` (N, E) asks."""
        rank = self.ranks[targets].long()
        (common, _, n_common), *rest = self.banded()
        place = rank.clamp(max=n_common - 1)
        for number, (_, start, _) in enumerate(rest):
            place = torch.where(rank >= start, n_common + number, place)
        scores = torch.cat((common(query), self.rarer(query)), dim=1)
        total = scores.log_softmax(1).gather(1, place[:, None])[:, 0]
        for band, start, stop in rest:  # most words are common; the others are looked at alone
            rows = torch.nonzero((rank >= start) & (rank < stop))[:, 0]
            within = band(query[rows]).log_softmax(1)
            found = within.gather(1, (rank[rows] - start)[:, None])[:, 0]
            total = total.index_add(0, rows, found)
        return total

    def banded(self) -> list[tuple[Band, int, int]]:
        """Return each band with the rank of its first word, and of the one after its last."""
        bands = cast(Sequence[Band], self.bands)
        return [(band, *edge) for band, edge in zip(bands, self.edges, strict=True)]


def ranks(model: LanguageModel) -> NDArray[np.int32]:
    """Return the (V,) ranks of a model's words by how common they are."""
    order = np.argsort(-model.unigrams, kind="stable")
    found = np.empty(len(order), np.int32)
    found[order] = np.arange(len(order))
    return found

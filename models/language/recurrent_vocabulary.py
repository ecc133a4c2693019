"""A recurrent language model carried over to other words: more text has made them others.

Words that both know keep what they mean; a new one means nothing yet, and is as likely
among the words of its band as the n-gram has it. V words before, W after.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from asr.language.ngram import LanguageModel
from models.language.recurrent import Band, RecurrentConfig, RecurrentLanguage


@torch.no_grad()
def with_words(
    model: RecurrentLanguage,
    config: RecurrentConfig,
    words: Sequence[str],
    n_gram: LanguageModel,
) -> RecurrentLanguage:
    """Return `model`, whose (V,) `words` these are, over the W words of `n_gram`.

    Raises:
        ConfigError: The n-gram has fewer words than the bands want.
    """
    ranked = np.empty(len(words), np.int64)  # by rank
    ranked[model.ranks.numpy()] = np.arange(len(words))
    places = {words[number]: rank for rank, number in enumerate(ranked.tolist())}
    before = np.array([places.get(word, -1) for word in n_gram.words])  # (W,) rank, or -1
    after = _ranks(before, len(words), n_gram.unigrams)
    carried = RecurrentLanguage(config, after.astype(np.int32))
    kept = {name: one for name, one in model.state_dict().items() if "bands" not in name}
    carried.load_state_dict(kept | {"ranks": carried.ranks}, strict=False)
    by_rank = np.argsort(after)
    old_bands = [band for band, *_ in model.banded()]
    for (band, start, stop), old in zip(carried.banded(), old_bands, strict=True):
        here = by_rank[start:stop]
        _carry(band, old, before[here] - start, n_gram.unigrams[here])
    return carried.eval()


def _ranks(
    before: NDArray[np.int64], n_before: int, unigrams: NDArray[np.float32]
) -> NDArray[np.int64]:
    """Return (W,) ranks: as before, new words where others have gone, the rest behind."""
    new = np.flatnonzero(before < 0)
    fresh = iter(new[np.argsort(-unigrams[new], kind="stable")].tolist())
    holders = np.full(n_before, -1)
    known = np.flatnonzero(before >= 0)
    holders[before[known]] = known
    order = [*_filled(holders.tolist(), fresh), *fresh]
    ranks = np.empty(len(before), np.int64)
    ranks[order] = np.arange(len(order))
    return ranks


def _filled(holders: Sequence[int], fresh: Iterator[int]) -> Iterator[int]:
    for holder in holders:
        word = holder if holder >= 0 else next(fresh, -1)
        if word >= 0:
            yield word


def _carry(
    band: Band, old: Band, rows: NDArray[np.int64], unigrams: NDArray[np.float32]
) -> None:
    """Fill a band: (n,) `rows` of the old one, or beyond it where a word is new to it."""
    band.widen, band.narrow = old.widen, old.narrow
    is_kept = (rows >= 0) & (rows < len(old.bias))
    likely = torch.from_numpy(unigrams.copy())
    kept, from_rows = torch.from_numpy(is_kept), torch.from_numpy(rows[is_kept])
    band.weight.zero_()
    band.weight[kept] = old.weight[from_rows]
    level = (old.bias[from_rows] - likely[kept]).median() if is_kept.any() else torch.zeros(())
    band.bias.copy_(likely + level)
    band.bias[kept] = old.bias[from_rows]

"""What the search walks on: the lexicon's trie, listed words and the spelling loop in one.

Beside the lexicon's root there may be others: the root of words that the user listed,
and the spelling node, where any phone leads back to itself, so that a word outside the
lexicon has a place to be. N nodes, V words of the language model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from asr.decoding.hot_words import HotTrie
from asr.decoding.options import DecoderOptions
from asr.language import NGram
from asr.language.array_file import let_go
from asr.language.lexicon import Lexicon
from asr.language.trie import ROOT, Trie


@dataclass(frozen=True, slots=True)
class Graph:
    """The trie in force and its weights; `trie.look_ahead` is scaled by language_weight."""

    trie: Trie
    roots: tuple[int, ...]  # beside ROOT: where else a word may begin
    spelling: int  # the spelling node; len(trie) if there is none
    language_model: NGram
    hot: HotTrie


def build_graph(
    lexicon: Lexicon, language_model: NGram, options: DecoderOptions, hot: HotTrie
) -> Graph:
    """Put the parts together; costs a copy of a few megabytes."""
    trie, roots = lexicon.trie, []
    look_ahead = trie.look_ahead * np.float32(options.language_weight)
    hot.raise_look_ahead(look_ahead)
    trie = Trie(trie.first_child, trie.masks, look_ahead, trie.word_offsets, trie.words)
    if hot.added is not None:
        roots.append(len(trie))
        trie = trie.joined(hot.added)
    spelling = len(trie)
    if options.oov_penalty is not None:
        roots.append(spelling)
        trie = trie.joined(_spelling_loop(lexicon, language_model, options))
    if trie.masks is not lexicon.trie.masks:
        let_go(lexicon.trie.masks)  # 8 MB that were copied, and are not asked again
    return Graph(trie, tuple(roots), spelling, language_model, hot)


def _spelling_loop(lexicon: Lexicon, language_model: NGram, options: DecoderOptions) -> Trie:
    unknown = language_model.unknown
    score = options.language_weight * language_model.unigrams[unknown]
    phones = (1 << len(lexicon.phones)) - 2  # all but the blank
    return Trie(
        np.array([ROOT], np.int32),
        np.array([phones], np.uint64),
        np.array([score], np.float32),
        np.array([0, 1], np.int32),
        np.array([unknown], np.int32),
    )

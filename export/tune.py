"""Decoder weights and the calibration of confidence, chosen on dev lists.

The sound is scored once; then one weight after the other is moved over its grid, as long
as that lowers the word error rate. The calibration is fitted on every other utterance and
judged on those between.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from asr.acoustic import AcousticGraph
from asr.decoding.beam_search import BeamDecoder
from asr.decoding.confidence import expected_calibration_error, fit
from asr.decoding.second_pass import ScoredWord
from asr.engine import open_beam
from asr.evaluation.error_rate import Errors, errors
from asr.evaluation.scored import ScoredUtterance, score_manifest
from asr.pack import Pack
from export.pack import change_pack

log = logging.getLogger(__name__)

GRIDS: Final[Mapping[str, Sequence[float | None]]] = {
    "beam": (128, 256, 512),
    "score_threshold": (11.0, 13.0),
    "symbol_threshold": (7.0, 9.0),
    "symbols_per_frame": (8, 12),
    "language_weight": (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2),
    "word_bonus": (-1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0),
    "oov_penalty": (None, 2.0, 4.0, 6.0, 9.0),
    "recurrent_share": (0.3, 0.5, 0.7),
    "final_weight": (0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2),
}
ROUNDS: Final = 2  # over all weights


def tune(
    folder: Path,
    manifests: Sequence[Path],
    each: int,
    grids: Mapping[str, Sequence[float | None]] = GRIDS,
) -> dict[str, float]:
    """Choose weights and calibration for a pack and write them into it.

    Args:
        folder: The pack.
        manifests: Dev lists; all of them weigh alike, word by word.
        each: How many utterances of each list are used.
        grids: What each of the decoder's weights may be, the first one first.

    Returns:
        The word error rate reached and the expected calibration error.
    """
    pack = Pack.open(folder)
    graph = AcousticGraph(pack)
    heard = [one for path in manifests for one in score_manifest(graph, path, each)]
    options: dict[str, Any] = dict(pack.decoder)
    best = _rate(pack, options, heard)
    for _ in range(ROUNDS):
        for name, grid in grids.items():
            for value in grid:
                if options.get(name) == value:
                    continue
                found = _rate(pack, {**options, name: value}, heard)
                log.info(
                    "%s = %s: %.2f %% (best %.2f %%)", name, value, 100 * found, 100 * best
                )
                if found < best:
                    best, options = found, {**options, name: value}
    change_pack(folder, {"decoder": options})
    error = _calibrate(folder, heard)
    return {"wer": best, "calibration_error": error}


def _rate(pack: Pack, options: Mapping[str, Any], heard: Sequence[ScoredUtterance]) -> float:
    decoder = open_beam(pack, changes=options)
    total = Errors()
    for one in heard:
        total += errors(one.words, [word.word.text for word in _scored_words(decoder, one)])
    return total.rate


def _scored_words(decoder: BeamDecoder, heard: ScoredUtterance) -> tuple[ScoredWord, ...]:
    decoding = decoder.start()
    decoding.feed(heard.emissions)
    return decoding.scored_words()


def _calibrate(folder: Path, heard: Sequence[ScoredUtterance]) -> float:
    """Fit the confidence and write it into the pack; return the error on held-out words."""
    decoder = open_beam(Pack.open(folder))
    features: list[NDArray[np.float64]] = []
    right: list[bool] = []
    fitted: list[bool] = []
    for number, one in enumerate(heard):
        scored = _scored_words(decoder, one)
        features += [word.features for word in scored]
        right += _right([word.word.text for word in scored], one.words)
        fitted += [number % 2 == 0] * len(scored)
    inputs, is_right, is_fitted = np.array(features), np.array(right), np.array(fitted)
    trial = fit(inputs[is_fitted], is_right[is_fitted])
    error = expected_calibration_error(
        trial.probabilities(inputs[~is_fitted]), is_right[~is_fitted]
    )
    change_pack(folder, {"confidence": asdict(fit(inputs, is_right))})
    return error


def _right(hypothesis: Sequence[str], reference: Sequence[str]) -> list[bool]:
    """Which words of the hypothesis an alignment with the reference bears out."""
    found = [False] * len(hypothesis)
    matcher = SequenceMatcher(None, hypothesis, reference, autojunk=False)
    for start, _, size in matcher.get_matching_blocks():
        found[start : start + size] = [True] * size
    return found

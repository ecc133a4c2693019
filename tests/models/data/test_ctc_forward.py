"""The forward score against all paths and against torch's CTC loss."""

from itertools import groupby, product

import numpy as np
import pytest

from models.data.ctc_forward import forward_scores
from tests.asr.decoding import tiny

TARGETS = [[], [1], [1, 1], [1, 2, 1], [3, 3, 3], [2, 1, 3, 1, 2, 2]]


@pytest.mark.parametrize("frames", [0, 1, 2, 5])
def test_score_sums_all_paths(frames: int) -> None:
    log_probs = tiny.noise(frames, 1).phones

    found = forward_scores(log_probs, TARGETS)

    for target, score in zip(TARGETS, found, strict=True):
        paths = [
            log_probs[np.arange(frames), list(path)].sum(dtype=float)
            for path in product(range(4), repeat=frames)
            if [symbol for symbol, _ in groupby(path) if symbol] == target
        ]
        assert score == pytest.approx(np.logaddexp.reduce(paths or [-np.inf]), abs=1e-5)


@pytest.mark.train
def test_score_is_the_ctc_loss() -> None:
    torch = pytest.importorskip("torch")
    log_probs = tiny.noise(40, 2).phones

    found = forward_scores(log_probs, TARGETS)

    for target, score in zip(TARGETS, found, strict=True):
        loss = torch.nn.functional.ctc_loss(
            torch.from_numpy(log_probs).double()[:, None],
            torch.tensor([target], dtype=torch.long),
            torch.tensor([40]),
            torch.tensor([len(target)]),
            reduction="sum",
        )
        assert score == pytest.approx(-loss.item(), abs=1e-4)

"""Decoder options from a pack."""

import json
from dataclasses import asdict

import pytest

from asr.decoding.options import DecoderOptions
from asr.errors import ConfigError


def test_options_survive_json() -> None:
    options = DecoderOptions(beam=128, language_weight=1, oov_penalty=None, recombine=False)

    assert DecoderOptions.parse(json.loads(json.dumps(asdict(options)))) == options
    assert DecoderOptions.parse({"beam": 9}).language_weight == DecoderOptions().language_weight


@pytest.mark.parametrize(
    "values",
    [
        {"bean": 32},
        {"beam": 0},
        {"beam": 3.5},
        {"beam": True},
        {"beam": "32"},
        {"recombine": 1},
        {"language_weight": None},
        {"language_weight": -1.0},
        {"language_weight": float("nan")},
        {"blank_skip": 1.5},
        {"settle_margin": -1.0},
        {"beam": 2.5},
    ],
)
def test_unknown_or_impossible_options_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        DecoderOptions.parse(values)

"""The choices of the beam decoder, as the pack stores them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Final

from asr.errors import ConfigError

# What may differ between live and final text: the weights are built into the graph.
PRUNINGS: Final = (
    "beam",
    "score_threshold",
    "symbols_per_frame",
    "symbol_threshold",
    "blank_skip",
    "settle_margin",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecoderOptions:
    """Prunings, then weights; scores are natural logarithms. Raises ConfigError."""

    beam: int = 32  # hypotheses that live on after a frame
    score_threshold: float = 11.0  # nats behind the best: dropped
    symbols_per_frame: int = 8  # phones that a frame may add
    symbol_threshold: float = 7.0  # nats behind the frame's likeliest symbol: not tried
    blank_skip: float = 0.98  # a blank this probable is taken by all; 1 skips nothing
    recombine: bool = True  # keep one of the hypotheses that nothing to come can part

    # For live text. None: only what all hypotheses share is stable.
    settle_margin: float | None = None  # nats behind the best: has no say in what is stable

    language_weight: float = 0.7
    word_bonus: float = 0.5  # nats a word, against the language model's love of few words
    oov_penalty: float | None = 4.0  # nats a phone outside the lexicon; None: never
    paths: int = 100  # complete texts that are compared
    recurrent_share: float = 0.5  # of the recurrent model there, the n-gram having the rest
    final_weight: float = 0.7  # of both together, in the place of language_weight
    noise_confidence: float = 0.0  # mean below which a few words are noise, not speech
    noise_letters: float = 0.0  # read by the letter head for each written; below it: noise

    def __post_init__(self) -> None:
        for name in ("beam", "symbols_per_frame", "paths"):
            if getattr(self, name) < 1:
                raise ConfigError(
                    "{name} must be at least 1, not {value}.",
                    name=name,
                    value=getattr(self, name),
                )
        for name in ("score_threshold", "symbol_threshold", "language_weight"):
            self._check_not_negative(name)
        if self.settle_margin is not None:
            self._check_not_negative("settle_margin")
        self._check_not_negative("final_weight")
        self._check_not_negative("noise_letters")
        if not 0 < self.recurrent_share < 1:
            raise ConfigError(
                "recurrent_share must lie between 0 and 1, not be {recurrent_share}.",
                recurrent_share=self.recurrent_share,
            )
        if not 0 < self.blank_skip <= 1:
            raise ConfigError(
                "blank_skip is a probability, not {blank_skip}.", blank_skip=self.blank_skip
            )

    def _check_not_negative(self, name: str) -> None:
        if not getattr(self, name) >= 0:
            raise ConfigError(
                "{name} must not be negative, but is {value}.",
                name=name,
                value=getattr(self, name),
            )

    @staticmethod
    def parse(values: Mapping[str, object]) -> DecoderOptions:
        """Read a JSON object; what it leaves out keeps its default. Raises ConfigError."""
        return DecoderOptions().changed(values)

    def changed(self, values: Mapping[str, object]) -> DecoderOptions:
        """Return these options with those of a JSON object instead. Raises ConfigError."""
        known = {field.name: str(field.type) for field in fields(DecoderOptions)}
        for name, value in values.items():
            if name not in known:
                raise ConfigError("The decoder has no option «{name}».", name=name)
            if not _fits(value, known[name]):
                raise ConfigError(
                    "The decoder's option {name} cannot be {value!r}.", name=name, value=value
                )
        return replace(self, **values)  # type: ignore[arg-type]  # checked above


def _fits(value: object, kind: str) -> bool:
    if isinstance(value, bool) or kind == "bool":
        return isinstance(value, bool) and kind == "bool"
    if value is None:
        return "None" in kind
    return isinstance(value, int) or ("float" in kind and isinstance(value, float))

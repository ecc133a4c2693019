"""A training's configuration: one TOML file, read into frozen dataclasses.

An unknown key, a value of the wrong kind or a name that is no choice is an error: a
misspelt setting must not become a default in silence.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from asr.errors import ConfigError
from asr.text_file import open_text
from models.acoustic.network import CELLS, NetworkConfig, can_carry

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class DataConfig:
    """Where the speech is; relative names are looked up under `folder`."""

    folder: str = "data"
    train: tuple[str, ...] = ("train.tsv",)  # manifests, or datasets.READERS with a part
    extra: tuple[str, ...] = ()  # more manifests, as far as their sound is in the folder
    download: bool = False  # datasets that are not in the folder
    dev: tuple[str, ...] = ("dev-libri.tsv",)
    dev_utterances: int = 80  # of each dev list, while training
    dictionaries: tuple[str, ...] = ("cmudict/cmudict.dict",)  # or from where one stands
    noise: str = "noise"  # folder of sounds without speech; "" for none
    shortest: float = 0.6  # seconds; shorter utterances are left out
    longest: float = 18.0  # seconds; longer ones too
    said: str = ""  # list of pronunciations that were heard, looked up like a dictionary
    left_out: str = ""  # list of utterances not to train on, looked up like a dictionary


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentationConfig:
    """How speech is varied; probabilities are per utterance."""

    speeds: tuple[float, ...] = (0.9, 0.95, 1.0, 1.05, 1.1)
    gain: tuple[float, float] = (-20.0, 6.0)  # dB
    noise: float = 0.3  # probability
    snr: tuple[float, float] = (5.0, 30.0)  # dB
    room: float = 0.2  # probability
    narrow: float = 0.05  # probability of a telephone's band
    frequency_masks: int = 2
    frequency_width: int = 20  # mel bins at most
    time_masks: float = 1.5  # a second
    time_width: int = 16  # mel frames at most


@dataclass(frozen=True, slots=True, kw_only=True)
class LossConfig:
    """Weights of what is added to the phones' CTC loss, or stands in its place."""

    ctc_crf: float = 0.0  # part of the phones' loss that is CTC-CRF, 0 to 1
    ctc_crf_start: float = 0.0  # part of the training before it
    letters: float = 0.3
    intermediate: float = 0.3  # the intermediate phone head
    cr_ctc: float = 0.0  # CR-CTC, Yao et al. (2024), arXiv:2410.05101; above 0: two views
    cr_ramp: float = 0.0  # part of the training over which it comes to its weight


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimiserConfig:
    """AdamW and what surrounds it."""

    learning_rate: float = 2e-3  # at the peak
    schedule: str = "trapezoid"  # one of optimisation.SCHEDULES
    warmup_steps: int = 300
    decay: float = 0.3  # last part of the training, for the trapezoid
    weight_decay: float = 1e-4
    clipping: str = "norm"  # one of optimisation.CLIPPINGS
    clip_at: float = 5.0
    ema_decay: float = 0.0  # decay of the moving average of the weights; 0 for none


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowConfig:
    """Batches that are cut into live windows; ranges in frames, drawn for each batch."""

    share: float = 0.2  # of the batches
    start: float = 0.6  # part of the training before the first one
    carried: float = 0.0  # of them, those with the forward direction's state for a context
    context: tuple[int, int] = (24, 40)
    step: tuple[int, int] = (6, 24)
    lookahead: tuple[int, int] = (4, 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingConfig:
    """The whole of an experiment."""

    name: str
    seed: int = 1
    epochs: float = 10.0  # over the training speech
    minutes: float = 0.0  # above 0: train so long instead, with the schedule by the clock
    batch_seconds: float = 200.0  # of a batch, padding included
    gradient_accumulation: int = 1  # whose gradients make one step, over all processes
    curriculum: int = 1  # first epochs: batches shortest first, speech as it was recorded
    precision: str = "bfloat16"  # of the network's arithmetic; "float32" for exact
    checkpoint_minutes: float = 4.0
    evaluate_steps: int = 500
    start_from: str = ""  # weights to begin with; "" for random ones
    data: DataConfig = field(default_factory=DataConfig)
    network: NetworkConfig = field(default_factory=NetworkConfig)
    augmentation: AugmentationConfig = field(default_factory=AugmentationConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    window: WindowConfig = field(default_factory=WindowConfig)

    def __post_init__(self) -> None:
        require(self.precision in ("bfloat16", "float32"), "precision", self.precision)
        require(self.network.cell in CELLS, "network.cell", self.network.cell)
        carried = self.window.carried
        require(not carried or can_carry(self.network), "window.carried", carried)
        for name in ("epochs", "gradient_accumulation", "evaluate_steps"):
            require(getattr(self, name) > 0, name, getattr(self, name))
        require(self.minutes >= 0, "minutes", self.minutes)
        require(self.optimiser.decay > 0, "optimiser.decay", self.optimiser.decay)
        require(0 <= self.loss.ctc_crf <= 1, "loss.ctc_crf", self.loss.ctc_crf)
        require(bool(self.augmentation.speeds), "augmentation.speeds", "[]")
        require(self.batch_seconds >= self.data.longest, "batch_seconds", self.batch_seconds)

    def to_json(self) -> str:
        """The configuration as it is kept beside the weights, whatever the machine."""
        content = asdict(self)
        content["data"].pop("folder")
        return json.dumps(content, indent=1)


def require(condition: bool, key: str, value: object) -> None:
    """Refuse a value with a sentence. Raises ConfigError."""
    if not condition:
        raise ConfigError(f"{value!r} is no possible value of {key}.")


def read_config(path: Path, changes: Sequence[str] = ()) -> TrainingConfig:
    """Read a TOML file and apply `changes` such as «network.width=512».

    Raises:
        ConfigError: The file cannot be read, or a key or value is not known.
    """
    content = read_toml(path, changes)
    content.setdefault("name", path.stem)
    return from_mapping(TrainingConfig, content)


def read_toml(path: Path, changes: Sequence[str] = ()) -> dict[str, Any]:
    """Read a configuration's file and apply `changes`. Raises ConfigError."""
    try:
        with open_text(path, "The configuration", ConfigError) as file:
            content = tomllib.loads(file.read())
        for change in changes:
            _merge(content, _parse(change))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"The configuration {path} is not valid TOML: {error}.") from error
    return content


def from_mapping(kind: type[T], content: Mapping[str, Any], prefix: str = "") -> T:
    """Build a configuration dataclass. Raises ConfigError at the first unknown key."""
    hints = get_type_hints(kind)
    known = {entry.name for entry in fields(kind)}  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    for key, value in content.items():
        if key not in known:
            close = ", ".join(sorted(known))
            raise ConfigError(f"The setting {prefix}{key} is not known; there are: {close}.")
        values[key] = _value(hints[key], value, prefix + key)
    try:
        return kind(**values)
    except TypeError as error:
        raise ConfigError(f"The configuration is incomplete: {error}.") from error


def _value(kind: Any, value: Any, key: str) -> Any:
    if is_dataclass(kind):
        require(isinstance(value, Mapping), key, value)
        return from_mapping(kind, value, f"{key}.")  # type: ignore[arg-type]
    if kind in (str, bool, int):
        require(type(value) is kind, key, value)
        return value
    if kind is float:
        require(type(value) in (int, float), key, value)
        return float(value)
    require(isinstance(value, list | tuple), key, value)
    item, *more = kind.__args__
    if more != [...]:  # a range
        require(len(value) == len(kind.__args__), key, value)
        require(list(value) == sorted(value), key, value)
    return tuple(_value(item, one, key) for one in value)


def _parse(change: str) -> dict[str, Any]:
    """«a.b=1» as TOML; what is no TOML value is taken as a string."""
    key, _, value = change.partition("=")
    try:
        return tomllib.loads(f"{key} = {value}")
    except tomllib.TOMLDecodeError:
        return tomllib.loads(f"{key} = {json.dumps(value)}")


def _merge(content: dict[str, Any], change: Mapping[str, Any]) -> None:
    for key, value in change.items():
        if isinstance(value, Mapping) and isinstance(content.get(key), dict):
            _merge(content[key], value)
        else:
            content[key] = value

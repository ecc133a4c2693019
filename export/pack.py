"""From a checkpoint to a pack that `asr.pack` opens."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from asr.alphabets import LETTERS, PHONES
from asr.pack import DESCRIPTION, Pack, PackFile, write_description
from asr.window import Window
from export.live_to_onnx import export_live
from export.to_onnx import export, in_floats, quantise
from models.acoustic.network import FRAME, can_carry
from models.loop.checkpoint import load_checkpoint

WINDOW: Final = Window(context=64, step=8, lookahead=24)  # experiments 49, 53 and 73
LIVE: Final = {"beam": 256, "settle_margin": 2.0}  # docs/live.md has others beside it
NOISE: Final = {"noise_confidence": 0.3, "noise_letters": 0.55}  # experiments 66, 71
LANGUAGE_FILES: Final = (PackFile.N_GRAM, PackFile.LEXICON, PackFile.PRONOUNCER)


def write_pack(checkpoint: Path, folder: Path, *, language: Path | None = None) -> float:
    """Export a checkpoint into a pack's folder; return the worst difference, in nats.

    What the folder holds of a language stays, unless `language` names a folder with
    another. Decoder weights and calibration stay too: `asr` reads them from the pack.

    Raises:
        ConfigError: The checkpoint cannot be read.
        ParityError: The graph does not compute what the network does.
    """
    kept = load_checkpoint(checkpoint)
    folder.mkdir(parents=True, exist_ok=True)
    if language:
        (folder / PackFile.RECURRENT).unlink(missing_ok=True)  # it would know other words
        for name in LANGUAGE_FILES:
            shutil.copyfile(language / name, folder / name)
        if (language / PackFile.RECURRENT).exists():
            shutil.copyfile(language / PackFile.RECURRENT, folder / PackFile.RECURRENT)
    network = kept.model()
    small = folder / PackFile.ACOUSTIC_INT8
    with TemporaryDirectory() as place:
        exact = Path(place) / "exact.onnx"
        worst = export(network, exact)
        quantise(exact, small)
    in_floats(small, folder / PackFile.ACOUSTIC)
    if can_carry(network.config):
        worst = max(worst, export_live(network, small, folder / PackFile.LIVE))
    else:
        (folder / PackFile.LIVE).unlink(missing_ok=True)
    write_description(
        folder,
        {
            "name": folder.name,
            "language": "English",
            "frame": FRAME,
            "phones": PHONES,
            "letters": LETTERS,
            "window": asdict(WINDOW),
            **_tuned(folder),
            "training": {
                "configuration": json.loads(kept.config.to_json()),
                "history": json.loads(kept.history or "{}"),
            },
        },
    )
    return worst


def change_pack(folder: Path, changes: Mapping[str, Any]) -> None:
    """Write other decoder weights or another calibration into a pack, and seal it again."""
    content = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    for name in ("format", "files", "checksum"):
        content.pop(name)
    write_description(folder, {**content, **changes})
    Pack.open(folder)


def _tuned(folder: Path) -> dict[str, Any]:
    """What was chosen on dev lists for the pack that is being replaced."""
    try:
        content = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        return {name: content[name] for name in ("decoder", "live", "confidence")}
    except (OSError, ValueError, KeyError):
        return {"decoder": NOISE, "live": LIVE, "confidence": {}}

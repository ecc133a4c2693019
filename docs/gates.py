"""Draw docs/gates.png: the gates of our own network at work over one spoken word.

python docs/gates.py [CLIP WORD]
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib as mpl
import torch
from matplotlib import pyplot

from asr.alphabets import PHONES
from asr.audio.files import read_audio
from asr.engine import Engine, EngineOptions
from models.acoustic.lstm import ReferenceLSTM
from models.acoustic.network import FRAME
from models.loop.checkpoint import load_checkpoint

HERE = Path(__file__).parent
CLIP = HERE.parent / "tests" / "clips" / "1272-128104-0000.opus"
WEIGHTS = HERE.parent / "models" / "weights" / "en.pt"
MARGIN = 4  # frames shown on either side of the word
CELLS = 24  # shown: those whose output moves most within the word


def main(clip: Path = CLIP, text: str = "apostle") -> None:
    """Recognise the clip, find the word, and draw what the first layer did over it."""
    first, last = frames_of(clip, text)
    model = load_checkpoint(WEIGHTS).model()
    samples = torch.from_numpy(read_audio(clip))
    samples = torch.nn.functional.pad(samples, (0, -len(samples) % FRAME))[None]
    with torch.no_grad():
        mels = model.features(samples)
        hidden = model.subsampling(mels, torch.tensor([mels.shape[1]]))
        steps = ReferenceLSTM(model.layers[0]).gates(hidden)[first:last]
        phones = model(mels, torch.tensor([mels.shape[1]])).phones[0, first:last]
    rows = {
        "sound: log-mel energies": mels[0, 4 * first : 4 * last].T,
        "forget gate f: what is kept": torch.stack([one.forget[0] for one in steps], 1),
        "input gate i: what is let in": torch.stack([one.input[0] for one in steps], 1),
        "candidate g: what could be remembered": torch.stack(
            [one.candidate[0] for one in steps], 1
        ),
        "output gate o: what is shown": torch.stack([one.output[0] for one in steps], 1),
        "tanh of the state c: what is remembered": torch.stack(
            [one.state[0].tanh() for one in steps], 1
        ),
    }
    shown = torch.stack([one.hidden[0] for one in steps], 1)
    busiest = (shown.max(1).values - shown.min(1).values).argsort(descending=True)[:CELLS]
    draw(
        {name: row if len(row) == 80 else row[busiest] for name, row in rows.items()},
        phones,
        text,
    )


def frames_of(clip: Path, text: str) -> tuple[int, int]:
    """The frames of a word that the recogniser hears in the clip, with a margin."""
    engine = Engine(EngineOptions(provider="cpu"))
    for segment in engine.transcribe(clip).segments:
        for word in segment.words:
            if word.text == text:
                start, end = (
                    round(second * 16_000 / FRAME) for second in (word.start, word.end)
                )
                return max(0, start - MARGIN), end + MARGIN
    raise SystemExit(f"the recogniser does not hear «{text}» in {clip.name}")


def draw(rows: dict[str, torch.Tensor], phones: torch.Tensor, text: str) -> None:
    """One panel a row, over the same time; the phones heard below."""
    mpl.use("Agg")
    figure, panels = pyplot.subplots(len(rows), 1, figsize=(9, 11), layout="constrained")
    frames = len(phones)
    for panel, (name, row) in zip(panels, rows.items(), strict=True):
        bound = (0, 1) if "gate" in name else (-2.5, 2.5) if "sound" in name else (-1, 1)
        panel.imshow(
            row,
            aspect="auto",
            origin="lower",
            extent=(0, frames * 40, 0, len(row)),
            vmin=bound[0],
            vmax=bound[1],
            cmap="viridis" if "gate" in name else "RdBu_r",
            interpolation="nearest",
        )
        panel.set_title(name, loc="left", fontsize=10)
        panel.set_yticks([])
        panel.set_xticks([])
    for frame, symbol in enumerate(phones.argmax(1).tolist()):
        if symbol:
            panels[-1].text(
                frame * 40 + 20, -1, PHONES[symbol], ha="center", va="top", fontsize=9
            )
    panels[-1].set_xlabel(
        f"\n\n«{text}», 40 ms a frame; below each frame the phone heard in it"
    )
    figure.savefig(HERE / "gates.png", dpi=110)


if __name__ == "__main__":
    main(*([Path(sys.argv[1]), sys.argv[2]] if len(sys.argv) > 2 else []))

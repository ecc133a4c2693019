"""The command line: what it understands, and what it costs to ask."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import pytest

from asr.commands.listen import channel_number
from main import main, parser


@pytest.mark.parametrize(
    "command", ["listen", "transcribe a.wav", "devices", "align a.wav a.txt", "evaluate a.tsv"]
)
def test_every_command_of_recognition_is_offered(command: str) -> None:
    options = parser().parse_args(command.split())

    assert options.command.__name__ == command.split()[0]


def test_without_a_command_the_window_gets_the_usual_recogniser() -> None:
    options = parser().parse_args([])

    assert options.command.__name__ == "window"
    assert (options.provider, options.decoder, options.hot_words) == ("auto", "beam", None)


def test_channels_are_counted_from_one() -> None:
    assert channel_number("1") == 0
    for text in ("0", "-1", "left"):
        with pytest.raises(argparse.ArgumentTypeError):
            channel_number(text)


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("transcribe a.wav --from noon", "noon is no time"),
        ("transcribe a.wav --format pdf", "there is no format 'pdf'"),
        ("transcribe a.wav --nope", "--nope: unknown here"),
        ("transcrib a.wav", "invalid choice: 'transcrib'"),
        ("align", "required: PATH"),
    ],
)
def test_a_wrong_command_line_costs_one_line(
    command: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(command.split())

    [line] = capsys.readouterr().err.splitlines()
    assert end.value.code == 2
    assert line.startswith("earshot: ")
    assert told in line
    assert "--help»" in line


def test_the_help_loads_no_recogniser() -> None:
    code = "import sys, main; main.parser(); sys.exit('numpy' in sys.modules)"
    root = Path(__file__).parents[3]

    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0

"""The whole path with its real parts: file, stream, microphone, commands."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asr.audio import SAMPLE_RATE, Samples
from asr.audio.files import read_audio
from asr.batch.events import Finished, Saved, Stopped
from asr.batch.job import FileSource, Job, Seam, Selection
from asr.batch.work import seam_after, work
from asr.engine import Engine, EngineOptions
from asr.evaluation.error_rate import errors
from asr.formats import FormatOptions
from asr.live.events import FinalResult, Ledger
from asr.live.recogniser import Recogniser
from asr.pack import EMBEDDED, PackFile
from benchmarks.virtual_microphone import VirtualMicrophone, missing
from main import main

CLIPS = Path(__file__).parent / "clips"
CLIP = CLIPS / "1272-128104-0000.opus"


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(EngineOptions(provider="cpu"))


def padded(samples: Samples, seconds: float = 1.2) -> Samples:
    """Speech with the pause behind it that ends an utterance."""
    return np.concatenate([samples, np.zeros(int(seconds * SAMPLE_RATE), np.float32)])


def stream(engine: Engine, samples: Samples, blocks: Iterator[int]) -> list[str]:
    """The final words of a live stream that is cut into blocks."""
    hearing = engine.hearing
    recogniser: Recogniser = hearing.recogniser("")
    events = []
    start = 0
    while start < len(samples):
        size = next(blocks)
        events += recogniser.feed(samples[start : start + size])
        start += size
    events += recogniser.finish()
    return [
        w.text
        for event in events
        if isinstance(event, FinalResult)
        for w in event.segment.words
    ]


def test_speech_becomes_words_with_times(engine: Engine) -> None:
    transcript = engine.transcribe(CLIP)

    words = [word for segment in transcript.segments for word in segment.words]
    reference = "mister quilter is the apostle of the middle classes and we are glad to welcome"
    found = errors([*reference.split(), "his", "gospel"], [word.text for word in words])
    assert found.rate < 0.5
    assert transcript.seconds == pytest.approx(5.86, abs=0.1)
    assert all(0 <= word.start < word.end <= 6.0 for word in words)
    assert all(a.start <= b.start for a, b in pairwise(words))
    assert all(0 <= word.confidence <= 1 for word in words)


def test_a_stream_cut_at_random_ends_with_the_same_words(engine: Engine) -> None:
    speech = padded(read_audio(CLIP))
    chance = np.random.default_rng(1)

    def at_random() -> Iterator[int]:
        while True:
            yield int(chance.integers(1, 9000))

    whole = stream(engine, speech, iter([len(speech)]))

    assert whole
    assert stream(engine, speech, at_random()) == whole


def test_a_file_and_a_stream_say_the_same(engine: Engine, tmp_path: Path) -> None:
    speech = padded(read_audio(CLIP))
    soundfile.write(tmp_path / "speech.wav", speech, SAMPLE_RATE, subtype="FLOAT")

    def blocks() -> Iterator[int]:
        while True:
            yield 640

    from_file = engine.transcribe(tmp_path / "speech.wav")

    assert from_file.text.split() == stream(engine, speech, blocks())


@pytest.mark.pulse
@pytest.mark.skipif(bool(missing()), reason=missing() or "PulseAudio is there")
def test_the_microphone_hears_what_the_file_says(engine: Engine, home: Path) -> None:
    import time

    with VirtualMicrophone() as microphone:
        session = engine.open_session(None, home / "sessions")
        session.start()
        events = []
        speaking = microphone.start_speaking(CLIP)
        end = time.monotonic() + 7.5
        while time.monotonic() < end:
            events += session.poll()
            time.sleep(0.04)
        speaking.wait()
        events += session.stop()

    heard = [w.text for e in events if isinstance(e, FinalResult) for w in e.segment.words]
    ledger = [event for event in events if isinstance(event, Ledger)][-1]
    said = engine.transcribe(CLIP).text.split()
    assert ledger.recorded == ledger.recognised
    assert not ledger.gaps
    # Two resamplers lie between, so a word on the edge may tip; none is lost.
    assert errors(said, heard).rate < 0.25
    assert (heard[0], heard[-1]) == (said[0], said[-1])


def test_a_file_that_was_left_and_taken_up_is_word_for_word_the_whole(
    engine: Engine, tmp_path: Path
) -> None:
    names = ("1272-128104-0000", "777-126732-0000", "652-129742-0019")
    clips = [padded(read_audio(CLIPS / f"{name}.opus")) for name in 4 * names]
    soundfile.write(tmp_path / "three.wav", np.concatenate(clips), SAMPLE_RATE)
    job = Job(
        number=1,
        key="0" * 64,
        source=FileSource(tmp_path / "three.wav"),
        outputs={},
        formats=("json",),
        selection=Selection(),
        format_options=FormatOptions(),
    )
    whole = list(work(engine, job))[-1]

    looks = iter([False] * 40)
    steps = list(work(engine, job, lambda: next(looks, True)))
    (saved,) = [event for event in steps if isinstance(event, Saved)]
    rest = list(work(engine, replace(job, seam=seam_after(Seam(), saved))))[-1]

    assert isinstance(steps[-1], Stopped)
    assert saved.segments
    assert isinstance(whole, Finished)
    assert isinstance(rest, Finished)
    assert rest.contents == whole.contents


def test_a_file_can_be_abandoned_between_steps(engine: Engine) -> None:
    steps = engine.transcribe_file(CLIP)

    next(steps)
    steps.close()

    assert next(steps, None) is None


def test_an_output_that_is_no_folder_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out"

    folder.write_text("I am a file")

    assert main(["transcribe", "--output", str(folder), str(CLIP)]) == 1
    assert "cannot be made" in capsys.readouterr().err


def test_hot_words_are_written_as_people_write(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = tmp_path / "words.txt"
    words.write_text("\ufeffQuilter\t8\nZażółć\ne-mail\n42\n# a comment\n", encoding="utf-8")
    command = ["transcribe", "--provider", "cpu", "--hot-words", str(words), str(CLIP)]

    assert main(command) == 0
    assert "quilter" in capsys.readouterr().out.lower()

    words.write_text("+++\n", encoding="utf-8")
    assert main(command) == 0
    assert "«+++»" in capsys.readouterr().err


def test_a_file_that_breaks_off_gives_what_can_be_read_and_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = tmp_path / "whole.wav"
    soundfile.write(whole, padded(read_audio(CLIP), 3.0), SAMPLE_RATE)
    broken = tmp_path / "broken.wav"
    broken.write_bytes(whole.read_bytes()[: 6 * 2 * SAMPLE_RATE])

    status = main(["transcribe", "--provider", "cpu", str(broken)])

    out, err = capsys.readouterr()
    assert status == 1
    assert "apostle" in out
    assert "broken.wav" in err


def test_transcribe_prints_text_and_keeps_on_past_a_bad_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "пустой.wav"
    bad.write_bytes(b"")

    status = main(["transcribe", "--provider", "cpu", str(bad), str(CLIP)])

    out, err = capsys.readouterr()
    assert status == 1
    assert "apostle" in out
    assert err.startswith("earshot: ")
    assert "пустой.wav" in err
    assert "Traceback" not in err


def test_transcribe_writes_json_with_words_and_times(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["transcribe", "--provider", "cpu", "--format", "json", str(CLIP)]) == 0

    found = json.loads(capsys.readouterr().out)
    assert found["segments"][0]["words"][0]["text"]
    assert found["text"].split() == [
        word["text"] for segment in found["segments"] for word in segment["words"]
    ]


def test_text_is_readable_or_as_it_was_heard(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["transcribe", "--provider", "cpu", str(CLIP)]) == 0
    shown = capsys.readouterr().out
    assert main(["transcribe", "--provider", "cpu", "--raw", str(CLIP)]) == 0
    heard = capsys.readouterr().out

    assert heard == heard.lower()
    assert shown.startswith("Mr ")
    assert shown.rstrip().endswith(".")

    own = tmp_path / "own.txt"
    own.write_text("apostle = APOSTLE\n")
    assert main(["transcribe", "--provider", "cpu", "--replacements", str(own), str(CLIP)]) == 0
    assert "the APOSTLE of" in capsys.readouterr().out


def test_a_damaged_tagger_costs_a_sentence_and_no_word(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pack = tmp_path / "en"
    pack.mkdir()
    for file in EMBEDDED.iterdir():
        (pack / file.name).symlink_to(file)
    (pack / PackFile.READABLE).unlink()
    (pack / PackFile.READABLE).write_bytes(b"no tagger")

    assert main(["transcribe", "--provider", "cpu", "--pack", str(pack), str(CLIP)]) == 0

    out, err = capsys.readouterr()
    assert "apostle of the middle classes" in out
    assert err.count("the pack's tagger is damaged") == 1


@pytest.mark.parametrize("mode", ["offline", "live"])
def test_evaluate_ends_with_one_json_object(
    mode: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["evaluate", str(CLIPS / "clips.tsv"), "--json", "--decoder", "greedy"]

    assert main([*command, "--mode", mode, "--provider", "cpu"]) == 0

    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {"wer", "cer", "rtf", "utterances", "seconds"} <= set(found)
    assert found["utterances"] == 9
    assert 0 < found["cer"] < 0.6


@pytest.mark.usefixtures("standing_in")
@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (["evaluate", "none.tsv"], "cannot be read"),
        (["evaluate", str(CLIPS / "clips.tsv"), "--pack", "none"], "There is no model pack"),
        (["transcribe", "none.wav"], "none.wav"),
        (["transcribe", "."], "holds no sound"),
        (["transcribe", str(CLIPS / "clips.tsv")], "clips.tsv"),
        (["train", "none.toml"], "cannot be read"),
        (["export", "none.pt", "out"], "cannot be read"),
        (["listen", "--device", "no such thing"], "There is no "),  # microphone, or such input
    ],
)
def test_a_mistake_is_one_sentence_and_a_non_zero_exit(
    command: list[str],
    sentence: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = main(command)

    err = capsys.readouterr().err
    assert status == 1
    assert sentence in err
    assert len(err.strip().splitlines()) == 1


def test_the_application_starts_without_torch() -> None:
    code = (
        "import sys, main, gui.app, asr.engine, asr.commands.terminal, asr.alignment;"
        "sys.exit(any(name in sys.modules for name in ('torch', 'models', 'export')))"
    )
    root = Path(__file__).parents[1]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0


def test_aligning_a_text_times_its_words_and_marks_what_was_not_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "script.txt"
    script.write_text(
        "Mister Quilter is the apostle\nunbelievably extraterrestrial kangaroos\n"
        "of the middle classes, and we are glad to welcome his gospel.\n",
        encoding="utf-8",
    )

    assert main(["align", "--provider", "cpu", str(CLIP), str(script), "--format", "json"]) == 0

    first, middle, last = json.loads(capsys.readouterr().out)["segments"]
    assert first["text"] == "mister quilter is the apostle"
    assert first["shown"] == "Mister Quilter is the apostle"
    assert middle["text"] == "[unbelievably] [extraterrestrial] [kangaroos]"
    assert last["shown"].endswith("his gospel.")
    assert 0.2 < first["words"][0]["start"] < 1.0
    assert first["end"] <= last["start"] + 0.1
    assert 4.5 < last["end"] < 6.0


def test_a_silent_file_says_that_there_is_no_speech(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    soundfile.write(tmp_path / "still.wav", np.zeros(2 * SAMPLE_RATE), SAMPLE_RATE)
    soundfile.write(tmp_path / "none.wav", np.zeros(0), SAMPLE_RATE)

    status = main(["transcribe", str(tmp_path / "still.wav"), str(tmp_path / "none.wav")])

    told = capfd.readouterr()
    assert status == 0
    assert "No speech was found in «still.wav»: it is silent from start to end." in told.err
    assert "No speech was found in «none.wav»: it holds no samples." in told.err
    assert not told.out.strip()


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="the ffmpeg program makes the film")
def test_times_are_those_of_the_film(engine: Engine, tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    picture = ["-f", "lavfi", "-i", "color=s=32x32:r=5:d=6"]
    sound = ["-itsoffset", "4", "-i", str(CLIP), "-c:a", "flac"]
    subprocess.run(["ffmpeg", "-v", "error", *picture, *sound, str(film)], check=True)

    alone, late = engine.transcribe(CLIP), engine.transcribe(film)

    assert late.text == alone.text
    first, moved = alone.segments[0].words[0], late.segments[0].words[0]
    assert moved.start == pytest.approx(first.start + 4, abs=0.05)
    assert late.segments[-1].end <= late.seconds
    assert not late.gaps


def test_a_file_read_in_steps_tells_that_there_is_no_speech(
    engine: Engine, tmp_path: Path
) -> None:
    soundfile.write(tmp_path / "still.wav", np.zeros(2 * SAMPLE_RATE), SAMPLE_RATE)

    *_, last = engine.transcribe_file(tmp_path / "still.wav")

    assert str(last).startswith("No speech was found in «still.wav»")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a screen")
def test_without_a_screen_the_window_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)

    assert main([]) == 1
    assert "no screen" in capsys.readouterr().err

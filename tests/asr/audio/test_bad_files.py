"""Each of two hundred bad files gives what is in it or one sentence, and never a traceback."""

from __future__ import annotations

import os
import re
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asr.audio import SAMPLE_RATE, Samples
from asr.audio.files import open_audio
from asr.audio.readers.parts import extents
from asr.errors import DecodeError
from tests.asr.audio.bad_files import ENCODED, SECONDS, Bases, Case, Outcome, bases, cases
from tests.asr.audio.ladder import heard, needs_ffmpeg

pytestmark = [
    needs_ffmpeg,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names"),
]
CASES = cases()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Bases:
    return bases(tmp_path_factory.mktemp("whole"))


def read(path: Path) -> tuple[Samples, str, str]:
    """Return what was read, the sentence that ended it, and why there is no speech in it."""
    blocks: list[Samples] = [np.empty(0, np.float32)]
    try:
        with open_audio(path) as file:
            blocks.extend(file)
            return np.concatenate(blocks), "", file.emptiness
    except DecodeError as error:
        return np.concatenate(blocks), str(error), ""


def assert_is_sentence(sentence: str, path: Path) -> None:
    assert re.fullmatch(r"«.*» .*[.]", sentence)
    assert sentence.isprintable()
    assert len(sentence) < 250 + len(path.name)
    assert not re.search(r"Error|Traceback|0x|Errno|\bNone\b", sentence)


def test_there_are_two_hundred() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 200


@pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case.name)[1:-1])
def test_a_bad_file(
    case: Case, tmp_path: Path, whole: Bases, capfd: pytest.CaptureFixture[str]
) -> None:
    path = case.make(tmp_path, whole)

    samples, sentence, emptiness = read(path)

    tones = heard(samples)
    assert capfd.readouterr() == ("", "")
    assert np.all(np.abs(samples) <= 1)
    if sentence:
        assert_is_sentence(sentence, path)
    if case.outcome is Outcome.REFUSED:
        assert sentence
        assert not len(samples)
    elif case.outcome is Outcome.WHOLE:
        assert not sentence
        times = 2 if case.name.startswith("joined") else 1
        assert [tone for tone in tones if tone is not None] == list(range(SECONDS)) * times
    elif case.outcome is Outcome.SPEECHLESS:
        assert not sentence
        assert emptiness
    else:
        assert len(samples) or sentence
        assert len(samples) < (2 * SECONDS + 1) * SAMPLE_RATE


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("film.mp4", "is a video without sound"),
        ("encrypted.mp4", "is encrypted"),
        ("cut-5.m4a", "the index that belongs at its end is missing"),
        ("999Hz.wav", "sampling rate of 999 Hz"),
        ("empty.wav", "is empty"),
        ("joined-mp3-wav.mp3", "goes on after 4.0 s with .* bytes that cannot be read"),
        ("cut-5.wma", "breaks off after 2.0 s"),
    ],
)
def test_the_sentence_tells_what_is_wrong(
    name: str, sentence: str, tmp_path: Path, whole: Bases
) -> None:
    (case,) = (case for case in CASES if case.name == name)

    assert re.search(sentence, read(case.make(tmp_path, whole))[1])


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    kind=st.sampled_from(sorted(ENCODED)),
    edits=st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 400), st.binary(max_size=200)), max_size=4
    ),
)
def test_no_edit_of_a_file_is_too_much_for_the_readers(
    tmp_path: Path, whole: Bases, kind: str, edits: list[tuple[float, int, bytes]]
) -> None:
    content = whole[kind]
    for share, n_removed, inserted in edits:
        place = round(share * len(content))
        content = content[:place] + inserted + content[place + n_removed :]
    path = tmp_path / f"edited.{kind}"
    path.write_bytes(content)

    samples, sentence, _ = read(path)

    assert np.all(np.abs(samples) <= 1)
    if sentence:
        assert_is_sentence(sentence, path)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    head=st.sampled_from(
        [b"", b"RIFF\0\0\0\0WAVE", b"RF64\0\0\0\0WAVEds64", b"fLaC\0\0\0\x22", b"OggS\0\2",
         b"\0\0\0\x08ftyp", b"\x1a\x45\xdf\xa3\x80", b"#!AMR\n", b"\xff\xfb\x90\x64"]
    ),
    rest=st.binary(max_size=300),
)  # fmt: skip
def test_any_bytes_are_laid_into_parts(tmp_path: Path, head: bytes, rest: bytes) -> None:
    path = tmp_path / "any"
    path.write_bytes(head + rest)
    size = len(head + rest)

    found = extents(path) if size else []

    assert all(0 <= part.start < part.end <= size for part in found)
    assert all(left.end <= right.start for left, right in pairwise(found))


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has no such names")
def test_a_name_that_is_no_utf8(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xff\xfe.wav")
    path.write_bytes(b"no sound")

    _, sentence, _ = read(path)

    assert_is_sentence(sentence, path)

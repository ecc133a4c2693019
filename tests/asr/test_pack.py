"""A pack is whole, or refused with a sentence."""

import json
import shutil
from pathlib import Path

import pytest

from asr.alphabets import LETTERS, PHONES
from asr.engine import open_readable
from asr.errors import PackError
from asr.pack import FORMAT, Pack, write_description
from asr.readable.writer import ReadableOptions
from asr.window import Window

DESCRIPTION = {
    "name": "tiny",
    "language": "English",
    "frame": 640,
    "phones": PHONES,
    "letters": LETTERS,
    "window": {"context": 32, "step": 6, "lookahead": 6},
    "decoder": {"beam": 8},
    "confidence": {},
    "training": {"hours": 1},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "tiny"
    place.mkdir()
    (place / "acoustic.onnx").write_bytes(bytes(range(60)))
    (place / "MODEL_CARD.md").write_text("for people, and not sealed")
    write_description(place, DESCRIPTION)
    return place


def test_a_sealed_pack_opens_as_it_was_described(folder: Path) -> None:
    pack = Pack.open(folder)

    assert (pack.name, pack.frame, pack.phones, pack.letters) == ("tiny", 640, PHONES, LETTERS)
    assert pack.window == Window(context=32, step=6, lookahead=6)
    assert pack.path("acoustic.onnx").read_bytes() == bytes(range(60))
    assert pack.frame_seconds == 0.04
    assert set(pack.files) == {"acoustic.onnx"}


def test_each_byte_flipped_is_refused(folder: Path) -> None:
    for name in ("acoustic.onnx", "pack.json"):
        whole = (folder / name).read_bytes()
        for place in range(len(whole)):
            damaged = bytearray(whole)
            damaged[place] ^= 0x55
            (folder / name).write_bytes(damaged)
            with pytest.raises(PackError):
                Pack.open(folder)
        (folder / name).write_bytes(whole)
    assert Pack.open(folder)


def test_a_truncated_or_missing_file_is_refused(folder: Path) -> None:
    (folder / "acoustic.onnx").write_bytes(b"")
    with pytest.raises(PackError, match="acoustic.onnx is not the file"):
        Pack.open(folder)

    (folder / "acoustic.onnx").unlink()
    with pytest.raises(PackError, match="lacks acoustic.onnx"):
        Pack.open(folder)


def test_another_format_is_refused_with_both_numbers(folder: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("asr.pack.FORMAT", FORMAT + 1)
        write_description(folder, DESCRIPTION)

    with pytest.raises(
        PackError, match=f"has format {FORMAT + 1}; this program reads {FORMAT}"
    ):
        Pack.open(folder)


def test_a_folder_that_is_no_pack_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="There is no model pack"):
        Pack.open(tmp_path)
    (tmp_path / "pack.json").write_text("[]")
    with pytest.raises(PackError, match="damaged"):
        Pack.open(tmp_path)


def test_an_incomplete_description_is_refused(folder: Path) -> None:
    content = {key: value for key, value in DESCRIPTION.items() if key != "frame"}
    write_description(folder, content)

    with pytest.raises(PackError, match="incomplete: .*frame"):
        Pack.open(folder)


def test_a_file_the_pack_does_not_name_is_not_given(folder: Path) -> None:
    with pytest.raises(PackError, match="has no language.lm"):
        Pack.open(folder).path("language.lm")


def test_the_name_of_a_pack_does_not_depend_on_its_place(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "elsewhere")

    assert Pack.open(tmp_path / "elsewhere").checksum == Pack.open(folder).checksum
    assert json.loads((folder / "pack.json").read_text())["checksum"]


def test_a_damaged_tagger_keeps_nobody_from_recognising(folder: Path) -> None:
    (folder / "readable.onnx").write_bytes(b"a tagger")
    write_description(folder, DESCRIPTION)
    assert not Pack.open(folder).damaged
    for damage in (
        lambda path: path.write_bytes(b"another"),
        lambda path: path.unlink(),
    ):
        damage(folder / "readable.onnx")
        pack = Pack.open(folder)
        assert pack.damaged == {"readable.onnx"}
        readable = open_readable(pack)
        assert readable.working_tagger() is None
        assert "the pack's tagger is damaged" in readable.trouble


def test_a_pack_without_a_tagger_is_no_trouble(folder: Path) -> None:
    readable = open_readable(Pack.open(folder))
    assert readable.working_tagger() is None
    assert not readable.trouble


def test_a_tagger_that_is_none_costs_a_sentence_unless_words_are_wanted_as_heard(
    folder: Path,
) -> None:
    (folder / "readable.onnx").write_bytes(b"a tagger")
    write_description(folder, DESCRIPTION)
    pack = Pack.open(folder)

    assert "readable.onnx is no readable tagger" in open_readable(pack).trouble
    assert not open_readable(pack, ReadableOptions(is_on=False)).trouble


def test_a_pack_of_an_older_version_has_its_options_by_the_names_of_this_one(
    folder: Path,
) -> None:
    older = {"spelling_price": 6.0, "letter_weight": 0.0, "beam": 512}
    write_description(folder, {**DESCRIPTION, "decoder": older})

    assert Pack.open(folder).decoder == {"oov_penalty": 6.0, "beam": 512}

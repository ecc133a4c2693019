"""Words that are written by the letters: from where to where these are read."""

from asr.decoding.spelling import MARGIN, STABILISING_FRAMES, spelled
from asr.emissions import Emissions
from tests.asr.decoding import tiny

END = 40  # frame where the word is complete


def heard(n_before: int, n_after: int) -> list[Emissions]:
    """A letter word, a letter a frame, from so many frames before END to so many after."""
    script = "".join("ab"[n % 2] for n in range(n_before + n_after))
    script = (END - n_before) * "_" + script + MARGIN * "_"
    return [tiny.spoken(len(script) * "_", script, certainty=0.99)]


def test_a_word_whose_middle_lies_before_the_end_is_written() -> None:
    (word,) = spelled(heard(4, 4), tiny.LETTERS, 0, END)

    assert word == "abababab"
    assert spelled(heard(0, 4), tiny.LETTERS, 0, END) == ()
    assert spelled(heard(4, 4), tiny.LETTERS, END, END + 9) == ()


def test_what_comes_once_the_spelling_is_stable_changes_nothing() -> None:
    known = END + STABILISING_FRAMES
    for n_after in range(MARGIN - 2, MARGIN + 6):
        (whole,) = heard(MARGIN - 1, n_after)

        early = spelled([whole[:known]], tiny.LETTERS, 0, END)

        assert early == spelled([whole], tiny.LETTERS, 0, END)


def test_how_the_sound_was_cut_does_not_matter() -> None:
    (whole,) = heard(6, 3)
    pieces = [whole[start : start + 7] for start in range(0, len(whole), 7)]

    assert spelled(pieces, tiny.LETTERS, 0, END) == spelled([whole], tiny.LETTERS, 0, END) != ()

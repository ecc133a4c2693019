"""Numbers are written in figures where there is no doubt, and are left alone elsewhere."""

from __future__ import annotations

import pytest

from asr.readable.numbers import figures
from asr.readable.tagger import Tag
from asr.readable.tags import Case, Mark

WRITTEN = {
    "they were nineteen people": "they were 19 people",
    "we saw twenty one ships": "we saw 21 ships",
    "it is one hundred and five feet high": "it is 105 feet high",
    "some two thousand three hundred men": "some 2,300 men",
    "some fifteen hundred men": "some 1500 men",
    "some sixty two hundred men": "some 6,200 men",
    "it cost five million": "it cost 5 million",
    "it has three hundred thousand words": "it has 300,000 words",
    "in nineteen eighty four": "in 1984",
    "since nineteen oh five": "since 1905",
    "the year eighteen o three": "the year 1803",
    "our lord seventeen hundred and twelve": "our lord 1712",
    "it was eighteen forty eight": "it was 1848",
    "in the nineteen eighties": "in the 1980s",
    "in two thousand and eight": "in 2008",
    "about two thousand feet": "about 2,000 feet",
    "by twenty twenty four": "by 2024",
    "in nineteen hundred": "in 1900",
    "on the twenty first day": "on the 21st day",
    "the nineteenth century": "the 19th century",
    "the fifth of April": "the 5th of April",
    "the third of May": "the 3rd of May",
    "on March fifth": "on March 5th",
    "on March the twelfth": "on March 12th",
    "on July fourth seventeen seventy six": "on July 4th 1776",
    "it cost twenty five dollars": "it cost $25",
    "he paid five dollars and twenty cents": "he paid $5.20",
    "he paid three euros": "he paid €3",
    "he paid two point five euros": "he paid €2.5",
    "it is fifteen hundred kilometres": "it is 1,500 kilometres",
    "for fourteen hundred and fifty dollars": "for $1,450",
    "it cost five million dollars": "it cost $5 million",
    "it owes two point five trillion dollars": "it owes $2.5 trillion",
    "it owes forty trillion dollars": "it owes $40 trillion",
    "it has two thousand and eight people": "it has 2,008 people",
    "it has one thousand and eight members": "it has 1,008 members",
    "it cost twenty pounds": "it cost 20 pounds",
    "ten percent of them": "10% of them",
    "five per cent of them": "5% of them",
    "about two point five percent": "about 2.5%",
    "at ten o'clock": "at 10 o'clock",
    "at five thirty p m": "at 5:30 pm",
    "we met at ten fifteen": "we met at 10:15",
    "at nine a m": "at 9 am",
    "it is three point one four": "it is 3.14",
    "zero point five of it": "0.5 of it",
    "it has two point five million": "it has 2.5 million",
    "call five five five one two three four": "call 555 1234",
    "extension four one nine three": "extension 4193",
    "it is three kilometres": "it is 3 kilometres",
    "nine or ten of them": "9 or 10 of them",
    "from ten to five": "from 10 to 5",
    "between one hundred and two hundred": "between 100 and 200",
}
LEFT_ALONE = (
    "we saw three ships",
    "one of them",
    "no one came",
    "four and twenty blackbirds",
    "forty fifty sixty",
    "at sixteen seventeen or so",
    "a hundred people",
    "hundreds of thousands",
    "one two three four",
    "it has five six seven",
    "Twenty Thousand Leagues",
    "Seventy men came",
    "two thirds of it",
    "a twenty second delay",
    "the twenty second delay",
    "twenty twenty vision",
    "the eleventh hour",
    "half past ten or so he said".replace("ten", "nine"),
    "at one point two men came",
    "you may first go",
    "the point is five",
    "between one hundred and twenty",
    "in the eighties",
    "Schuster two thousand and six",
    "by resolution sixty two hundred and eighty eight",
    "as Speth two thousand and three has it",
    "by around one thousand",
    "pages seven hundred and fifty seven hundred and fifty eight",
    "third of a mile",
    "nineteen twenty years ago",
    "five or six thousand men",
    "twenty or thirty thousand men",
    "seven to eight hundred",
    "thirty seven o eight street",
    "ten and a half feet",
    "thirteen millions and five hundred thousand",
)


def shown(text: str, mark: Mark = Mark.NONE) -> str:
    """Return a sentence's part as it is shown; its words are written as they stand."""
    written = text.split()
    tags = [Tag(Case.LOWER, Mark.NONE)] * (len(written) - 1) + [Tag(Case.LOWER, mark)]
    words = [word.lower() for word in written]
    texts = figures(words, written, tags, begins=written[0][0].isupper())
    assert len(texts) == len(words)
    return " ".join(filter(None, texts))


@pytest.mark.parametrize(("heard", "read"), WRITTEN.items())
def test_numbers_are_written_in_figures(heard: str, read: str) -> None:
    assert shown(heard) == read
    assert shown(read) == read  # figures are no number words


@pytest.mark.parametrize("heard", LEFT_ALONE)
def test_what_is_in_doubt_stays_words(heard: str) -> None:
    assert shown(heard) == heard


def test_a_mark_parts_numbers_and_stays_behind_the_figure() -> None:
    words = ["he", "was", "twenty", "five", "in", "all"]
    tags = [Tag(Case.LOWER, Mark.COMMA if word == "five" else Mark.NONE) for word in words]
    assert figures(words, words, tags) == ["he", "was", "25,", "", "in", "all"]
    tags = [Tag(Case.LOWER, Mark.COMMA if word == "twenty" else Mark.NONE) for word in words]
    assert figures(words, words, tags) == ["he", "was", "20,", "five", "in", "all"]
    assert shown("it was nineteen eighty four", Mark.FULL_STOP) == "it was 1984."

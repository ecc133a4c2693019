"""Subtitles: words divided into cues that can be read in the time they stand.

Each segment is divided by dynamic programming, so that cues end at marks and pauses where
they can; then each cue gets the time that reading takes, as far as the next one leaves it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice, pairwise
from typing import Final

from asr.formats.options import CueRules, FormatOptions
from asr.formats.paragraphs import gap_note, speaker_name
from asr.transcript import Segment, Transcript, Word

SHORTEST_SHOWN: Final = 0.001  # seconds; what starts and ends at once is not shown at all

# The price of a cue, and of ending one where no sentence ends.
_CUE: Final = 1.0
_AT_MARK: Final = 0.4
_AT_PAUSE: Final = 0.3
_INSIDE: Final = 1.0
_SENTENCE_INSIDE: Final = 1.0  # for each that ends before the cue does
_TOO_SHORT: Final = 3.0  # a second
_TOO_FAST: Final = 2.0  # for each time the reading speed
_FULL_STOPS: Final = (".", "?", "!", "…")
_MARKS: Final = (",", ";", ":", "–", "—")
_PAUSE: Final = 0.3  # seconds between words that are heard as one


@dataclass(frozen=True, slots=True)
class Cue:
    """What stands on the screen for a time, line by line; `note` is about the sound."""

    start: float  # seconds
    end: float  # seconds
    lines: tuple[tuple[Word, ...], ...]
    note: bool = False
    speaker: str = ""

    @property
    def voice(self) -> tuple[str, bool]:
        """Whose it is: cues of one voice never stand at the same time."""
        return self.speaker, self.note

    @property
    def text(self) -> str:
        """The lines, as they are shown."""
        return "\n".join(" ".join(word.shown for word in line) for line in self.lines)


def cues(transcript: Transcript, options: FormatOptions) -> list[Cue]:
    """Divide a transcript into cues, in order.

    None overlaps another of its speaker; those of different speakers may, where they speak at
    once or one says a word between two of the other. A name stands where a turn begins; before
    each cue of those who speak at once.
    """
    rules = options.cues
    found: list[Cue] = []
    before = ""
    for segment, is_alone in _with_company(transcript.segments):
        name = speaker_name(transcript, segment.speaker) if options.speakers else ""
        goes_on = is_alone and segment.speaker == before
        speaker = () if goes_on else _speaker_words(name, segment, rules)
        found += _divided(segment, speaker, rules, each=not is_alone)
        before = segment.speaker
    for gap in transcript.gaps:
        found += _note(gap_note(gap), gap.start, gap.start + gap.seconds, rules)
    if transcript.trouble:
        end = transcript.seconds
        found += _note(f"[{transcript.trouble}]", end, end + rules.longest, rules)
    found.sort(key=lambda cue: cue.start)
    return _timed(found, rules, transcript.seconds)


def _with_company(segments: Iterable[Segment]) -> Iterator[tuple[Segment, bool]]:
    """Yield segments in order, and whether nobody else speaks meanwhile."""
    ordered = sorted(segments, key=lambda segment: segment.start)
    begins = [math.inf] * len(ordered)  # when somebody else speaks next
    for i, (one, following) in reversed(list(enumerate(pairwise(ordered)))):
        begins[i] = begins[i + 1] if following.speaker == one.speaker else following.start
    ends: dict[str, float] = {}  # of what each one said before
    for segment, begin in zip(ordered, begins, strict=True):
        others = (end for speaker, end in ends.items() if speaker != segment.speaker)
        yield segment, segment.end <= begin and max(others, default=0.0) <= segment.start
        ends[segment.speaker] = max(segment.end, ends.get(segment.speaker, 0.0))


def _speaker_words(speaker: str, segment: Segment, rules: CueRules) -> tuple[Word, ...]:
    """The name that stands before a cue, as words of no length; too long a one is cut."""
    if not speaker:
        return ()
    room = rules.line_letters // 2
    name = speaker if len(speaker) <= room else speaker[: room - 1].rstrip() + "…"
    return tuple(Word(part, segment.start, segment.start) for part in f"{name}:".split())


def _note(text: str, start: float, end: float, rules: CueRules) -> list[Cue]:
    """A remark about the sound; several cues if it is long."""
    step = (end - start) / max(1, len(text.split()))
    words = tuple(
        Word(word, start + i * step, start + (i + 1) * step)
        for i, word in enumerate(text.split())
    )
    parts = _divided(
        Segment(words, start, end), (), replace(rules, pause=math.inf, longest=math.inf)
    )
    return [
        replace(cue, end=min(cue.end, cue.start + rules.longest), note=True) for cue in parts
    ]


def _divided(
    segment: Segment, speaker: tuple[Word, ...], rules: CueRules, *, each: bool = False
) -> Iterator[Cue]:
    """Divide the words of a segment at the lowest price of all divisions.

    The name of the speaker stands in the first cue, or in `each`.
    """
    room = rules.line_letters - (_letters(list(speaker)) + 1 if speaker else 0)
    words = [piece for word in segment.words for piece in _pieces(word, room)]
    best = [0.0] + [math.inf] * len(words)  # of the words before each place
    begins = [0] * (len(words) + 1)
    names = [speaker if each or not i else () for i in range(len(words))]
    price = partial(_price, words, names, rules)
    for end in range(1, len(words) + 1):
        for start in range(end - 1, -1, -1):
            if end - start > 1 and not _fits(words[start:end], names[start], rules):
                break
            if best[start] + price(start, end) < best[end]:
                best[end], begins[end] = best[start] + price(start, end), start
    cuts = []
    end = len(words)
    while end:
        cuts.append((begins[end], end))
        end = begins[end]
    for start, end in reversed(cuts):
        part = words[start:end]
        lines = tuple(wrapped([*names[start], *part], rules))
        last = max(part[-1].end, part[0].start)
        yield Cue(part[0].start, last, lines, speaker=segment.speaker)


def _pieces(word: Word, room: int) -> Iterator[Word]:
    """Cut what is longer than the room in a line; spaces inside a shown word part it too."""
    parts = [
        part[i : i + room] for part in word.shown.split() for i in range(0, len(part), room)
    ]
    length = (word.end - word.start) / max(1, len(parts))
    for i, part in enumerate(parts):
        start = word.start + i * length
        yield replace(word, start=start, end=start + length, display=part)


def _fits(words: list[Word], speaker: tuple[Word, ...], rules: CueRules) -> bool:
    """Whether words may be one cue: no pause inside, not too long to show or to stand."""
    stands = words[1].start - words[0].end <= rules.pause
    is_short = words[-1].end - words[0].start <= rules.longest
    return stands and is_short and len(list(wrapped([*speaker, *words], rules))) <= rules.lines


def _price(
    words: list[Word],
    names: list[tuple[Word, ...]],
    rules: CueRules,
    start: int,
    end: int,
) -> float:
    """How bad a cue of words[start:end] is."""
    begins, last = words[start].start, words[end - 1]
    price = _CUE + _SENTENCE_INSIDE * sum(
        word.shown.endswith(_FULL_STOPS) for word in words[start : end - 1]
    )
    room = math.inf
    if end < len(words):
        pause = words[end].start - last.end
        room = words[end].start - rules.gap - begins
        if last.shown.endswith(_MARKS):
            price += _AT_MARK
        elif pause >= _PAUSE:
            price += _AT_PAUSE
        elif not last.shown.endswith(_FULL_STOPS):
            price += _INSIDE
    needed = _letters([*names[start], *words[start:end]]) / rules.letters_per_second
    price += _TOO_SHORT * max(0.0, rules.shortest - room)
    return price + _TOO_FAST * max(0.0, needed / max(room, 0.1) - 1)


def _letters(words: list[Word]) -> int:
    return sum(len(word.shown) + 1 for word in words) - 1


def wrapped(words: list[Word], rules: CueRules) -> Iterator[tuple[Word, ...]]:
    """Break words into as few lines as hold them; two of about the same length."""
    if not words:
        return
    if _letters(words) <= rules.line_letters:
        yield tuple(words)
        return
    ends = [
        i
        for i in range(1, len(words))
        if _letters(words[:i]) <= rules.line_letters
        and _letters(words[i:]) <= rules.line_letters
    ]
    if ends:
        middle = min(ends, key=lambda i: _imbalance(words, i))
    else:  # more than two lines: fill the first
        fitting = [i for i in range(1, len(words)) if _letters(words[:i]) <= rules.line_letters]
        middle = fitting[-1] if fitting else 1
    yield tuple(words[:middle])
    yield from wrapped(words[middle:], rules)


def _imbalance(words: list[Word], i: int) -> float:
    """How unlike two lines are in length; a mark at the end of the first makes up for some."""
    difference = abs(_letters(words[:i]) - _letters(words[i:]))
    return difference - 8 * words[i - 1].shown.endswith((*_FULL_STOPS, *_MARKS))


def _timed(found: list[Cue], rules: CueRules, seconds: float) -> list[Cue]:
    """Let each cue stand as long as it takes to read, but for the next one and the end."""
    timed: list[Cue] = []
    free: dict[tuple[str, bool], float] = {}  # from when a voice may show another cue
    for i, cue in enumerate(found):
        before = max(free.get(cue.voice, 0.0), timed[-1].start if timed else 0.0)
        start = max(cue.start, before)
        limit = max(seconds, cue.end) if not cue.note else math.inf
        limit = min(limit, _until(cue, start, islice(found, i + 1, None), rules))
        wanted = max(rules.shortest, len(cue.text) / rules.letters_per_second)
        end = min(max(cue.end, start + wanted), limit, start + rules.longest)
        if end - start < rules.shortest:  # the time before it may be free
            start = max(before, min(start, end - rules.shortest))
        end = max(end, start + SHORTEST_SHOWN)
        timed.append(replace(cue, start=start, end=end))
        free[cue.voice] = end + rules.gap
    return timed


def _until(cue: Cue, start: float, following: Iterable[Cue], rules: CueRules) -> float:
    """How long the next cues let one stand that starts at `start`, in seconds.

    One of another voice cuts neither speech nor the time that the shortest cue has.
    """
    least = max(cue.end, start + rules.shortest)
    until = math.inf
    for other in following:
        if other.start - rules.gap >= until:
            break
        if other.voice == cue.voice:
            return min(until, other.start - rules.gap)
        until = min(until, max(other.start - rules.gap, least))
    return until


def time_range(cue: Cue, mark: str) -> str:
    """«01:02:03,456 --> 01:02:04,000», with the `mark` before the thousandths."""
    return f"{timestamp(cue.start, mark)} --> {timestamp(cue.end, mark)}"


def timestamp(seconds: float, mark: str) -> str:
    """«01:02:03,456», with the `mark` before the thousandths."""
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}{mark}{rest % 1000:03}"

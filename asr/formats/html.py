"""A web page of one file: click a word to hear it; the word that is heard is lit."""

from __future__ import annotations

from html import escape
from string import Template
from typing import Final
from urllib.parse import quote

from asr.formats.options import Format, FormatOptions
from asr.formats.paragraphs import Paragraph, clock_time, language_tag, paragraphs
from asr.transcript import Transcript, Word

_PAGE: Final = Template("""<!DOCTYPE html>
<html lang="$language">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>$title</title>
<style>
body { font: 1.1rem/1.6 system-ui, sans-serif; max-width: 42rem; }
body { margin: 2rem auto; padding: 0 1rem; }
audio { width: 100%; position: sticky; top: 0; }
[data-start] { cursor: pointer; border-radius: 0.2em; }
[data-start]:hover, .heard { background: #fd6; color: #000; }
.unsure { text-decoration: underline dotted; }
.note, time { color: #777; }
@media (prefers-color-scheme: dark) { body { background: #181818; color: #ddd; } }
</style>
</head>
<body>
<h1>$title</h1>
<audio controls preload="metadata" src="$audio"></audio>
<main>
$paragraphs
</main>
<script>
const audio = document.querySelector("audio");
const words = [...document.querySelectorAll("[data-start]")];
let heard = null;
document.querySelector("main").addEventListener("click", (event) => {
  const word = event.target.closest("[data-start]");
  if (word) { audio.currentTime = word.dataset.start; audio.play(); }
});
audio.addEventListener("timeupdate", () => {
  const word = words.findLast((one) => one.dataset.start <= audio.currentTime);
  if (word !== heard) {
    heard?.classList.remove("heard");
    word?.classList.add("heard");
    heard = word;
  }
});
</script>
</body>
</html>
""")

_LINE_END: Final = "<br>\n"


def encode(transcript: Transcript, options: FormatOptions) -> bytes:
    """Write the page; the sound is looked for beside it, unless `audio` says where it is."""
    page = _PAGE.substitute(
        language=language_tag(transcript),
        title=escape(options.title or transcript.source or "Transcript"),
        audio=escape(_address(options.audio or transcript.audio or transcript.source)),
        paragraphs="\n".join(_part(one, options) for one in paragraphs(transcript, options)),
    )
    return page.encode("utf-8", "replace")


def _address(audio: str) -> str:
    return quote(audio.encode("utf-8", "surrogateescape"), safe="/:")


def _part(paragraph: Paragraph, options: FormatOptions) -> str:
    time = f"<time>{clock_time(paragraph.start)}</time> " if options.times else ""
    if paragraph.note:
        return f'<p class="note">{time}{escape(paragraph.note)}</p>'
    speaker = f"<b>{escape(paragraph.speaker)}:</b> " if paragraph.speaker else ""
    lines = (" ".join(_word(word, options) for word in line) for line in paragraph.lines)
    return f"<p>{time}{speaker}{_LINE_END.join(lines)}</p>"


def _word(word: Word, options: FormatOptions) -> str:
    kind = ' class="unsure"' if word.confidence < options.unsure else ""
    return f'<span{kind} data-start="{word.start:.3f}">{escape(word.shown)}</span>'


FORMAT = Format("html", "Web page that plays", encode)

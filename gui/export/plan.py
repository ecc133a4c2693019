"""What an export is to be like: a value that is asked for, remembered, and carried out.

A name is made from a template: «{title} {date}» becomes «Interview 2026-05-20.srt», and
«{name}» the name of the file that was transcribed: so players find its subtitles.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Final

from asr.formats import FORMATS, FormatOptions, encode, save
from asr.formats import text as plain
from asr.transcript import Transcript, as_heard

from gui.library.model import title

if TYPE_CHECKING:
    from asr.library import Entry


FIELDS: Final = ("name", "title", "date", "time", "source")
USUAL_TEMPLATE: Final = "{name}"
PREVIEWED: Final = 40  # segments that a preview shows
_LONGEST: Final = 120  # letters of a name
_UNFIT: Final = '<>:"/\\|?*'  # in names, on one system or another


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPlan:
    """A format with its options, and where files go."""

    suffix: str = "txt"
    times: bool = False
    speakers: bool = True
    marks_unsure: bool = False
    karaoke: bool = False
    as_heard: bool = False  # words without case, marks and figures
    folder: str = "~"
    template: str = USUAL_TEMPLATE

    @property
    def place(self) -> Path:
        """The folder; it may be named from «~», one's home."""
        try:
            return Path(self.folder).expanduser()
        except RuntimeError:  # nobody of that name has a home
            return Path(self.folder)

    @property
    def options(self) -> FormatOptions:
        """What the format is told."""
        usual = FormatOptions()
        return FormatOptions(
            times=self.times,
            speakers=self.speakers,
            unsure=usual.unsure if self.marks_unsure else 0.0,
            karaoke=self.karaoke,
        )


def to_text(plan: ExportPlan) -> str:
    """Return a plan as it is remembered."""
    return json.dumps(asdict(plan))


def from_text(text: str) -> ExportPlan:
    """Return the plan that was remembered; what makes no sense is as usual."""
    usual = asdict(ExportPlan())
    try:
        fields = {**usual, **json.loads(text or "{}")}
        fields = {
            name: value if isinstance(value, type(usual[name])) else usual[name]
            for name, value in fields.items()
            if name in usual
        }
    except (ValueError, TypeError):
        return ExportPlan()
    if fields["suffix"] not in FORMATS:
        fields["suffix"] = ExportPlan().suffix
    if unknown_field(fields["template"]) is not None:
        fields["template"] = USUAL_TEMPLATE
    return ExportPlan(**fields)


def unknown_field(template: str) -> str | None:
    """Return the first field of a template that there is not; None if all is well."""
    try:
        names = [name for _, name, _, _ in Formatter().parse(template) if name is not None]
    except ValueError:
        return template
    return next((name for name in names if name not in FIELDS), None)


def entry_file_name(template: str, entry: Entry) -> str:
    """Return the name of an entry's file, without its suffix."""
    began = entry.started.astimezone()
    date = f"{began:%Y-%m-%d}"
    name = template.format(
        name=_name(entry, date),
        title=title(entry),
        date=date,
        time=f"{began:%H.%M}",
        source=Path(entry.source).stem,
    )
    fit = "".join(" " if one in _UNFIT or not one.isprintable() else one for one in name)
    return " ".join(fit.split())[:_LONGEST].strip(" .") or "transcript"


def _name(entry: Entry, date: str) -> str:
    """Call an entry as the user did, else as its file is called; a session has only its day."""
    if entry.kind == "file":
        return entry.title if entry.is_named else Path(entry.source).stem
    return f"{title(entry)} {date}"


def carry_out(plan: ExportPlan, entry: Entry, transcript: Transcript) -> Path:
    """Write an entry's file, beside the one of that name that is there; return where.

    Raises:
        StorageError: It cannot be written.
    """
    name, folder = entry_file_name(plan.template, entry), plan.place
    path = folder / f"{name}.{plan.suffix}"
    number = 1
    while path.exists():
        number += 1
        path = folder / f"{name} ({number}).{plan.suffix}"
    save(_shown(plan, transcript), path, replace(plan.options, title=title(entry)))
    return path


def preview(plan: ExportPlan, entry: Entry, transcript: Transcript) -> str:
    """Return what the beginning of the file reads like."""
    start = Transcript(
        segments=transcript.segments[:PREVIEWED],
        seconds=transcript.seconds,
        id=transcript.id,
        started=transcript.started,
        language=transcript.language,
        source=transcript.source,
        speakers=transcript.speakers,
        gaps=transcript.gaps,
    )
    suffix = plan.suffix if plan.suffix != "docx" else plain.FORMAT.suffix
    options = replace(plan.options, title=title(entry))
    return encode(_shown(plan, start), suffix, options).decode("utf-8", "replace")


def _shown(plan: ExportPlan, transcript: Transcript) -> Transcript:
    """Return a transcript with its words as they are wanted."""
    if not plan.as_heard:
        return transcript
    return replace(transcript, segments=tuple(map(as_heard, transcript.segments)))

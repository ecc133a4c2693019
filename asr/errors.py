"""Errors the user can act on; every message is a sentence fit for a dialog.

AsrError
├── AudioError
│   ├── DeviceError      no such microphone, or it went away
│   ├── DecodeError      the file holds no readable audio
│   └── RecordingError   a recording cannot be written or read back
├── PackError            a model pack is missing, damaged or of another format
├── ProviderError        the asked-for processor cannot compute the network
├── LanguageError        a language model or a lexicon cannot be used
├── AlignmentError       a text cannot be laid over the sound
├── LibraryError         a kept session cannot be read, found or changed
├── TranscriptError      a file is no transcript that can be read
├── BatchError           a batch, or the ledger of one, cannot go on
├── ManifestError        a list of utterances is malformed or names what is not there
├── StorageError         a file or a folder cannot be read or written
└── ConfigError          a setting is unknown or out of range
"""

from __future__ import annotations

from typing import Self

from asr.sentences import Message


class AsrError(Exception):
    """Base of everything that is raised on purpose.

    >>> raise DeviceError("«{source}» is in use by another program.", source=label)

    Args:
        template: The sentence in English, with the names of values in braces; or, without
            values, the sentence as it is.
        values: What stands in it.
    """

    def __init__(self, template: str = "", /, **values: object) -> None:
        self.message = Message(template, values)
        super().__init__(str(self.message))

    @classmethod
    def of(cls, error: AsrError) -> Self:
        """Return an error of this kind that tells what another told."""
        return cls(error.message.code, **error.message.values)


class AudioError(AsrError):
    """Sound could not be obtained."""


class DeviceError(AudioError):
    """The microphone could not be opened, or went away."""


class DecodeError(AudioError):
    """The file could not be read as audio."""


class RecordingError(AudioError):
    """The recording on disk could not be written or read back."""


class PackError(AsrError):
    """The model pack cannot be used."""


class ProviderError(AsrError):
    """The processor that was asked for cannot compute the network here."""


class LanguageError(AsrError):
    """The language model or the lexicon cannot be used."""


class AlignmentError(AsrError):
    """The text cannot be laid over the sound."""


class LibraryError(AsrError):
    """What is kept cannot be read, found or changed."""


class TranscriptError(AsrError):
    """The file cannot be read as a transcript."""


class BatchError(AsrError):
    """The batch, or its ledger, cannot go on."""


class ManifestError(AsrError):
    """The list of utterances cannot be used."""


class StorageError(AsrError):
    """The disk does not give a file, or does not take one."""


class ConfigError(AsrError):
    """A setting is unknown or out of range."""

"""Where the window stands between two presses of the button."""

from enum import Enum, auto


class Phase(Enum):
    """What the window is about."""

    LOADING = auto()  # there is no engine yet
    UNAVAILABLE = auto()  # the engine could not be built
    READY = auto()
    STARTING = auto()  # the device is being opened
    LISTENING = auto()
    STOPPING = auto()  # the last words are on their way
    READING = auto()  # a file is being transcribed

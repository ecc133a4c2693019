"""The pages of the window, one of which is shown."""

from enum import Enum


class Page(Enum):
    """What the window shows."""

    LISTEN = "listen"
    LIBRARY = "library"
    EDITOR = "editor"  # an entry of the library

"""Exceptions stop at a thread's edge: one becomes one sentence."""

from __future__ import annotations

import logging
from collections.abc import Callable

from asr.errors import AsrError

from gui.sentences import translated

log = logging.getLogger(__name__)


def attempt(action: Callable[[], None], tell: Callable[[str], None], doing: str) -> bool:
    """Run `action` and return whether it succeeded; tell a failure in a sentence.

    The sentence and the log call the action by what it is `doing`: «Listening».
    """
    try:
        action()
    except AsrError as error:
        tell(translated(error.message))
        return False
    except Exception:
        log.exception("%s failed", doing)
        tell(f"{doing} stopped because of an internal error; see the log.")
        return False
    return True

"""What the modules that are commands have in common."""

from __future__ import annotations

import logging
from collections.abc import Callable

from asr.errors import AsrError


def run(main: Callable[[], object]) -> None:
    """Run a command's main function; what is wrong is a sentence and an exit status."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        main()
    except AsrError as error:
        raise SystemExit(str(error)) from error

"""Recognition of files off the GUI thread, one step between two turns of the event loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from gui.engine import Step
from gui.workers.attempt import attempt

StepsFactory: TypeAlias = Callable[[], Iterator[Step]]


class FileWorker(QObject):
    """Takes the steps of one file after another on the thread it was moved to.

    Signals:
        advanced: A Step: how far the file is read, or a Segment that was found in it.
        failed: A sentence for the user; the file is given up.
        stopped: The file is done with; the argument says whether to its end.
    """

    advanced = Signal(object)
    failed = Signal(str)
    stopped = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self._steps: Iterator[Step] | None = None
        self._timer = QTimer(self, interval=0)  # a child: moves with the worker
        self._timer.timeout.connect(self._take_step)

    @Slot(object)
    def start(self, factory: StepsFactory) -> None:
        """Begin a file; does nothing during one."""
        if self._steps is not None:
            return

        def begin() -> None:
            self._steps = factory()

        if self._attempt(begin):
            self._timer.start()
        else:
            self.stopped.emit(False)

    @Slot()
    def stop(self) -> None:
        """Give the file up between two steps; does nothing without one."""
        if self._steps is not None:
            self._end(complete=False)

    @Slot()
    def _take_step(self) -> None:
        steps = self._steps
        if steps is None:
            return
        taken: list[Step] = []
        if not self._attempt(lambda: taken.extend(_next(steps))):
            self._end(complete=False)
        elif not taken:
            self._end(complete=True)
        else:
            self.advanced.emit(taken[0])

    def _end(self, *, complete: bool) -> None:
        self._timer.stop()
        steps, self._steps = self._steps, None
        close = getattr(steps, "close", None)  # generators free their file here
        if close is not None:
            self._attempt(close)
        self.stopped.emit(complete)

    def _attempt(self, action: Callable[[], None]) -> bool:
        return attempt(action, self.failed.emit, "Reading the file")


def _next(steps: Iterator[Step]) -> list[Step]:
    """Return the next step, or nothing at the end."""
    for step in steps:
        return [step]
    return []

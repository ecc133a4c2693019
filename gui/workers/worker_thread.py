"""The one place that knows how a worker's thread begins and ends."""

from __future__ import annotations

from PySide6.QtCore import QDeadlineTimer, QMetaObject, QObject, Qt, QThread, Slot


class _Last(QObject):
    """Comes after all workers, and ends the thread that it was moved to."""

    @Slot()
    def stop(self) -> None:
        """Let the thread's event loop end."""
        QThread.currentThread().quit()


class WorkerThread:
    """A thread with an event loop for workers that have a `stop` slot.

    Workers that must never run at the same time share one thread.
    """

    def __init__(self, *workers: QObject) -> None:
        self._workers = (*workers, _Last())
        self._thread = QThread()
        self._thread.setObjectName(type(workers[0]).__name__)
        for worker in self._workers:
            worker.moveToThread(self._thread)
        self._thread.start()

    def end(self) -> None:
        """Ask the workers to stop on their own thread, and the thread to end after them."""
        if self._thread.isRunning():
            for worker in self._workers:
                QMetaObject.invokeMethod(worker, "stop", Qt.ConnectionType.QueuedConnection)

    def wait(self, deadline: QDeadlineTimer) -> bool:
        """Wait for the thread that was asked to end; return whether it did."""
        return self._thread.wait(deadline)

    def close(self) -> None:
        """Stop the workers, then the thread; return when all is done."""
        self.end()
        self.wait(QDeadlineTimer(QDeadlineTimer.ForeverConstant.Forever))

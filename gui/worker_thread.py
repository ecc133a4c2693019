"""The one place that knows how a worker's thread begins and ends."""

from PySide6.QtCore import QMetaObject, QObject, Qt, QThread


class WorkerThread:
    """A thread with an event loop for workers that have a `stop` slot.

    Workers that must never run at the same time share one thread.
    """

    def __init__(self, *workers: QObject) -> None:
        self._workers = workers
        self._thread = QThread()
        self._thread.setObjectName(type(workers[0]).__name__)
        for worker in workers:
            worker.moveToThread(self._thread)
        self._thread.start()

    def close(self) -> None:
        """Stop the workers on their own thread, then the thread; return when all is done."""
        if self._thread.isRunning():
            blocking = Qt.ConnectionType.BlockingQueuedConnection
            for worker in self._workers:
                QMetaObject.invokeMethod(worker, "stop", blocking)
            self._thread.quit()
            self._thread.wait()

"""Who is busy with the portal while a test does something else to it."""

import threading
from abc import ABC, abstractmethod
from typing import Self


class Busy(ABC):
    """So many threads, each going on as `_go_on` says until the end of the `with`, which sets `_stop`."""

    def __init__(self, many: int) -> None:
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._go_on) for _ in range(many)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_what: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    @abstractmethod
    def _go_on(self) -> None:
        """What one thread does, until `_stop` is set."""

"""Ctrl-C between two steps instead of in the middle of one, however often it is pressed."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

INSIST = 5  # so many within one step: it isn't a step any more, it hangs


class Interrupts:
    """Those that came while a training ran."""

    def __init__(self):
        self.count = 0
        self._held = 0
        self._heard = 0  # when what is held began
        self._raised = False

    def note(self, number, frame) -> None:
        self.count += 1
        if self._held:
            if self.count - self._heard >= INSIST:
                raise KeyboardInterrupt
        elif self.count > 1 and not self._raised:  # waiting for data, which may take forever
            self.raise_if_due()

    @contextmanager
    def held(self) -> Iterator[None]:
        """What may not be left half done: a step, a file."""
        self._held, self._heard = self._held + 1, self.count
        try:
            yield
        finally:
            self._held -= 1

    def raise_if_due(self) -> None:
        """Once: what comes later must not disturb what the first one began."""
        if self.count and not self._raised:
            self._raised = True
            raise KeyboardInterrupt


@contextmanager
def interrupts_between_steps() -> Iterator[Interrupts]:
    """Notes every Ctrl-C until it is left, and drops those that came when all was done.

    Only a program's main thread is told of a Ctrl-C; elsewhere nothing is ever noted.
    """
    interrupts = Interrupts()
    if threading.current_thread() is not threading.main_thread():
        yield interrupts
        return
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, interrupts.note)
    try:
        yield interrupts
    finally:
        signal.signal(signal.SIGINT, before)

"""Ctrl-C between two steps instead of in the middle of one."""

import signal
import threading
from contextlib import contextmanager


@contextmanager
def interrupts_between_steps():
    """Yields a function that raises KeyboardInterrupt if one is due. A second Ctrl-C interrupts at once.

    Only a program's main thread is told of a Ctrl-C; elsewhere this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    pending = []
    before = signal.getsignal(signal.SIGINT)

    def note(number, frame):
        if pending:
            raise KeyboardInterrupt
        pending.append(number)

    def raise_if_due():
        if pending:
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, note)
    try:
        yield raise_if_due
    finally:
        signal.signal(signal.SIGINT, before)

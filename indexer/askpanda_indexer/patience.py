"""An end to work on one file: some texts make any parser slow, and one of them must not hold up the rest."""

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class TookTooLong(BaseException):
    """Raised in the midst of a parser; no `except Exception` of it may swallow that."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raises TookTooLong in this thread where the block takes longer; a signal would only reach the main thread.

    It comes between two steps of Python code: the parsers are Python, and what is compiled in them is quick.
    """
    thread, lock, done = threading.get_ident(), threading.Lock(), False

    def end() -> None:
        with lock:
            if not done:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(TookTooLong))

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        with lock:
            done = True
        timer.cancel()

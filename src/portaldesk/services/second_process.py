"""Half of a long work in a second process, where there is a second core: what Python cannot do in one.

The process is a copy (fork) that shares what its parent has read, answers with one result and is gone. It touches
neither database nor terminal; one that is killed or cannot begin costs time alone, for then its work is done here.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import TypeVar

Result = TypeVar("Result")


@contextmanager
def second_process() -> Iterator[Callable[[Callable[[], Result]], Callable[[], Result]]]:
    """What begins a work there and gives what waits for its result; on leaving, by Ctrl-C too, the process is gone."""
    begun: list[tuple[int, Connection]] = []

    def begin(work: Callable[[], Result]) -> Callable[[], Result]:
        if not hasattr(os, "fork") or (os.cpu_count() or 1) < 2:
            return work
        reader, writer = multiprocessing.Pipe(duplex=False)
        gc.freeze()  # a round of the collector would write into every page that the two share
        try:
            child = os.fork()
        except OSError:  # no memory, or no more processes for this user
            return work
        if child == 0:
            reader.close()  # else it would wait for ever to be read by itself, where its parent was killed
            _work(work, writer)
        writer.close()
        begun.append((child, reader))

        def result() -> Result:
            with suppress(EOFError, OSError):
                answer: Result = reader.recv()
                return answer
            return work()

        return result

    try:
        yield begin
    finally:
        for child, reader in begun:
            reader.close()
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        gc.unfreeze()


def _work(work: Callable[[], object], writer: Connection) -> None:
    """In the child: answer, and end without taking apart what is the parent's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears of it, and ends this one
    try:
        writer.send(work())
    finally:
        os._exit(0)

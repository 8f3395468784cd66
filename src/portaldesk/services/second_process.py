"""Part of a long work in a second process, where there is a second core: what Python cannot do in one.

The process is a copy (fork) that shares what its parent has read, answers with its results and is gone. It touches
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
from threading import Thread
from typing import Protocol, TypeVar

First = TypeVar("First")
Then = TypeVar("Then")


class Begin(Protocol):
    """What begins two works, one after the other, and gives what waits for the result of each; wait in their order."""

    def __call__(
        self, first: Callable[[], First], then: Callable[[], Then]
    ) -> tuple[Callable[[], First], Callable[[], Then]]: ...


def here(first: Callable[[], First], then: Callable[[], Then]) -> tuple[Callable[[], First], Callable[[], Then]]:
    """A `Begin` without a second process: each is done when its result is asked for."""
    return first, then


@contextmanager
def second_process() -> Iterator[Begin]:
    """What begins works there; on leaving, by Ctrl-C too, the process is gone."""
    begun: list[tuple[int, Connection]] = []

    def begin(first: Callable[[], First], then: Callable[[], Then]) -> tuple[Callable[[], First], Callable[[], Then]]:
        if not hasattr(os, "fork") or (os.cpu_count() or 1) < 2:
            return first, then
        reader, writer = multiprocessing.Pipe(duplex=False)
        gc.freeze()  # a round of the collector would write into every page that the two share
        try:
            child = os.fork()
        except OSError:  # no memory, or no more processes for this user
            return first, then
        if child == 0:
            reader.close()  # else it would wait for ever to be read by itself, where its parent was killed
            _work((first, then), writer)
        writer.close()
        begun.append((child, reader))
        return _result(first, reader), _result(then, reader)

    try:
        yield begin
    finally:
        for child, reader in begun:
            reader.close()
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        gc.unfreeze()


def _result(work: Callable[[], First], reader: Connection) -> Callable[[], First]:
    def result() -> First:
        with suppress(EOFError, OSError):
            answer: First = reader.recv()
            return answer
        return work()

    return result


def _send(writer: Connection, answer: object) -> None:
    with suppress(OSError):  # its parent was killed: nobody is left to tell
        writer.send(answer)


def _work(works: tuple[Callable[[], object], ...], writer: Connection) -> None:
    """In the child: answer, and end without taking apart what is the parent's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears of it, and ends this one
    sending: list[Thread] = []
    try:
        for work in works:
            answer = work()
            for one in sending:
                one.join()
            # a pipe takes little before it is read, and the parent may be at its own half yet
            sending = [Thread(target=_send, args=(writer, answer))]
            sending[0].start()
        sending[0].join()
    finally:
        os._exit(0)

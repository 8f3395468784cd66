"""Work that several processes begin at one moment, each a copy of this one."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import TypeVar

T = TypeVar("T")
READY = 120
"""Seconds after which a process that did not come to the start counts as lost."""


def in_processes(jobs: Sequence[Callable[[], Callable[[], T]]]) -> list[T]:
    """What the jobs return, each run in a process of its own: it makes itself ready, waits for the others, and works.

    A job is a function that makes ready, and returns the work. No connection to a store may be open here.
    Raises: RuntimeError where a process ended before its work did.
    """
    forked = multiprocessing.get_context("fork")
    start = forked.Barrier(len(jobs))

    def work(job: Callable[[], Callable[[], T]], said: Connection) -> None:
        ready = job()
        start.wait(timeout=READY)
        said.send(ready())

    running, hearing = [], []
    for job in jobs:
        receiving, sending = forked.Pipe(duplex=False)
        running.append(forked.Process(target=work, args=(job, sending)))
        running[-1].start()
        sending.close()  # or the end of the process would not be heard
        hearing.append(receiving)
    heard: list[T] = []
    for one in hearing:
        try:
            heard.append(one.recv())
        except EOFError:
            for process in running:
                process.terminate()
            raise RuntimeError("a process ended before its work did") from None
    for process in running:
        process.join()
    return heard

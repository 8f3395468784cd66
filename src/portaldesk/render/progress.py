"""A bar on stderr for work that takes a while: on a terminal only, and never in the way of stdout."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from portaldesk.render.manners import in_force


@contextmanager
def bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar with this title; the function that is given moves it: how much is done, of how much."""
    if in_force().quiet or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(file=sys.stderr, markup=False, highlight=False, emoji=False, no_color=not in_force().color)
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


@contextmanager
def steps() -> Iterator[Callable[[str, int, int], None]]:
    """As `bar` for work of several steps, each told with its title."""
    with ExitStack() as open_bars:
        moved: dict[str, Callable[[int, int], None]] = {}

        def tell(what: str, done: int, total: int) -> None:
            if what not in moved:
                open_bars.close()
                moved[what] = open_bars.enter_context(bar(what))
            moved[what](done, total)

        yield tell

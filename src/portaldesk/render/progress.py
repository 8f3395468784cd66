"""A bar on stderr for work that takes a while: on a terminal only, and never in the way of stdout."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Event, Lock, Timer
from time import monotonic

from portaldesk.render.manners import in_force, is_bare_terminal

AFTER_SECONDS = 2.0
"""What is done sooner needs no bar (ours): it would flash by."""


_hidden = Event()
"""Whether a bar has hidden the cursor in this process."""


def give_cursor_back() -> None:
    """After a Ctrl-C, which may come at any moment of drawing or closing a bar."""
    if _hidden.is_set():
        sys.stderr.write("\x1b[?25h")


@contextmanager
def bar(what: str, *, since: float | None = None) -> Iterator[Callable[[int, int | None], None]]:
    """A bar with this title, from two seconds on; the function that is given moves it: how much is done, of how much.

    `since`: when the work began (monotonic seconds), where that was before this bar.
    """
    if in_force().quiet or not sys.stderr.isatty() or is_bare_terminal():
        yield lambda done, total: None
        return
    begun = monotonic() if since is None else since
    turn, over = Lock(), False
    with ExitStack() as shown:
        drawn: list[Callable[[int, int | None], None]] = []
        last: tuple[int, int | None] = (0, None)

        def draw() -> None:
            with turn:
                if not over:
                    drawn.append(shown.enter_context(_drawn(what)))
                    drawn[0](*last)

        def move(done: int, total: int | None) -> None:
            nonlocal last
            last = done, total
            for moved in drawn:
                moved(done, total)

        # by a clock of its own: one long step tells nothing while it goes on
        waiting = Timer(max(0.0, begun + AFTER_SECONDS - monotonic()), draw)
        waiting.daemon = True
        waiting.start()
        try:
            yield move
        finally:
            waiting.cancel()
            with turn:
                over = True


@contextmanager
def _drawn(what: str) -> Iterator[Callable[[int, int | None], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(file=sys.stderr, markup=False, highlight=False, emoji=False, no_color=not in_force().color)
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    # what goes to stdout is shown above the bar on a terminal; a file or a pipe must get it, and stderr must not
    above = sys.stdout.isatty()
    _hidden.set()
    with Progress(*columns, console=console, transient=True, redirect_stdout=above) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


@contextmanager
def steps() -> Iterator[Callable[[str, int, int | None], None]]:
    """As `bar` for work of several steps, each told with its title."""
    begun = monotonic()
    with ExitStack() as open_bars:
        moved: dict[str, Callable[[int, int | None], None]] = {}

        def tell(what: str, done: int, total: int | None) -> None:
            if what not in moved:
                open_bars.close()
                moved[what] = open_bars.enter_context(bar(what, since=begun))
            moved[what](done, total)

        yield tell

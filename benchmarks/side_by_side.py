"""Run several commands in turn, A B C A B C ..., and compare their medians: machines drift, ratios hold."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence


def medians(
    commands: Mapping[str, Callable[[int], Sequence[str]]], *, rounds: int, env: Mapping[str, str]
) -> dict[str, float]:
    """Median wall seconds of each command as a whole process, one uncounted round first.

    Each command is given as a function of the round, so that a round can have a patient of its own.
    Raises: SystemExit where a command fails.
    """
    took: dict[str, list[float]] = {name: [] for name in commands}
    for n in range(rounds + 1):
        for name, command in commands.items():
            start = time.perf_counter()
            done = subprocess.run(command(n), env=env, capture_output=True, check=False)
            spent = time.perf_counter() - start
            if done.returncode:
                sys.exit(f"{name} ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
            if n:
                took[name].append(spent)
    return {name: statistics.median(values) for name, values in took.items()}


def machine() -> str:
    """What this ran on, in one line, without naming the machine."""
    import platform

    return (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {time.strftime('%Y-%m-%d')}"
    )


def show(rows: Sequence[tuple[str, ...]], headings: Sequence[str]) -> None:
    """A plain table, ready for docs/performance.md."""
    widths = [max(len(row[i]) for row in [headings, *rows]) for i in range(len(headings))]
    for row in [tuple(headings), tuple("-" * w for w in widths), *rows]:
        print("| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |")

"""What is said on stderr: remarks, progress, refusals."""

from __future__ import annotations

import sys

from portaldesk.errors import DeskError
from portaldesk.render import folding
from portaldesk.render.manners import in_force
from portaldesk.rules import masks


def say(text: str) -> None:
    """A remark for the person at the desk; kept back by `--quiet`."""
    if not in_force().quiet:
        sys.stderr.write(folding.for_stream(masks.shown(text), sys.stderr) + "\n")
        sys.stderr.flush()


_kept: list[str] = []


def say_at_the_end(text: str) -> None:
    """A remark that qualifies the result, and so is said after it: a mail that has not left, where it says "Sent"."""
    _kept.append(text)


def say_what_was_kept() -> None:
    """Say the remarks that were kept for the end."""
    while _kept:
        say(_kept.pop(0))


def refuse(error: DeskError) -> None:
    """A refusal: what happened, then what to do; with `--json` the last line of stderr is the error as JSON."""
    colored = in_force().color and sys.stderr.isatty()
    word = "\x1b[1;31mRefused:\x1b[0m" if colored else "Refused:"
    lines = [folding.for_stream(f"Refused: {masks.shown(error.message)}", sys.stderr).replace("Refused:", word, 1)]
    if error.hint:
        lines.append(folding.for_stream(f"→ {masks.shown(error.hint)}", sys.stderr))
    if in_force().json:
        from portaldesk.render import documents

        said = {"error": {"code": error.code, "message": error.message, "hint": error.hint}}
        lines.append(documents.as_text(said, indent=None))
    sys.stderr.write("\n".join(lines) + "\n")
    sys.stderr.flush()

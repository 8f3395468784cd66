"""What is said on stderr: remarks, progress, refusals."""

from __future__ import annotations

import sys

from portaldesk.errors import DeskError
from portaldesk.render.manners import in_force
from portaldesk.rules import masks


def say(text: str) -> None:
    """A remark for the person at the desk; kept back by `--quiet`."""
    if not in_force().quiet:
        sys.stderr.write(masks.shown(text) + "\n")
        sys.stderr.flush()


def refuse(error: DeskError) -> None:
    """A refusal: what happened, then what to do; with `--json` the last line of stderr is the error as JSON."""
    colored = in_force().color and sys.stderr.isatty()
    word = "\x1b[1;31mRefused:\x1b[0m" if colored else "Refused:"
    lines = [f"{word} {masks.shown(error.message)}"]
    if error.hint:
        lines.append(f"→ {masks.shown(error.hint)}")
    if in_force().json:
        from portaldesk.render import documents

        said = {"error": {"code": error.code, "message": error.message, "hint": error.hint}}
        lines.append(documents.as_text(said, indent=None))
    sys.stderr.write("\n".join(lines) + "\n")
    sys.stderr.flush()

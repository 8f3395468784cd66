"""docs/callers.md, written from the table that the test plays (`make docs`)."""

from __future__ import annotations

import re
from pathlib import Path

from the_callers import CALLERS, Step

MOST_COMMANDS = 6
HERE = Path(__file__)
_HEAD = """# Whoever calls

For each caller the shortest way that is legitimate, and the attack that lies nearest to it. Every line of this page is
played by a test (`tests/callers`), through the command line and on a real store: the way ends with the caller helped,
the attack with a refusal. No way is longer than {most} commands, those of the admin and of the caller counted too.

`-` is an answer that is read from the terminal: nobody's facts stand in a command. Commands of an admin begin with
*admin:*, the caller's own at the portal with *caller:*. Exit codes are those of [reference.md](reference.md).
"""


def table() -> str:
    """The page as it must be."""
    lines = [_HEAD.format(most=MOST_COMMANDS)]
    lines += ["| caller | wants | commands |", "| --- | --- | --- |"]
    lines += [f"| {one.who} | {one.wants} | {len(one.way)} |" for one in CALLERS]
    for one in CALLERS:
        lines += ["", f"## {one.who[0].upper()}{one.who[1:]}", "", f"Wants {one.wants}.", ""]
        lines += [f"{n}. {_said(step)}" for n, step in enumerate(one.way, 1)]
        lines += ["", f"The attack: {one.attacker}.", ""]
        lines += [f"{n}. {_said(step)}" for n, step in enumerate(one.attack, 1)]
    return "\n".join(lines) + "\n"


def _said(step: Step) -> str:
    who = "" if step.by == "desk" else f"{step.by}: "
    line = re.sub(r"\{(\w+)\}", lambda found: _WORDS.get(found[1], found[1].upper()), step.line)
    return f"{who}`{line}`" + (f" → exit {step.ends}" if step.ends else "")


_WORDS = {
    "mrn": "MRN", "survivor": "SURVIVOR", "request_id": "REQUEST", "letters": "FOLDER", "n": "", "born": "DATE",
    "email": "EMAIL", "username": "NAME", "login": "NAME",
}  # fmt: skip


def main() -> None:
    (HERE.parents[2] / "docs" / "callers.md").write_text(table(), encoding="utf-8")


if __name__ == "__main__":
    main()

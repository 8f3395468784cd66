"""Transcripts in the docs: a small, plain format, and running it.

A fenced block ```console holds commands and what they print:

    $ a command, given to bash           (`> ` at the beginning of the next lines goes on with it: a here-document)
    what it prints, stdout and stderr    (`...` stands for anything in a line, alone on a line for any lines)
    [exit 4]                             (where it does not end with 0)

All blocks of a file run in order in one bash, in a fresh home. Times, references, hashes and the like differ from run
to run: they are compared by their shape.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SHAPES = (
    (r"\b[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}", "<mail date>"),
    (r"\b\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d\b", "<time>"),
    (r"valid for \d+ \w+, until [^.]*? UTC,\s+and works", "valid for <time>, and works"),
    (r"\b\d\d:\d\d on \d{1,2} [A-Z][a-z]{2}\b", "<time>"),
    (r"\b\d+ (minutes?|hours|days) left\b", "<time left>"),
    (r"\b[0-9a-f]{64}\b", "<hash>"),
    (r"\b[CRT]-[0-9A-F]{6,12}\b", "<id>"),
    (r"\b[A-Z]\d-\d\d\b", "<reference>"),
    (r"\bL\d{5}\b", "<letter>"),
    (r"/redeem/[A-Za-z0-9_-]{20,}", "/redeem/<token>"),
    (r"\b[a-z0-9]{4}(-[a-z0-9]{4}){4}\b", "<recovery code>"),
    (r"\b[a-z0-9]{4}(-[a-z0-9]{4}){3}\b", "<temporary password>"),
    (r"yours are: [a-z]+ [a-z]+", "yours are: <words>"),
    (r"─+", "─"),
    (r" +", " "),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a transcript, where it stands, and what it is said to do."""

    line: int
    command: str
    expected: str
    code: int


@dataclass(frozen=True, slots=True)
class Done:
    """What a command did."""

    output: str
    code: int


def steps_of(path: Path) -> list[Step]:
    """The commands of a file in order."""
    text = path.read_text(encoding="utf-8")
    steps: list[Step] = []
    for block in _BLOCK.finditer(text):
        first = text.count("\n", 0, block.start(1)) + 1
        steps += _steps_in(block.group(1).splitlines(), first)
    return steps


def _steps_in(lines: list[str], first: int) -> list[Step]:
    steps: list[Step] = []
    at = 0
    while at < len(lines):
        if not lines[at].startswith("$ "):
            raise ValueError(f"line {first + at}: a block begins with a command")
        start, command, code = at, [lines[at][2:]], 0
        at += 1
        while at < len(lines) and (lines[at].startswith("> ") or lines[at] == ">"):
            command.append(lines[at][2:])
            at += 1
        printed: list[str] = []
        while at < len(lines) and not lines[at].startswith("$ "):
            if said := re.fullmatch(r"\[exit (\d+)\]", lines[at]):
                code = int(said.group(1))
            else:
                printed.append(lines[at])
            at += 1
        steps.append(Step(first + start, "\n".join(command), "\n".join(printed), code))
    return steps


def run(steps: list[Step], folder: Path) -> list[Done]:
    """Run the commands in one bash whose home is `folder`; variables live from one to the next."""
    made, bin_, work = folder / "made", folder / "bin", folder / "work"
    for one in (made, bin_, work):
        one.mkdir(parents=True)
    for name, module in (("portaldesk", "-m portaldesk"), ("python", "")):
        script = bin_ / name
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" {module} "$@"\n', encoding="utf-8")
        script.chmod(0o755)
    lines = []
    for n, step in enumerate(steps):
        lines += [
            f"{{ {step.command}\n}} >'{made}/{n}.out' 2>&1 </dev/null",
            f"echo $? >'{made}/{n}.code'",
        ]
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PORTALDESK_") and k != "SUDO_UID"}
    subprocess.run(
        ["bash", "-u", "-c", "\n".join(lines)], cwd=work, check=False, timeout=600, stdin=subprocess.DEVNULL,
        env={
            **kept, "HOME": str(work), "PORTALDESK_HOME": str(work / "clinic"), "TZ": "UTC", "LC_ALL": "C.UTF-8",
            "PATH": f"{bin_}:{os.environ['PATH']}", "NO_COLOR": "1", "PYTHONUTF8": "1",
        },
    )  # fmt: skip
    return [_done(made, n) for n in range(len(steps))]


def _done(made: Path, n: int) -> Done:
    out, code = made / f"{n}.out", made / f"{n}.code"
    if not code.exists():
        return Done(out.read_text(encoding="utf-8") if out.exists() else "", -1)
    return Done(out.read_text(encoding="utf-8"), int(code.read_text()))


def agrees(expected: str, printed: str) -> bool:
    """Whether a command printed what the docs say."""
    pattern = ""
    for line in _shaped(expected):
        if line == "...":
            pattern += r"(?:[^\n]*\n)*?"
        else:
            pattern += r"[^\n]*".join(re.escape(part) for part in line.split("...")) + r"\n"
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in _shaped(printed))) is not None


def _shaped(text: str) -> list[str]:
    for shape, name in _SHAPES:
        text = re.sub(shape, name, text)
    return [line.strip() for line in text.splitlines() if line.strip()]

"""What is typed or piped in: `-` for the next line of stdin, prompts, passwords (contract, "Manners").

Secrets and answers stay out of process lists and shell history: `--birth-date -` reads a line of standard input, in
the order of the command line; `--birth-date` with nothing behind it asks on a terminal. Where standard input is no
terminal nothing is ever asked.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portaldesk.errors import StateForbids, WrongUsage

if TYPE_CHECKING:
    import typer

LONGEST_LINE_BYTES = 65_536
"""Nothing that is read here is longer (ours): a binary file in the pipe is refused, not read into memory."""

SECRET = frozenset({"code", "call_code", "token", "password"})
"""Names of options and arguments that are asked for without echo."""

LABELS = {"totp": "Code of your authenticator app"}
"""How a value is asked for whose option says it shortly; this one is used up as it is typed, and is echoed."""

FROM_STDIN = "portaldesk.from_stdin"
"""Key in a command's `ctx.meta`: the names of the parameters whose value was read, not typed as an argument."""


class Dash(str):
    """A `-` on the command line, which still knows where it stood, and whether it stands for a value left out."""

    __slots__ = ("asked", "place")
    place: int
    asked: bool

    @classmethod
    def at(cls, place: int, *, asked: bool = False) -> Dash:
        dash = cls("-")
        dash.place, dash.asked = place, asked
        return dash


def marked(args: Sequence[str], taking_value: frozenset[str], known: frozenset[str]) -> list[str]:
    """The arguments with every `-` marked, and one put in where an option that takes a value has none.

    Args:
        taking_value: the options of this command that may be asked for.
        known: every option of this command; one of them is never the value of another (write `--reason=--json`).
    """
    out: list[str] = []
    for place, arg in enumerate(args):
        if out and out[-1] in taking_value and not isinstance(out[-1], Dash) and arg in known:
            out.append(Dash.at(place, asked=True))
        option, equals, value = arg.partition("=")
        if equals and value == "-" and option in taking_value:
            out += [option, Dash.at(place)]
        else:
            out.append(Dash.at(place) if arg == "-" else arg)
        if arg == "--":
            out += [Dash.at(at) if rest == "-" else rest for at, rest in enumerate(args[place + 1 :], place + 1)]
            return out
    if out and out[-1] in taking_value:
        out.append(Dash.at(len(args), asked=True))
    return out


def filled(found: Mapping[str, Any], *, skip: frozenset[str]) -> tuple[dict[str, Any], frozenset[str]]:
    """Parsed values with each mark replaced by what was read for it, first on the command line first.

    Args:
        found: parameter name → value, list or tuple of values, as the parser leaves them.
        skip: parameters where `-` is a value like any other (files).
    Returns the values, and the names of the parameters that were read.
    """
    marks = sorted(
        ((name, mark) for name, value in found.items() if name not in skip for mark in _dashes(value)),
        key=lambda pair: pair[1].place,
    )
    read = {id(mark): _value(name, asked=mark.asked) for name, mark in marks}
    values = {name: _replaced(value, read) for name, value in found.items()}
    return values, frozenset(name for name, _ in marks)


def _dashes(value: object) -> list[Dash]:
    items = value if isinstance(value, list | tuple) else (value,)
    return [item for item in items if isinstance(item, Dash)]


def _replaced(value: Any, read: Mapping[int, str]) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(read.get(id(item), item) for item in value)
    return read.get(id(value), value)


def _value(name: str, *, asked: bool) -> str:
    label = LABELS.get(name) or name.replace("_", " ").capitalize()
    if asked or is_terminal():
        return ask(label, secret=name in SECRET)
    return next_line(label)


def is_terminal() -> bool:
    """Whether a person can be asked."""
    return sys.stdin is not None and sys.stdin.isatty()


def next_line(what: str) -> str:
    """The next line of stdin, without its newline. `what` names it where it is missing.

    Raises: WrongUsage where there is none, or it is not UTF-8.
    """
    if sys.stdin is None:
        raise _ended(what)
    line = sys.stdin.buffer.readline(LONGEST_LINE_BYTES)
    if not line:
        raise _ended(what)
    if len(line) >= LONGEST_LINE_BYTES:
        raise WrongUsage("unreadable", f"{what}: the line of standard input is too long.", "Give one short line.")
    try:
        return line.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise WrongUsage(
            "unreadable", f"{what}: the line of standard input is not UTF-8 text.", "Send it as UTF-8."
        ) from None


def ask(label: str, *, secret: bool = False) -> str:
    """Ask on the terminal; a secret is not echoed.

    Raises: WrongUsage `no-terminal` where standard input is none, or nothing was entered.
    """
    if not is_terminal():
        raise WrongUsage(
            "no-terminal",
            f"{label} must be asked for, and standard input is not a terminal.",
            "Give it as a line of standard input: see the command's --help.",
        )
    if secret:
        import getpass

        try:
            return getpass.getpass(f"{label}: ", stream=sys.stderr)
        except EOFError:
            raise _not_entered(label) from None
        except KeyboardInterrupt:
            _end_line()
            raise
    sys.stderr.write(f"{label}: ")
    sys.stderr.flush()
    try:
        return next_line(label)
    except WrongUsage as error:
        raise _not_entered(label) if error.code == "usage" else error from None
    except KeyboardInterrupt:
        _end_line()
        raise


def password(label: str, *, from_stdin: bool) -> str:
    """A password that is there already: the next line of stdin, or asked for.

    Raises: WrongUsage.
    """
    return next_line(label) if from_stdin else ask(label, secret=True)


def new_password(label: str, *, from_stdin: bool) -> str:
    """A password to be set: the next line of stdin, or asked for twice on a terminal.

    Raises: WrongUsage; StateForbids `password-policy` where the two differ.
    """
    if from_stdin:
        return next_line(label)
    first = ask(label, secret=True)
    if ask(f"{label} again", secret=True) != first:
        raise StateForbids("password-policy", "The two entries differ; nothing was changed.", "Try again.")
    return first


def anchors(against: str) -> tuple[str, ...]:
    """An anchor as it is typed, or the lines of a file of them.

    Raises: WrongUsage.
    """
    path = Path(against)
    try:
        if ":" in against and not path.exists():
            return (against,)
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError, ValueError):
        raise WrongUsage(
            "bad-file", "The anchor file cannot be read.", "Give SEQ:HASH, or a file with one anchor a line."
        ) from None
    if not lines:
        raise WrongUsage("bad-file", "The anchor file is empty.", "Write one with: portaldesk audit anchor --quiet")
    return tuple(lines)


def require_read(context: typer.Context, name: str, value: str | None) -> None:
    """A password or code given as an argument would stand in process lists and shell history: only `-` may stand there.

    Raises: WrongUsage.
    """
    if value is not None and name not in context.meta.get(FROM_STDIN, ()):
        raise WrongUsage(
            "usage",
            "A password or a code of an app is never given as an argument.",
            "Put - there to read it from standard input.",
        )


def _ended(what: str) -> WrongUsage:
    return WrongUsage(
        "usage",
        f"{what} is missing: standard input ended before it.",
        "Give one line for each - in the order of the command line, then the password lines.",
    )


def _end_line() -> None:
    """What follows a question that was not answered, a refusal or the shell's prompt, begins a line of its own."""
    sys.stderr.write("\n")
    sys.stderr.flush()


def _not_entered(what: str) -> WrongUsage:
    _end_line()
    return WrongUsage("usage", f"{what} was not entered.", "Run the command again when you have it.")

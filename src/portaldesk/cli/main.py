"""The entry point, and the only broad handler: every way a command can end becomes an exit code and two lines.

Exit codes are those of the contract; a closed pipe ends with the shell's own 141 (128 + SIGPIPE), said to nobody.
"""

from __future__ import annotations

import errno
import gc
import os
import re
import signal
import sys
from collections.abc import Sequence

from portaldesk.errors import DeskError, StoreUnavailable, WrongUsage, no_room
from portaldesk.render import manners, messages

INTERRUPTED = 130
CLOSED_PIPE = 141
_NOT_OURS_TO_USE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO, errno.ENOTDIR, errno.EISDIR)
GARBAGE_ROUND = 1_000_000
"""Net allocations between two looks for garbage: with Python's 700, a tenth of a command's start went into looking."""
_COMPLETE = "_PORTALDESK_COMPLETE"  # by which a shell asks for completions; the words come in the environment
_OPTION = re.compile(r"--?[a-z][a-z-]*")


def main() -> None:
    """Run the command line of this process and end it."""
    code = run(sys.argv[1:])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # what was done is done: a Ctrl-C while the process ends says nothing
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            _to_devnull()
    # everything is committed, closed and flushed: taking a thousand modules apart would cost the caller 70 ms
    os._exit(code)


def run(args: Sequence[str]) -> int:
    """Run one command line; returns its exit code. Files made from here on are for this user alone."""
    os.umask(0o077)
    gc.set_threshold(GARBAGE_ROUND)
    _begin(args)
    try:
        if "PORTALDESK_CONFIG" in os.environ:
            from portaldesk.cli import display

            display.apply(os.environ)
        code = _dispatch(list(args))
        messages.say_what_was_kept()
        return code
    except KeyboardInterrupt:
        return _stopped()
    except BrokenPipeError:
        _to_devnull()
        return CLOSED_PIPE
    except Exception as failure:  # noqa: BLE001 - the one place where whatever happened is put into words
        if _came_of_ctrl_c(failure):
            return _stopped()
        if os.environ.get("PORTALDESK_DEBUG") == "1":
            import traceback

            traceback.print_exception(failure)
        error = in_words(failure)
        messages.say_what_was_kept()
        messages.refuse(error)
        return error.exit_code


def _begin(args: Sequence[str]) -> None:
    # A word that cannot be shown in this locale is written out; it never breaks the command that has already acted.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    plain = bool(os.environ.get("NO_COLOR")) or manners.is_bare_terminal()
    words = list(args)
    before = words[: words.index("--")] if "--" in words else words
    # Known before the command line is understood, so that an error in it is told in the form that was asked for.
    manners.begin(color=not plain and "--no-color" not in before)
    manners.use(json="--json" in before or None, quiet="--quiet" in before or None)
    if not manners.in_force().color:
        os.environ["NO_COLOR"] = "1"  # the help screens are drawn by Typer, which asks this


def _dispatch(args: list[str]) -> int:
    import typer
    from typer.main import get_command

    from portaldesk.cli.app import make_app

    try:
        code = get_command(make_app(None if _COMPLETE in os.environ else args)).main(
            args, prog_name="portaldesk", standalone_mode=False
        )
    except typer.Abort:
        return INTERRUPTED
    except SystemExit as stop:
        if isinstance(stop.__context__, BrokenPipeError):  # Typer's handler has taken it for exit 1
            _to_devnull()
            return CLOSED_PIPE
        return stop.code if isinstance(stop.code, int) else 0
    return code if isinstance(code, int) else 0


def _stopped() -> int:
    progress = sys.modules.get("portaldesk.render.progress")
    if progress is not None:
        progress.give_cursor_back()
    sys.stderr.write("\n")
    return INTERRUPTED


def _came_of_ctrl_c(failure: BaseException | None) -> bool:
    """Whether a Ctrl-C ended what this had waited for: psycopg then cancels the statement, and says that instead."""
    while failure is not None:
        if isinstance(failure, KeyboardInterrupt):
            return True
        failure = failure.__cause__ or failure.__context__
    return False


def in_words(failure: Exception) -> DeskError:
    """What happened, as a refusal. A fault of ours is one sentence; PORTALDESK_DEBUG=1 shows the rest."""
    from typer.exceptions import TyperException

    if isinstance(failure, DeskError):
        return failure
    if isinstance(failure, TyperException):
        return _usage(failure)
    if isinstance(failure, OSError) and no_room(failure):
        return StoreUnavailable(
            "disk-full", "The disk is full, or takes no file as large.", "Make room on the disk and try again."
        )
    if isinstance(failure, OSError) and failure.errno in _NOT_OURS_TO_USE:
        return StoreUnavailable(
            "store-unwritable",
            f"A file or folder cannot be used ({failure.strerror}).",
            "Check the owner and mode of the data folder and of the files that were named, and the disk.",
        )
    if "sqlalchemy" in sys.modules:
        from sqlalchemy.exc import DBAPIError

        if isinstance(failure, DBAPIError):
            from portaldesk.store.engine import in_our_words

            return in_our_words(failure)
    return DeskError(
        "fault",
        f"Something went wrong in portaldesk itself ({type(failure).__name__}).",
        "Please report this; PORTALDESK_DEBUG=1 shows the details.",
    )


def _usage(failure: Exception) -> WrongUsage:
    """The words of the command are off. What was typed is not repeated: it may be what a patient owns."""
    from typer._click import exceptions as click

    context = getattr(failure, "ctx", None)
    hint = f"See: {context.command_path} --help" if context is not None else "See: portaldesk --help"
    param = getattr(failure, "param", None)
    if isinstance(failure, click.NoSuchOption):
        named = f" {failure.option_name}" if _OPTION.fullmatch(failure.option_name) else ""
        meant = f" Did you mean {' or '.join(failure.possibilities)}?" if failure.possibilities else ""
        message = f"This command has no option{named}.{meant}"
    elif isinstance(failure, click.MissingParameter):
        message = failure.format_message().partition(". ")[0].rstrip(".").replace("'", "") + "."
    elif isinstance(failure, click.BadParameter) and param is not None:
        kind = getattr(param, "type_descriptor", None)
        choices = [str(getattr(choice, "value", choice)) for choice in (kind.choices or ())] if kind else []
        one_of = f" It is one of: {', '.join(choices)}." if choices else ""
        message = f"The value of {param.get_error_hint()} cannot be used.{one_of}".replace("'", "")
    elif isinstance(failure, click.BadOptionUsage):
        message = f"Option {failure.option_name} needs a value, or takes none."
    else:
        message = _said_by_typer(str(getattr(failure, "message", "")))
    return WrongUsage("usage", message, hint)


def _said_by_typer(text: str) -> str:
    if text.startswith("No such command"):
        meant = text.partition("Did you mean ")[2]
        return "There is no such command." + (f" Did you mean {meant}" if meant else "")
    if text.startswith("Missing command"):
        return "A command is missing."
    if "unexpected extra argument" in text:
        return "There are too many words; put a value of several words in quotes."
    return "The words of the command are off."


def _to_devnull() -> None:
    """What is still buffered must not fail again when the interpreter ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            os.dup2(nowhere, stream.fileno())
        except (OSError, ValueError, AttributeError):
            continue

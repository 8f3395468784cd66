"""The code of an authenticator app, as commands take it: from a line of standard input, or asked for on a terminal."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Annotated

import typer

from portaldesk.cli import inputs

if TYPE_CHECKING:
    from portaldesk.cli.desk import Front
    from portaldesk.gate.actors import Actor

LABEL = inputs.LABELS["totp"]


def only_read(context: typer.Context, param: typer.CallbackParam, value: str | None) -> str | None:
    """What an option that holds a code calls: only `-` may stand behind it, or nothing at all."""
    inputs.require_read(context, str(param.name), value)
    return value


Totp = Annotated[
    str | None,
    typer.Option(
        "--totp", metavar="[-]", help="- reads a code of your authenticator app from stdin.", callback=only_read
    ),
]
"""The option of every command that may ask for a code."""
Code = Annotated[
    str | None,
    typer.Option(
        "--code", metavar="[-]", help="- reads a code of your authenticator app from stdin.", callback=only_read
    ),
]


def given(command: str, code: str | None, desk: Callable[[], AbstractContextManager[tuple[Front, Actor]]]) -> bool:
    """Whether a right code was given for this command. It is used up in a transaction of its own, before the command's:
    a code that was seen over a shoulder opens nothing, whatever became of the command.

    Args:
        desk: opens the store for the staff member.
    Raises: as `second_factors.judged`.
    """
    from portaldesk.services import second_factors

    if code is None:
        if not inputs.is_terminal() or not _is_wanted(desk):
            return False
        code = inputs.ask(LABEL)
    with desk() as (front, actor):
        second_factors.give(front.session, actor, code, now=front.now)
    return True


def _is_wanted(desk: Callable[[], AbstractContextManager[tuple[Front, Actor]]]) -> bool:
    """Who is not enrolled is not asked: the command says what to do."""
    from portaldesk.services import second_factors

    with desk() as (front, actor):
        asked = second_factors.is_asked(front.session, actor.role, front.settings)
        return asked and second_factors.is_enrolled(front.session, actor.name)

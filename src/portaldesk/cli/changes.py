"""What the commands that change something have in common: their options, and the gate before the service."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from portaldesk.cli.desk import Desk
    from portaldesk.gate.permits import Permit
    from portaldesk.services.changes import Changed

Patient = Annotated[
    str, typer.Argument(metavar="PATIENT", help="MRN, username or email (mrn:, user:, email: settle doubt).")
]
MaybePatient = Annotated[
    str | None, typer.Argument(metavar="PATIENT", help="MRN, username or email (mrn:, user:, email: settle doubt).")
]
Check = Annotated[
    str | None, typer.Option("--check", metavar="ID", help="The identity check, where there are several.")
]
NoSend = Annotated[bool, typer.Option("--no-send", help="Leave the mail to 'outbox send'.")]


def change(
    name: str,
    patient: str,
    check: str | None,
    no_send: bool,
    act: Callable[[Desk, Permit], Changed],
    *,
    option: str = "",
) -> None:
    """Every change of a call: the gate first, then one service, then the screen.

    `option`: the option that makes it another action of the gate's table.
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import calls

    action = f"{name} {option}".strip()

    def rehearse(desk: Desk) -> None:
        rehearsed_permit(desk, action, patient, check)

    with open_desk(name, send=not no_send, rehearse=rehearse) as desk:
        done = act(desk, permit_for(desk, action, patient, check))
    calls.show_change(done, now=desk.now)


def permit_for(desk: Desk, name: str, patient: str, check: str | None, **more: Any) -> Permit:
    """The gate's leave for this command, asked for before anything of the account is looked at."""
    from portaldesk.gate import permits
    from portaldesk.services import waiting
    from portaldesk.words import Action

    mrn = desk.patient(patient).mrn
    waiting.settle(desk.session, mrn, now=desk.now)
    return permits.for_check(desk.session, desk.actor, Action(name), mrn, now=desk.now, check_id=check, **more)


def rehearsed_permit(desk: Desk, name: str, patient: str, check: str | None) -> None:
    """Ask the gate, for nothing but the time it takes the first time. Raises: what the gate refuses."""
    from portaldesk.gate import permits
    from portaldesk.words import Action

    mrn = desk.patient(patient).mrn
    permits.for_check(desk.session, desk.actor, Action(name), mrn, now=desk.now, check_id=check)

"""Decisions that are an admin's: approving and rejecting requests, releasing holds."""

from __future__ import annotations

from typing import Annotated

import typer

from portaldesk.cli.app import ADMINS
from portaldesk.cli.commands import command, new_group
from portaldesk.cli.second_factor import Totp

Request = Annotated[str, typer.Argument(metavar="REQUEST", help="The request's reference, like R-1A2B3C.")]
Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why; it stands in the record.")]


def register(app: typer.Typer) -> None:
    """Put this module's commands into the command line."""
    command(app, "approve", ADMINS)(approve)
    command(app, "reject", ADMINS)(reject)
    requests = new_group("requests", "Changes that wait for an answer, an approval, or time.", ADMINS, app)
    command(requests, "list")(requests_list)
    command(requests, "show")(requests_show)
    hold = new_group("hold", "Patients whose callers failed too often.", ADMINS, app)
    command(hold, "list")(hold_list)
    command(hold, "release")(hold_release)


def approve(
    request: Request,
    reason: Reason = "",
    totp: Totp = None,
    no_send: Annotated[bool, typer.Option("--no-send", help="Leave the mail to 'outbox send'.")] = False,
) -> None:
    """Approve a change of contact, or a proxy, that somebody else asked for; it takes effect at once.

    Example: portaldesk approve R-1A2B3C --reason "seen"
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import calls
    from portaldesk.services import approving, requests

    requests.require_reason(reason)
    with open_desk("approve", send=not no_send, totp=totp) as desk:
        desk.mrn = requests.get(desk.session, request).mrn
        done = approving.approve(desk.session, desk.actor, request, reason=reason, now=desk.now)
    calls.show_request(done)


def reject(request: Request, reason: Reason = "") -> None:
    """Reject a change of contact, or a proxy; nothing of the account is touched.

    Example: portaldesk reject R-1A2B3C --reason "patient says it was not them"
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import calls
    from portaldesk.services import approving, requests

    requests.require_reason(reason)
    with open_desk("reject") as desk:
        desk.mrn = requests.get(desk.session, request).mrn
        done = approving.reject(desk.session, desk.actor, request, reason=reason, now=desk.now)
    calls.show_request(done)


def requests_list() -> None:
    """Requests that wait.

    Example: portaldesk requests list
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import calls
    from portaldesk.services import approving, requests

    with open_desk("requests list") as desk:
        approving.settle_waiting(desk.session, now=desk.now)
        found = requests.list_open(desk.session, now=desk.now)
    calls.show_requests(found)


def requests_show(request: Request) -> None:
    """One request, in any state.

    Example: portaldesk requests show R-1A2B3C
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import calls
    from portaldesk.services import approving, requests

    with open_desk("requests show") as desk:
        approving.settle_waiting(desk.session, now=desk.now)
        found = requests.view(desk.session, requests.get(desk.session, request), now=desk.now)
    calls.show_request(found)


def hold_list() -> None:
    """Patients on hold, until when.

    Example: portaldesk hold list
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import screens, times
    from portaldesk.services import holding

    with open_desk("hold list") as desk:
        held = holding.list_held(desk.session, now=desk.now)
    rows = [(one.patient, times.local(one.until), one.failures) for one in held]
    screens.show({"holds": held}, screens.Table(("Patient", "Until", "Failed checks"), rows, "Nobody is on hold."))


def hold_release(
    patient: Annotated[str, typer.Argument(metavar="PATIENT", help="MRN, username or email.")],
    reason: Reason = "",
    totp: Totp = None,
) -> None:
    """Release a hold early; by an admin who failed none of its checks.

    Example: portaldesk hold release MRN-1042 --reason "spoke with the patient in person"
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import screens
    from portaldesk.services import holding, requests

    requests.require_reason(reason)
    with open_desk("hold release", totp=totp) as desk:
        done = holding.release(desk.session, desk.actor, desk.patient(patient).mrn, reason=reason, now=desk.now)
    screens.show(done, f"{done.patient} is no longer on hold.")

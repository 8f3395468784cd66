"""Incidents: what auditors look at and close."""

from __future__ import annotations

from typing import Annotated

import typer

from portaldesk.cli.app import AUDITORS
from portaldesk.cli.commands import command, new_group


def register(app: typer.Typer) -> None:
    """Put this module's commands into the command line."""
    incidents = new_group("incidents", "What an auditor must look at: accounts secured, flags raised.", AUDITORS, app)
    command(incidents, "list")(incidents_list)
    command(incidents, "close")(incidents_close)


def incidents_list(
    all: Annotated[bool, typer.Option("--all/--open", help="Closed ones too, or only those that wait.")] = False,
) -> None:
    """Incidents that wait to be looked at, the oldest first. 'audit show' has the event of each.

    Example: portaldesk incidents list
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import audit
    from portaldesk.services import incidents

    with open_desk("incidents list") as desk:
        found = incidents.listed(desk.session, closed=all)
    audit.show_incidents(found)


def incidents_close(
    incident: Annotated[str, typer.Argument(metavar="ID", help="The incident's id, like I-7K3M.")],
    outcome: Annotated[str, typer.Option(metavar="TEXT", help="What came of it; it stands in the record.")],
) -> None:
    """Close an incident with what came of it. That is final.

    Example: portaldesk incidents close I-7K3M --outcome "spoke with the patient; a new password is set"
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import screens
    from portaldesk.services import incidents

    incidents.require_outcome(outcome)
    with open_desk("incidents close") as desk:
        desk.mrn = incidents.get(desk.session, incident).patient
        done = incidents.close(desk.session, desk.actor, incident, outcome=outcome, now=desk.now)
    screens.show(done, f"Incident {done.id} ({done.kind}) is closed.")

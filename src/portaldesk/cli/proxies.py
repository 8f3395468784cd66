"""On the call: who may act for a patient. Parse, the gate, one service, render."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from portaldesk.cli.app import ON_THE_CALL
from portaldesk.cli.changes import Check, NoSend, Patient, change, permit_for
from portaldesk.cli.commands import command, new_group

if TYPE_CHECKING:
    from portaldesk.services.proxies.proposals import Proposed
    from portaldesk.settings import ClinicSettings

Proxy = Annotated[str, typer.Argument(metavar="PROXY", help="The proxy's name, or the id that 'proxy list' shows.")]


def register(app: typer.Typer) -> None:
    """Put the group `proxy` into the command line."""
    group = new_group("proxy", "Who may act for a patient, by a login of their own.", ON_THE_CALL, app)
    for name, function in (("grant", grant), ("revoke", revoke), ("list", list_)):
        command(group, name)(function)


def grant(
    patient: Patient,
    name: Annotated[str, typer.Option(metavar="NAME", help="The proxy's full name.")],
    relation: Annotated[str, typer.Option(metavar="TEXT", help="What they are to the patient, like mother.")],
    birth_date: Annotated[str, typer.Option(metavar="DATE", help="The proxy's own date of birth.")],
    email: Annotated[str | None, typer.Option(metavar="EMAIL", help="The proxy's own email.")] = None,
    phone: Annotated[str | None, typer.Option(metavar="NUMBER", help="The proxy's own phone.")] = None,
    postal_code: Annotated[str | None, typer.Option(metavar="CODE", help="The proxy's own postal code.")] = None,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="The last day of it; a child's ends at 18 at the latest.")
    ] = None,
    scope: Annotated[str, typer.Option(metavar="full|appointments", help="What the portal lets them see.")] = "full",
    instead_of: Annotated[
        str | None, typer.Option(metavar="PROXY", help="End this person's leave when the new one begins.")
    ] = None,
    check: Check = None,
    no_send: NoSend = False,
) -> None:
    """Let a person act for the patient, by a login of their own; needs a strong check, not by a mailed code.

    The patient's own wish holds at once. Who represents the patient waits for an admin.

    Example: portaldesk proxy grant MRN-1042 --name "Ana Lopez" --relation mother --birth-date - --email - --phone -
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import proxies as shown
    from portaldesk.services.proxies import granting, proposals

    read: list[Proposed] = []

    def read_first(settings: ClinicSettings, today: date) -> None:
        read[:] = [
            proposals.read_proposal(
                name=name, relation=relation, birth_date=birth_date, email=email, phone=phone, postal_code=postal_code,
                until=until, scope=scope, instead_of=instead_of, locale=settings.locale, today=today,
            )
        ]  # fmt: skip

    with open_desk("proxy grant", send=not no_send, read_first=read_first) as desk:
        permit = permit_for(desk, "proxy grant", patient, check)
        granted = granting.grant(desk.session, permit, read[0], settings=desk.settings, now=desk.now)
    shown.show_granted(granted, now=desk.now)


def revoke(patient: Patient, proxy: Proxy, check: Check = None, no_send: NoSend = False) -> None:
    """End a person's leave to act for the patient; needs a strong check of the patient. Both are told.

    Example: portaldesk proxy revoke MRN-1042 "Maria Lopez"
    """
    from portaldesk.services.proxies import leaves

    change(
        "proxy revoke", patient, check, no_send,
        lambda desk, permit: leaves.revoke(desk.session, permit, proxy, now=desk.now),
    )  # fmt: skip


def list_(patient: Patient) -> None:
    """Who may act for the patient, and who could; after a basic check.

    Example: portaldesk proxy list MRN-1042
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import proxies as shown
    from portaldesk.services.proxies import leaves

    with open_desk("proxy list") as desk:
        lines = leaves.listed(desk.session, desk.actor, desk.patient(patient).mrn, now=desk.now)
    shown.show_proxies(lines)

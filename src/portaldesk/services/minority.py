"""Who is too young to be helped alone, and whom a proxy may act for now: asked wherever nobody sits at a desk."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from portaldesk.errors import StateForbids
from portaldesk.gate import proxies
from portaldesk.gate.proxies import Leave
from portaldesk.rules import minors
from portaldesk.services import clinic, patients


def require_helped(session: Session, mrn: str, *, now: datetime) -> None:
    """A child is helped through who acts for them, and a proxy while there is somebody to act for (design §3.10).

    Raises: StateForbids.
    """
    if proxies.is_proxy(mrn):
        if not acted_for(session, mrn, now=now):
            raise StateForbids("acts-for-nobody", "This person may act for nobody now.", "A new grant is needed.")
        return
    born, years = patients.patient(session, mrn).birth_date, clinic.in_force(clinic.stored(session)).helped_from_years
    if minors.is_under(years, born, now.date()):
        raise StateForbids("minor", "The patient is helped through who acts for them.", "proxy grant")


def acted_for(session: Session, person: str, *, now: datetime) -> list[Leave]:
    """The leaves that a proxy may use now, by the clinic's policy for adolescents as well."""
    closed_from = clinic.in_force(clinic.stored(session)).proxies_closed_from_years
    return [one for one in proxies.of_person(session, person) if one.in_force(now=now, closed_from=closed_from)]

"""Who is too young to be helped alone, and who acts for nobody any more: asked before the portal mails by itself."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from portaldesk.errors import StateForbids
from portaldesk.gate import proxies
from portaldesk.rules import minors
from portaldesk.services import clinic, patients


def require_helped(session: Session, mrn: str, *, now: datetime) -> None:
    """A child is helped through who acts for them, and a proxy while there is somebody to act for (design §3.10).

    Raises: StateForbids.
    """
    settings = clinic.in_force(clinic.stored(session))
    if proxies.is_proxy(mrn):
        leaves = proxies.of_person(session, mrn)
        if not any(one.in_force(now=now, closed_from=settings.proxies_closed_from_years) for one in leaves):
            raise StateForbids("acts-for-nobody", "This person may act for nobody now.", "A new grant is needed.")
        return
    born = patients.patient(session, mrn).birth_date
    if born is not None and minors.age(born, now.date()) < settings.helped_from_years:
        raise StateForbids("minor", "The patient is helped through who acts for them.", "proxy grant")

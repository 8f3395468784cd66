"""Incidents: what an auditor must look at, and close with an outcome (design §2, §3.7).

One is opened by the event of its cause (an account secured, an objection, a flag) and goes into the record with it.
Closing says what came of it, and changes nothing else.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from portaldesk.errors import NotAllowed, NotFound, StateForbids, WrongUsage
from portaldesk.gate.actors import Actor
from portaldesk.gate.requests import INDEPENDENCE
from portaldesk.rules import speech
from portaldesk.store import record, tables
from portaldesk.store.record import Change
from portaldesk.store.seals import whole
from portaldesk.words import IncidentKind, Outcome

_LETTERS = speech.REFERENCE_LETTERS + speech.DIGITS
_LENGTH = 4  # ours: 190,000 incidents, and short enough to be said on the phone


@dataclass(frozen=True, slots=True)
class IncidentLine:
    """An incident as auditors see it. `opened_seq`: the event of its cause; `staff`: whose doings it is about.

    `audit_seq`: the event that closed it just now.
    """

    id: str
    kind: IncidentKind
    patient: str | None
    staff: str | None
    opened_at: datetime
    opened_seq: int
    closed_at: datetime | None
    closed_by: str | None
    outcome: str
    audit_seq: int | None = None


def opened(session: Session, kind: IncidentKind, *, patient: str | None, staff: str | None, now: datetime) -> Change:
    """A new incident, to go with the event of its cause: the next one that this transaction writes."""
    incident = tables.Incident(
        id=_free_id(session), kind=kind, patient=patient, staff=staff, opened_at=now,
        opened_seq=record.next_seq(session),
    )  # fmt: skip
    return record.new(incident)


def told(opened: Iterable[Change]) -> dict[str, object]:
    """What an event says of the incidents that it opens: their ids; {} where there are none."""
    ids = [change.row.id for change in opened if isinstance(change.row, tables.Incident)]
    return {"incidents": ids} if ids else {}


def is_open(session: Session, kind: IncidentKind, *, staff: str) -> bool:
    """Whether an incident of this kind about this staff member waits already: one is enough, whatever else they do."""
    incident = tables.Incident
    query = select(incident.id).where(incident.kind == kind, incident.staff == staff, col(incident.closed_at).is_(None))
    return session.exec(query.limit(1)).first() is not None


def last_closed(session: Session, kind: IncidentKind, *, staff: str) -> datetime | None:
    """When an incident of this kind about this staff member was last closed (UTC)."""
    incident = tables.Incident
    query = select(func.max(incident.closed_at)).where(incident.kind == kind, incident.staff == staff)
    return session.exec(query).one()


def listed(session: Session, *, closed: bool = False) -> list[IncidentLine]:
    """Every open incident, the oldest first; with `closed` all there ever were.

    Raises: RecordAltered where one is not as portaldesk wrote it.
    """
    incident = tables.Incident
    query = select(incident).order_by(col(incident.opened_at), col(incident.opened_seq))
    if not closed:
        query = query.where(col(incident.closed_at).is_(None))
    return [_line(whole(session, one)) for one in session.exec(query)]


def close(session: Session, actor: Actor, incident_id: str, *, outcome: str, now: datetime) -> IncidentLine:
    """Say what came of an incident; that is final.

    Not by whom it is about, nor by who got a password or token from them in the last seven days (design §3.5).
    Raises: NotFound `no-such-incident`; NotAllowed `own-request`, `not-independent`, `own-record`; WrongUsage without
    an outcome; StateForbids `incident-closed`; RecordAltered.
    """
    require_outcome(outcome)
    incident = get(session, incident_id)
    if incident.staff == actor.name:
        raise NotAllowed("own-request", "This incident is about your own doings.", "Another auditor must close it.")
    if incident.staff is not None and incident.staff == _credentialed_by(session, actor, since=now - INDEPENDENCE):
        raise NotAllowed(
            "not-independent",
            "Whom this incident is about gave you a password or token less than seven days ago.",
            "Another auditor must close it, or you when the seven days are over.",
        )
    if incident.patient is not None:
        actor.require_not_own(incident.patient)
    if incident.closed_at is not None:
        raise StateForbids(
            "incident-closed", "The incident is closed already.", "Read it: portaldesk incidents list --all"
        )
    entry = actor.entry(
        "incidents close", Outcome.DONE, patient=incident.patient, reason=outcome, details={"incident": incident.id}
    )
    closing = record.changed(incident, closed_at=now, closed_by=actor.name, outcome=outcome.strip())
    seq = record.append(session, entry, [closing], now=now)
    return _line(incident, seq=seq)


def get(session: Session, incident_id: str) -> tables.Incident:
    """Raises: NotFound `no-such-incident`; RecordAltered."""
    found = session.get(tables.Incident, incident_id.strip().upper())
    if found is None:
        raise NotFound("no-such-incident", "There is no incident of that id.", "See them: portaldesk incidents list")
    return whole(session, found)


def require_outcome(outcome: str) -> None:
    """Raises: WrongUsage."""
    if not outcome.strip():
        raise WrongUsage("usage", "An incident is closed with an outcome.", 'Like --outcome "spoke with the patient"')


def _credentialed_by(session: Session, actor: Actor, *, since: datetime) -> str | None:
    """Who gave this staff member a password or token since then."""
    member = session.get(tables.StaffMember, actor.name)
    recent = member is not None and whole(session, member).credentialed_at > since
    return member.credentialed_by if member is not None and recent else None


def _line(incident: tables.Incident, *, seq: int | None = None) -> IncidentLine:
    return IncidentLine(
        incident.id, IncidentKind(incident.kind), incident.patient, incident.staff, incident.opened_at,
        incident.opened_seq, incident.closed_at, incident.closed_by, incident.outcome, seq,
    )  # fmt: skip


def _free_id(session: Session) -> str:
    rng = secrets.SystemRandom()
    while True:
        made = "I-" + "".join(rng.choice(_LETTERS) for _ in range(_LENGTH))
        if session.exec(select(tables.Incident.id).where(tables.Incident.id == made)).first() is None:
            return made

"""Permits by the thousand: a bulk run has no caller, so what it does is one thing only (design §3.8).

An admin's run that is not finished is the ground; it lets an account that was never activated be mailed an invitation
to its own address, inert until its reader passes the facts. The triggers judge each permit again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from portaldesk.gate import roles
from portaldesk.gate.actors import Actor
from portaldesk.store import many_rows, tables
from portaldesk.store.columns import time_text
from portaldesk.store.many_rows import Revision
from portaldesk.store.record import Draft
from portaldesk.words import Action, Ground, Level, Outcome

COMMAND = "resend-invite bulk"
_ACTION, _GROUND, _LEVEL, _OUTCOME = (
    str(word) for word in (Action.RESEND_INVITE, Ground.BULK, Level.NONE, Outcome.LINK_SENT)
)


@dataclass(frozen=True, slots=True)
class Invited:
    """What one patient's permit bears: the invitation, its message (None where another's mail holds the link), the end
    of older invitations; `told` is what the event says of it."""

    mrn: str
    credential: Mapping[str, Any]
    message: Mapping[str, Any] | None
    ends: Sequence[Revision]
    told: Mapping[str, Any]


def invite_each(session: Session, actor: Actor, run: str, invited: Iterable[Invited], *, now: datetime) -> int:
    """Write what a run's permits bear, one event a patient; returns how many.

    A permit is named by run and patient, so no run invites anybody twice.
    Raises: NotAllowed `not-your-role`, `own-record`; RecordAltered where the database refuses.
    """
    roles.require(actor.role, COMMAND)
    issued_at, permits, credentials, messages = (
        time_text(now),
        tables.Permit,
        tables.RecoveryCredential,
        tables.OutboxMessage,
    )

    def parts() -> Iterator[Any]:
        for one in invited:
            actor.require_not_own(one.mrn)
            permit = permit_id(run, one.mrn)
            rows: list[Draft | Revision] = [
                Draft(permits, _permit(permit, one.mrn, run, actor, issued_at)),
                Draft(credentials, {**one.credential, "permit_id": permit}),
            ]
            if one.message is not None:
                rows.append(Draft(messages, {**one.message, "permit_id": permit}))
            told = {"ground": _GROUND, "ground_id": run, **one.told}
            entry = actor.entry(_ACTION, _OUTCOME, patient=one.mrn, details=told)
            yield entry, [*rows, *one.ends]

    return many_rows.append_each(session, parts(), now=now)


def permit_id(run: str, mrn: str) -> str:
    """The name of the one permit that a run can have for a patient."""
    return hashlib.sha256(f"{run}:{mrn}".encode()).hexdigest()[:24]


def _permit(id_: str, mrn: str, run: str, actor: Actor, issued_at: str) -> dict[str, Any]:
    return {
        "id": id_, "mrn": mrn, "action": _ACTION, "ground": _GROUND, "ground_id": run, "level": _LEVEL,
        "staff": actor.name, "issued_at": issued_at,
    }  # fmt: skip

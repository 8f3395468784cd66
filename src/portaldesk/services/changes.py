"""What every change answers: the one result that screen and JSON show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlmodel import Session

from portaldesk.gate import permits
from portaldesk.gate.permits import Permit
from portaldesk.rules import masks
from portaldesk.services import account_states, addresses, messages
from portaldesk.store import tables
from portaldesk.store.record import Change
from portaldesk.words import Action, Caller

Effect = Literal["done", "link-sent", "waiting"]


@dataclass(frozen=True, slots=True)
class Changed:
    """A change as the desk sees it. `already`: it was so before, nothing was spent or sent.

    `notified` holds masked addresses. `call_code` is told to the caller on the phone, where no second fact is on file.
    `proxy`: the id of the proxy whose account it was, None for the patient's own.
    """

    action: Action
    patient: str
    account_status: str
    check_id: str | None
    audit_seq: int
    already: bool
    reference: str | None
    notified: tuple[str, ...]
    expires_at: datetime | None
    effect: Effect
    call_code: str | None = None
    proxy: str | None = None


def result(
    session: Session,
    permit: Permit,
    account: tables.PortalAccount | None,
    *,
    now: datetime,
    seq: int | None = None,
    effect: Effect = "done",
    credential: tables.RecoveryCredential | None = None,
    sent: Iterable[Change] = (),
    call_code: str | None = None,
) -> Changed:
    """The result of a change; without `seq` it was so already, which is noted in the record as an attempt."""
    already = seq is None
    if seq is None:
        seq = permits.note_already(session, permit, now=now)
    return Changed(
        action=Action(permit.action.command),
        patient=permit.patient,
        account_status=account_states.shown(session, account, now=now),
        check_id=permit.check.id if permit.check else None,
        audit_seq=seq,
        already=already,
        reference=credential.reference if credential else None,
        notified=masked(_shown(session, permit, sent)),
        expires_at=credential.expires_at if credential else None,
        effect=effect,
        call_code=call_code,
        proxy=permit.mrn if permit.mrn != permit.patient else None,
    )


def _shown(session: Session, permit: Permit, sent: Iterable[Change]) -> list[Change]:
    """What of it the caller may hear of: another's confidential address is shown to nobody, not even masked."""
    check = permit.check
    if check is None or check.caller == Caller.PATIENT:
        return list(sent)
    own = permit.mrn if check.caller == Caller.PROXY else None
    return [
        change
        for change in sent
        for message in messages.among([change])
        if message.mrn == own or not addresses.is_confidential(session, message.mrn, message.to_address)
    ]


def masked(sent: Iterable[Change]) -> tuple[str, ...]:
    """The addresses that messages among these go to, masked, each once."""
    to = [masks.recipient(message.kind, message.to_address) for message in messages.among(sent)]
    return tuple(dict.fromkeys(to))


def told(sent: Iterable[Change], credential: tables.RecoveryCredential | None = None) -> dict[str, object]:
    """What the event of a change says of what went out: ids and references, never a secret or an address."""
    ids = [message.id for message in messages.among(sent)]
    details: dict[str, object] = {"messages": ids}
    if credential is not None:
        details |= {"credential": credential.id, "reference": credential.reference}
    return details

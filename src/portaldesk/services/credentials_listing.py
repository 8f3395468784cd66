"""The links, codes and temporary logins of one patient: what became of each, and ending those that are out.

"Use the older of the two mails" is settled here: each has a short reference that stands in its mail (design §2).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, and_, col, or_, select

from portaldesk.errors import NotFound, StateForbids
from portaldesk.gate import permits
from portaldesk.gate.permits import Permit
from portaldesk.gate.recoveries import state_of
from portaldesk.rules import masks
from portaldesk.services import changes, credentials, family_mails, messages, patients
from portaldesk.services.changes import Changed
from portaldesk.store import record, tables
from portaldesk.store.seals import whole
from portaldesk.words import CredentialKind, CredentialState, Message, Outcome

MOST = 50  # ours: more than a patient gets in a year of forgetting
_REVOCABLE = frozenset({*credentials.RECOVERIES, CredentialKind.CODE})
"""What gets somebody in; the codes and links of a request for another address end with the request."""


@dataclass(frozen=True, slots=True)
class CredentialLine:
    """One credential; `to` is masked, None for paper. `sent`: whether it left, None for what was never to be sent."""

    reference: str
    kind: str
    issued_at: datetime
    sent: bool | None
    to: str | None
    opened_at: datetime | None
    expires_at: datetime
    state: CredentialState


@dataclass(frozen=True, slots=True)
class Listed:
    """At most fifty, newest first; `more`: there are older ones."""

    patient: str
    credentials: tuple[CredentialLine, ...]
    more: bool


def listed(session: Session, permit: Permit, *, now: datetime) -> Listed:
    """Every credential of the account, newest first. Who may revoke them may see them; looking spends nothing.

    Raises: StateForbids `patient-inactive` where there is no account; RecordAltered.
    """
    account = patients.account(session, permit.mrn)
    found = session.exec(
        select(tables.RecoveryCredential)
        .where(tables.RecoveryCredential.mrn == account.mrn)
        .order_by(col(tables.RecoveryCredential.issued_at).desc(), col(tables.RecoveryCredential.changed_seq).desc())
        .limit(MOST + 1)
    ).all()
    shown = [whole(session, one) for one in found[:MOST]]
    sent = _sent(session, shown)
    lines = tuple(
        CredentialLine(
            one.reference, one.kind, one.issued_at, sent.get(one.id), _masked(one), one.opened_at, one.expires_at,
            _state(session, one, account, now=now),
        )
        for one in shown
    )  # fmt: skip
    return Listed(permit.patient, lines, len(found) > MOST)


def revoke(session: Session, permit: Permit, references: Collection[str] = (), *, now: datetime) -> Changed:
    """End every live recovery credential of the account, or those with these references; the patient is told.

    Raises: NotFound `no-such-reference`; StateForbids `not-a-recovery`; CheckNeeded `check-spent`; RecordAltered.
    """
    account = patients.account(session, permit.mrn)
    kinds = _REVOCABLE
    live = [one for one in credentials.open_ones(session, account.mrn, kinds) if one.expires_at > now]
    if references:
        named = _named(session, permit, {reference.strip().upper() for reference in references})
        live = [one for one in live if one.reference in named]
    if not live:
        return changes.result(session, permit, account, now=now)
    told = messages.notices(session, account, what=permit.action, staff=permit.staff, now=now)
    ended = [record.changed(one, revoked_at=now) for one in live]
    seq = permits.spend(
        session, permit, now=now, outcome=Outcome.DONE, bears=[*ended, *told],
        details=changes.told(told) | {"revoked": [one.reference for one in live]},
    )  # fmt: skip
    one = live[0] if len(live) == 1 else None
    return changes.result(session, permit, account, now=now, seq=seq, credential=one, sent=told)


def _named(session: Session, permit: Permit, references: set[str]) -> set[str]:
    """The references, if all of them are of this account's recovery credentials, whatever became of those."""
    found = session.exec(
        select(tables.RecoveryCredential.reference, tables.RecoveryCredential.kind).where(
            tables.RecoveryCredential.mrn == permit.mrn, col(tables.RecoveryCredential.reference).in_(references)
        )
    ).all()
    for reference in sorted(references):
        kinds = {kind for known, kind in found if known == reference}
        if not kinds:
            raise NotFound(
                "no-such-reference",
                f"No link or code of this patient has the reference {reference}.",
                f"See them all: portaldesk credentials list {permit.patient}",
            )
        if not kinds & _REVOCABLE:
            raise StateForbids(
                "not-a-recovery",
                f"{reference} belongs to a change of contact that was asked for, and ends with it.",
                "An admin can reject the change: portaldesk requests list",
            )
    return references


def _sent(session: Session, shown: Collection[tables.RecoveryCredential]) -> dict[str, bool]:
    """By the credential's id, whether a message that bears it left; without those that were never to be sent.

    One to a family bears a link of each, and is found by its time: it is queued with them.
    """
    message = tables.OutboxMessage
    family = and_(message.kind == Message.FAMILY_LINKS, col(message.created_at).in_({one.issued_at for one in shown}))
    found = session.exec(
        select(message).where(or_(col(message.credential_id).in_([one.id for one in shown]), family))
    ).all()
    sent: dict[str, bool] = {}
    for one in found:
        for id_ in family_mails.links_in(one).values() or (one.credential_id,):
            sent[str(id_)] = sent.get(str(id_), False) or one.sent_at is not None
    return sent


def _masked(one: tables.RecoveryCredential) -> str | None:
    """Where it was mailed; a letter goes to the postal address, of which no mask would be blind enough."""
    return masks.email(one.sent_to) if one.sent_to and one.kind != CredentialKind.LETTER else None


def _state(
    session: Session, one: tables.RecoveryCredential, account: tables.PortalAccount, *, now: datetime
) -> CredentialState:
    return state_of(credentials.facts_of(one, bound=_is_bound(session, one, account)), now=now)


def _is_bound(session: Session, one: tables.RecoveryCredential, account: tables.PortalAccount) -> bool:
    """Whether what it was made for is still so. The links of a request are judged by the request alone."""
    if one.kind in (*credentials.LINKS, CredentialKind.LETTER):
        return credentials.is_bound(one, account)
    if one.kind == CredentialKind.TEMP_LOGIN:
        return one.bound_to == account.password_hash
    if one.kind == CredentialKind.CODE:
        check = session.get(tables.IdentityCheck, one.check_id)
        return check is not None and check.ended_at is None
    return True

"""Work lists: which accounts wait for what, for the hours in which nobody calls (contract, `accounts`).

A list shows what `find` shows, names masked, and no address: whoever reads it is in no call. Accounts of proxies are on
it beside those of patients. Those of records that are not active are left out: nothing is to be done for them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, null, or_, select
from sqlmodel import Session, col

from portaldesk.gate.proxies import is_proxy
from portaldesk.rules import masks
from portaldesk.services import account_states, credentials, holding
from portaldesk.store import tables
from portaldesk.words import AccountStatus, ContactKind, CredentialKind, PatientStatus, WorkState

ROWS = 50  # ours: what is read in one go
ENDED_LATELY = timedelta(days=90)  # ours: who has not asked for another proxy by then has done without
_CHUNK = 500  # SQLite takes 32,766 values in one statement
_Account, _Credential, _Patient, _Person, _Point, _Proxy = (
    tables.PortalAccount, tables.RecoveryCredential, tables.Patient, tables.ProxyPerson, tables.ContactPoint,
    tables.Proxy,
)  # fmt: skip

Row: TypeAlias = "tuple[str, datetime | None]"
"""An MRN, and since or until when its account is so (see `AccountLine.at`)."""


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account, by its holder's MRN (or id, of a proxy); `name` is masked. `account_status`: as in `find`.

    `at`: when the invitation ends (invited) or ended (expired), until when it is locked or on hold, since when mail
    comes back (bounced), when the last proxy's leave ended (proxy-ended); None in other lists.
    """

    mrn: str
    name: str
    status: str
    account_status: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class WorkList:
    """The first accounts of a list, the most urgent first; `more`: how many others are on it."""

    state: WorkState | None
    accounts: tuple[AccountLine, ...]
    more: int


def list_accounts(session: Session, state: WorkState | None, *, limit: int = ROWS, now: datetime) -> WorkList:
    """The accounts in this state, or all of them, by `at` and MRN."""
    rows, total = _held(session, limit, now) if state is WorkState.HELD else _page(session, _LISTS[state](now), limit)
    return WorkList(state, tuple(_lines(session, rows, now=now)), total - len(rows))


def _page(session: Session, query: Select[Any], limit: int) -> tuple[list[Row], int]:
    """The first rows of a query, and how many it has."""
    mrn, at = query.subquery().c
    found = session.execute(select(mrn, at, func.count().over()).order_by(at, mrn).limit(limit)).all()
    return [(one[0], one[1]) for one in found], found[0][2] if found else 0


def _accounts(*conditions: ColumnElement[bool], at: Any = None) -> Select[Any]:
    """Accounts of active records that meet the conditions."""
    return (
        select(col(_Account.mrn), null() if at is None else at)
        .outerjoin(_Patient, col(_Patient.mrn) == col(_Account.mrn))
        .outerjoin(_Person, col(_Person.mrn) == col(_Account.mrn))
        .where(func.coalesce(col(_Patient.status), col(_Person.status)) == PatientStatus.ACTIVE, *conditions)
    )


def _all(now: datetime) -> Select[Any]:
    return _accounts()


def _never_invited(now: datetime) -> Select[Any]:
    invited = exists().where(
        col(_Credential.mrn) == col(_Account.mrn), col(_Credential.kind).in_(credentials.INVITATIONS)
    )
    return _accounts(col(_Account.status) == AccountStatus.NEW, ~invited)


def _invited(now: datetime) -> Select[Any]:
    live = _is_live(now)
    query = _with_invitations(func.max(case((live, col(_Credential.expires_at)))))
    return query.having(func.max(case((live, 1), else_=0)) == 1)


def _expired(now: datetime) -> Select[Any]:
    query = _with_invitations(func.max(func.coalesce(col(_Credential.revoked_at), col(_Credential.expires_at))))
    return query.having(func.max(case((_is_live(now), 1), else_=0)) == 0)


def _with_invitations(at: Any) -> Select[Any]:
    """Accounts never activated, each with its invitations."""
    return (
        _accounts(col(_Account.status) == AccountStatus.NEW, at=at)
        .join(_Credential, col(_Credential.mrn) == col(_Account.mrn))
        .where(col(_Credential.kind).in_(credentials.INVITATIONS))
        .group_by(col(_Account.mrn))
    )


def _is_live(now: datetime) -> ColumnElement[bool]:
    """Whether an invitation can be redeemed: as `account_states.live_invitation`, by what a database can judge."""
    return and_(
        col(_Credential.redeemed_at).is_(None),
        col(_Credential.revoked_at).is_(None),
        col(_Credential.expires_at) > now,
        or_(
            col(_Credential.kind) != CredentialKind.INVITATION,
            func.lower(col(_Credential.sent_to)) == func.lower(col(_Account.email)),
        ),
    )


def _locked(now: datetime) -> Select[Any]:
    until = col(_Account.locked_until)
    return _accounts(col(_Account.status) == AccountStatus.ACTIVE, until > now, at=until)


def _bounced(now: datetime) -> Select[Any]:
    """The address that the portal uses: another of the patient's is no hindrance."""
    return (
        _accounts(at=func.min(col(_Point.bounced_at)))
        .join(_Point, col(_Point.mrn) == col(_Account.mrn))
        .where(
            col(_Point.kind) == ContactKind.EMAIL,
            col(_Point.current).is_(True),
            col(_Point.bounced_at).is_not(None),
            func.lower(col(_Point.value)) == func.lower(col(_Account.email)),
        )
        .group_by(col(_Account.mrn))
    )


def _proxy_ended(now: datetime) -> Select[Any]:
    """Patients whose proxy's leave ended in the last 90 days, while none is left: a birthday, a date, a revocation."""
    ended = func.coalesce(col(_Proxy.ended_at), col(_Proxy.ends_at))
    return (
        _accounts(at=func.max(ended))
        .join(_Proxy, col(_Proxy.mrn) == col(_Account.mrn))
        .group_by(col(_Account.mrn))
        .having(func.max(case((or_(ended.is_(None), ended > now), 1), else_=0)) == 0)
        .having(func.max(ended) > now - ENDED_LATELY)
    )


def _is(status: AccountStatus) -> Callable[[datetime], Select[Any]]:
    return lambda now: _accounts(col(_Account.status) == status)


def _held(session: Session, limit: int, now: datetime) -> tuple[list[Row], int]:
    """Patients on hold, whatever their account: no query tells them, holds are worked out from the checks."""
    held = [(one.patient, one.until) for one in holding.list_held(session, now=now)]
    return list(held[:limit]), len(held)


_LISTS: Mapping[WorkState | None, Callable[[datetime], Select[Any]]] = {
    None: _all,
    WorkState.NEW: _never_invited,
    WorkState.INVITED: _invited,
    WorkState.EXPIRED: _expired,
    WorkState.LOCKED: _locked,
    WorkState.BOUNCED: _bounced,
    WorkState.DISABLED: _is(AccountStatus.DISABLED),
    WorkState.DECLINED: _is(AccountStatus.DECLINED),
    WorkState.PROXY_ENDED: _proxy_ended,
}


def _lines(session: Session, rows: Sequence[Row], *, now: datetime) -> list[AccountLine]:
    lines = []
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        mrns = [mrn for mrn, _ in chunk]
        holders = _by_mrn(session, _Patient, mrns) | _by_mrn(session, _Person, [one for one in mrns if is_proxy(one)])
        accounts = _by_mrn(session, _Account, mrns)
        for mrn, at in chunk:
            holder = holders[mrn]
            status = account_states.shown(session, accounts.get(mrn), now=now)
            name = masks.name(holder.given_name, holder.family_name)
            lines.append(AccountLine(mrn, name, holder.status, status, at))
    return lines


def _by_mrn(session: Session, table: Any, mrns: Sequence[str]) -> dict[str, Any]:
    rows = session.execute(select(table).where(col(table.mrn).in_(mrns))).scalars() if mrns else ()
    return {row.mrn: row for row in rows}

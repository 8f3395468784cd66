"""The doctor: what is wrong with this store or its surroundings, what is only worth knowing, and how each is mended.

`examine` reads and changes nothing. The two mends that an admin may ask of it stand below: accepting a clock that once
was wrong, and letting an account that was changed outside portaldesk be born again with nothing in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from portaldesk.errors import NotFound, WrongUsage
from portaldesk.gate import permits
from portaldesk.gate.actors import Actor
from portaldesk.gate.proxies import is_proxy
from portaldesk.services import clinic, database_roles, health, previews, routines, surroundings
from portaldesk.services.health import Finding
from portaldesk.services.opening import CLOCK_TOLERANCE, OpenStore
from portaldesk.settings import ClinicSettings
from portaldesk.store import raw_rows, record, tables
from portaldesk.store.record import Change
from portaldesk.words import Outcome


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was looked at, in order; `well` where nothing must be mended (remarks do not count)."""

    findings: tuple[Finding, ...]

    @property
    def well(self) -> bool:
        return all(one.ok for one in self.findings)


@dataclass(frozen=True, slots=True)
class ClockAccepted:
    """Until when (UTC) the record may be ahead of the clock. `already`: it was not."""

    accepted: datetime
    audit_seq: int
    already: bool


@dataclass(frozen=True, slots=True)
class Renewed:
    """An account born again. `was`: what was wrong with its row; never what it held."""

    patient: str
    was: str
    audit_seq: int


def examine(
    store: OpenStore,
    session: Session,
    *,
    settings: ClinicSettings,
    now: datetime,
    environment: Mapping[str, str],
    all_seals: bool = False,
) -> Report:
    """Look at everything that can go wrong around a store. `now`: the machine's clock, also where it is behind."""
    return Report(
        (
            *health.database(session),
            *health.guards(session),
            *health.chain(session),
            *health.seals(session, every=all_seals),
            *health.secrets(store),
            *health.keys(session, store, now),
            *health.modes(store),
            *health.clock(session, now),
            *surroundings.mail_server(store, settings),
            *surroundings.text_gateway(store, settings),
            *health.outbox(session, now),
            *surroundings.room(store),
            *surroundings.copies(store),
            *surroundings.encryption(store),
            *surroundings.keyring(store),
            *routines.saved_keys(session, store),
            *routines.backups(session, now),
            *routines.reviews(session, now),
            *routines.incidents(session, now),
            *routines.second_factors(session, settings),
            *routines.recovery_codes(session),
            *previews.own_templates(store.place.templates, settings=settings, now=now),
            *health.choices(settings),
            *health.boundary(store, environment),
            *database_roles.in_force(session),
        )
    )


def accept_clock(session: Session, actor: Actor, *, reason: str, clock: datetime, now: datetime) -> ClockAccepted:
    """Let work go on though the record, written while a clock was wrong, is ahead of the clock.

    `clock` is what the machine says, `now` the later of it and the last event. Events written until the clock has
    caught up carry the last event's time.
    Raises: WrongUsage without a reason; RecordAltered.
    """
    _require_reason(reason)
    row, last = clinic.stored(session), record.time_of(session)
    if clock >= last - CLOCK_TOLERANCE:
        return ClockAccepted(last, record.head(session).seq, already=True)
    entry = actor.entry("doctor accept-clock", Outcome.DONE, reason=reason, details={"clock": record.time_text(clock)})
    seq = record.append(session, entry, [record.changed(row, accepted_clock=max(now, last))], now=now)
    return ClockAccepted(max(now, last), seq, already=False)


def renew(session: Session, actor: Actor, mrn: str, *, reason: str, now: datetime) -> Renewed:
    """Let an account whose row was changed outside portaldesk be born again: `new`, no password, email, username.

    It never gives access: the permit's ground is that the seal is wrong, and the database lets it only empty. The
    account's live links and portal sessions end with it. `mrn`: its holder, a patient or a proxy.
    Raises: WrongUsage without a reason; NotFound; StateForbids `account-whole`; NotAllowed `own-record`.
    """
    _require_reason(reason)
    known = text(
        "SELECT 1 FROM proxy_person WHERE mrn = :m" if is_proxy(mrn) else "SELECT 1 FROM patient WHERE mrn = :m"
    )
    if session.connection().execute(known, {"m": mrn}).first() is None:
        raise NotFound("no-such-patient", "No patient has that MRN.", "Look the patient up: portaldesk find NAME")
    permit = permits.for_renewal(session, actor, mrn)
    was = raw_rows.standing(session, tables.PortalAccount, mrn) or ""
    with raw_rows.exactly(session):
        stored = raw_rows.raw_row(session, tables.PortalAccount, mrn)
    ends = list(_ends(session, mrn, now=now))
    details = {"was": was}
    if stored is None:
        born = record.new(tables.PortalAccount(mrn=mrn))
        seq = permits.spend(
            session, permit, now=now, outcome=Outcome.DONE, bears=[born, *ends], details=details, reason=reason,
            event_action="doctor renew",
        )  # fmt: skip
        return Renewed(mrn, was, seq)
    values = {name: getattr(tables.PortalAccount(mrn=mrn), name) for name in raw_rows.columns_of(tables.PortalAccount)}
    empty = {name: value for name, value in values.items() if name not in ("mrn", "permit_id", "changed_seq", "seal")}
    seq = permits.spend(
        session, permit, now=now, outcome=Outcome.DONE, account=_as_stored(session, stored), values=empty, bears=ends,
        details=details, reason=reason, event_action="doctor renew",
    )  # fmt: skip
    return Renewed(mrn, was, seq)


def _as_stored(session: Session, stored: dict[str, Any]) -> tables.PortalAccount:
    """The altered row as an object of the session, as it is: loading it would, rightly, be refused by its seal."""
    from sqlalchemy.orm import make_transient_to_detached

    row = tables.PortalAccount(**stored)
    make_transient_to_detached(row)
    session.add(row)
    return row


def _ends(session: Session, mrn: str, *, now: datetime) -> Iterator[Change]:
    """The end of the patient's live links, codes and portal sessions; altered ones are refused by their own seals."""
    credential, portal = tables.RecoveryCredential, tables.PortalSession
    links = session.exec(
        select(credential.id).where(
            credential.mrn == mrn, col(credential.redeemed_at).is_(None), col(credential.revoked_at).is_(None)
        )
    ).all()
    for one in links:
        if raw_rows.standing(session, credential, one) is None and (link := session.get(credential, one)) is not None:
            yield record.changed(link, revoked_at=now)
    signed_in = session.exec(select(portal.id).where(portal.mrn == mrn, col(portal.ended_at).is_(None))).all()
    for one in signed_in:
        if raw_rows.standing(session, portal, one) is None and (live := session.get(portal, one)) is not None:
            yield record.changed(live, ended_at=now, ended_why="account renewed")


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise WrongUsage("usage", "A mend needs a reason.", 'Like --reason "restored from the wrong backup"')

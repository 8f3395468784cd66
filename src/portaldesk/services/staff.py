"""Staff members: who they are, their passwords and tokens. Their sign-in is in sessions.py."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from portaldesk.errors import NotFound, StateForbids, WrongUsage
from portaldesk.gate.actors import Actor
from portaldesk.gate.roles import MAY
from portaldesk.rules import hashing, lockout, passwords, speech
from portaldesk.secret_keys import SecretKeys
from portaldesk.services import requests, second_factors
from portaldesk.services.sessions import STAFF_POLICY, ending_changes, hashed_secret
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, tables
from portaldesk.store.record import Change
from portaldesk.store.seals import keys_of, whole
from portaldesk.words import Role

_NAME = re.compile(r"[a-z][a-z0-9._-]{1,31}")


@dataclass(frozen=True, slots=True)
class StaffAdded:
    """A new staff member; `password` is shown once where it was generated, `token` where one was asked for."""

    name: str
    role: str
    audit_seq: int
    password: str | None
    token: str | None
    token_id: str | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class TokenMade:
    token: str
    token_id: str
    expires_at: datetime
    audit_seq: int


@dataclass(frozen=True, slots=True)
class StaffLine:
    name: str
    role: str
    status: str
    locked_until: datetime | None
    must_change_password: bool
    tokens: int
    second_factor: bool


@dataclass(frozen=True, slots=True)
class StaffChanged:
    action: str
    name: str
    audit_seq: int
    already: bool
    password: str | None = None


def read_name(text: str) -> str:
    """A staff name: 2-32 characters a-z, 0-9, . _ -, beginning with a letter.

    Raises: WrongUsage.
    """
    name = text.strip().casefold()
    if not _NAME.fullmatch(name):
        raise WrongUsage("usage", "A staff name is 2 to 32 letters, digits, . _ or -.", "Like rosa or sam.lee")
    return name


def first_admin(name: str, password: str, keys: SecretKeys, *, now: datetime) -> tables.StaffMember:
    """The staff member that `init` makes.

    Raises: StateForbids `password-policy`.
    """
    require_password(password, name)
    hashed = hashing.hashed(password, pepper=keys.pepper.key, key_id=keys.pepper.current)
    return tables.StaffMember(
        name=read_name(name), role=Role.ADMIN, password_hash=hashed, credentialed_by=name, credentialed_at=now
    )


def require_password(password: str, name: str) -> None:
    """Raises: StateForbids `password-policy`, every failing rule at once."""
    found = passwords.faults(password, passwords.PRESETS[STAFF_POLICY], context=(name, "portaldesk"))
    if found:
        raise StateForbids(
            "password-policy", " ".join(found), "Choose another password, for example four or five words."
        )


def get(session: Session, name: str) -> tables.StaffMember:
    """Raises: NotFound; RecordAltered."""
    found = session.get(tables.StaffMember, name.strip().casefold())
    if found is None:
        raise NotFound("no-such-staff", "There is no staff member of that name.", "See: portaldesk staff list")
    return whole(session, found)


def add(
    session: Session,
    actor: Actor,
    name: str,
    role: Role,
    *,
    password: str | None,
    own_mrn: str | None,
    linked: Collection[str],
    with_token: bool,
    settings: ClinicSettings,
    now: datetime,
) -> StaffAdded:
    """A new staff member with a first password, which its owner replaces at the first sign-in.

    Raises: StateForbids `name-taken`, `password-policy`; NotFound for unknown records; CheckNeeded
    `second-factor-required`.
    """
    name = read_name(name)
    for mrn in (*linked, *([own_mrn] if own_mrn else ())):
        if session.get(tables.Patient, mrn) is None:
            raise NotFound(
                "no-such-patient", "A record given with --patient or --linked is not known.", "Check the MRN."
            )
    second_factors.require(session, actor)
    if session.get(tables.StaffMember, name) is not None:
        raise StateForbids("name-taken", "There is a staff member of that name already.", "Choose another name.")
    generated = None
    if password is None:
        password = generated = speech.temporary_password(passwords.PRESETS[STAFF_POLICY], rng=secrets.SystemRandom())
    else:
        require_password(password, name)
    keys = keys_of(session)
    hashed = hashing.hashed(password, pepper=keys.pepper.key, key_id=keys.pepper.current)
    member = tables.StaffMember(
        name=name, role=role, password_hash=hashed,
        must_change_password=True, credentialed_by=actor.name, credentialed_at=now, own_mrn=own_mrn,
        linked=json.dumps(sorted(set(linked))),
    )  # fmt: skip
    changes = [record.new(member)]
    token: tuple[str, tables.StaffToken] | None = None
    if with_token:
        token = _new_token(actor, name, days=settings.token_life_days, only=(), now=now)
        changes.append(record.new(token[1]))
    details = {"name": name, "role": role, "token": token[1].id if token else None}
    seq = record.append(session, actor.entry("staff add", "done", details=details), changes, now=now)
    return StaffAdded(
        name, role, seq, generated, token[0] if token else None, token[1].id if token else None,
        token[1].expires_at if token else None,
    )  # fmt: skip


def list_all(session: Session, *, now: datetime) -> list[StaffLine]:
    """Every staff member, by name."""
    tokens = session.exec(
        select(tables.StaffToken).where(col(tables.StaffToken.revoked_at).is_(None), tables.StaffToken.expires_at > now)
    ).all()
    app = tables.StaffTotp
    enrolled = set(session.exec(select(app.staff).where(col(app.secret).is_not(None))))
    return [
        StaffLine(
            m.name, m.role, m.status, m.locked_until if m.locked_until and m.locked_until > now else None,
            m.must_change_password, sum(t.staff == m.name for t in tokens),
            m.name in enrolled,
        )
        for m in session.exec(select(tables.StaffMember).order_by(tables.StaffMember.name)).all()
    ]  # fmt: skip


def disable(session: Session, actor: Actor, name: str, *, now: datetime) -> StaffChanged:
    """End a staff member's work: sessions, tokens, live checks and open requests end in the same transaction.

    Raises: StateForbids `last-admin`; NotFound.
    """
    member = get(session, name)
    if member.status == "disabled":
        return StaffChanged("staff disable", member.name, record.head(session).seq, already=True)
    admins = session.exec(
        select(tables.StaffMember).where(tables.StaffMember.role == Role.ADMIN, tables.StaffMember.status == "active")
    ).all()
    if member.role == Role.ADMIN and len(admins) == 1:
        raise StateForbids(
            "last-admin", "This is the last active admin.", "Add another admin first: portaldesk staff add"
        )
    changes: list[Change] = [
        record.changed(member, status="disabled"),
        *ending_changes(session, member.name, why="staff disabled", now=now),
        *ends_of_tokens(session, member.name, now=now),
        *requests.cancelling_changes(session, requested_by=member.name, now=now),
    ]
    seq = record.append(session, actor.entry("staff disable", "done", details={"name": member.name}), changes, now=now)
    return StaffChanged("staff disable", member.name, seq, already=False)


def set_password(session: Session, actor: Actor, name: str, password: str | None, *, now: datetime) -> StaffChanged:
    """A new first password for somebody; their sessions and tokens end. None: one is generated and shown once.

    Raises: NotFound; CheckNeeded `second-factor-required`; StateForbids `password-policy`.
    """
    member = get(session, name)
    second_factors.require(session, actor)
    generated = None
    if password is None:
        password = generated = speech.temporary_password(passwords.PRESETS[STAFF_POLICY], rng=secrets.SystemRandom())
    else:
        require_password(password, member.name)
    keys = keys_of(session)
    hashed = hashing.hashed(password, pepper=keys.pepper.key, key_id=keys.pepper.current)
    # who gives a new one to themselves does not shake off who made them (design §3.5)
    made_by = {} if actor.name == member.name else {"credentialed_by": actor.name, "credentialed_at": now}
    changes = [
        record.changed(
            member, password_hash=hashed, must_change_password=True, failed_attempts=0, locked_until=None, **made_by,
        ),
        *ending_changes(session, member.name, why="password replaced", now=now),
        *ends_of_tokens(session, member.name, now=now),
    ]  # fmt: skip
    seq = record.append(session, actor.entry("staff password", "done", details={"name": member.name}), changes, now=now)
    return StaffChanged("staff password", member.name, seq, already=False, password=generated)


def unlock(session: Session, actor: Actor, name: str, *, now: datetime) -> StaffChanged:
    """End a staff member's lock after wrong passwords."""
    member = get(session, name)
    lock = lockout.Lock(member.failed_attempts, member.locked_until)
    if not lockout.is_locked(lock, now=now):
        return StaffChanged("staff unlock", member.name, record.head(session).seq, already=True)
    change = record.changed(member, locked_until=lockout.released(lock).until)
    seq = record.append(session, actor.entry("staff unlock", "done", details={"name": member.name}), [change], now=now)
    return StaffChanged("staff unlock", member.name, seq, already=False)


def make_token(
    session: Session,
    actor: Actor,
    name: str,
    *,
    days: int | None,
    only: Sequence[str],
    settings: ClinicSettings,
    now: datetime,
) -> TokenMade:
    """A token for scripts, shown once.

    Raises: WrongUsage for more than the allowed days or an unknown command; StateForbids for a disabled member;
    CheckNeeded `second-factor-required`.
    """
    member = get(session, name)
    days = settings.token_life_days if days is None else days
    if not 1 <= days <= settings.token_life_days:
        raise WrongUsage("usage", f"A token lives 1 to {settings.token_life_days} days.", "Give fewer days.")
    unknown = [command for command in only if command not in MAY]
    if unknown:
        raise WrongUsage("usage", "--only names a command that does not exist.", "Like --only list-resets")
    second_factors.require(session, actor)
    if member.status != "active":
        raise StateForbids("account-disabled", "That staff member is disabled.", "See: portaldesk staff list")
    secret, token = _new_token(actor, member.name, days=days, only=only, now=now)
    changes: list[Change] = [record.new(token)]
    if actor.name != member.name:
        changes.append(record.changed(member, credentialed_by=actor.name, credentialed_at=now))
    details = {"name": member.name, "token": token.id, "only": list(only)}
    seq = record.append(session, actor.entry("staff token", "done", details=details), changes, now=now)
    return TokenMade(secret, token.id, token.expires_at, seq)


def revoke_token(session: Session, actor: Actor, token_id: str, *, now: datetime) -> StaffChanged:
    """End one token."""
    token = session.get(tables.StaffToken, token_id.strip().upper())
    if token is None:
        raise NotFound("no-such-token", "There is no token of that id.", "See: portaldesk staff list")
    whole(session, token)
    if token.revoked_at is not None:
        return StaffChanged("staff revoke", token.id, record.head(session).seq, already=True)
    changes = [
        record.changed(token, revoked_at=now),
        *ending_changes(session, token.staff, why="token revoked", now=now, only_session=f"token:{token.id}"),
    ]
    seq = record.append(session, actor.entry("staff revoke", "done", details={"token": token.id}), changes, now=now)
    return StaffChanged("staff revoke", token.id, seq, already=False)


def ends_of_tokens(session: Session, name: str, *, now: datetime) -> list[Change]:
    """The end of every token of a staff member."""
    tokens = session.exec(
        select(tables.StaffToken).where(tables.StaffToken.staff == name, col(tables.StaffToken.revoked_at).is_(None))
    ).all()
    return [record.changed(token, revoked_at=now) for token in tokens]


def _new_token(
    actor: Actor, name: str, *, days: int, only: Sequence[str], now: datetime
) -> tuple[str, tables.StaffToken]:
    secret = "pdt_" + secrets.token_urlsafe(32)
    row = tables.StaffToken(
        id="T-" + secrets.token_hex(4).upper(), staff=name, token_hash=hashed_secret(secret), created_by=actor.name,
        created_at=now, expires_at=now + timedelta(days=days), only=json.dumps(list(only)),
    )  # fmt: skip
    return secret, row

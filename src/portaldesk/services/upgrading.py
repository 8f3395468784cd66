"""Bringing a store to this version, and putting its guards back where somebody took them out.

Both change the database's own structure, so they stand on their own: each opens its transaction and commits it.
Guards are never put back silently: an admin asks for it, the record is proved whole first, and the event says what
differed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from portaldesk.errors import RecordAltered, StoreUnavailable, WrongUsage
from portaldesk.gate import guards
from portaldesk.gate.actors import Actor
from portaldesk.gate.triggers import expected_triggers
from portaldesk.services import auditing, opening, places
from portaldesk.services.opening import OpenStore, Place
from portaldesk.store import keys_in_use, record, schema
from portaldesk.store.engine import in_our_words
from portaldesk.store.record import Entry
from portaldesk.words import Outcome


@dataclass(frozen=True, slots=True)
class DifferingTriggers:
    """Names of guards that are missing or altered, and of triggers that are not ours."""

    missing: tuple[str, ...]
    altered: tuple[str, ...]
    foreign: tuple[str, ...]

    @property
    def any(self) -> bool:
        return bool(self.missing or self.altered or self.foreign)


@dataclass(frozen=True, slots=True)
class Upgraded:
    """The store's version before and after. `already`: it was of this version."""

    before: str
    after: str
    audit_seq: int | None
    already: bool


@dataclass(frozen=True, slots=True)
class TriggersReinstalled:
    """What differed before the guards were put back. `already`: nothing did, and nothing was changed."""

    differed: DifferingTriggers
    audit_seq: int
    already: bool


def differing_triggers(session: Session) -> DifferingTriggers:
    """How the database's triggers differ from those that a store of this version must have."""
    connection = session.connection()
    there, wanted = schema.installed_triggers(connection), expected_triggers(connection.dialect.name)
    return DifferingTriggers(
        tuple(sorted(wanted.keys() - there.keys())),
        tuple(sorted(name for name in wanted.keys() & there.keys() if wanted[name] != there[name])),
        tuple(sorted(there.keys() - wanted.keys())),
    )


def upgrade(place: Place, *, now: datetime, copy: bool = False) -> Upgraded:
    """Bring an older store to this version, with an event. Nobody can be signed in to a store that does not open yet.

    The guards must be those of the store's own version, and the whole must be proved before it is committed: an upgrade
    puts nothing back that somebody took out. `now`: the machine's clock; the event is never earlier than the last one.
    `copy`: it is one that may be older than the secrets (opening.open_copy).
    Raises: StoreUnavailable: no store, not ours, of a newer version, secrets missing; RecordAltered `triggers-altered`,
    `not-whole`: nothing is changed then.
    """
    engine = places.open_engine(place)
    try:
        with engine.execution_options(reading=True).connect() as connection:
            try:
                schema.require_current(connection)
            except StoreUnavailable as refusal:
                if refusal.code != "older-store":
                    raise
            else:
                return Upgraded(schema.HEAD, schema.HEAD, None, already=True)
        keys = opening.keys_in(place, engine, copy=copy)
        with engine.execution_options(migrating=True).connect() as connection:
            before = schema.version_of(connection) or ""
            digests = guards.OF_OLDER.get(before, {})
            if digests.get(engine.dialect.name) != schema.digest_of(schema.installed_triggers(connection)):
                raise schema.triggers_altered()
            schema.upgrade_schema(connection, expected_triggers(engine.dialect.name))
            with Session(bind=connection, expire_on_commit=False, autoflush=False) as session:
                keys_in_use.take_up(session, keys, lambda: keys)
                _require_whole(session, "The store was not upgraded")
                entry = Entry("upgrade", Outcome.DONE, details={"from": before, "to": schema.HEAD})
                seq = record.append(session, entry, now=now)
                connection.commit()
    except DBAPIError as failure:
        raise in_our_words(failure) from failure
    finally:
        engine.dispose()
    return Upgraded(before, schema.HEAD, seq, already=False)


def _require_whole(session: Session, what: str) -> None:
    fault = auditing.verify(session).first_fault
    if fault is not None:
        raise RecordAltered(
            "not-whole",
            f"{what}: the record is not whole. {fault.what}",
            "See all of it with 'portaldesk audit verify', and put back the last good backup.",
        )


def reinstall_triggers(store: OpenStore, actor: Actor, *, reason: str, now: datetime) -> TriggersReinstalled:
    """Put the guards back as they must be, after the record and every sealed row were proved whole without them.

    Raises: WrongUsage without a reason; RecordAltered `not-whole` naming the first fault: nothing is changed then.
    """
    if not reason.strip():
        raise WrongUsage("usage", "Putting the guards back needs a reason.", 'Like --reason "lost in a copy"')
    with store.session() as session:
        differed = differing_triggers(session)
        if not differed.any:
            return TriggersReinstalled(differed, record.head(session).seq, already=True)
        _require_whole(session, "The guards were not put back")
        connection = session.connection()
        schema.drop_triggers(connection)
        schema.install_triggers(connection, expected_triggers(connection.dialect.name))
        details = {
            "missing": list(differed.missing),
            "altered": list(differed.altered),
            "foreign": [name if name.isidentifier() else "?" for name in differed.foreign],
        }
        entry = actor.entry("upgrade reinstall-triggers", Outcome.DONE, reason=reason, details=details)
        seq = record.append(session, entry, now=now)
        session.commit()
    return TriggersReinstalled(differed, seq, already=False)

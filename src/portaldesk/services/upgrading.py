"""Bringing a store to this version, and putting its guards back where somebody took them out.

Both change the database's own structure, so they stand on their own: each opens its transaction and commits it.
Guards are never put back silently: an admin asks for it, the record is proved whole first, and the event says what
differed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from portaldesk.errors import RecordAltered, StoreUnavailable, WrongUsage
from portaldesk.gate.actors import Actor
from portaldesk.gate.triggers import expected_triggers
from portaldesk.services import auditing, opening
from portaldesk.services.opening import OpenStore, Place
from portaldesk.store import record, schema
from portaldesk.store.engine import sqlite_engine
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
    there, wanted = schema.installed_triggers(session.connection()), expected_triggers()
    return DifferingTriggers(
        tuple(sorted(wanted.keys() - there.keys())),
        tuple(sorted(name for name in wanted.keys() & there.keys() if wanted[name] != there[name])),
        tuple(sorted(there.keys() - wanted.keys())),
    )


def upgrade(place: Place, *, now: datetime) -> Upgraded:
    """Bring an older store to this version, with an event. Nobody can be signed in to a store that does not open yet.

    `now`: the machine's clock; the event is never earlier than the last one.
    Raises: StoreUnavailable: no store, not ours, of a newer version, secrets missing.
    """
    engine = sqlite_engine(place.database)
    try:
        with engine.execution_options(reading=True).connect() as connection:
            try:
                schema.require_current(connection)
            except StoreUnavailable as refusal:
                if refusal.code != "older-store":
                    raise
            else:
                return Upgraded(schema.HEAD, schema.HEAD, None, already=True)
        before, after = schema.upgrade_schema(engine, expected_triggers())
    finally:
        engine.dispose()
    with opening.open_store(place).session() as session:
        details = {"from": before, "to": after}
        seq = record.append(session, Entry("upgrade", Outcome.DONE, details=details), now=now)
        session.commit()
    return Upgraded(before or "", after, seq, already=False)


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
        verdict = auditing.verify(session)
        if verdict.first_fault is not None:
            raise RecordAltered(
                "not-whole",
                f"The guards were not put back: the record is not whole. {verdict.first_fault.what}",
                "See all of it with 'portaldesk audit verify', and put back the last good backup.",
            )
        connection = session.connection()
        schema.drop_triggers(connection)
        schema.install_triggers(connection, expected_triggers())
        details = {
            "missing": list(differed.missing),
            "altered": list(differed.altered),
            "foreign": [name if name.isidentifier() else "?" for name in differed.foreign],
        }
        entry = actor.entry("upgrade reinstall-triggers", Outcome.DONE, reason=reason, details=details)
        seq = record.append(session, entry, now=now)
        session.commit()
    return TriggersReinstalled(differed, seq, already=False)

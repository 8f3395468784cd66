"""Making a store, and opening one: whose it is, and that its guards are in place."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from portaldesk import secret_keys
from portaldesk.errors import RecordAltered, StateForbids, StoreUnavailable, no_room
from portaldesk.gate import guards
from portaldesk.secret_keys import FileSecrets, KeyringSecrets, SecretKeys, SecretStore
from portaldesk.services import clinic, places
from portaldesk.services.places import Place, place_of
from portaldesk.settings import ClinicSettings
from portaldesk.store import keys_in_use, record, schema, tables
from portaldesk.store.canonical import use_keys
from portaldesk.store.engine import engine_of, in_our_words, store_session
from portaldesk.store.sqlite import mark_as_ours

CLOCK_TOLERANCE = timedelta(hours=1)


@dataclass(slots=True)
class OpenStore:
    """A store whose version is ours. `keys` are its secrets; a session takes up what was rotated since."""

    place: Place
    engine: Engine
    secrets: SecretStore
    keys: SecretKeys

    @contextmanager
    def session(
        self, *, reading: bool = False, over: Connection | None = None, after: record.Head | None = None
    ) -> Iterator[Session]:
        """`over`: a connection of this store that is kept for several sessions. `after`: the head as the last of them
        left it; while it stands, nobody rotated a key."""
        with store_session(self.engine, self.keys, reading=reading, over=over) as session:
            if after is not None and record.head(session) == after:
                yield session
                return
            self.keys = keys_in_use.take_up(session, self.keys, lambda: secret_keys.load_keys(self.secrets))
            yield session

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection to be kept. Raises: StoreUnavailable."""
        try:
            with self.engine.connect() as connection:
                yield connection
        except DBAPIError as failure:
            raise in_our_words(failure) from failure


@dataclass(frozen=True, slots=True)
class Prepared:
    """A home made ready for a new store: its keys exist, its database does not yet."""

    place: Place
    store_id: str
    secrets: SecretStore
    keys: SecretKeys


def prepare(place: Place, *, secrets_kind: str) -> Prepared:
    """Make the folder and the keys.

    Raises: StateForbids `already-there`; StoreUnavailable: the folder cannot be written, the keyring fails, the
    database server cannot be reached.
    """
    if is_there(place):
        raise StateForbids(
            "already-there",
            "There is a store here already; nothing was changed.",
            "Sign in with 'portaldesk login NAME', or set PORTALDESK_HOME to another folder.",
        )
    store_id = secrets.token_hex(6)
    try:
        for folder in (place.home, place.file.parent if place.file else place.home):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.home.chmod(0o700)
        place.outbox.mkdir(mode=0o700, exist_ok=True)
        keys = SecretKeys.fresh()
        store: SecretStore = FileSecrets(place.home) if secrets_kind == "file" else KeyringSecrets(store_id)
        if secret_keys.file_secrets_in(place.home):
            raise StateForbids(
                "already-there",
                "Secrets of another store lie in this folder; nothing was changed.",
                "Choose an empty folder with PORTALDESK_HOME.",
            )
        store.put("keys", keys.to_text())
        if store.get("keys") != keys.to_text():
            raise StoreUnavailable(
                "no-keyring",
                "The keyring took the secrets, but does not give them back.",
                "Use another keyring, or 'portaldesk init --secrets file'.",
            )
        places.keep_password(place)
    except OSError as failure:
        raise _folder_trouble(failure) from None
    return Prepared(place, store_id, store, keys)


def is_there(place: Place) -> bool:
    """Whether a store, or anything else, is where the new one would be.

    Raises: StoreUnavailable where a database server cannot be asked.
    """
    if place.file is not None:
        return place.file.exists()
    engine = places.open_engine(place)
    try:
        with engine.execution_options(reading=True).connect() as connection:
            return schema.is_used(connection)
    except DBAPIError as failure:
        raise in_our_words(failure) from failure
    finally:
        engine.dispose()


def finish(
    prepared: Prepared,
    *,
    admin: tables.StaffMember,
    values: Mapping[str, object],
    now: datetime,
    also: Sequence[tables.Sealed] = (),
) -> OpenStore:
    """Make the database: schema, triggers, the record's first event with settings and first admin.

    `also`: other rows that it is born with (recovery codes).
    A failure leaves no database and no keys behind.
    """
    place = prepared.place
    making = place.file.with_name(place.file.name + ".new") if place.file else None
    try:
        if making is None:
            engine = places.open_engine(place)
        else:
            making.unlink(missing_ok=True)
            os.close(os.open(making, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            engine = engine_of(making)
        _fill(engine, prepared, admin, values, also, now)
        if making is not None and place.file is not None:
            engine.dispose()
            mark_as_ours(making)
            making.rename(place.file)
            engine = engine_of(place.file)
    except BaseException as failure:  # a Ctrl-C too: what is half made would stand in the way of the next `init`
        refusal = in_our_words(failure) if isinstance(failure, DBAPIError) else None
        if refusal is None or refusal.code != "outcome-unknown":  # then the store may be there, and needs its keys
            prepared.secrets.drop("keys")
            places.drop_password(place)
        if making is not None:
            making.unlink(missing_ok=True)
        if refusal is not None:
            raise refusal from None
        if isinstance(failure, OSError):
            raise _folder_trouble(failure) from None
        raise
    return OpenStore(place, engine, prepared.secrets, prepared.keys)


def _fill(
    engine: Engine,
    prepared: Prepared,
    admin: tables.StaffMember,
    values: Mapping[str, object],
    also: Sequence[tables.Sealed],
    now: datetime,
) -> None:
    """Schema, triggers and the first event, in one transaction."""
    from portaldesk.gate.triggers import expected_triggers

    with engine.connect() as connection:
        schema.upgrade_schema(connection, expected_triggers(engine.dialect.name))
        with Session(bind=connection, expire_on_commit=False, autoflush=False) as session:
            use_keys(session, prepared.keys)
            session.connection().execute(
                text("INSERT INTO audit_head (id, seq, at, hash) VALUES (1, 0, :at, :hash)"),
                {"at": record.time_text(now), "hash": record.GENESIS},
            )
            settings = tables.Settings(
                id=1, store_id=prepared.store_id, created_at=now, values_json=clinic.to_text(values)
            )
            entry = record.Entry("init", "done", staff=admin.name, details={"secrets": prepared.secrets.kind})
            record.append(session, entry, [record.new(row) for row in (settings, admin, *also)], now=now)
            connection.commit()


def open_store(place: Place) -> OpenStore:
    """Open a store of our version; its triggers are judged by `require_guards`, after the sign-in.

    Raises: StoreUnavailable.
    """
    if place.file is not None:
        _require_closed(place.file)
    engine = places.open_engine(place)
    try:
        with engine.execution_options(reading=True).connect() as connection:
            schema.require_current(connection)
            store = _secrets_of(place, connection)
    except DBAPIError as failure:
        raise in_our_words(failure) from failure
    return OpenStore(place, engine, store, secret_keys.load_keys(store))


def open_copy(copy: Place) -> OpenStore:
    """Open a copy of a store that may be older than the secrets: keys count as they did at its last event.

    Raises: StoreUnavailable; RecordAltered where the record has no head.
    """
    store = open_store(copy)
    with store.engine.execution_options(reading=True).connect() as connection:
        store.keys = _as_of_its_end(store.keys, connection)
    return store


def _as_of_its_end(keys: SecretKeys, connection: Connection) -> SecretKeys:
    last = connection.execute(text("SELECT seq, hash FROM audit_head")).first()
    if last is None:
        raise RecordAltered("not-whole", "The record's head is missing.", "Stop, and run 'portaldesk audit verify'.")
    return keys.as_of(last.seq, last.hash)


def _require_closed(file: Path) -> None:
    """Raises: StoreUnavailable where other users of this machine can read the database file."""
    try:
        mode = file.stat().st_mode & 0o077 if file.exists() else 0
    except OSError as failure:
        raise _folder_trouble(failure) from None
    if mode:
        raise StoreUnavailable(
            "store-unwritable",
            "The database can be read by other users of this machine.",
            f"Run: chmod 600 '{file}'",
        )


def keys_in(place: Place, engine: Engine, *, copy: bool = False) -> SecretKeys:
    """The keys of a store of any version; `copy`: as `open_copy` has them.

    Raises: StoreUnavailable; RecordAltered where its settings are missing.
    """
    with engine.execution_options(reading=True).connect() as connection:
        keys = secret_keys.load_keys(_secrets_of(place, connection))
        return _as_of_its_end(keys, connection) if copy else keys


def _secrets_of(place: Place, connection: Connection) -> SecretStore:
    store_id = connection.execute(text("SELECT store_id FROM settings")).scalar()
    if not store_id:
        raise clinic.settings_missing()
    return secret_keys.secret_store(place.home, str(store_id))


def require_guards(session: Session) -> None:
    """Raises: RecordAltered `triggers-altered`."""
    schema.require_triggers(session.connection(), guards.DIGEST)


def time_now(last: datetime, clock: datetime, settings: tables.Settings, *, tolerate: bool = False) -> datetime:
    """The later of the clock and the last event (`last`): the record never goes back in time.

    Raises: StoreUnavailable `clock-back` where the clock is more than an hour behind (unless an admin accepted it).
    """
    accepted = settings.accepted_clock is not None and last <= settings.accepted_clock
    if clock < last - CLOCK_TOLERANCE and not accepted and not tolerate:
        raise StoreUnavailable(
            "clock-back",
            "The clock of this machine is more than an hour behind the last event of the record.",
            "Set the clock right. If the record was written with a wrong clock, an admin runs: "
            "portaldesk doctor --accept-clock --reason ...",
        )
    return max(clock, last)


def require_same_settings(environment: Mapping[str, str], settings: ClinicSettings) -> None:
    """What a clerk could turn to steal a link is never taken from the environment after `init`.

    Raises: StoreUnavailable `settings-differ`.
    """
    for variable, stored in (
        ("PORTALDESK_SMTP_URL", settings.smtp_url),
        ("PORTALDESK_PORTAL_URL", settings.portal_url),
    ):
        given = environment.get(variable)
        if given is not None and given.rstrip("/") != stored.rstrip("/"):
            raise StoreUnavailable(
                "settings-differ",
                f"{variable} differs from what the store holds.",
                f"Unset {variable}; an admin changes the stored value with 'portaldesk settings set'.",
            )


def _folder_trouble(failure: OSError) -> StoreUnavailable:
    if no_room(failure):
        return StoreUnavailable("disk-full", "The disk is full; nothing was changed.", "Make room and try again.")
    return StoreUnavailable(
        "store-unwritable",
        "The data folder cannot be used: " + (failure.strerror or "unknown reason") + ".",
        "Check its owner and mode (0700), or set PORTALDESK_HOME to a folder of yours.",
    )


__all__ = [
    "CLOCK_TOLERANCE",
    "OpenStore",
    "Place",
    "Prepared",
    "finish",
    "is_there",
    "keys_in",
    "open_store",
    "place_of",
    "prepare",
    "require_guards",
    "require_same_settings",
    "time_now",
]

"""The secrets of a store, saved to a file that a passphrase opens, and brought to a machine that lacks them.

Without the keys a backup cannot be proved, and nobody can sign in: they are saved apart from it, once, and again after
each rotation. Bringing them needs no sign-in, for where they are missing nobody can sign in; it needs the passphrase,
and it never takes the place of keys that are there and are not these.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from portaldesk import secret_keys
from portaldesk.errors import RecordAltered, StateForbids, StoreUnavailable, WrongUsage
from portaldesk.gate.actors import Actor
from portaldesk.key_generations import Generations, number
from portaldesk.secret_keys import (
    KEY_NAMES,
    SIGNING_KEY,
    SMS_SECRET,
    SMTP_PASSWORD,
    FileSecrets,
    KeyringSecrets,
    SecretKeys,
    SecretStore,
)
from portaldesk.services import age_files, opening, places, second_factors
from portaldesk.services.opening import OpenStore, Place
from portaldesk.store import record, tables
from portaldesk.store.engine import in_our_words
from portaldesk.store.record import Entry

SAVE, LOAD = "secrets save", "secrets load"
_NEVER_DROPPED = ("audit", "seal")
_OTHERS = (SMTP_PASSWORD, SMS_SECRET, SIGNING_KEY)  # what else is saved, where it is there


@dataclass(frozen=True, slots=True)
class Saved:
    """A file of saved secrets. `generations`: key → the generation in use."""

    file: str
    generations: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Loaded:
    """Where the secrets of which store are kept now (`keyring`, `file`). `already`: they were there."""

    store_id: str
    secrets: str
    generations: Mapping[str, str]
    already: bool


def save(store: OpenStore, session: Session, actor: Actor, path: Path, passphrase: str) -> Saved:
    """Write the secrets of this store to a new file, 0600. The caller leaves its event.

    Raises: CheckNeeded `second-factor-required`; StateForbids `already-there`, `password-policy`; StoreUnavailable;
    OSError.
    """
    second_factors.require(session, actor)
    age_files.require_passphrase(passphrase)
    age_files.require_free(path)
    keys = secret_keys.load_keys(store.secrets)
    others = {name: value for name in _OTHERS if (value := store.secrets.get(name)) is not None}
    store_id = session.get_one(tables.Settings, 1).store_id
    told = {"portaldesk": 1, "store_id": store_id, "secrets": {"keys": keys.to_text(), **others}}
    age_files.encrypt_text(json.dumps(told, indent=1), path, passphrase)
    return Saved(path.name, generations_of(keys))


def load(place: Place, path: Path, passphrase: str, *, kind: str, clock: datetime) -> Loaded:
    """Keep saved secrets on this machine, in the keyring or a file (`kind`) where none of this store are there yet.

    Where the store is there, it must be theirs, and its record tells of it.
    Raises: WrongUsage `bad-file`; NotAllowed `wrong-passphrase`; StateForbids `other-secrets`; StoreUnavailable.
    """
    store_id, saved = _read(age_files.decrypt_text(path, passphrase))
    there = _store_there(place)
    if there not in (None, store_id):
        raise _others("The store here is another one than these secrets are for.")
    place.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept: SecretStore = (
        FileSecrets(place.home)
        if kind == "file" or secret_keys.file_secrets_in(place.home)
        else KeyringSecrets(store_id)
    )
    keys = SecretKeys.from_text(saved["keys"])
    with _its_turn(place):
        mine = _there_already(kept)
        if mine is not None:
            keys = _joined(mine, keys, no_store=there is None)
        already = mine == keys
        if not already:
            kept.put("keys", keys.to_text())
            if kept.get("keys") != keys.to_text():
                raise StoreUnavailable(
                    "no-keyring",
                    "The keyring took the secrets, but does not give them back.",
                    "Use another keyring, or 'portaldesk secrets load --secrets file'.",
                )
        for name in _OTHERS:
            if name in saved and kept.get(name) is None:
                kept.put(name, saved[name])
    loaded = Loaded(store_id, kept.kind, generations_of(keys), already)
    if there is not None and not already:
        _tell(place, loaded, clock)
    return loaded


def generations_of(keys: SecretKeys) -> dict[str, str]:
    """Key → the newest generation that is there."""
    return {name: max(keys.of(name).all, key=number) for name in KEY_NAMES}


def _read(text_: str) -> tuple[str, dict[str, str]]:
    try:
        told = json.loads(text_)
        store_id, saved = told["store_id"], told["secrets"]
        if not isinstance(store_id, str) or not all(
            isinstance(value, str) for value in [saved["keys"], *saved.values()]
        ):
            raise TypeError
    except (ValueError, KeyError, TypeError, AttributeError):
        raise WrongUsage(
            "bad-file", "This is no file of saved secrets.", "Give the file that 'portaldesk secrets save' wrote."
        ) from None
    return store_id, saved


def _there_already(kept: SecretStore) -> SecretKeys | None:
    """The keys that lie here; keys that cannot be read are none, and nothing is lost with them."""
    text_ = kept.get("keys")
    with suppress(StoreUnavailable):
        return SecretKeys.from_text(text_) if text_ is not None else None
    return None


def _joined(mine: SecretKeys, saved: SecretKeys, *, no_store: bool) -> SecretKeys:
    """All generations of both; of one that both have, what the later rotation says of it.

    Where neither is later, what lies here stands, unless no store is here: then an older backup was brought back and
    taken away again, and the keys that ended with it end as they did before (SecretKeys.as_of).
    """
    for name in KEY_NAMES:
        here, there = mine.of(name), saved.of(name)
        shared = here.all.keys() & there.all.keys()
        if name in _NEVER_DROPPED and not shared:  # or whoever may run this could slip in keys of their own making
            raise _others("Keys that these do not go on from lie here already.")
        if any(here.all[one].key != there.all[one].key for one in shared):
            raise _others("Keys of another store, or of a restored one, lie here already.")
        ahead = number(there.current) - number(here.current)
        newer, older = (there, here) if ahead > 0 or (ahead == 0 and no_store) else (here, there)
        mine = mine.holding(name, Generations(newer.current, {**older.all, **newer.all}))
    return mine


def _others(message: str) -> StateForbids:
    return StateForbids(
        "other-secrets",
        f"{message} Nothing was changed.",
        "Choose another folder with PORTALDESK_HOME, or the secrets of this store.",
    )


def _store_there(place: Place) -> str | None:
    """The id of the store that lies here, of whatever version."""
    if not opening.is_there(place):
        return None
    engine = places.open_engine(place)
    try:
        with engine.execution_options(reading=True).connect() as connection:
            found = connection.execute(text("SELECT store_id FROM settings")).scalar()
            return str(found)
    except DBAPIError as failure:
        raise in_our_words(failure) from None
    finally:
        engine.dispose()


@contextmanager
def _its_turn(place: Place) -> Iterator[None]:
    """The one writer's turn of the store that lies here, if one does: nobody rotates a key meanwhile."""
    if not opening.is_there(place):
        yield
        return
    engine = places.open_engine(place)
    try:
        with engine.connect() as connection, connection.begin() as turn:
            yield
            turn.rollback()
    except DBAPIError as failure:
        raise in_our_words(failure) from failure
    finally:
        engine.dispose()


def _tell(place: Place, loaded: Loaded, clock: datetime) -> None:
    """Leave the event, where the store takes one: the keys are needed to mend one that does not."""
    try:
        store = opening.open_store(place)
    except StoreUnavailable as refusal:
        if refusal.code == "older-store":
            return
        raise
    try:
        with suppress(RecordAltered), store.session() as session:
            details = {"secrets": loaded.secrets, "generations": dict(loaded.generations)}
            now = max(clock, record.time_of(session))
            record.append(session, Entry(LOAD, "done", details=details), now=now)
            session.commit()
    finally:
        store.engine.dispose()

"""Where a store lives: the data folder, and the database in it or where the environment puts it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError

from portaldesk.errors import StoreUnavailable
from portaldesk.secret_keys import FileSecrets, KeyringSecrets, SecretStore, file_secrets_in
from portaldesk.store.engine import engine_of

_SQLITE = "sqlite:///"
_OWN = frozenset({"outbox", "templates", "sessions", "secrets.json"})
"""What lies in a data folder beside the database; its locks begin with a dot."""
_POSTGRESQL = ("postgresql", "postgresql+psycopg")
_MAY_SAY = frozenset(
    {"host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "channel_binding", "gssencmode",
     "krbsrvname", "require_auth", "target_session_attrs"}
)  # fmt: skip
"""What else a URL may say: which server, and how it is known. How a session works is not for the environment to say."""


@dataclass(frozen=True, slots=True)
class Place:
    """The data folder, and the database: a SQLite file, or the URL of a PostgreSQL database."""

    home: Path
    database: Path | URL

    @property
    def outbox(self) -> Path:
        return self.home / "outbox"

    @property
    def templates(self) -> Path:
        """Where a clinic keeps templates of its own; it need not be there."""
        return self.home / "templates"

    @property
    def file(self) -> Path | None:
        """The database file, None where a server keeps the database."""
        return self.database if isinstance(self.database, Path) else None

    @property
    def beside(self) -> Path:
        """Where files stand that everybody who works with this store must see: beside its file, else in the home."""
        return self.file.parent if self.file is not None else self.home

    def owns(self, path: Path) -> bool:
        """Whether the store itself lies there (database, keys, sessions, mails), so that nothing else may."""
        real, home, file = path.resolve(), self.home.resolve(), self.file
        if file is not None and real.parent == file.resolve().parent and real.name.startswith(file.resolve().name):
            return True  # its journal and its index of the journal too
        first = real.relative_to(home).parts[:1] if real.is_relative_to(home) else ()
        return any(name in _OWN or name.startswith(".") for name in first)


def place_of(environment: Mapping[str, str]) -> Place:
    """The place the environment names, else the operating system's data folder.

    Raises: StoreUnavailable `unsupported-store` for a database this version cannot speak to.
    """
    named = environment.get("PORTALDESK_HOME", "")
    if named:
        home = Path(named).expanduser()
    else:
        from platformdirs import user_data_path

        home = user_data_path("portaldesk", appauthor=False)
    url = environment.get("PORTALDESK_DATABASE_URL", "")
    if not url:
        return Place(home, home / "portaldesk.db")
    if url.startswith(_SQLITE) and len(url) > len(_SQLITE):
        return Place(home, Path(url.removeprefix(_SQLITE)))
    return Place(home, _postgresql_url(url))


def open_engine(place: Place) -> Engine:
    """An engine on the database of this place, with the password that is kept for it, if any.

    Raises: StoreUnavailable.
    """
    where = place.database
    if isinstance(where, URL) and where.password is None:
        kept = database_secrets(place).get(password_name(where))
        where = where.set(password=kept) if kept else where
    return engine_of(where)


def keep_password(place: Place) -> None:
    """Keep the password that the URL holds, so that it can be left out from now on."""
    url = place.database
    if isinstance(url, URL) and isinstance(url.password, str):
        database_secrets(place).put(password_name(url), url.password)


def drop_password(place: Place) -> None:
    if isinstance(place.database, URL):
        database_secrets(place).drop(password_name(place.database))


def database_secrets(place: Place) -> SecretStore:
    """Where the password of the database is kept: beside the other secrets, but found before the database is open."""
    url = place.database
    assert isinstance(url, URL)
    if file_secrets_in(place.home):
        return FileSecrets(place.home)
    return KeyringSecrets(f"{url.host or 'here'}:{url.port or 5432}/{url.database or ''}")


def password_name(url: URL) -> str:
    """The name of a role's password in the secret store."""
    return f"database-password-{url.username or ''}"


def _postgresql_url(text: str) -> URL:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # neither is repeated: a password may stand in it
        raise _unsupported() from None
    if url.drivername not in _POSTGRESQL or not url.database:
        raise _unsupported()
    if url.query.keys() - _MAY_SAY:
        raise StoreUnavailable(
            "unsupported-store",
            "PORTALDESK_DATABASE_URL has a parameter that it may not have.",
            f"It may have: {', '.join(sorted(_MAY_SAY))}.",
        )
    return url.set(drivername="postgresql+psycopg")


def _unsupported() -> StoreUnavailable:
    return StoreUnavailable(
        "unsupported-store",
        "PORTALDESK_DATABASE_URL names a database that this version cannot speak to.",
        "Use sqlite:///path/to/file.db or postgresql+psycopg://role@host/database, or unset it.",
    )

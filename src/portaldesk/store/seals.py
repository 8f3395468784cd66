"""Seals: an HMAC over a row, with a key outside the database.

A seal covers the table's name, every column but `seal` and the table's `UNSEALED`, each value tagged with its type and
prefixed with its length (NULL is not '', 1 is not '1'). The value's one written form is the column's (columns.py).

Every sealed row is verified when the ORM loads it (`verify_on_load`). That finds edited, planted and copied rows.
`whole` goes further and is called before a row gives access: the newest seal that the record holds for this row must
be the one it carries, in an event whose own hash is right, so that a row put back to its own older state is refused.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import event, inspect
from sqlmodel import Session, col, select

from portaldesk.errors import RecordAltered
from portaldesk.secret_keys import SecretKeys
from portaldesk.store.columns import time_text
from portaldesk.store.tables import SEALED, AuditSeal, Sealed

Row = TypeVar("Row", bound=Sealed)
_KEYS = "portaldesk.keys"


def use_keys(session: Session, keys: SecretKeys) -> None:
    """Let this session verify and write seals."""
    session.info[_KEYS] = keys


def keys_of(session: Session) -> SecretKeys:
    """The secret keys this session was opened with."""
    keys: SecretKeys = session.info[_KEYS]
    return keys


def canonical(values: Iterable[object]) -> bytes:
    """Type-tagged, length-prefixed bytes: two different lists of values never give the same."""
    return b"".join(_tagged(value) for value in values)


def _tagged(value: object) -> bytes:
    if type(value) is str:  # most values by far: a proof of the whole record spends its time here
        text = value.encode("utf-8", "surrogatepass")
        return b"s%d:%b" % (len(text), text)
    if value is None:
        return b"n0:"
    if isinstance(value, bool):
        value = int(value)
    if isinstance(value, int):
        tag, data = b"i", str(value).encode()
    elif isinstance(value, datetime):
        tag, data = b"s", time_text(value).encode()
    elif isinstance(value, date):
        tag, data = b"s", value.isoformat().encode()
    elif isinstance(value, str):
        tag, data = b"s", value.encode("utf-8", "surrogatepass")
    else:  # a type that portaldesk never writes (REAL, BLOB): it can only fail to match
        tag, data = b"x", repr(value).encode()
    return tag + str(len(data)).encode() + b":" + data


@cache
def sealed_columns(table: type[Sealed]) -> tuple[str, ...]:
    """The columns a seal of this table covers, in the order of the table."""
    return tuple(c.name for c in table.__table__.columns if c.name != "seal" and c.name not in table.UNSEALED)  # type: ignore[attr-defined]


@cache
def key_column(table: type[Sealed]) -> str:
    """The name of the table's one primary key column."""
    (only,) = table.__table__.primary_key.columns  # type: ignore[attr-defined]
    return str(only.name)


@cache
def table_name(table: type[Sealed]) -> str:
    return str(table.__table__.name)  # type: ignore[attr-defined]


def row_key(row: Sealed) -> str:
    """`portal_account:MRN-7`: how the record names a row."""
    table = type(row)
    return f"{table_name(table)}:{getattr(row, key_column(table))}"


def seal_of(table: type[Sealed], values: Mapping[str, Any], key: bytes) -> str:
    """The seal that these column values must carry."""
    data = canonical((table_name(table), *(values[name] for name in sealed_columns(table))))
    return hmac.digest(key, data, "sha256").hex()


def verify(row: Sealed, key: bytes) -> None:
    """Raises: RecordAltered where the row does not carry its seal."""
    if not hmac.compare_digest(seal_of(type(row), row.__dict__, key).encode(), str(row.seal).encode()):
        raise altered(row)


def whole(session: Session, row: Row) -> Row:
    """The row, verified against the record: its seal, and that no newer event sealed it.

    Raises: RecordAltered.
    """
    from portaldesk.store.record import event_is_whole

    verify(row, keys_of(session).seal)
    newest = session.exec(
        select(AuditSeal).where(AuditSeal.row_key == row_key(row)).order_by(col(AuditSeal.seq).desc()).limit(1)
    ).first()
    if newest is None or newest.seq != row.changed_seq or newest.seal != row.seal:
        raise altered(row)
    if not event_is_whole(session, newest.seq):
        raise altered(row)
    return row


def altered(row: Sealed) -> RecordAltered:
    """The refusal for a row that is not as portaldesk wrote it; names the table, never the row's content."""
    return RecordAltered(
        "record-altered",
        f"A row of {table_name(type(row))} was changed outside portaldesk.",
        "Do not go on with this call. Run 'portaldesk audit verify' and tell an auditor.",
    )


def _on_load(row: Sealed, context: Any, *_: Any) -> None:
    keys = context.session.info.get(_KEYS)
    if keys is not None and not inspect(row).unloaded:
        verify(row, keys.seal)


def verify_on_load() -> None:
    """Verify every sealed row that any session loads as an object; called once, by the engine's module."""
    for table in SEALED:
        event.listen(table, "load", _on_load)
        event.listen(table, "refresh", _on_load)


verify_on_load()

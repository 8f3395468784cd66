"""Seals: an HMAC over a row, with a key outside the database.

A seal covers the table's name, every column but `seal` and the table's `UNSEALED`, each value tagged with its type and
prefixed with its length (NULL is not '', 1 is not '1'). The value's one written form is the column's (columns.py).
A column that a table got later (`LATER`) is covered with its name where it has a value, so that older rows keep theirs.

Every sealed row is verified when the ORM loads it (`verify_on_load`). That finds edited, planted and copied rows.
`whole` goes further and is called before a row gives access: the newest seal that the record holds for this row must
be the one it carries, in an event whose own hash is right, so that a row put back to its own older state is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import event, inspect
from sqlmodel import Session

from portaldesk.errors import RecordAltered
from portaldesk.secret_keys import SecretKeys
from portaldesk.store import events
from portaldesk.store.canonical import canonical, has_keys, keys_of, use_keys
from portaldesk.store.tables.base import Sealed

Row = TypeVar("Row", bound=Sealed)
_PROVED = "portaldesk.proved"
_KEPT = "portaldesk.kept"


@cache
def sealed_columns(table: type[Sealed]) -> tuple[str, ...]:
    """The columns a seal of this table covers, in the order of the table; those it got later come last."""
    names = (c.name for c in table.__table__.columns if c.name != "seal" and c.name not in table.UNSEALED)  # type: ignore[attr-defined]
    return (*(name for name in names if name not in table.LATER), *table.LATER)


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


def seal_of(table: type[Sealed], values: Mapping[str, Any], keys: SecretKeys) -> str:
    """A seal for these column values, by the key in use."""
    return keys.seal.mark(_sealed_data(table, values))


def is_sealed(table: type[Sealed], values: Mapping[str, Any], keys: SecretKeys) -> bool:
    """Whether these column values carry a seal of theirs, by a key that counts."""
    return keys.seal.proves(_sealed_data(table, values), str(values["seal"]))


def _sealed_data(table: type[Sealed], values: Mapping[str, Any]) -> bytes:
    return sealed_form(table, [values[name] for name in sealed_columns(table)])


def sealed_form(table: type[Sealed], values: Sequence[object]) -> bytes:
    """What a seal is made over: the values of `sealed_columns`, in that order."""
    if not table.LATER:
        return canonical((table_name(table), *values))
    first = len(values) - len(table.LATER)
    later = [told for pair in zip(table.LATER, values[first:], strict=True) if pair[1] is not None for told in pair]
    return canonical((table_name(table), *values[:first], *later))


def verify(row: Sealed, keys: SecretKeys) -> None:
    """Raises: RecordAltered where the row does not carry its seal."""
    if not is_sealed(type(row), row.__dict__, keys):
        raise altered(row)


def whole(session: Session, row: Row) -> Row:
    """The row, verified against the record: that no newer event sealed it than the one it names.

    Its own seal was verified when it was loaded, or made here. It is proved once in a transaction: nobody else can
    write while ours is open.
    Raises: RecordAltered.
    """
    proved, name = _proved(session), row_key(row)
    if proved.get(name) == (row.changed_seq, row.seal):
        return row
    newest = events.newest_of(session, name)
    if newest is None or newest.seq != row.changed_seq or newest.seals.get(name) != row.seal or not newest.whole:
        raise altered(row)
    proved[name] = (row.changed_seq, row.seal)
    session.info[_KEPT].append(row)  # the identity map is weak: it would be read again
    return row


def take_as_proved(session: Session, rows: Iterable[Sealed]) -> None:
    """What many rows were proved by at once (many_rows.py) counts as if `whole` had proved each."""
    proved = _proved(session)
    for row in rows:
        proved[row_key(row)] = (row.changed_seq, row.seal)
        session.info[_KEPT].append(row)


def _proved(session: Session) -> dict[str, tuple[int, str]]:
    """What was proved in this transaction."""
    transaction = session.get_transaction()
    known: tuple[object, dict[str, tuple[int, str]]] | None = session.info.get(_PROVED)
    if known is None or known[0] is not transaction:
        known = (transaction, {})
        session.info[_PROVED], session.info[_KEPT] = known, []
    return known[1]


def altered(row: Sealed) -> RecordAltered:
    """The refusal for a row that is not as portaldesk wrote it; names the table, never the row's content."""
    return RecordAltered(
        "record-altered",
        f"A row of {table_name(type(row))} was changed outside portaldesk.",
        "Do not go on with this call. Run 'portaldesk audit verify' and tell an auditor.",
    )


def _on_load(row: Sealed, context: Any, *_: Any) -> None:
    if has_keys(context.session) and not inspect(row).unloaded:
        verify(row, keys_of(context.session))


# every sealed row that any session loads as an object is verified, in tables that are built later too
for _moment in ("load", "refresh"):
    event.listen(Sealed, _moment, _on_load, propagate=True)

__all__ = [
    "altered",
    "canonical",
    "is_sealed",
    "key_column",
    "keys_of",
    "row_key",
    "seal_of",
    "sealed_columns",
    "sealed_form",
    "table_name",
    "use_keys",
    "verify",
    "whole",
]

"""The quick proof of a stretch of the record, or of some rows of a table: all is whole, or somebody must look closer.

It says yes only to what the exact judges (services/record_walk.py, raw_rows.py) would say yes to, and no whenever it is
in doubt: they then name what is wrong. Nothing is looked up that does not differ from the event before, a key is set up
once and copied, and rows come from the driver as they are; so it spends most of its time where any proof must.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from itertools import chain
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from portaldesk.key_generations import Generations
from portaldesk.secret_keys import SecretKeys
from portaldesk.store.events import EVENT_COLUMNS
from portaldesk.store.raw_rows import KeyRange, columns_of, newest_seals_query, rows_query
from portaldesk.store.seals import key_column, sealed_form, table_name
from portaldesk.store.tables import Permit

_BATCH = 200  # rows fetched at once: more of them fall out of the processor's cache before they are used
_FOR_EVER = 2**62
_WITHIN = "WHERE seq > :after AND seq <= :last ORDER BY seq"
_EVENTS = f"SELECT {', '.join(EVENT_COLUMNS)}, hash FROM audit_event {_WITHIN}"  # noqa: S608
_SEALS = f"SELECT seq, row_key, seal FROM audit_seal {_WITHIN}, row_key"  # noqa: S608
_NO_SEAL = (_FOR_EVER, "", "")


class _DoubtError(Exception):
    """Something is not as expected."""


class _Maker:
    """HMACs of one generation of a key: set up once, copied for each, half the time of `hmac.digest`."""

    def __init__(self, generations: Generations, mark: str) -> None:
        """For the generation that a mark says it was made by. Raises: _DoubtError where there is none."""
        name = generations.maker(mark)
        if name not in generations.all:
            raise _DoubtError
        until = generations.all[name].until
        self.prefix = "" if name[1:] == "1" else f"{name}."
        self.until = _FOR_EVER if until is None else until
        self.fresh = hmac.new(generations.all[name].key, digestmod="sha256").copy

    def mark(self, data: bytes) -> str:
        made = self.fresh()
        made.update(data)
        return self.prefix + made.hexdigest()


class _Tags(dict[Any, str]):
    """Values that come again and again, each in its canonical form, made when it first comes."""

    def __missing__(self, value: object) -> str:
        if type(value) is not str:
            raise _DoubtError
        tag = self[value] = f"s{len(value)}:{value}"
        return tag


def stretch_is_whole(connection: Connection, keys: SecretKeys, after: int, last: int, hash_before: str) -> bool:
    """Whether the events numbered `after` + 1 to `last` and their seals are whole and follow on `hash_before`."""
    return _sure(connection, _follows, keys, after, last, hash_before)


def rows_are_whole(connection: Connection, keys: SecretKeys, some: KeyRange) -> bool:
    """Whether these rows of a sealed table are those that the record sealed last, each with its right seal."""
    return _sure(connection, _as_sealed, keys, some)


def _sure(connection: Connection, proof: Any, *what: Any) -> bool:
    trouble = connection.dialect.loaded_dbapi.Error
    try:
        proof(connection, *what)
    except (
        _DoubtError,
        TypeError,
        ValueError,
        DBAPIError,
        trouble,
    ):  # text that is no UTF-8, a number for a text: look closer
        return False
    return True


def _follows(connection: Connection, keys: SecretKeys, after: int, last: int, prev: str) -> None:
    within: dict[str, Any] = {"after": after, "last": last}
    events, seals = _fetched(connection, _EVENTS, **within), _fetched(connection, _SEALS, **within)
    tags, maker = _Tags({None: "n0:"}), _Maker(keys.audit, keys.audit.mark(b""))
    fresh, prefix, until = maker.fresh, maker.prefix, maker.until
    seal_seq, row_key, seal = next(seals, _NO_SEAL)
    number = after
    for seq, at, staff, action, patient, outcome, session, check, level, reason, details, before, hash_ in events:
        number += 1
        digits = str(seq)
        data = (
            f"i{len(digits)}:{digits}s{len(at)}:{at}{tags[staff]}{tags[action]}"
            f"{'n0:' if patient is None else f's{len(patient)}:{patient}'}{tags[outcome]}s{len(session)}:{session}"
            f"{'n0:' if check is None else f's{len(check)}:{check}'}{tags[level]}{tags[reason]}"
            f"s{len(details)}:{details}s{len(before)}:{before}"
        )
        while seal_seq == seq:
            if not type(row_key) is type(seal) is str:
                raise _DoubtError
            data += f"s{len(row_key)}:{row_key}s{len(seal)}:{seal}"
            seal_seq, row_key, seal = next(seals, _NO_SEAL)
        if seq != number or before != prev:
            raise _DoubtError
        made = fresh()
        made.update(data.encode())
        if prefix + made.hexdigest() != hash_:
            maker = _Maker(keys.audit, hash_)
            fresh, prefix, until = maker.fresh, maker.prefix, maker.until
            if maker.mark(data.encode()) != hash_:
                raise _DoubtError
        if seq > until or not type(at) is type(session) is type(details) is str:
            raise _DoubtError
        if not ((patient is None or type(patient) is str) and (check is None or type(check) is str)):
            raise _DoubtError
        prev = hash_
    if number != last or seal_seq != _FOR_EVER:
        raise _DoubtError


def _as_sealed(connection: Connection, keys: SecretKeys, some: KeyRange) -> None:
    table, name = some.table, table_name(some.table)
    columns = columns_of(table)
    sealed, key = columns.index("seal"), columns.index(key_column(table))
    changed, spent = columns.index("changed_seq"), columns.index("spent_seq" if table is Permit else "changed_seq")
    maker = _Maker(keys.seal, keys.seal.mark(b""))
    sql, values = rows_query(some)
    stored = _fetched(connection, sql, **values)
    sql, values = newest_seals_query(connection, some)
    newest = _fetched(connection, sql, **values)
    for row, (row_key, seq, seal) in zip(stored, newest, strict=True):
        if f"{name}:{row[key]}" != row_key or row[changed] != seq or row[sealed] != seal or row[spent] != seq:
            raise _DoubtError
        data = sealed_form(table, row[:sealed])
        if maker.mark(data) != seal:
            maker = _Maker(keys.seal, seal)
            if maker.until != _FOR_EVER or maker.mark(data) != seal:
                raise _DoubtError


def _fetched(connection: Connection, sql: str, **values: object) -> Iterator[tuple[Any, ...]]:
    """Rows by the driver's own cursor, as it gives them."""
    cursor: Any = connection.execute(text(sql), values).cursor
    cursor.arraysize = _BATCH
    return chain.from_iterable(iter(cursor.fetchmany, []))

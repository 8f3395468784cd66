"""The one written form of values under a seal or hash, and the keys that a session seals with."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlmodel import Session

from portaldesk.secret_keys import SecretKeys
from portaldesk.store.columns import time_text

_KEYS = "portaldesk.keys"


def use_keys(session: Session, keys: SecretKeys) -> None:
    """Let this session verify and write seals."""
    session.info[_KEYS] = keys


def keys_of(session: Session) -> SecretKeys:
    """The secret keys this session was opened with."""
    keys: SecretKeys = session.info[_KEYS]
    return keys


def has_keys(session: Session) -> bool:
    """Whether this session verifies what it loads."""
    return _KEYS in session.info


def canonical(values: Iterable[object]) -> bytes:
    """Type-tagged, length-prefixed bytes: two different lists of values never give the same.

    Lengths are in code points; the whole is encoded once, for a proof of the record spends its time here.
    """
    parts = [
        f"s{len(value)}:{value}" if type(value) is str
        else "n0:" if value is None
        else f"i{len(text := str(value))}:{text}" if type(value) is int
        else _tagged(value)
        for value in values
    ]  # fmt: skip
    return "".join(parts).encode("utf-8", "surrogatepass")


def _tagged(value: object) -> str:
    if isinstance(value, int):
        tag, text = "i", str(int(value))
    elif isinstance(value, str):  # the words of the design
        tag, text = "s", str(value)
    elif isinstance(value, datetime):
        tag, text = "s", time_text(value)
    elif isinstance(value, date):
        tag, text = "s", value.isoformat()
    else:
        tag, text = "x", repr(value)  # a type that portaldesk never writes (REAL, BLOB): it can only fail to match
    return f"{tag}{len(text)}:{text}"

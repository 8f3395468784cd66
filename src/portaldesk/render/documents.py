"""Results as JSON: field names as they stand, times in ISO 8601 UTC (contract, "Manners")."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


def document(result: object) -> Json:
    """A result in the types of JSON.

    Dataclasses and mappings become objects, tuples, lists and sets arrays (sets sorted), enumerations their value,
    times ISO 8601 UTC to the second with Z, dates ISO 8601.
    Raises: TypeError for what has no form in JSON: a programming mistake, never to be guessed at.
    """
    if isinstance(result, Enum):
        return document(result.value)
    if result is None or isinstance(result, bool | int | float | str):
        return result
    if isinstance(result, datetime):
        return iso(result)
    if isinstance(result, date):
        return result.isoformat()
    if is_dataclass(result) and not isinstance(result, type):
        return {field.name: document(getattr(result, field.name)) for field in fields(result)}
    if isinstance(result, Mapping):
        return {str(document(name)): document(value) for name, value in result.items()}
    if isinstance(result, set | frozenset):
        return [document(item) for item in sorted(result)]
    if isinstance(result, list | tuple):
        return [document(item) for item in result]
    raise TypeError(f"{type(result).__name__} has no form in JSON")


def iso(at: datetime) -> str:
    """A time as 2026-11-25T14:05:00Z; `at` is aware."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def as_text(result: object, *, indent: int | None = 2) -> str:
    """The document as text: ASCII only, so that it is whole in every locale, and bidi marks stand there escaped."""
    return json.dumps(document(result), indent=indent, ensure_ascii=True, allow_nan=False)

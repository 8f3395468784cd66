"""Results as JSON: field names as they stand, times in ISO 8601 UTC (contract, "Manners")."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from typing import Any, TypeAlias, TypeGuard

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

_MANY = 1000  # entries that nobody reads line by line, and that would take as long to lay out as to find. Ours
_on_one_line = json.JSONEncoder(ensure_ascii=True, allow_nan=False).encode
_AS_IT_IS = frozenset({str, int, float, bool, type(None)})


def document(result: object) -> Json:
    """A result in the types of JSON.

    Dataclasses and mappings become objects, tuples, lists and sets arrays (sets sorted), enumerations their value,
    times ISO 8601 UTC to the second with Z, dates ISO 8601.
    Raises: TypeError for what has no form in JSON: a programming mistake, never to be guessed at.
    """
    return _document(result, {})


def _document(result: object, told: dict[int, Json]) -> Json:
    """`told`: tuples by their `id`, which stands as long as the result does: ten thousand pairs may share a few."""
    if type(result) in _AS_IT_IS:
        return result  # type: ignore[return-value]
    if isinstance(result, tuple):
        if id(result) not in told:
            told[id(result)] = [_document(item, told) for item in result]
        return told[id(result)]
    if isinstance(result, list):
        return [_document(item, told) for item in result]
    if is_dataclass(result) and not isinstance(result, type):
        return {name: _document(getattr(result, name), told) for name in _names(type(result))}
    if isinstance(result, Enum):
        return _document(result.value, told)
    if isinstance(result, int | float | str):
        return result
    if isinstance(result, datetime):
        return iso(result)
    if isinstance(result, date):
        return result.isoformat()
    if isinstance(result, Mapping):
        return {str(_document(name, told)): _document(value, told) for name, value in result.items()}
    if isinstance(result, set | frozenset):
        return [_document(item, told) for item in sorted(result)]
    raise TypeError(f"{type(result).__name__} has no form in JSON")


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def iso(at: datetime) -> str:
    """A time as 2026-11-25T14:05:00Z; `at` is aware."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def as_text(result: object, *, indent: int | None = 2) -> str:
    """The document as text: ASCII only, so that it is whole in every locale, and bidi marks stand there escaped.

    Of a list with a thousand entries and more each stands on one line.
    """
    told = document(result)
    if indent is None:
        return _on_one_line(told)
    if not isinstance(told, dict) or not any(map(_is_long, told.values())):
        return _laid_out(told, indent)
    line = "\n" + " " * indent
    fields_ = (f"{line}{_on_one_line(name)}: {_field(value, indent, line)}" for name, value in told.items())
    return f"{{{','.join(fields_)}\n}}"


def _field(value: Json, indent: int, line: str) -> str:
    if not _is_long(value):
        return _laid_out(value, indent).replace("\n", line)
    within = line + " " * indent
    return f"[{within}{f',{within}'.join(map(_on_one_line, value))}{line}]"


def _is_long(value: Json) -> TypeGuard[list[Json]]:
    return isinstance(value, list) and len(value) >= _MANY


def _laid_out(told: Json, indent: int) -> str:
    return json.dumps(told, indent=indent, ensure_ascii=True, allow_nan=False)

"""Events as syslog lines (RFC 5424), one a line.

    PRI         facility 13 (log audit); severity 6 (informational), 4 (warning) for what was refused or failed
    TIMESTAMP   the event's time        APP-NAME portaldesk       MSGID the action, its spaces as hyphens
    SD-ELEMENT  [portaldesk@32473 seq="…" staff="…" …]: every column that holds something, and the hash
    MSG         action and outcome

32473 is the enterprise number set aside for examples (RFC 5612 §2): portaldesk has none of its own. Control characters
are written out, so that no value ends a line. The seals an event gave are left out; JSON lines hold them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from portaldesk.rules import masks
from portaldesk.store.raw_events import RawEvent

_AUDIT = 13
_INFORMATIONAL, _WARNING = 6, 4
_BAD = ("refused", "failed")
_LONGEST_NAME = {"host": 255, "message": 32}  # RFC 5424 §6
_PRINTABLE = re.compile(r"[!-~]+")


def syslog_lines(events: Iterable[RawEvent], *, host: str) -> Iterator[str]:
    """`host`: this machine's name."""
    machine = _name(host, "host")
    for event in events:
        yield _line(event.values, machine)


def _line(values: dict[str, Any], host: str) -> str:
    severity = _WARNING if values["outcome"] in _BAD else _INFORMATIONAL
    told = {name: value for name, value in values.items() if name != "at" and value not in (None, "")}
    data = " ".join(f'{name}="{_value(value)}"' for name, value in told.items())
    message = f"{values['action']} {values['outcome']}"
    return (
        f"<{_AUDIT * 8 + severity}>1 {values['at']} {host} portaldesk - "
        f"{_name(values['action'].replace(' ', '-'), 'message')} [portaldesk@32473 {data}] {masks.shown(message)}\n"
    )


def _name(text: str, of: str) -> str:
    return text[: _LONGEST_NAME[of]] if _PRINTABLE.fullmatch(text) else "-"


def _value(value: object) -> str:
    """RFC 5424 §6.3.3: a quote, a backslash and a closing bracket are escaped by a backslash."""
    return re.sub(r'(["\\\]])', r"\\\1", masks.shown(str(value)))

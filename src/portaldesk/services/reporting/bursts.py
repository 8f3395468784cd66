"""Events of a kind: some of them kept to be looked at, and many of them within minutes."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime

from portaldesk.services.reporting.pattern_rules import IN_MINUTES

SHOWN = 10
"""How many events' numbers a pattern names."""


@dataclass(slots=True)
class Some:
    """Some events of a kind: how many, when first and last, the numbers of the last few, and their keys."""

    count: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    events: deque[int] = field(default_factory=lambda: deque(maxlen=SHOWN))
    keys: set[str] = field(default_factory=set)

    def add(self, seq: int, at: datetime, key: str | None = None) -> None:
        self.count += 1
        self.first_at = self.first_at or at
        self.last_at = at
        self.events.append(seq)
        if key is not None:
            self.keys.add(key)


@dataclass(slots=True)
class Burst:
    """So many different keys within `IN_MINUTES`; it goes on until fewer are left, and is then told once."""

    limit: int
    _window: deque[tuple[int, datetime, str]] = field(default_factory=deque)
    _keys: Counter[str] = field(default_factory=Counter)
    _some: Some | None = None

    def add(self, seq: int, at: datetime, key: str, *, counts: bool) -> Some | None:
        """Take an event; the burst that had ended before it."""
        while self._window and self._window[0][1] + IN_MINUTES < at:
            gone = self._window.popleft()[2]
            self._keys[gone] -= 1
            if not self._keys[gone]:
                del self._keys[gone]
        over = self.rest() if len(self._keys) < self.limit - 1 else None
        self._window.append((seq, at, key))
        self._keys[key] += 1
        if self._some is not None:
            self._some.add(seq, at, key)
        elif len(self._keys) >= self.limit and counts:
            self._some = Some()
            for one in self._window:
                self._some.add(*one)
        return over

    def rest(self) -> Some | None:
        """The burst that is still going on, ended."""
        over, self._some = self._some, None
        return over

"""The generations of one secret key: the newest makes, older ones prove what they made for as long as they count.

What is made under the first generation is written as bare figures, so that a store which never rotated a key reads as
it always did; a later generation puts its name in front: `s2.<64 hex figures>`.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache

_NAME = re.compile(r"([a-z])([1-9][0-9]{0,5})")


@dataclass(frozen=True, slots=True, repr=False)
class Generation:
    """One key (32 bytes).

    `since`: when it was made (UTC, ISO 8601); empty for the one that was made with the store.
    `until`: the number of the last event at which it counted; None while it counts.
    `last_hash`: of an ended audit key, the hash of that event.
    """

    key: bytes
    since: str = ""
    until: int | None = None
    last_hash: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Generations:
    """All generations of one key by name: a letter and a number, `s1`, `s2`.

    `current` makes what is made now. One with a higher number waits for its rotation to begin.
    """

    current: str
    all: Mapping[str, Generation]

    def __post_init__(self) -> None:
        """Raises: ValueError for names that are none, or a current one that is not there."""
        if self.current not in self.all or not all(_NAME.fullmatch(name) for name in self.all):
            raise ValueError("no such generation")
        if len({name[0] for name in self.all}) != 1:
            raise ValueError("generations of two keys")

    @classmethod
    def first(cls, letter: str, key: bytes) -> Generations:
        return cls(f"{letter}1", {f"{letter}1": Generation(key)})

    @property
    def key(self) -> bytes:
        """The key that makes now."""
        return self.all[self.current].key

    @property
    def keys(self) -> Mapping[str, bytes]:
        """Every key by its name."""
        return {name: one.key for name, one in self.all.items()}

    @property
    def waiting(self) -> str | None:
        """A generation that was made and does not make yet: its rotation was begun."""
        newest = max(self.all, key=number)
        return newest if number(newest) > number(self.current) else None

    @property
    def older(self) -> tuple[str, ...]:
        """Those before the current one, oldest first."""
        return tuple(name for name in sorted(self.all, key=number) if number(name) < number(self.current))

    @property
    def floor(self) -> tuple[int, str]:
        """The last event, and its hash, of the generation that ended last; (-1, '') while none did."""
        return max(((one.until, one.last_hash) for one in self.all.values() if one.until is not None), default=(-1, ""))

    def mark(self, data: bytes, name: str = "") -> str:
        """HMAC-SHA-256 of the data under the current generation (or this one), as it is written down."""
        name = name or self.current
        made = _begun(self.all[name].key)()
        made.update(data)
        figures = made.hexdigest()
        return figures if name[1:] == "1" else f"{name}.{figures}"

    def marker(self) -> Callable[[bytes], str]:
        """`mark` by the current generation, for who makes marks by the thousand."""
        begun, name = _begun(self.key), self.current
        prefix = "" if name[1:] == "1" else f"{name}."

        def mark(data: bytes) -> str:
            made = begun()
            made.update(data)
            return prefix + made.hexdigest()

        return mark

    def made(self, data: bytes, mark: str) -> bool:
        """Whether this is the mark of the data under any generation there is, in constant time."""
        name = self.maker(mark)
        return name in self.all and hmac.compare_digest(self.mark(data, name).encode(), mark.encode("utf-8", "replace"))

    def proves(self, data: bytes, mark: str, *, event: int | None = None) -> bool:
        """As `made`, by a generation that counts: one that has not ended, or not before this event."""
        one = self.all.get(self.maker(mark))
        counts = one is not None and (one.until is None or (event is not None and event <= one.until))
        return counts and self.made(data, mark)

    def maker(self, mark: str) -> str:
        """The name of the generation that a mark says it was made by."""
        return mark.partition(".")[0] if "." in mark else f"{self.current[0]}1"

    def followed(self, key: bytes, *, since: str) -> Generations:
        """With a new generation, which waits until it is taken up."""
        newest = max(self.all, key=number)
        return replace(self, all={**self.all, f"{newest[0]}{number(newest) + 1}": Generation(key, since)})

    def taken_up(self, name: str) -> Generations:
        """With this generation as the current one, unless it is older than today's."""
        return self if number(name) <= number(self.current) else replace(self, current=name)

    def ended(self, name: str, *, until: int | None, last_hash: str = "") -> Generations:
        """With an older generation that counts no more after event `until` (None: it counts again)."""
        return replace(self, all={**self.all, name: replace(self.all[name], until=until, last_hash=last_hash)})

    def without(self, name: str) -> Generations:
        """Rid of an older generation for good."""
        return replace(self, all={other: one for other, one in self.all.items() if other != name})


@cache
def _begun(key: bytes) -> Callable[[], hmac.HMAC]:
    """HMACs of a key that is set up once, and copied for each: half the time of `hmac.digest`."""
    return hmac.new(key, digestmod="sha256").copy


def number(name: str) -> int:
    """2 of `s2`; 0 where it is no name of a generation."""
    found = _NAME.fullmatch(name)
    return int(found[2]) if found else 0

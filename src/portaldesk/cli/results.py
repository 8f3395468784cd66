"""What the commands of anyone.py answer; a file of its own, since the overview of commands needs none of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SetUp:
    """A new store. `home` is its folder; `remarks` say what it does not protect against; `recovery_codes` are shown
    this once."""

    home: str
    admin: str
    secrets: str
    mail: str
    remarks: tuple[str, ...]
    recovery_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoggedIn:
    name: str
    role: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LoggedOut:
    name: str | None
    already: bool


@dataclass(frozen=True, slots=True)
class PasswordJudged:
    """Whether a password meets a policy; `faults` are the rules it breaks, each a sentence."""

    policy: str
    good: bool
    faults: tuple[str, ...]

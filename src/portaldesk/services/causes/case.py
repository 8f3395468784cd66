"""A case to be diagnosed: what is looked at, and a cause that was found or ruled out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from portaldesk.gate import holds
from portaldesk.settings import ClinicSettings
from portaldesk.store import tables
from portaldesk.words import (
    AccountStatus,
)


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause. `found`: None where a check must come first. `say`: words for the caller; `next`: the command."""

    cause: str
    found: bool | None
    detail: str = ""
    say: str = ""
    next: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """What a diagnosis looks at, read once. `holder`: whose login it is about, the patient's or a calling proxy's."""

    session: Session
    patient: tables.Patient
    holder: str
    account: tables.PortalAccount | None
    point: tables.ContactPoint | None
    on_record: tables.ContactPoint | None
    hold: holds.HoldState
    survivor: str | None
    said_username: str | None
    settings: ClinicSettings
    now: datetime
    templates: Path | None = None

    @property
    def mrn(self) -> str:
        """The patient whom the call is about."""
        return self.patient.mrn

    def yes_if(self, cause: str, found: bool, detail: str = "", say: str = "", next_: str = "") -> Cause:
        """The cause, told where it is one."""
        return Cause(cause, True, detail, say, next_) if found else Cause(cause, False)


def clock(at: datetime | None) -> str:
    """Local time of the desk, as a clerk reads it out."""
    return at.astimezone().strftime("%H:%M on %d %b") if at is not None else ""


def send_again(case: Case) -> str:
    """The command that mails a new link: an invitation, or a reset."""
    new = case.account is not None and case.account.status == AccountStatus.NEW
    return f"portaldesk {'resend-invite' if new else 'send-reset'} {case.mrn}"

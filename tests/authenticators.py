"""An authenticator app, as a staff member's phone has it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
from sqlmodel import Session

from portaldesk.gate.actors import Actor
from portaldesk.rules import totp
from portaldesk.services import second_factors
from portaldesk.store import record, tables


@dataclass(frozen=True, slots=True)
class App:
    secret: str

    @classmethod
    def scanned(cls, address: str) -> App:
        """From the `otpauth://` address that a QR code holds."""
        return cls(pyotp.parse_uri(address).secret)

    def code(self, now: datetime, steps: int = 0) -> str:
        """What it shows now, or so many half minutes later."""
        return pyotp.TOTP(self.secret).at(now + timedelta(seconds=30 * steps))

    def wrong(self, now: datetime) -> str:
        """Six digits that are none of the codes around this time."""
        near = {self.code(now, steps) for steps in range(-3, 4)}
        return next(code for code in map("{:06d}".format, range(9)) if code not in near)


def enrolled(session: Session, actor: Actor, *, now: datetime) -> App:
    """A staff member who enrolled a while ago: without the password, whose judging takes a quarter of a second."""
    app = App(totp.new_secret())
    kept = second_factors.kept(session, app.secret, actor.name)
    row = tables.StaffTotp(staff=actor.name, secret=kept, enrolled_at=now)
    record.append(session, actor.entry("staff totp", "done"), [record.new(row)], now=now)
    return app

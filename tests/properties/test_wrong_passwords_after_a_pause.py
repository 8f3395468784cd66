"""A guess is never free: not before a pause, not while it lasts (it is not looked at), and not once it is over."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from gate_world import ACTIVE, BEGIN_AT, LOCKED, fresh
from sqlmodel import Session

from portaldesk.services import portal_sign_ins
from portaldesk.services.opening import OpenStore
from portaldesk.store import tables


def _failures_after(session: Session, mrn: str, minutes: float) -> int:
    now = BEGIN_AT + timedelta(minutes=minutes)
    assert portal_sign_ins.sign_in(session, f"ana.{mrn.lower()}", "wrong", now=now).outcome == "refused"
    session.commit()
    return session.get_one(tables.PortalAccount, mrn).failed_attempts


def test_wrong_passwords_are_counted_again_once_a_pause_is_over(tmp_path: Path) -> None:
    store: OpenStore = fresh(tmp_path)
    with store.session() as session:
        assert [_failures_after(session, ACTIVE, n / 10) for n in range(1, 6)] == [1, 2, 3, 4, 5]
        assert _failures_after(session, ACTIVE, 10) == 5
        assert [_failures_after(session, ACTIVE, 16 + n) for n in range(5)] == [6, 7, 8, 9, 10]
        until = session.get_one(tables.PortalAccount, ACTIVE).locked_until
        assert until == BEGIN_AT + timedelta(minutes=20 + 30)
        assert _failures_after(session, LOCKED, 23 * 60) == 40
        assert _failures_after(session, LOCKED, 25 * 60) == 41
    store.engine.dispose()

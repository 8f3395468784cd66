"""What the gate costs: one change through the service, beside a bare ORM update with an audit row, in one run.

The service: permit, triggers, seals, chain, head. The bare update: the same account columns and one row in an audit
table, the same durability (WAL, synchronous=FULL), no rule at all. Bar: at most 3 times.

    python benchmarks/change.py [PATIENTS] [CHANGES]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import clinics
from side_by_side import machine, show
from sqlalchemy import event
from sqlmodel import Field, Session, SQLModel, create_engine, select

from portaldesk.gate import permits
from portaldesk.services import unlocking
from portaldesk.store import record, tables
from portaldesk.words import Action


class BareAccount(SQLModel, table=True):
    mrn: str = Field(primary_key=True)
    locked_until: str | None = None
    failed_attempts: int = 5


class BareAudit(SQLModel, table=True):
    seq: int | None = Field(default=None, primary_key=True)
    at: str
    staff: str
    action: str
    patient: str
    outcome: str


def main(count: int, changes: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bare = _bare_engine(Path(folder) / "bare.db", count)
        made = clinics.made(Path(folder) / "home", count=count)
        now = datetime.now(UTC)
        for n in range(changes):
            _locked(made, n, now=now)
            clinics.strong_check(made, n, clinics.caller(n), now=now)
        gate_s, bare_s = [], []
        for n in range(changes):
            start = time.perf_counter()
            with made.store.session() as session:
                at = max(datetime.now(UTC), record.head(session).at)
                permit = permits.for_check(session, clinics.caller(n), Action.UNLOCK, clinics.mrn(n), now=at)
                done = unlocking.unlock(session, permit, settings=made.settings, now=at)
                session.commit()
            gate_s.append(time.perf_counter() - start)
            assert not done.already
            start = time.perf_counter()
            _bare_change(bare, clinics.mrn(n))
            bare_s.append(time.perf_counter() - start)
    g, b = statistics.median(gate_s) * 1000, statistics.median(bare_s) * 1000
    g95, b95 = (statistics.quantiles(s, n=20)[-1] * 1000 for s in (gate_s, bare_s))
    print(f"{machine()}; {count:,} accounts; median of {changes} changes, in turn\n")
    show(
        [
            ("bare ORM update and audit row", f"{b:.2f} ms", f"{b95:.2f} ms", "1.00"),
            ("unlock through gate, seals, chain", f"{g:.2f} ms", f"{g95:.2f} ms", f"{g / b:.2f}"),
        ],
        ("one change", "median", "p95", "ratio"),
    )
    print(f"\nto a bare change: {g / b:.2f} (bar 3): {'met' if g / b <= 3 else 'NOT met'}")


def _locked(made: clinics.Clinic, n: int, *, now: datetime) -> None:
    """Lock patient `n` as five wrong passwords would, without the time of five bcrypts; no email, so no notice."""
    with made.store.session() as session:
        account = session.get(tables.PortalAccount, clinics.mrn(n))
        assert account is not None
        change = record.changed(account, failed_attempts=5, locked_until=now + timedelta(minutes=15))
        record.append(session, record.Entry("sign-in", "refused", patient=account.mrn), [change], now=now)
        session.commit()


def _bare_engine(path: Path, count: int) -> Any:
    engine = create_engine(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL").fetchall()
        connection.execute("PRAGMA synchronous=FULL")

    @event.listens_for(engine, "begin")
    def _begun(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    SQLModel.metadata.create_all(engine, tables=[BareAccount.__table__, BareAudit.__table__])
    with Session(engine) as session:
        session.add_all(BareAccount(mrn=clinics.mrn(n), locked_until="x") for n in range(count))
        session.commit()
    return engine


def _bare_change(engine: Any, mrn: str) -> None:
    with Session(engine) as session:
        account = session.exec(select(BareAccount).where(BareAccount.mrn == mrn)).one()
        account.locked_until = None
        session.add(account)
        session.add(
            BareAudit(at=datetime.now(UTC).isoformat(), staff="sam", action="unlock", patient=mrn, outcome="done")
        )
        session.commit()


if __name__ == "__main__":
    words = [int(word) for word in sys.argv[1:]]
    main(words[0] if words else 100_000, words[1] if len(words) > 1 else 200)

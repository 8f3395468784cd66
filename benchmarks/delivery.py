"""How fast mail goes out, beside a loop over one connection that builds the same messages and commits once a message.

Ours: `delivery.deliver`: message, link, account, patient and addresses read and proved, claimed, the token derived, the
mail written, handed over, marked with its event and seals. The loop: the same rows read beforehand, the same text and
envelope, smtplib on one connection, and for each message one UPDATE and one commit, with the same durability. Both send
to one real SMTP server (aiosmtpd) in a process of its own, in turn. The server offers pipelining, as mail servers do
(Postfix, Exim, Exchange; aiosmtpd does not by itself); `--no-pipelining` is one that does not. `--cpu`: processor time.

    python benchmarks/delivery.py [MESSAGES] [ROUNDS] [--no-pipelining] [--cpu]
"""

from __future__ import annotations

import multiprocessing
import smtplib
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import clinics
from side_by_side import machine, show
from sqlmodel import Session, col, select

from portaldesk.gate import permits
from portaldesk.mail import messages as letters
from portaldesk.mail.envelope import envelope
from portaldesk.mail.stationery import Stationery
from portaldesk.services import credentials, delivery, messages
from portaldesk.services.intake.facts import PatientFacts
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, tables
from portaldesk.store.seals import keys_of
from portaldesk.words import Action, CredentialKind, Message, Outcome

clock = time.process_time if "--cpu" in sys.argv else time.perf_counter


def main(count: int, rounds: int) -> None:
    ours, bare = [], []
    with tempfile.TemporaryDirectory() as folder, _server() as port:
        made = clinics.made(Path(folder) / "home", count=count * (rounds + 1), who=_people)
        settings = replace(
            made.settings, portal_url="https://portal.example.org", smtp_url=f"smtp://127.0.0.1:{port}?tls=none"
        )
        _queue(made, count * (rounds + 1), settings)
        loop = sqlite3.connect(Path(folder) / "loop.db", isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
            loop.execute(f"PRAGMA {pragma}").fetchall()
        loop.execute("CREATE TABLE outbox (id TEXT PRIMARY KEY, to_address TEXT, sent_at TEXT, variables TEXT)")
        for n in range(rounds + 1):
            batch = [clinics.mrn(i) for i in range(n * count, (n + 1) * count)]
            rows = _rows(made, batch)
            took = _by_the_loop(loop, rows, settings, made, port), _by_us(made, batch, settings)
            if n:  # the first round is not counted
                bare.append(took[0])
                ours.append(took[1])
    ratio = statistics.median(b / o for b, o in zip(bare, ours, strict=True))
    print(f"{machine()}; {count:,} messages; median of {rounds} rounds, in turn\n")
    show(
        [
            _line("loop: built, sent, one commit", count, statistics.median(bare), 1.0),
            _line("outbox send: claimed, proved, sealed", count, statistics.median(ours), ratio),
        ],
        ("delivery", "a message", "messages/s", "speed"),
    )
    print(f"\nspeed beside the loop: {ratio:.2f} (bar 0.80): {'met' if ratio >= 0.8 else 'NOT met'}")


def _line(what: str, count: int, seconds: float, ratio: float) -> tuple[str, ...]:
    return what, f"{seconds / count * 1000:.2f} ms", f"{count / seconds:,.0f}", f"{ratio:.2f}"


def _people(count: int) -> Iterator[PatientFacts]:
    for n, one in enumerate(clinics.people(count)):
        yield replace(one, email=f"patient{n}@example{n % 50}.org", username=None)


def _queue(made: clinics.Clinic, count: int, settings: ClinicSettings) -> None:
    """An invitation for each, as `resend-invite` writes it."""
    with made.store.session() as session:
        for n in range(count):
            account = session.get_one(tables.PortalAccount, clinics.mrn(n))
            link = credentials.new_link(
                session, CredentialKind.INVITATION, account, settings=settings, now=made.now, sent_to=account.email
            )
            mail = messages.queue(
                Message.INVITATION, mrn=account.mrn, to=str(account.email), now=made.now, credential=link
            )
            permit = permits.for_asking(Action.RESEND_INVITE, account.mrn)
            permits.spend(
                session, permit, now=made.now, outcome=Outcome.LINK_SENT, bears=[record.new(link), mail]
            )  # fmt: skip
        session.commit()


def _by_us(made: clinics.Clinic, batch: Sequence[str], settings: ClinicSettings) -> float:
    meant = col(tables.OutboxMessage.mrn).between(batch[0], batch[-1])
    start = clock()
    done = delivery.deliver(made.store, settings=settings, meant=[meant])
    took = clock() - start
    assert done.sent == len(batch), done
    return took


def _rows(made: clinics.Clinic, batch: Sequence[str]) -> list[Any]:
    message, credential, patient = tables.OutboxMessage, tables.RecoveryCredential, tables.Patient
    with made.store.session(reading=True) as session:
        found = session.connection().execute(
            select(
                message.id, message.to_address, message.created_at, message.variables, credential.id.label("link"),  # type: ignore[attr-defined]
                credential.reference, credential.expires_at, patient.given_name,
            )
            .join(credential, col(credential.id) == col(message.credential_id))
            .join(patient, col(patient.mrn) == col(message.mrn))
            .where(col(message.mrn).between(batch[0], batch[-1]))
        )  # fmt: skip
        return list(found)


def _by_the_loop(
    loop: sqlite3.Connection, rows: Sequence[Any], settings: ClinicSettings, made: clinics.Clinic, port: int
) -> float:
    loop.executemany("INSERT INTO outbox VALUES (?, ?, NULL, ?)", [(r.id, r.to_address, r.variables) for r in rows])
    with made.store.session(reading=True) as session:
        start = clock()
        with smtplib.SMTP("127.0.0.1", port) as server:
            for row in rows:
                server.send_message(_built(row, settings, session))
                loop.execute("BEGIN IMMEDIATE")
                loop.execute("UPDATE outbox SET sent_at = ? WHERE id = ?", (datetime.now(UTC).isoformat(), row.id))
                loop.execute("COMMIT")
        return clock() - start


def _built(row: Any, settings: ClinicSettings, session: Session) -> EmailMessage:
    now = datetime.now(UTC)
    letter = letters.invitation(
        Stationery(settings), first_name=row.given_name, reference=row.reference,
        token=credentials.token_of(keys_of(session), row.link), expires_at=row.expires_at, now=now,
    )  # fmt: skip
    return envelope(
        letter, to=row.to_address, message_id=row.id, created_at=row.created_at, settings=settings, now=now
    )  # fmt: skip


@contextmanager
def _server() -> Iterator[int]:
    """A real SMTP server that takes everything, in a process of its own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


def _serve(pipe: Any) -> None:
    import asyncio

    from aiosmtpd.smtp import SMTP

    class Takes:
        async def handle_EHLO(self, server: Any, session: Any, envelope: Any, name: str, told: list[str]) -> list[str]:  # noqa: N802
            session.host_name = name
            return told if "--no-pipelining" in sys.argv else [told[0], "250-PIPELINING", *told[1:]]

        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
            return "250 OK"

    async def serve() -> None:
        listening = await asyncio.get_running_loop().create_server(
            lambda: SMTP(Takes(), hostname="bench", enable_SMTPUTF8=True), "127.0.0.1", 0
        )
        pipe.send(listening.sockets[0].getsockname()[1])
        await listening.serve_forever()

    asyncio.run(serve())


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word.isdigit()]
    main(int(words[0]) if words else 1000, int(words[1]) if len(words) > 1 else 7)

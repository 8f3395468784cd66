"""A call as the tests of services play it: a small clinic, a clock of the call's own, and what the caller says."""

from __future__ import annotations

import atexit
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from sqlmodel import Session, col, select
from stores import NOW as MADE_AT
from stores import PASSWORD, bring, facts, new_store

import engines
from portaldesk.gate import permits
from portaldesk.gate.actors import Actor
from portaldesk.gate.permits import Permit
from portaldesk.gate.requests import NOT_BY
from portaldesk.services import (
    approving,
    callers,
    confirming,
    contacts,
    credentials,
    identity_checks,
    invitations,
    opening,
    patients,
    portal_sign_ins,
    redeeming,
    staff,
)
from portaldesk.services.contacts import ContactAsked
from portaldesk.services.identity_checks import THE_SAME, CheckView
from portaldesk.services.opening import OpenStore
from portaldesk.services.portal_sign_ins import Judged, SignInResult
from portaldesk.services.redeeming import Redeemed
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, tables
from portaldesk.store.seals import keys_of
from portaldesk.words import Action, CheckOutcome, ContactKind, CredentialKind, Level, Method, Role

BEGIN = MADE_AT + timedelta(days=8)
"""When the tests begin: who gave a password more than seven days ago may approve (design §3.5)."""
SETTINGS = ClinicSettings()
TEXTING = ClinicSettings(sms_url="https://sms.example.org/send")
ROSA = Actor("rosa", Role.ADMIN, "S-rosa")
SAM = Actor("sam", Role.FRONT_DESK, "S-sam")
ANA, BEN, CAL, DOT = "MRN-1", "MRN-2", "MRN-3", "MRN-4"
"""Ana signed up (`ana.r`); Ben was never invited; Cal has no email; of Dot only birth date and email are known."""
ANA_PASSWORD = "gravel tulip ninety moth 7"
NEW_PASSWORD = "willow anchor sixty 3 brick"
SAYS: dict[str, dict[str, Any]] = {
    ANA: {"birth_date": "July 15, 1952", "postal_code": "67124", "phone": "(555) 907-8526"},
    BEN: {"birth_date": "1947-01-14", "postal_code": "66533", "phone": "(555) 214-7733"},
    CAL: {"birth_date": "1988-03-02", "postal_code": "66012", "phone": "(555) 340-1199"},
    DOT: {"birth_date": "1990-05-05"},
}
FACTS = {
    ANA: {Method.BIRTH_DATE: "1952-07-15", Method.POSTAL_CODE: "67124"},
    BEN: {Method.BIRTH_DATE: "1947-01-14", Method.POSTAL_CODE: "66533"},
    CAL: {Method.BIRTH_DATE: "1988-03-02", Method.POSTAL_CODE: "66012"},
    DOT: {Method.BIRTH_DATE: "1990-05-05"},
}
ROWS = {
    ANA: facts(ANA),
    BEN: facts(
        BEN, given_name="Ben", family_name="Okafor", birth_date=date(1947, 1, 14), postal_code="66533",
        phone="+15552147733", email="ben@example.org",
    ),
    CAL: facts(
        CAL, given_name="Cal", family_name="Nilsson", birth_date=date(1988, 3, 2), postal_code="66012",
        phone="+15553401199", email=None, last_visit=None,
    ),
    DOT: facts(
        DOT, given_name="Dot", family_name="Vance", birth_date=date(1990, 5, 5), postal_code="", phone=None,
        phone_as_written=None, email="dot@example.org", last_visit=None, address="", city="",
    ),
}  # fmt: skip


@dataclass(slots=True)
class Desk:
    """One day at the desk. `now` is moved by hand; nothing here ever waits."""

    session: Session
    now: datetime = BEGIN

    def later(self, **more: float) -> datetime:
        self.now += timedelta(**more)
        return self.now

    def asks(
        self,
        mrn: str,
        *,
        actor: Actor = SAM,
        by: Method | None = None,
        who: callers.Said = THE_SAME,
        settings: ClinicSettings = SETTINGS,
        **said: Any,
    ) -> CheckView:
        """`verify-identity`: what the caller says is judged, some seconds later than what came before."""
        now = self.later(seconds=10)
        answers = identity_checks.read_answers(locale="en_US", today=now.date(), **said)
        return identity_checks.verify(
            self.session, actor, patients.Named(mrn, by), answers, reason="cannot get in", settings=settings,
            rng=random.Random(7), now=now, by=who,
        )  # fmt: skip

    def basic(self, mrn: str, *, actor: Actor = SAM) -> CheckView:
        """The caller knows three facts."""
        seen = self.asks(mrn, actor=actor, **SAYS[mrn])
        assert (seen.outcome, seen.level) == (CheckOutcome.PASSED, Level.BASIC)
        return seen

    def strong(self, mrn: str, *, actor: Actor = SAM) -> CheckView:
        """The caller came to the desk with a passport."""
        seen = self.asks(mrn, actor=actor, birth_date=SAYS[mrn]["birth_date"], photo_id="passport")
        assert (seen.outcome, seen.level) == (CheckOutcome.PASSED, Level.STRONG)
        return seen

    def fails(self, mrn: str, *, actor: Actor = SAM) -> CheckView:
        """A caller who guesses twice."""
        seen = self.asks(mrn, actor=actor, birth_date="1901-01-01", postal_code="00000")
        assert seen.outcome is CheckOutcome.FAILED
        return seen

    def permit(self, action: Action, mrn: str, *, actor: Actor = SAM, **more: Any) -> Permit:
        return permits.for_check(self.session, actor, action, mrn, now=self.now, **more)

    def account(self, mrn: str) -> tables.PortalAccount:
        return patients.account(self.session, mrn)

    def mails(self, kind: str, *, to: str | None = None) -> list[tables.OutboxMessage]:
        """What waits in the outbox, oldest first."""
        rows = self.session.exec(
            select(tables.OutboxMessage)
            .where(tables.OutboxMessage.kind == kind, col(tables.OutboxMessage.sent_at).is_(None))
            .order_by(col(tables.OutboxMessage.changed_seq))
        )
        return [row for row in rows if to in (None, row.to_address)]

    def credential(self, mrn: str, kind: CredentialKind) -> tables.RecoveryCredential:
        """The newest of this kind."""
        found = credentials.newest(self.session, mrn, [kind])
        assert found is not None
        return found

    def token(self, mrn: str, kind: CredentialKind) -> str:
        """What the newest mailed link of this kind ends with."""
        return credentials.token_of(keys_of(self.session), self.credential(mrn, kind).id)

    def code(self, mrn: str, kind: CredentialKind = CredentialKind.CODE) -> str:
        """The eight digits of the newest mailed code."""
        return credentials.code_of(keys_of(self.session), self.credential(mrn, kind).id)

    def redeems(
        self, mrn: str, kind: CredentialKind, *, password: str | None = NEW_PASSWORD, token: str | None = None,
        said: dict[Method, str] | None = None, username: str | None = None, call_code: str | None = None,
    ) -> Redeemed:  # fmt: skip
        """The patient opens the newest link of this kind."""
        return redeeming.redeem(
            self.session, token or self.token(mrn, kind), FACTS[mrn] if said is None else said, call_code=call_code,
            username=username, password=password, settings=SETTINGS, rng=random.Random(3),
            now=self.later(seconds=30),
        )  # fmt: skip

    def signs_in(self, password: str = ANA_PASSWORD, username: str = "ana.r") -> SignInResult:
        return portal_sign_ins.sign_in(self.session, username, password, now=self.later(seconds=5))

    def guesses(self, times: int) -> SignInResult:
        """Wrong passwords for Ana's account, judged without waiting a quarter of a second for each."""
        result = SignInResult("refused")
        for _ in range(times):
            judged = Judged(self.account(ANA).password_hash, False)
            result = portal_sign_ins.sign_in(
                self.session, "ana.r", "never it", now=self.later(seconds=5), judged=judged
            )
        return result

    def asks_for(
        self,
        mrn: str,
        value: str,
        *,
        kind: ContactKind = ContactKind.EMAIL,
        actor: Actor = SAM,
        settings: ClinicSettings = SETTINGS,
    ) -> ContactAsked:
        """`update-contact`, with the check that is live."""
        permit = self.permit(Action.UPDATE_CONTACT, mrn, actor=actor, not_by=NOT_BY[kind])
        return contacts.ask(self.session, permit, kind, value, settings=settings, now=self.now)

    def moves(self, mrn: str, value: str) -> None:
        """A change of email from asking to approval."""
        self.strong(mrn)
        asked = self.asks_for(mrn, value)
        code = self.code(mrn, CredentialKind.CONFIRM)
        confirming.confirm(self.session, SAM, asked.request_id, code=code, callback=False, now=self.later(minutes=1))
        approving.approve(self.session, ROSA, asked.request_id, reason="seen", now=self.later(minutes=1))

    def event(self, seq: int) -> tables.AuditEvent:
        return self.session.get_one(tables.AuditEvent, seq)

    def permits_of(self, mrn: str, action: Action) -> int:
        """How many permits were spent for this."""
        found = self.session.exec(select(tables.Permit).where(tables.Permit.mrn == mrn, tables.Permit.action == action))
        return len(found.all())


@cache
def _template() -> Path:
    folder = Path(mkdtemp(prefix="portaldesk-call-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    store = new_store(folder)
    with store.session() as session:
        staff.add(
            session, ROSA, "sam", Role.FRONT_DESK, password=PASSWORD + " sam", own_mrn=None, linked=(),
            with_token=False, settings=SETTINGS, now=MADE_AT,
        )  # fmt: skip
        bring(session, ROWS.values(), now=MADE_AT, actor=ROSA)
        desk = Desk(session, MADE_AT)
        invitations.resend(
            session, permits.for_asking(Action.RESEND_INVITE, ANA), settings=SETTINGS, now=desk.later(minutes=1)
        )
        desk.redeems(ANA, CredentialKind.INVITATION, password=ANA_PASSWORD, username="ana.r")
        for one in session.exec(select(tables.OutboxMessage)).all():  # what was mailed then is gone by the test's day
            sent = record.Entry("deliver", "done", patient=one.mrn)
            record.append(session, sent, [record.changed(one, sent_at=desk.now)], now=desk.now)
        session.commit()
    store.engine.dispose()
    return store.place.home


@contextmanager
def a_clinic(folder: Path) -> Iterator[OpenStore]:
    """A copy of the clinic, made once and never changed by a test."""
    home = folder / "clinic"
    engines.copy(_template(), home)
    store = opening.open_store(engines.place(home))
    try:
        yield store
    finally:
        store.engine.dispose()


def told(session: Session) -> str:
    """Every event, check and message as stored: what must never hold an answer or a secret."""
    rows: list[object] = []
    for table in (tables.AuditEvent, tables.IdentityCheck, tables.Permit):
        rows += [row.model_dump() for row in session.exec(select(table)).all()]
    return repr(rows)


def found(session: Session, table: type[Any], **where: object) -> list[Any]:
    """Rows of a table whose columns have these values."""
    rows = session.exec(select(table)).all()
    return [row for row in rows if all(getattr(row, name) == value for name, value in where.items())]

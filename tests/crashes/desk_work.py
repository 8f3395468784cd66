"""One desk's steps: each a service call in one transaction, as a command makes it, and what it wrote or was refused."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from sqlmodel import Session, select

from portaldesk.errors import DeskError, StoreUnavailable
from portaldesk.gate import permits
from portaldesk.gate.actors import Actor
from portaldesk.gate.permits import Permit
from portaldesk.gate.requests import NOT_BY
from portaldesk.rules import hashing
from portaldesk.services import (
    approving,
    auditing,
    confirming,
    contacts,
    credentials,
    finding,
    identity_checks,
    invitations,
    patients,
    portal_sign_ins,
    redeeming,
    resets,
    resets_listing,
    securing,
    temporary_logins,
    unlocking,
)
from portaldesk.services.intake.facts import PatientFacts, Reading
from portaldesk.services.intake.importing import import_patients
from portaldesk.services.opening import OpenStore
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, tables
from portaldesk.store.seals import keys_of
from portaldesk.words import Action, ContactKind, CredentialKind, Method, PatientStatus, Role

SETTINGS = ClinicSettings()
ROSA = Actor("rosa", Role.ADMIN, "S-rosa")
SAM = Actor("sam", Role.FRONT_DESK, "S-sam")
"""Whose check, link and request every desk tries to use, as the first things it does."""
PASSWORD = "umber lattice quarry 52 finch"
LINKS = (CredentialKind.INVITATION, CredentialKind.RESET)
Work = Callable[[Session, datetime], object]


class Desk:
    """One clerk at one window, the patients they help, and those who sign in meanwhile.

    Every word of a shift (desk_load.steps) is a method that makes ready what the front door finds out before it takes
    the writer's turn, and returns the work.
    """

    def __init__(self, store: OpenStore, actor: Actor) -> None:
        self.store, self.actor, self.rng = store, actor, secrets.SystemRandom()
        self.username, self.shown = "", ""  # the temporary login that was shown last
        self.request = ""

    def does(self, kind: str, n: int, *, at: datetime) -> tuple[range, DeskError | None]:
        """One step: the numbers of the events that it wrote, and how it was refused, if it was.

        A refusal keeps nothing but its own event, or what counts a wrong answer.
        """
        try:
            return self._step(kind, n, at)
        except StoreUnavailable as refusal:
            return range(0), refusal
        except DeskError as refusal:
            return self._tells(kind, n, refusal, at=at), refusal

    def _tells(self, kind: str, n: int, refusal: DeskError, *, at: datetime) -> range:
        told = self.actor.entry(kind, "refused", patient=mrn(n), details={"code": refusal.code})
        try:
            with self.store.session() as session:
                seq = record.append(session, told, now=max(record.head(session).at, at))
                session.commit()
        except StoreUnavailable:
            return range(0)
        return range(seq, seq + 1)

    def _step(self, kind: str, n: int, at: datetime) -> tuple[range, DeskError | None]:
        work = getattr(self, kind.replace(" ", "_"))(n, at)
        with self.store.session() as session:
            before = record.head(session)
            counted: DeskError | None = None
            try:
                work(session, max(before.at, at))
            except DeskError as refusal:
                if not refusal.counted:
                    raise
                counted = refusal
            written = range(before.seq + 1, record.head(session).seq + 1)
            session.commit()
        return written, counted

    def find(self, n: int, at: datetime) -> Work:
        name = f"reynolds{n}"
        return lambda session, now: finding.find(session, self.actor, name, birth_date=None, settings=SETTINGS, now=now)

    def answers_right(self, n: int, at: datetime) -> Work:
        return self._answers(n, at, birth_date=born(n).isoformat(), photo_id="passport")

    def answers_wrong(self, n: int, at: datetime) -> Work:
        return self._answers(n, at, birth_date="1901-01-01")

    def unlock(self, n: int, at: datetime) -> Work:
        return lambda session, now: unlocking.unlock(
            session, self._permit(session, Action.UNLOCK, n, now), settings=SETTINGS, now=now
        )

    def reset(self, n: int, at: datetime) -> Work:
        return lambda session, now: resets.send(
            session, self._permit(session, Action.SEND_RESET, n, now), settings=SETTINGS, now=now
        )

    def invite(self, n: int, at: datetime) -> Work:
        return lambda session, now: invitations.resend(
            session, self._permit(session, Action.RESEND_INVITE, n, now), settings=SETTINGS, now=now
        )

    def secure(self, n: int, at: datetime) -> Work:
        return lambda session, now: securing.secure(
            session, self._permit(session, Action.SECURE_ACCOUNT, n, now), now=now
        )

    def temporary_login(self, n: int, at: datetime) -> Work:
        def work(session: Session, now: datetime) -> None:
            permit = self._permit(session, Action.ISSUE_TEMP_LOGIN, n, now)
            made = temporary_logins.issue(session, permit, settings=SETTINGS, rng=self.rng, now=now)
            self.username, self.shown = made.username, made.temporary_password

        return work

    def chooses_a_password(self, n: int, at: datetime) -> Work:
        username, old, new = self.username, self.shown, _new_password()
        with self.store.session(reading=True) as session:
            judged = portal_sign_ins.judge(session, username, old, new=new, settings=SETTINGS)
        return lambda session, now: portal_sign_ins.change_password(
            session, username, old, new, birth_date=born(n), settings=SETTINGS, now=now, judged=judged
        )

    def redeem(self, n: int, at: datetime) -> Work:
        """The patient opens the newest mail."""
        with self.store.session(reading=True) as session:
            newest = credentials.newest(session, mrn(n), LINKS)
            token = credentials.token_of(keys_of(session), newest.id) if newest is not None else "none"
        return self._redeems(n, token, at)

    def new_email(self, n: int, at: datetime) -> Work:
        value = f"ana{n}.{secrets.token_hex(4)}@example.org"

        def work(session: Session, now: datetime) -> None:
            permit = permits.for_check(
                session, self.actor, Action.UPDATE_CONTACT, mrn(n), now=now, not_by=NOT_BY[ContactKind.EMAIL]
            )
            asked = contacts.ask(session, permit, ContactKind.EMAIL, value, settings=SETTINGS, now=now)
            self.request = asked.request_id

        return work

    def confirm(self, n: int, at: datetime) -> Work:
        """The new address answers with its code."""
        with self.store.session(reading=True) as session:
            newest = credentials.newest(session, mrn(n), [CredentialKind.CONFIRM])
            code = credentials.code_of(keys_of(session), newest.id) if newest is not None else "00000000"
        return lambda session, now: confirming.confirm(
            session, self.actor, self.request, code=code, callback=False, now=now
        )

    def approve(self, n: int, at: datetime) -> Work:
        request = self.request
        return lambda session, now: approving.approve(session, ROSA, request, reason="seen", now=now)

    def signs_in(self, n: int, at: datetime) -> Work:
        return self._tries(n, PASSWORD)

    def mistypes(self, n: int, at: datetime) -> Work:
        return self._tries(n, "never it")

    def moved_house(self, n: int, at: datetime) -> Work:
        """The clinic's record system sends this patient anew."""
        row = facts(n, street=f"{secrets.token_hex(4)} Elm Street")
        return lambda session, now: import_patients(
            session, ROSA, Reading([row], [], []), dry_run=False, skip_bad=False, now=now
        )

    def lists_resets(self, n: int, at: datetime) -> Work:
        with self.store.session(reading=True) as session:
            resets_listing.list_resets(session, since=at - timedelta(days=7), limit=100)
        return lambda session, now: record.append(session, ROSA.entry("list-resets", "done"), now=now)

    def proves_the_record(self, n: int, at: datetime) -> Work:
        with self.store.session(reading=True) as session:
            verdict = auditing.verify(session)
        assert verdict.whole, verdict.first_fault
        return lambda session, now: record.append(session, ROSA.entry("audit verify", "done"), now=now)

    def login_of_all(self, n: int, at: datetime) -> Work:
        """A temporary login under the one check that every desk uses."""

        def work(session: Session, now: datetime) -> None:
            permit = permits.for_check(session, SAM, Action.ISSUE_TEMP_LOGIN, mrn(n), now=now)
            temporary_logins.issue(session, permit, settings=SETTINGS, rng=self.rng, now=now)

        return work

    def approval_of_all(self, n: int, at: datetime) -> Work:
        with self.store.session(reading=True) as session:
            (request,) = session.exec(select(tables.ChangeRequest.id).where(tables.ChangeRequest.mrn == mrn(n)))
        return lambda session, now: approving.approve(session, ROSA, request, reason="seen", now=now)

    def _answers(self, n: int, at: datetime, **said: str) -> Work:
        answers = identity_checks.read_answers(locale="en_US", today=at.date(), **said)
        return lambda session, now: identity_checks.verify(
            session, self.actor, patients.Named(mrn(n), None), answers, reason="cannot get in", settings=SETTINGS,
            rng=self.rng, now=now,
        )  # fmt: skip

    def _tries(self, n: int, password: str) -> Work:
        username = f"user{n}"
        with self.store.session(reading=True) as session:
            judged = portal_sign_ins.judge(session, username, password)
        return lambda session, now: portal_sign_ins.sign_in(session, username, password, now=now, judged=judged)

    def _redeems(self, n: int, token: str, at: datetime) -> Work:
        password, said = _new_password(), {Method.BIRTH_DATE: born(n).isoformat(), Method.POSTAL_CODE: postal(n)}
        with self.store.session(reading=True) as session:
            known = redeeming.compared(session, token, password, settings=SETTINGS, now=at)
        return lambda session, now: redeeming.redeem(
            session, token, said, call_code=None, username=None, password=password, settings=SETTINGS, rng=self.rng,
            now=now, known=known,
        )  # fmt: skip

    def _permit(self, session: Session, action: Action, n: int, now: datetime) -> Permit:
        return permits.for_check(session, self.actor, action, mrn(n), now=now)


def _new_password() -> str:
    return f"willow anchor {secrets.token_hex(4)} brick"


def mrn(n: int) -> str:
    return f"MRN-{n:05d}"


def born(n: int) -> date:
    return date(1930, 1, 1) + timedelta(days=n * 37 % 25000)


def postal(n: int) -> str:
    return f"{66000 + n % 900}"


def facts(n: int, *, street: str = "1 Mill Lane") -> PatientFacts:
    """What the clinic's record system knows of patient `n`."""
    return PatientFacts(
        line=2, mrn=mrn(n), given_name="Ana", family_name=f"Reynolds{n}", other_names=(), birth_date=born(n),
        sex="unknown", phone=f"+1913{5550000 + n % 9999:07d}", phone_as_written=None, email=f"ana{n}@example.org",
        address=street, city="Topeka", postal_code=postal(n), status=PatientStatus.ACTIVE, language="en",
        last_visit=None, username=f"user{n}", merged_into=None,
    )  # fmt: skip


@contextmanager
def cheap_hashes() -> Iterator[None]:
    """Every password hashed at the lowest cost that bcrypt takes, old and new alike."""
    keywords = (hashing.hashed, hashing.code_hashed, hashing.needs_rehash)
    before = [dict(function.__kwdefaults__) for function in keywords]
    dummy = hashing.dummy_hash.__defaults__
    for function in keywords:
        function.__kwdefaults__["cost"] = 4
    hashing.dummy_hash.__defaults__ = (4,)
    try:
        yield
    finally:
        for function, defaults in zip(keywords, before, strict=True):
            function.__kwdefaults__.update(defaults)
        hashing.dummy_hash.__defaults__ = dummy

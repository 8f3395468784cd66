"""Whatever anybody does in whatever order: no account changes but by a permit whose ground stands in the raw rows."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from gate_model import judge, only_counted
from gate_world import (
    ACTIVE,
    BEGIN_AT,
    FACTS,
    LOCKED,
    NEW,
    PATIENTS,
    SETTINGS,
    STAFF,
    NothingThere,
    bring,
    check_of,
    fresh,
    patient_row,
    redeem,
    rows_of,
)
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from sqlmodel import Session, select

import engines
from portaldesk.errors import DeskError, RecordAltered
from portaldesk.gate import permits, roles
from portaldesk.gate.actors import Actor, patient_entry
from portaldesk.gate.permits import Permit
from portaldesk.gate.requests import NOT_BY
from portaldesk.services import (
    approving,
    auditing,
    calls,
    confirming,
    contact_points,
    contacts,
    credentials,
    credentials_listing,
    forgetting,
    holding,
    identity_checks,
    invitations,
    letters,
    patients,
    portal_sign_ins,
    resets,
    securing,
    staff,
    temporary_logins,
    unlocking,
    usernames,
)
from portaldesk.store import record, tables
from portaldesk.store.seals import keys_of
from portaldesk.words import Action, ContactKind, CredentialKind, Mark, Method

SEEN: Counter[str] = Counter()
"""By which actions accounts and credentials changed: a machine that changes nothing proves nothing."""

WHO = st.sampled_from(["sam", "sam", "sam", "tia", "rosa", "max", "ada"])
WHOM = st.sampled_from(PATIENTS)
AGAIN = st.sampled_from([True, True, True, False])
REASON = "spoke with the patient"


def _done(action: Action, session: Session, permit: Permit, now: datetime) -> object:
    rng = random.Random(11)
    act: dict[Action, Callable[[], object]] = {
        Action.RESEND_INVITE: lambda: invitations.resend(session, permit, settings=SETTINGS, now=now),
        Action.INVITE_BY_LETTER: lambda: letters.invite(session, permit, settings=SETTINGS, now=now),
        Action.SEND_RESET: lambda: resets.send(session, permit, settings=SETTINGS, now=now),
        Action.RECOVER_USERNAME: lambda: usernames.recover(session, permit, now=now),
        Action.UNLOCK: lambda: unlocking.unlock(session, permit, settings=SETTINGS, now=now),
        Action.SECURE_ACCOUNT: lambda: securing.secure(session, permit, now=now),
        Action.DISABLE: lambda: securing.disable(session, permit, now=now),
        Action.ENABLE: lambda: securing.enable(session, permit, now=now),
        Action.DECLINE: lambda: securing.decline(session, permit, reason=REASON, now=now),
        Action.CHANGE_USERNAME: lambda: usernames.change(session, permit, f"name{now:%H%M%S}", now=now),
        Action.CLOSE_CONTACT: lambda: contact_points.mark(session, permit, "email-1", Mark.DO_NOT_USE, now=now),
        Action.REOPEN_CONTACT: lambda: contact_points.mark(session, permit, "email-1", Mark.USABLE, now=now),
        Action.CREDENTIALS_REVOKE: lambda: credentials_listing.revoke(session, permit, now=now),
        Action.ISSUE_TEMP_LOGIN: lambda: temporary_logins.issue(session, permit, settings=SETTINGS, rng=rng, now=now),
    }
    return act[action]()


CHANGES = [
    Action.RESEND_INVITE, Action.SEND_RESET, Action.RECOVER_USERNAME, Action.UNLOCK, Action.UNLOCK,
    Action.SECURE_ACCOUNT, Action.DISABLE, Action.ENABLE, Action.ENABLE, Action.ISSUE_TEMP_LOGIN,
    Action.DECLINE, Action.CHANGE_USERNAME, Action.CREDENTIALS_REVOKE,
]  # fmt: skip

TOGETHER = [
    (Action.UNLOCK, Action.UNLOCK), (Action.DISABLE, Action.ENABLE), (Action.RESEND_INVITE, Action.SEND_RESET),
    (Action.ISSUE_TEMP_LOGIN, Action.ISSUE_TEMP_LOGIN), (Action.SECURE_ACCOUNT, Action.UNLOCK, Action.ENABLE),
    (Action.RECOVER_USERNAME, Action.DISABLE),
]  # fmt: skip


class Desk(RuleBasedStateMachine):
    """A day of a clinic in any order; every step is one transaction as the front doors make them."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.store = fresh(Path(self.folder.name))
        self.now = BEGIN_AT
        self.rows = rows_of(self.store.place.home)
        self.call: tuple[str, str] = ("sam", LOCKED)
        self.kept: list[Permit] = []

    def teardown(self) -> None:
        with self.store.session(reading=True) as session:
            verdict = auditing.verify(session)
        self.store.engine.dispose()
        self.folder.cleanup()
        assert verdict.whole, verdict.first_fault

    def step(self, command: str, actor: Actor | None, mrn: str | None, work: Callable[[Session], object]) -> object:
        """One command, committed or refused as cli/desk.py does it; then every raw row is judged."""
        self.now += timedelta(seconds=1)
        result: object = None
        refused = counted = False
        altered: RecordAltered | None = None
        try:
            with self.store.session() as session:
                try:
                    if actor is not None:
                        roles.require(actor.role, command)
                    result = work(session)
                except DeskError as refusal:
                    if refusal.counted:
                        session.commit()
                    raise
                session.commit()
        except NothingThere:
            pass
        except DeskError as refusal:
            refused, counted = True, refusal.counted
            altered = refusal if isinstance(refusal, RecordAltered) else None
        # only code that goes round the gate is ever stopped by the database itself
        assert altered is None or command == "stale", altered
        if refused and not counted:
            assert rows_of(self.store.place.home) == self.rows, "a refusal changed something"
            with self.store.session() as session:
                make = actor.entry if actor is not None else patient_entry
                record.append(session, make(command, "refused", patient=mrn), now=self.now)
                session.commit()
        rows = rows_of(self.store.place.home)
        if refused:
            assert only_counted(self.rows, rows), "a refusal changed more than the record and counters"
        SEEN.update(judge(self.rows, rows))
        SEEN.update([f"{command} refused"] if refused else [])
        self.rows = rows
        return result

    def whom(self, again: bool, who: str, mrn: str) -> tuple[Actor, str]:
        """The call that goes on, or another one."""
        if not again:
            self.call = (who, mrn)
        return STAFF[self.call[0]], self.call[1]

    @rule(who=WHO, mrn=WHOM, again=AGAIN, photo=st.booleans())
    def the_caller_knows_everything(self, who: str, mrn: str, again: bool, photo: bool) -> None:
        actor, mrn = self.whom(again, who, mrn)
        self.step("verify-identity", actor, mrn, lambda s: check_of(s, actor, mrn, photo=photo, now=self.now))

    @rule(
        who=WHO, mrn=WHOM, again=AGAIN, right=st.sets(st.sampled_from(sorted(FACTS))), how=st.integers(0, 5),
        wrong=st.sets(st.sampled_from(sorted(FACTS)), max_size=2),
    )  # fmt: skip
    def the_caller_says_something(
        self, who: str, mrn: str, again: bool, right: set[Method], wrong: set[Method], how: int
    ) -> None:
        actor, mrn = self.whom(again, who, mrn)
        facts = {m: FACTS[m] for m in right} | dict.fromkeys(wrong, "1999-01-01")
        named = patients.Named(mrn, Method.PHONE if how == 5 else None)

        def work(session: Session) -> object:
            more: dict[str, object] = {}
            if how == 1:
                more = {"send_code": "email"}
            elif how == 2:
                sent = credentials.newest(session, mrn, [CredentialKind.CODE])
                more = {"code": credentials.code_of(keys_of(session), sent.id) if sent else "12345678"}
            elif how == 3:
                more = {"callback": True}
            elif how == 4:
                more = {"code": "00000000"}
            said = identity_checks.Answers(facts, **more)  # type: ignore[arg-type]
            return identity_checks.verify(
                session, actor, named, said, reason="", settings=SETTINGS, rng=random.Random(3), now=self.now
            )

        self.step("verify-identity", actor, mrn, work)

    @rule(who=WHO, mrn=WHOM, again=AGAIN, action=st.sampled_from(CHANGES), keep=st.booleans())
    def a_change_is_asked_for(self, who: str, mrn: str, again: bool, action: Action, keep: bool) -> None:
        actor, mrn = self.whom(again, who, mrn)

        def work(session: Session) -> object:
            permit = permits.for_check(session, actor, action, mrn, now=self.now)
            if keep:
                self.kept.append(permit)
            return _done(action, session, permit, self.now)

        self.step(action, actor, mrn, work)

    @rule(who=WHO, mrn=WHOM, asked=st.sampled_from(TOGETHER), photo=st.sampled_from([True, True, False]))
    def a_call_from_begin_to_end(self, who: str, mrn: str, asked: tuple[Action, ...], photo: bool) -> None:
        self.the_caller_knows_everything(who, mrn, False, photo)
        for action in asked:
            self.a_change_is_asked_for(who, mrn, True, action, True)

    @rule(who=WHO, mrn=WHOM, phone=st.booleans(), n=st.integers(1, 2), admin=st.sampled_from(["max", "rosa", "sam"]))
    def a_contact_changes_from_begin_to_end(self, who: str, mrn: str, phone: bool, n: int, admin: str) -> None:
        self.the_caller_knows_everything(who, mrn, False, True)
        self.another_contact_is_asked_for(who, mrn, True, phone, n)
        self.the_new_contact_answers(who, True)
        self.an_admin_decides(admin, True)

    @rule(mrn=WHOM, login=st.sampled_from(["ana.m-1", "ana.m-2", "ana3@example.org", "file1@example.com"]))
    def a_mailed_link_is_redeemed(self, mrn: str, login: str) -> None:
        self.somebody_forgot(login)
        for kind in (CredentialKind.RESET, CredentialKind.INVITATION):
            self.a_link_is_redeemed(mrn, kind, True)

    @rule(n=st.integers(0, 9))
    def a_permit_made_earlier_is_used_again(self, n: int) -> None:
        """Code that keeps a permit instead of asking the gate: the database judges its ground afresh."""
        if not self.kept:
            return
        permit = self.kept[n % len(self.kept)]
        self.step("stale", None, permit.mrn, lambda s: _done(permit.action, s, permit, self.now))

    @rule(who=WHO, mrn=WHOM, again=AGAIN, phone=st.booleans(), n=st.integers(1, 2))
    def another_contact_is_asked_for(self, who: str, mrn: str, again: bool, phone: bool, n: int) -> None:
        actor, mrn = self.whom(again, who, mrn)
        kind, new = (ContactKind.PHONE, f"+1555907000{n}") if phone else (ContactKind.EMAIL, f"new{n}@example.net")

        def work(session: Session) -> object:
            permit = permits.for_check(session, actor, Action.UPDATE_CONTACT, mrn, now=self.now, not_by=NOT_BY[kind])
            return contacts.ask(session, permit, kind, new, settings=SETTINGS, now=self.now)

        self.step("update-contact", actor, mrn, work)

    @rule(who=WHO, right=st.sampled_from([True, True, False]))
    def the_new_contact_answers(self, who: str, right: bool) -> None:
        def work(session: Session) -> object:
            request = _newest_request(session)
            code = credentials.newest(session, request.mrn, [CredentialKind.CONFIRM])
            said = credentials.code_of(keys_of(session), code.id) if code is not None and right else "00000000"
            if request.kind == ContactKind.EMAIL:
                return confirming.confirm(session, STAFF[who], request.id, code=said, callback=False, now=self.now)
            return confirming.confirm(session, STAFF[who], request.id, code=None, callback=right, now=self.now)

        self.step("confirm", STAFF[who], None, work)

    @rule(who=WHO, yes=st.sampled_from([True, True, False]))
    def an_admin_decides(self, who: str, yes: bool) -> None:
        def work(session: Session) -> object:
            decide = approving.approve if yes else approving.reject
            return decide(session, STAFF[who], _newest_request(session).id, reason=REASON, now=self.now)

        self.step("approve" if yes else "reject", STAFF[who], None, work)

    @rule(link=st.sampled_from([CredentialKind.OBJECT, CredentialKind.CONFIRM_LINK]), mrn=WHOM)
    def a_link_about_a_contact_is_opened(self, link: CredentialKind, mrn: str) -> None:
        def work(session: Session) -> object:
            found = credentials.newest(session, mrn, [link])
            if found is None:
                raise NothingThere
            token = credentials.token_of(keys_of(session), found.id)
            answer = confirming.object_ if link is CredentialKind.OBJECT else confirming.confirm_by_link
            return answer(session, token, now=self.now)

        self.step("portal object", None, mrn, work)

    @rule(mrn=WHOM, kind=st.sampled_from([*credentials.LINKS, CredentialKind.TEMP_LOGIN]), right=AGAIN)
    def a_link_is_redeemed(self, mrn: str, kind: CredentialKind, right: bool) -> None:
        facts = FACTS if right else FACTS | {Method.BIRTH_DATE: "1952-07-16"}
        self.step("portal redeem", None, mrn, lambda s: redeem(s, mrn, kind, facts, now=self.now))

    @rule(mrn=st.sampled_from([ACTIVE, LOCKED]))
    def a_wrong_password_is_tried(self, mrn: str) -> None:
        name = f"ana.{mrn.lower()}"
        self.step("portal sign-in", None, mrn, lambda s: portal_sign_ins.sign_in(s, name, "wrong", now=self.now))

    @rule(login=st.sampled_from(["ana.m-1", "ana2@example.org", "ana3@example.org", "new1@example.net", "nobody"]))
    def somebody_forgot(self, login: str) -> None:
        self.step(
            "forgot-password", None, None,
            lambda s: forgetting.forgot_password(s, login, settings=SETTINGS, now=self.now),
        )  # fmt: skip
        self.step("forgot-username", None, None, lambda s: forgetting.forgot_username(s, login, now=self.now))

    @rule(
        who=st.sampled_from(["rosa", "rosa", "max", "sam"]), mrn=st.sampled_from([NEW, *PATIENTS]), n=st.integers(1, 3),
        what=st.sampled_from(["email", "phone", "postal_code"]),
    )  # fmt: skip
    def a_file_brings_other_facts(self, who: str, mrn: str, n: int, what: str) -> None:
        value = {"email": f"file{n}@example.com", "phone": f"+1555907852{n}", "postal_code": f"6712{n}"}[what]
        more = {what: value} | ({"phone_as_written": value} if what == "phone" else {})
        row = patient_row(mrn, **more)
        self.step("import patients", STAFF[who], mrn, lambda s: bring(s, STAFF[who], [row], now=self.now))

    @rule(minutes=st.sampled_from([3, 3, 16, 61, 25 * 60]))
    def time_goes_by(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self.step("diagnose", None, None, lambda s: approving.settle_waiting(s, now=self.now))

    @rule(who=WHO)
    def a_call_ends(self, who: str) -> None:
        self.step("end-call", STAFF[who], None, lambda s: calls.end_call(s, STAFF[who], note="", now=self.now))

    @rule(who=WHO, mrn=WHOM)
    def a_hold_is_released(self, who: str, mrn: str) -> None:
        self.step(
            "hold release", STAFF[who], mrn, lambda s: holding.release(s, STAFF[who], mrn, reason=REASON, now=self.now)
        )

    @rule(who=WHO, name=st.sampled_from(["max", "max", "rosa", "tia"]))
    def somebody_leaves(self, who: str, name: str) -> None:
        self.step("staff disable", STAFF[who], None, lambda s: staff.disable(s, STAFF[who], name, now=self.now))


def _newest_request(session: Session) -> tables.ChangeRequest:
    found = session.exec(select(tables.ChangeRequest).order_by(tables.ChangeRequest.requested_at.desc())).first()  # type: ignore[attr-defined]
    if found is None:
        raise NothingThere
    return found


MUST_BE_SEEN = {
    "resend-invite", "send-reset", "unlock", "secure-account", "issue-temp-login", "update-contact", "redeem",
    "import-contact", "disable", "enable", "unlock refused",
}  # fmt: skip


@pytest.mark.slow
def test_no_sequence_of_commands_changes_an_account_without_a_permit_whose_ground_stands() -> None:
    """In rounds, until every kind of change was seen: which are drawn differs with every edit of the code."""
    most = 20 if engines.ON_SQLITE else 10
    for round_ in range(10):
        run_state_machine_as_test(
            seed(round_)(Desk),
            settings=settings(
                max_examples=most, stateful_step_count=30, deadline=None, database=None, phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )  # fmt: skip
        if round_ > 0 and SEEN.keys() >= MUST_BE_SEEN:
            return
    raise AssertionError(f"never seen: {MUST_BE_SEEN - SEEN.keys()}")

"""What tests/exhaustive explores is what runs: random calls, step by step on plain values and on the real store."""

from __future__ import annotations

import random
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from gate_world import ACTIVE, BEGIN_AT, FACTS, LOCKED, PASSWORD, SETTINGS, STAFF, fresh
from sqlmodel import Session, select

sys.path.insert(0, str(Path(__file__).parents[1] / "exhaustive"))

import exploration
import pure_desk as desk
from test_the_gate_as_a_machine import _done

from portaldesk.errors import CheckNeeded, DeskError, StateForbids
from portaldesk.gate import holds, permits, roles
from portaldesk.gate.actors import Actor
from portaldesk.gate.requests import NOT_BY, OPEN
from portaldesk.services import (
    approving,
    calls,
    confirming,
    contacts,
    credentials,
    forgetting,
    holding,
    identity_checks,
    patients,
    redeeming,
    staff,
)
from portaldesk.store import record, tables
from portaldesk.store.seals import keys_of
from portaldesk.words import Action, ContactKind, CredentialKind, Method

REAL = {
    "cara": STAFF["sam"],
    "cole": STAFF["tia"],
    "adam": Actor("rosa", STAFF["rosa"].role, "S-rosa", frozenset({ACTIVE})),
}
MRN = {desk.A: LOCKED, desk.B: ACTIVE}
SEQUENCES, STEPS = 100, 12
WEIGHTS = {"update-contact": 6, "send-reset": 4, "issue-temp-login": 8, "unlock": 4}  # what must be met at all
DONE: Counter[str] = Counter()


class Apart(Exception):
    """The record's state forbade what the gate allowed: from here on the two may differ."""


class Both:
    """One desk on plain values and one on a store, in step."""

    def __init__(self, session: Session) -> None:
        self.session, self.now = session, BEGIN_AT
        self.calls = {who: desk.Call() for who in REAL}
        self.patient = desk.Patient()
        self.phone, self.n = FACTS[Method.PHONE], 0
        staff.disable(session, STAFF["rosa"], "max", now=BEGIN_AT)
        session.commit()

    def at_the_desk(self, who: str, label: str, step, kind: str) -> None:
        pure_name = "cara" if who == "cole" else who
        call, patient = self.calls[who], self.patient
        if kind != "says" and not desk.has_check(call, pure_name):
            return
        if "update-contact" in label and label.split()[1] in dict(patient.requests):
            return
        after, changed, lapses = step(call, patient)
        for whom, *how in lapses:
            changed = desk.lapsed(changed, *how) if whom == desk.A else changed
        allowed = after is not call
        self.calls[who], self.patient = after.settled(), changed
        actor = REAL[who]
        if kind != "changes":
            self.spoken(actor, label)
            return
        try:
            done = self.acted(actor, label)
        except CheckNeeded:
            self.session.rollback()
            if allowed:
                raise AssertionError(f"{who}: {label}: only the store's gate refused it") from None
            return
        except StateForbids:
            self.session.rollback()
            if allowed:
                raise Apart from None
            return
        assert allowed or done.already, f"{who}: {label}: only the store's gate allowed it"
        if allowed and done.already:
            raise Apart
        DONE[label] += allowed

    def spoken(self, actor: Actor, label: str) -> None:
        whom, _, what = label.partition(" says ")
        if label == "ends the call":
            calls.end_call(self.session, actor, note="", now=self.now)
        elif what:
            said = desk.SAYINGS[what]
            facts = {m: self.phone if m is Method.PHONE else desk.FACTS[m] for m in said.right}
            facts |= dict.fromkeys(said.wrong, desk.WRONG)
            answers = identity_checks.Answers(facts, photo_id="passport" if said.photo_id else None)
            self.verified(actor, MRN[whom], answers, found_by=Method.PHONE if said.found_by else None)
        elif label == "sends A a code":
            self.verified(actor, LOCKED, identity_checks.Answers({}, send_code="email"))
        elif label == "calls A back":
            self.verified(actor, LOCKED, identity_checks.Answers({}, callback=True))
        else:
            for _ in range(4 if "four" in label else 1):
                self.verified(actor, LOCKED, identity_checks.Answers({}, code=self.code(actor, "right" in label)))

    def verified(self, actor: Actor, mrn: str, said: identity_checks.Answers, found_by: Method | None = None) -> None:
        try:
            identity_checks.verify(
                self.session, actor, patients.Named(mrn, found_by), said, reason="", settings=SETTINGS,
                rng=random.Random(1), now=self.now,
            )  # fmt: skip
        except StateForbids as refusal:
            if refusal.code == "too-many":
                raise Apart from None
        except CheckNeeded:
            pass

    def code(self, actor: Actor, right: bool) -> str:
        check = identity_checks.live(self.session, actor, LOCKED, now=self.now)
        known = check is not None and check.code_id is not None
        return credentials.code_of(keys_of(self.session), check.code_id) if right and known else "00000000"

    def acted(self, actor: Actor, label: str):
        what = label.removesuffix(" for A")
        action = Action(what) if what in set(Action) else Action.UPDATE_CONTACT
        if action is not Action.UPDATE_CONTACT:
            permit = permits.for_check(self.session, actor, action, LOCKED, now=self.now)
            done = _done(action, self.session, permit, self.now)
            return getattr(done, "change", done)  # a temporary login holds its change within
        kind = ContactKind(what.split()[1])
        self.n += 1
        new = f"new{self.n}@example.net" if kind is ContactKind.EMAIL else f"+1555907{1000 + self.n}"
        permit = permits.for_check(self.session, actor, action, LOCKED, now=self.now, not_by=NOT_BY[kind])
        asked = contacts.ask(self.session, permit, kind, new, settings=SETTINGS, now=self.now)
        # the notice to the old address left at once, as it does at a desk
        waiting = self.session.exec(select(tables.OutboxMessage).where(tables.OutboxMessage.sent_at.is_(None))).all()
        entry = record.Entry("deliver", "done", session="system")
        record.append(self.session, entry, [record.changed(one, sent_at=self.now) for one in waiting], now=self.now)
        return asked.change

    def elsewhere(self, label: str, step) -> None:
        if "temp-login" in label or "stolen" in label:
            return
        before, self.patient = self.patient, step(self.patient)
        try:
            self.happened(label)
        except DeskError as refusal:
            if not refusal.counted:
                self.session.rollback()
            if self.patient != before and not refusal.counted:
                raise Apart from None
        else:
            DONE[label] += self.patient != before
        self.phone = self.session.get_one(tables.PortalAccount, LOCKED).phone or self.phone

    def happened(self, label: str) -> None:
        words = label.split()
        if label.startswith("somebody forgot"):
            forgetting.forgot_password(self.session, "ana.m-2", settings=SETTINGS, now=self.now)
        elif words[0] == "the" and words[1] in ("reset", "older", "unlock-link"):
            for _ in range(4 if "four" in label else 1):
                self.redeemed(label, right="right" in label)
        elif words[:2] == ["the", "new"]:
            self.answered(self.request(ContactKind(words[2])))
        elif words[:2] == ["the", "old"]:
            confirming.object_(
                self.session, self.token(CredentialKind.OBJECT, self.request(ContactKind(words[-1]))), now=self.now
            )
        elif words[1] in ("approves", "rejects"):
            actor = REAL[words[0]]
            roles.require(actor.role, words[1][:-1])
            decide = approving.approve if words[1] == "approves" else approving.reject
            decide(self.session, actor, self.request(ContactKind(words[3])).id, reason="seen", now=self.now)
        else:
            actor = REAL[words[0]]
            roles.require(actor.role, "hold release")
            holding.release(self.session, actor, LOCKED, reason="seen", now=self.now)

    def request(self, kind: ContactKind) -> tables.ChangeRequest:
        for one in self.session.exec(select(tables.ChangeRequest).where(tables.ChangeRequest.kind == kind)):
            if one.state in OPEN:
                return one
        raise StateForbids("request-closed", "There is none.", "")

    def answered(self, request: tables.ChangeRequest) -> None:
        if request.kind == ContactKind.PHONE:
            confirming.confirm(self.session, REAL["cara"], request.id, code=None, callback=True, now=self.now)
        else:
            confirming.confirm_by_link(self.session, self.token(CredentialKind.CONFIRM_LINK, request), now=self.now)

    def token(self, kind: CredentialKind, request: tables.ChangeRequest) -> str:
        of = (tables.RecoveryCredential.kind == kind, tables.RecoveryCredential.request_id == request.id)
        found = self.session.exec(select(tables.RecoveryCredential).where(*of)).one()
        return credentials.token_of(keys_of(self.session), found.id)

    def redeemed(self, label: str, *, right: bool) -> None:
        kind = CredentialKind.UNLOCK if "unlock-link" in label else CredentialKind.RESET
        sent = self.session.exec(
            select(tables.RecoveryCredential)
            .where(tables.RecoveryCredential.kind == kind, tables.RecoveryCredential.mrn == LOCKED)
            .order_by(tables.RecoveryCredential.issued_at.desc())
        ).all()
        n = 1 if "older" in label else 0
        if len(sent) <= n:
            raise StateForbids("link-dead", "There is none.", "")
        facts = {Method.BIRTH_DATE: FACTS[Method.BIRTH_DATE], Method.POSTAL_CODE: FACTS[Method.POSTAL_CODE]}
        if not right:
            facts[Method.POSTAL_CODE] = "99999"
        try:
            redeeming.redeem(
                self.session, credentials.token_of(keys_of(self.session), sent[n].id), facts, call_code=None,
                username=None, password=f"{PASSWORD} {self.now:%d%H%M%S}", settings=SETTINGS, rng=random.Random(7),
                now=self.now,
            )  # fmt: skip
        except CheckNeeded:
            assert not right
        else:
            assert right

    def time_goes_by(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        lapses: list[desk.Lapse] = []
        for who, call in self.calls.items():
            later, failed = desk.later_call(call, "cara" if who == "cole" else who, minutes)
            self.calls[who] = later.settled()
            lapses += failed
        self.patient = desk.later_patient(self.patient, minutes)
        for whom, *how in lapses:
            self.patient = desk.lapsed(self.patient, *how) if whom == desk.A else self.patient
        approving.settle_waiting(self.session, now=self.now)

    def require_alike(self) -> None:
        """Checks, holds and requests stand the same on both sides."""
        held = holds.state(self.session, LOCKED, now=self.now)
        assert (held.until is not None) == desk.on_hold(self.patient)
        for who, actor in REAL.items():
            row = identity_checks.live(self.session, actor, LOCKED, now=self.now)
            call = self.calls[who]
            there = desk.has_check(call, "cara" if who == "cole" else who)
            assert (row is not None) == there, who
            if row is not None:
                real, pure = permits.facts_of(row), call.check
                if real.spoiled > pure.spoiled:  # looked up earlier in this call: the store remembers it past the check
                    raise Apart
                for name in ("held", "level", "outcome", "wrong", "spoiled"):
                    assert getattr(real, name) == getattr(pure, name), (who, name)
        requests = self.session.exec(select(tables.ChangeRequest)).all()
        open_ = {one.kind for one in requests if one.state in OPEN}
        assert open_ == {str(kind) for kind, _ in self.patient.requests}


@pytest.mark.slow
def test_random_calls_go_alike_on_plain_values_and_on_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "BY_THEMSELVES", frozenset())  # here every use counts: the store remembers all of them
    steps = 0
    for seed in range(SEQUENCES):
        rng, way = random.Random(seed), []
        store = fresh(tmp_path / str(seed))
        with store.session() as session:
            both = Both(session)
            try:
                for _ in range(STEPS):
                    way.append(_one_step(both, rng))
                    session.commit()
                    both.require_alike()
                    both.now += timedelta(seconds=1)
                    steps += 1
            except Apart:
                session.rollback()
            except AssertionError as error:
                raise AssertionError(f"{seed}: {'; '.join(way)}; then {error}") from error
        store.engine.dispose()
    assert steps > SEQUENCES * 4
    assert {"send-reset for A", "issue-temp-login for A", "update-contact email for A", "unlock for A"} <= DONE.keys()


def _one_step(both: Both, rng: random.Random) -> str:
    chance = rng.random()
    if chance < 0.08:
        minutes = rng.choice(desk.PASSES)
        both.time_goes_by(minutes)
        return f"{minutes} minutes"
    if chance < 0.3:
        label, step = rng.choice(exploration._ELSEWHERE)
        both.elsewhere(label, step)
        return label
    who = rng.choice(["cara", "cara", "cole", "adam"])
    steps = exploration._DESK["cara" if who == "cole" else who]
    weights = [WEIGHTS.get(label.split()[0], 1) for label, _, _ in steps]
    ((label, step, kind),) = rng.choices(steps, weights)
    both.at_the_desk(who, label, step, kind)
    return f"{who}: {label}"

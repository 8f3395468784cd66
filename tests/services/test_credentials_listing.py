"""Every link and code of a patient, what became of it, and ending those that are out (design §2, §3)."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from phone_calls import ANA, ANA_PASSWORD, BEN, ROSA, SAM, SAYS, SETTINGS, Desk
from stores import bring, facts

from portaldesk.errors import CheckNeeded, NotFound, StateForbids
from portaldesk.services import (
    calls,
    credentials_listing,
    forgetting,
    invitations,
    portal_sign_ins,
    resets,
    securing,
    temporary_logins,
    unlocking,
    work_lists,
)
from portaldesk.services.changes import Changed
from portaldesk.services.credentials_listing import CredentialLine
from portaldesk.store import record
from portaldesk.words import Action, CredentialKind, WorkState


def lines(desk: Desk, mrn: str = ANA) -> list[CredentialLine]:
    permit = desk.permit(Action.CREDENTIALS_REVOKE, mrn)
    return list(credentials_listing.listed(desk.session, permit, now=desk.now).credentials)


def states(desk: Desk, mrn: str = ANA) -> list[tuple[str, str]]:
    return [(one.kind, one.state) for one in lines(desk, mrn)]


def revoked(desk: Desk, *references: str, mrn: str = ANA) -> Changed:
    permit = desk.permit(Action.CREDENTIALS_REVOKE, mrn)
    return credentials_listing.revoke(desk.session, permit, references, now=desk.now)


def sends_reset(desk: Desk) -> str:
    permit = desk.permit(Action.SEND_RESET, ANA)
    return resets.send(desk.session, permit, settings=SETTINGS, now=desk.now).reference or ""


def test_each_link_tells_what_became_of_it_newest_first(desk: Desk) -> None:
    desk.basic(ANA)
    older = sends_reset(desk)
    desk.later(minutes=3)
    newer = sends_reset(desk)
    seen = lines(desk)
    assert [(one.reference, one.state) for one in seen[:2]] == [(newer, "live"), (older, "superseded")]
    assert (seen[0].sent, seen[0].to, seen[0].opened_at) == (False, "a…@….org", None)
    assert (seen[-1].kind, seen[-1].state, seen[-1].sent) == ("invitation", "redeemed", True)
    desk.later(minutes=61)
    desk.basic(ANA)
    assert lines(desk)[0].state == "expired"


def test_a_link_from_before_a_new_password_is_revoked(desk: Desk) -> None:
    desk.basic(ANA)
    sends_reset(desk)
    portal_sign_ins.change_password(
        desk.session, "ana.r", ANA_PASSWORD, "willow anchor sixty 3 brick", birth_date=None, settings=SETTINGS,
        now=desk.later(seconds=9),
    )  # fmt: skip
    assert lines(desk)[0].state == "revoked"


def test_a_link_that_was_tried_five_times_says_so(desk: Desk) -> None:
    desk.basic(ANA)
    sends_reset(desk)
    wrong: dict[Any, str] = dict.fromkeys(("birth-date", "postal-code"), "1901-01-01")
    for _ in range(5):
        with pytest.raises(CheckNeeded):
            desk.redeems(ANA, CredentialKind.RESET, said=wrong)
    assert lines(desk)[0].state == "tried-out"


def test_a_code_is_over_with_its_check_and_a_temporary_login_with_its_password(desk: Desk) -> None:
    desk.basic(ANA)
    desk.asks(ANA, send_code="email")
    assert states(desk)[0] == ("code", "live")
    calls.end_call(desk.session, SAM, note="", now=desk.now)
    desk.strong(ANA)
    assert states(desk)[0] == ("code", "lapsed")
    temporary_logins.issue(
        desk.session, desk.permit(Action.ISSUE_TEMP_LOGIN, ANA), settings=SETTINGS, rng=random.Random(3), now=desk.now
    )
    made = lines(desk)[0]
    assert (made.kind, made.state, made.sent, made.to) == ("temp-login", "live", None, None)
    securing.secure(desk.session, desk.permit(Action.SECURE_ACCOUNT, ANA), now=desk.now)
    assert Counter(state for _, state in states(desk))["live"] == 0


def test_revoking_ends_all_that_gets_in_and_the_patient_is_told(desk: Desk) -> None:
    desk.guesses(5)
    desk.basic(ANA)
    sends_reset(desk)
    unlocking.unlock(desk.session, desk.permit(Action.UNLOCK, ANA), settings=SETTINGS, now=desk.now)
    token = desk.token(ANA, CredentialKind.RESET)
    done = revoked(desk)
    assert (done.effect, done.already, done.reference, len(done.notified)) == ("done", False, None, 1)
    assert [state for _, state in states(desk)[:2]] == ["revoked", "revoked"]
    with pytest.raises(StateForbids) as dead:
        desk.redeems(ANA, CredentialKind.RESET, token=token)
    assert dead.value.code == "link-dead"
    assert '"revoked": [' in desk.event(done.audit_seq).details
    assert desk.account(ANA).password_hash is not None
    assert revoked(desk).already


def test_one_of_several_is_revoked_by_the_reference_in_its_mail(desk: Desk) -> None:
    desk.guesses(5)
    desk.basic(ANA)
    kept = sends_reset(desk)
    sent = unlocking.unlock(desk.session, desk.permit(Action.UNLOCK, ANA), settings=SETTINGS, now=desk.now)
    assert sent.reference is not None
    assert revoked(desk, f" {sent.reference.lower()} ").reference == sent.reference
    assert [one.reference for one in lines(desk) if one.state == "live"] == [kept]


def test_the_objection_of_a_patient_cannot_be_revoked(desk: Desk) -> None:
    desk.strong(ANA)
    desk.asks_for(ANA, "thief@example.net")
    objection = desk.credential(ANA, CredentialKind.OBJECT)
    with pytest.raises(StateForbids) as refused:
        revoked(desk, objection.reference)
    assert refused.value.code == "not-a-recovery"
    assert revoked(desk).already
    assert desk.credential(ANA, CredentialKind.OBJECT).revoked_at is None


def test_a_reference_of_another_patient_is_none_of_this_one(desk: Desk) -> None:
    desk.basic(BEN)
    sent = invitations.resend(desk.session, desk.permit(Action.RESEND_INVITE, BEN), settings=SETTINGS, now=desk.now)
    desk.basic(ANA)
    with pytest.raises(NotFound) as refused:
        revoked(desk, sent.reference or "")
    assert refused.value.code == "no-such-reference"
    desk.basic(BEN)
    assert lines(desk, BEN)[0].state == "live"


def test_without_a_check_and_on_hold_nothing_is_listed(desk: Desk) -> None:
    with pytest.raises(CheckNeeded) as refused:
        lines(desk)
    assert refused.value.code == "check-required"
    desk.asks(ANA, birth_date="1952-07-15")
    with pytest.raises(CheckNeeded) as refused:
        lines(desk)
    assert refused.value.code == "check-too-weak"
    for _ in range(3):
        desk.fails(ANA)
    desk.asks(ANA, birth_date="1952-07-15", postal_code="67124", phone="5559078526")
    with pytest.raises(CheckNeeded) as refused:
        lines(desk)
    assert refused.value.code == "on-hold"


def test_a_link_in_a_familys_one_mail_is_listed_as_sent_with_it(desk: Desk) -> None:
    eve = facts("MRN-5", given_name="Eve", email="ANA@example.org", last_visit=None)
    bring(desk.session, [eve], now=desk.now, actor=ROSA)
    forgetting.forgot_password(desk.session, "ana@example.org", settings=SETTINGS, now=desk.later(minutes=1))
    (mail,) = desk.mails("family-links")
    assert [one.mrn for one in work_lists.list_accounts(desk.session, WorkState.INVITED, now=desk.now).accounts] == [
        "MRN-5"
    ]
    for sent in (False, True):
        for mrn in (ANA, "MRN-5"):
            desk.asks(mrn, **SAYS[ANA])
            assert lines(desk, mrn)[0].sent is sent
        change = record.changed(mail, sent_at=desk.now)
        record.append(desk.session, record.Entry("deliver", "done", patient=ANA), [change], now=desk.now)

"""Another email or phone: the new address answers, an admin approves, the old one is told at once (design §3)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from phone_calls import ANA, BEN, CAL, ROSA, SAM, SETTINGS, TEXTING, Desk

from portaldesk.errors import CheckNeeded, NotAllowed, NotFound, StateForbids, WrongUsage
from portaldesk.gate.requests import NOT_BY
from portaldesk.services import approving, confirming, credentials, patients, requests, resets
from portaldesk.services.requests import RequestView
from portaldesk.store import record
from portaldesk.store.seals import keys_of
from portaldesk.words import ACCOUNT_CONTACTS, Action, ContactKind, CredentialKind, RequestState

NEW = "ana@example.net"


def confirmed(desk: Desk, request_id: str, mrn: str = ANA) -> RequestView:
    """The new address answers with its code."""
    code = desk.code(mrn, CredentialKind.CONFIRM)
    now = desk.later(minutes=1)
    return confirming.confirm(desk.session, SAM, request_id, code=code, callback=False, now=now)


def test_asking_changes_nothing_mails_a_code_to_the_new_address_and_tells_the_old(desk: Desk) -> None:
    desk.strong(ANA)
    asked = desk.asks_for(ANA, NEW)
    assert (asked.state, asked.change.effect) == (RequestState.AWAITING_CONFIRMATION, "waiting")
    assert asked.words is not None
    assert [mail.to_address for mail in desk.mails("confirm-code")] == [NEW]
    assert [mail.to_address for mail in desk.mails("contact-changing")] == ["ana@example.org"]
    account = desk.account(ANA)
    assert (account.email, account.contact_changed_at) == ("ana@example.org", None)
    assert all("*" in to or "…" in to for to in asked.change.notified)


def test_confirmed_and_approved_it_is_in_force_and_no_evidence_for_a_day(desk: Desk) -> None:
    desk.strong(ANA)
    request = desk.asks_for(ANA, NEW).request_id
    assert confirmed(desk, request).state is RequestState.AWAITING_APPROVAL
    assert desk.account(ANA).email == "ana@example.org"
    done = approving.approve(desk.session, ROSA, request, reason="seen", now=desk.later(minutes=1))
    assert (done.state, done.approver, done.independent) == (RequestState.EFFECTIVE, "rosa", True)
    assert done.effective_at == desk.now
    account = desk.account(ANA)
    assert (account.email, account.contact_changed_at) == (NEW, desk.now)
    point = patients.contact(desk.session, ANA, ContactKind.EMAIL, NEW)
    assert point is not None
    assert point.evidence_from == desk.now + timedelta(hours=24)
    assert {mail.to_address for mail in desk.mails("changed")} >= {"ana@example.org", NEW}


def test_the_link_to_the_new_address_confirms_as_its_code_does_and_once(desk: Desk) -> None:
    desk.strong(ANA)
    request = desk.asks_for(ANA, NEW).request_id
    token = desk.token(ANA, CredentialKind.CONFIRM_LINK)
    done = confirming.confirm_by_link(desk.session, token, now=desk.later(hours=2))
    assert (done.request_id, done.state) == (request, RequestState.AWAITING_APPROVAL)
    with pytest.raises(StateForbids):
        confirming.confirm_by_link(desk.session, token, now=desk.later(minutes=1))


def test_asked_again_for_the_same_address_a_new_code_goes_out_three_in_all(desk: Desk) -> None:
    desk.strong(ANA)
    first = desk.asks_for(ANA, NEW)
    old_code = desk.code(ANA, CredentialKind.CONFIRM)
    assert desk.asks_for(ANA, NEW.upper()).change.already
    desk.later(minutes=3)
    assert desk.asks_for(ANA, NEW).request_id == first.request_id
    with pytest.raises(CheckNeeded) as wrong:
        confirming.confirm(desk.session, SAM, first.request_id, code=old_code, callback=False, now=desk.now)
    assert wrong.value.code == "wrong-code"
    desk.later(minutes=3)
    desk.asks_for(ANA, NEW)
    assert len(desk.mails("confirm-code")) == 3
    assert len(desk.mails("contact-changing")) == 1
    desk.later(minutes=15)
    desk.strong(ANA)
    with pytest.raises(StateForbids) as refused:
        desk.asks_for(ANA, NEW)
    assert refused.value.code == "too-many"


def test_asked_for_another_address_the_first_request_is_cancelled(desk: Desk) -> None:
    desk.strong(ANA)
    first = desk.asks_for(ANA, "anna@example.net").request_id
    second = desk.asks_for(ANA, NEW).request_id
    assert requests.get(desk.session, first).state == RequestState.CANCELLED
    assert [one.request_id for one in requests.list_open(desk.session, now=desk.now)] == [second]


@pytest.mark.parametrize("written", ["ana@example.org", "ANA@Example.org"])
def test_the_address_on_file_needs_no_request(desk: Desk, written: str) -> None:
    desk.strong(ANA)
    with pytest.raises(StateForbids) as refused:
        desk.asks_for(ANA, written)
    assert refused.value.code == "already-there"
    assert desk.permits_of(ANA, Action.UPDATE_CONTACT) == 0


def test_nobody_approves_before_the_new_address_answered(desk: Desk) -> None:
    desk.strong(ANA)
    request = desk.asks_for(ANA, NEW).request_id
    with pytest.raises(CheckNeeded) as refused:
        approving.approve(desk.session, ROSA, request, reason="seen", now=desk.later(minutes=1))
    assert refused.value.code == "approval-required"
    assert f"portaldesk confirm {request}" in refused.value.hint


def test_nobody_approves_the_own_request_nor_without_a_reason(desk: Desk) -> None:
    desk.strong(ANA, actor=ROSA)
    request = desk.asks_for(ANA, NEW, actor=ROSA).request_id
    confirmed(desk, request)
    with pytest.raises(NotAllowed) as own:
        approving.approve(desk.session, ROSA, request, reason="seen", now=desk.now)
    assert own.value.code == "own-request"
    desk.strong(BEN)
    other = desk.asks_for(BEN, "ben@example.net").request_id
    with pytest.raises(WrongUsage):
        approving.approve(desk.session, ROSA, other, reason=" ", now=desk.now)


def test_a_rejected_request_is_closed_with_its_links_and_the_account_as_it_was(desk: Desk) -> None:
    desk.strong(ANA)
    request = desk.asks_for(ANA, NEW).request_id
    objection = desk.token(ANA, CredentialKind.OBJECT)
    done = approving.reject(desk.session, ROSA, request, reason="not them", now=desk.later(minutes=1))
    assert done.state is RequestState.REJECTED
    assert approving.reject(desk.session, ROSA, request, reason="not them", now=desk.now).already
    with pytest.raises(StateForbids) as closed:
        approving.approve(desk.session, ROSA, request, reason="seen", now=desk.now)
    assert closed.value.code == "request-closed"
    with pytest.raises(StateForbids):
        confirming.object_(desk.session, objection, now=desk.now)
    assert desk.account(ANA).email == "ana@example.org"


def test_a_request_lives_seven_days(desk: Desk) -> None:
    desk.strong(ANA)
    request = desk.asks_for(ANA, NEW).request_id
    confirmed(desk, request)
    desk.now = requests.get(desk.session, request).expires_at
    assert requests.list_open(desk.session, now=desk.now) == []
    with pytest.raises(StateForbids) as closed:
        approving.approve(desk.session, ROSA, request, reason="seen", now=desk.now)
    assert closed.value.code == "request-closed"


def test_where_nobody_else_could_approve_and_nobody_can_be_told_photo_id_is_enough_at_once(desk: Desk) -> None:
    desk.strong(CAL, actor=ROSA)
    request = desk.asks_for(CAL, "cal@example.org", actor=ROSA).request_id
    done = confirmed(desk, request, CAL)
    assert (done.state, done.approver, done.independent) == (RequestState.EFFECTIVE, None, False)
    assert desk.account(CAL).email == "cal@example.org"


def test_where_nobody_else_could_approve_the_old_address_has_a_day_to_object(desk: Desk) -> None:
    desk.strong(BEN, actor=ROSA)
    request = desk.asks_for(BEN, "ben@example.net", actor=ROSA).request_id
    (notice,) = desk.mails("contact-changing")
    record.append(
        desk.session, record.Entry("deliver", "done", patient=BEN), [record.changed(notice, sent_at=desk.now)],
        now=desk.now,
    )  # fmt: skip
    told_at = desk.now
    waiting = confirmed(desk, request, BEN)
    assert (waiting.state, waiting.effective_at) == (RequestState.WAITING, told_at + timedelta(hours=24))
    desk.now = told_at + timedelta(hours=24) - timedelta(seconds=1)
    assert approving.settle_waiting(desk.session, now=desk.now) == 0
    assert approving.settle_waiting(desk.session, now=desk.later(seconds=1)) == 1
    assert desk.account(BEN).email == "ben@example.net"
    assert requests.get(desk.session, request).independent is False


def test_without_photo_id_time_alone_puts_nothing_into_force(desk: Desk) -> None:
    desk.asks(CAL, actor=ROSA, birth_date="1988-03-02", postal_code="66012", phone="5553401199", callback=True)
    request = desk.asks_for(CAL, "cal@example.org", actor=ROSA).request_id
    assert confirmed(desk, request, CAL).state is RequestState.AWAITING_APPROVAL
    assert approving.settle_waiting(desk.session, now=desk.later(days=2)) == 0
    assert desk.account(CAL).email is None


def test_who_objects_cancels_the_change_and_the_account_is_secured(desk: Desk) -> None:
    desk.strong(ANA)
    request = desk.asks_for(ANA, NEW).request_id
    confirmed(desk, request)
    done = confirming.object_(desk.session, desk.token(ANA, CredentialKind.OBJECT), now=desk.later(hours=3))
    assert done.action is Action.SECURE_ACCOUNT
    assert requests.get(desk.session, request).state == RequestState.CANCELLED
    assert desk.account(ANA).password_hash is None
    with pytest.raises(StateForbids):
        approving.approve(desk.session, ROSA, request, reason="seen", now=desk.now)


def test_where_texts_go_out_a_phone_is_confirmed_by_the_code_it_got_beside_another_request(desk: Desk) -> None:
    desk.strong(ANA)
    asked = desk.asks_for(ANA, "+15553334444", kind=ContactKind.PHONE, settings=TEXTING)
    code = desk.code(ANA, CredentialKind.CONFIRM)
    assert asked.words is not None
    assert [text.to_address for text in desk.mails("confirm-code-text")] == ["+15553334444"]
    assert asked.change.notified == ("phone", "a…@….org")
    mail = desk.asks_for(ANA, NEW, settings=TEXTING)
    again = desk.code(ANA, CredentialKind.CONFIRM)
    for request, said in ((asked, "00000000"), (mail, code)):
        with pytest.raises(CheckNeeded, match="not the code"):
            confirming.confirm(desk.session, SAM, request.request_id, code=said, callback=False, now=desk.now)
    for request, said in ((asked, code), (mail, again)):
        done = confirming.confirm(desk.session, SAM, request.request_id, code=said, callback=False, now=desk.now)
        assert done.state is RequestState.AWAITING_APPROVAL
    approving.approve(desk.session, ROSA, asked.request_id, reason="seen", now=desk.later(minutes=1))
    assert desk.account(ANA).phone == "+15553334444"


def test_a_phone_is_confirmed_by_calling_it_back_as_the_clerks_word(desk: Desk) -> None:
    desk.strong(ANA)
    asked = desk.asks_for(ANA, "+15553334444", kind=ContactKind.PHONE)
    assert not desk.mails("confirm-code")
    with pytest.raises(WrongUsage):
        confirming.confirm(desk.session, SAM, asked.request_id, code=None, callback=False, now=desk.now)
    done = confirming.confirm(desk.session, SAM, asked.request_id, code=None, callback=True, now=desk.now)
    assert done.audit_seq is not None
    assert '"attested": ["callback"]' in desk.event(done.audit_seq).details
    approving.approve(desk.session, ROSA, asked.request_id, reason="seen", now=desk.later(minutes=1))
    assert desk.account(ANA).phone == "+15553334444"


def test_an_email_is_never_confirmed_by_a_call(desk: Desk) -> None:
    desk.strong(ANA)
    request = desk.asks_for(ANA, NEW).request_id
    with pytest.raises(WrongUsage):
        confirming.confirm(desk.session, SAM, request, code=None, callback=True, now=desk.now)


def test_links_that_were_out_die_with_the_old_address(desk: Desk) -> None:
    desk.strong(ANA)
    resets.send(desk.session, desk.permit(Action.SEND_RESET, ANA), settings=SETTINGS, now=desk.now)
    link = credentials.token_of(keys_of(desk.session), desk.credential(ANA, CredentialKind.RESET).id)
    desk.moves(ANA, NEW)
    with pytest.raises(StateForbids) as dead:
        desk.redeems(ANA, CredentialKind.RESET, token=link)
    assert dead.value.code == "link-dead"


def test_that_another_patient_has_the_address_is_said_to_desk_and_approver_and_not_who(desk: Desk) -> None:
    desk.strong(ANA)
    asked = desk.asks_for(ANA, "BEN@example.org")
    shown = requests.view(desk.session, requests.get(desk.session, asked.request_id), now=desk.now)
    assert (asked.shared_with_others, shown.shared_with_others) == (True, True)
    assert "ben@example.org" not in repr((asked, shown)).lower()
    assert BEN not in repr((asked, shown))
    assert not desk.asks_for(ANA, NEW).shared_with_others


def test_a_reference_that_nobody_has_is_not_found(desk: Desk) -> None:
    for act in (
        lambda: confirming.confirm(desk.session, SAM, "R-000000", code="12345678", callback=False, now=desk.now),
        lambda: approving.approve(desk.session, ROSA, "R-000000", reason="seen", now=desk.now),
    ):
        with pytest.raises(NotFound) as missing:
            act()
        assert missing.value.code == "no-such-request"


def test_every_channel_has_its_own_methods_that_do_not_count() -> None:
    assert set(NOT_BY) == set(ACCOUNT_CONTACTS)

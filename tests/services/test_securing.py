"""Taking access away at once, also on hold; and giving it back to whoever had it (design §3)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from phone_calls import ANA, ANA_PASSWORD, BEN, NEW_PASSWORD, ROSA, ROWS, SETTINGS, Desk, found
from stores import bring

from portaldesk.errors import CheckNeeded, StateForbids
from portaldesk.gate import permits
from portaldesk.services import incidents, invitations, portal_sessions, requests, resets, securing
from portaldesk.services.changes import Changed
from portaldesk.store import tables
from portaldesk.words import Action, CredentialKind, IncidentKind, PatientStatus, RequestState


def secured(desk: Desk, mrn: str = ANA) -> Changed:
    return securing.secure(desk.session, desk.permit(Action.SECURE_ACCOUNT, mrn), now=desk.now)


def disabled(desk: Desk, mrn: str = ANA) -> Changed:
    return securing.disable(desk.session, desk.permit(Action.DISABLE, mrn), now=desk.now)


def enabled(desk: Desk, mrn: str = ANA) -> Changed:
    return securing.enable(desk.session, desk.permit(Action.ENABLE, mrn), now=desk.now)


def test_three_facts_end_sessions_and_links_and_erase_the_password(desk: Desk) -> None:
    session = desk.signs_in().session
    assert session is not None
    desk.basic(ANA)
    resets.send(desk.session, desk.permit(Action.SEND_RESET, ANA), settings=SETTINGS, now=desk.now)
    token = desk.token(ANA, CredentialKind.RESET)
    done = secured(desk)
    assert (done.effect, done.already, len(done.notified)) == ("done", False, 1)
    (incident,) = incidents.listed(desk.session)
    assert (incident.kind, incident.patient, incident.staff) == (IncidentKind.ACCOUNT_SECURED, ANA, "sam")
    assert (incident.opened_seq, incident.id in desk.event(done.audit_seq).details) == (done.audit_seq, True)
    assert not portal_sessions.look(desk.session, session, now=desk.now).signed_in
    with pytest.raises(StateForbids):
        desk.redeems(ANA, CredentialKind.RESET, token=token)
    assert desk.account(ANA).password_hash is None
    assert desk.signs_in(ANA_PASSWORD).outcome == "refused"


def test_sign_in_is_refused_until_a_recovery_is_redeemed_and_the_old_password_stays_in_the_history(desk: Desk) -> None:
    desk.basic(ANA)
    secured(desk)
    desk.later(minutes=3)
    resets.send(desk.session, desk.permit(Action.SEND_RESET, ANA), settings=SETTINGS, now=desk.now)
    with pytest.raises(StateForbids) as reused:
        desk.redeems(ANA, CredentialKind.RESET, password=ANA_PASSWORD)
    assert reused.value.code == "password-policy"
    desk.redeems(ANA, CredentialKind.RESET)
    assert desk.signs_in(NEW_PASSWORD).outcome == "signed-in"


def test_it_is_allowed_on_hold(desk: Desk) -> None:
    for _ in range(3):
        desk.fails(ANA)
    desk.asks(ANA, birth_date="1952-07-15", postal_code="67124", phone="5559078526")
    assert secured(desk).effect == "done"


def test_it_is_allowed_in_any_status_of_the_account(desk: Desk) -> None:
    desk.basic(BEN)
    invitations.resend(desk.session, desk.permit(Action.RESEND_INVITE, BEN), settings=SETTINGS, now=desk.now)
    assert secured(desk, BEN).account_status == "new"
    desk.strong(ANA)
    disabled(desk)
    assert secured(desk).account_status == "disabled"


def test_who_got_in_keeps_no_request_and_no_code(desk: Desk) -> None:
    desk.strong(ANA)
    request = desk.asks_for(ANA, "thief@example.net").request_id
    secured(desk)
    assert requests.get(desk.session, request).state == RequestState.CANCELLED
    kinds = (CredentialKind.CONFIRM, CredentialKind.CONFIRM_LINK)
    dead = [one for one in found(desk.session, tables.RecoveryCredential, mrn=ANA) if one.kind in kinds]
    assert len(dead) == 2
    assert all(one.revoked_at is not None for one in dead)
    assert desk.credential(ANA, CredentialKind.OBJECT).revoked_at is None


def test_where_there_is_nothing_to_take_it_is_so_already(desk: Desk) -> None:
    desk.basic(BEN)
    assert secured(desk, BEN).already
    assert desk.permits_of(BEN, Action.SECURE_ACCOUNT) == 0


def declined(desk: Desk, mrn: str = ANA, reason: str = "prefers letters") -> Changed:
    return securing.decline(desk.session, desk.permit(Action.DECLINE, mrn), reason=reason, now=desk.now)


def test_a_patient_who_declines_is_mailed_no_invitation_and_the_record_says_why(desk: Desk) -> None:
    desk.basic(BEN)
    invitations.resend(desk.session, desk.permit(Action.RESEND_INVITE, BEN), settings=SETTINGS, now=desk.now)
    token = desk.token(BEN, CredentialKind.INVITATION)
    done = declined(desk, BEN)
    assert (done.account_status, done.effect, len(done.notified)) == ("declined", "done", 1)
    event = desk.event(done.audit_seq)
    assert (event.action, event.reason) == ("decline", "prefers letters")
    with pytest.raises(StateForbids):
        desk.redeems(BEN, CredentialKind.INVITATION, token=token)
    desk.later(minutes=3)
    with pytest.raises(StateForbids) as refused:
        invitations.resend(desk.session, desk.permit(Action.RESEND_INVITE, BEN), settings=SETTINGS, now=desk.now)
    assert (refused.value.code, BEN in refused.value.hint) == ("account-declined", True)
    asked = permits.for_asking(Action.RESEND_INVITE, BEN)
    with pytest.raises(StateForbids):  # and in bulk, where nobody calls
        invitations.resend(desk.session, asked, settings=SETTINGS, now=desk.now)
    assert declined(desk, BEN).already


def test_an_account_in_use_may_be_declined_as_well_and_only_a_strong_check_undoes_it(desk: Desk) -> None:
    session = desk.signs_in().session
    assert session is not None
    desk.basic(ANA)
    assert declined(desk).account_status == "declined"
    assert not portal_sessions.look(desk.session, session, now=desk.now).signed_in
    assert desk.signs_in().outcome == "refused"
    with pytest.raises(CheckNeeded) as refused:
        enabled(desk)
    assert refused.value.code == "check-too-weak"
    desk.strong(ANA)
    assert enabled(desk).account_status == "active"
    assert desk.signs_in().outcome == "signed-in"


def test_a_disabled_account_opens_for_nobody_and_is_told(desk: Desk) -> None:
    session = desk.signs_in().session
    assert session is not None
    desk.strong(ANA)
    done = disabled(desk)
    assert (done.account_status, len(done.notified)) == ("disabled", 1)
    assert not portal_sessions.look(desk.session, session, now=desk.now).signed_in
    assert desk.signs_in().outcome == "refused"
    assert desk.account(ANA).failed_attempts == 0
    assert disabled(desk).already


def test_enabled_again_it_is_as_it_was(desk: Desk) -> None:
    desk.strong(ANA)
    disabled(desk)
    assert enabled(desk).account_status == "active"
    assert desk.signs_in().outcome == "signed-in"
    assert enabled(desk).already
    desk.strong(BEN)
    disabled(desk, BEN)
    assert enabled(desk, BEN).account_status == "new"


def test_disable_and_enable_need_a_strong_check(desk: Desk) -> None:
    desk.basic(ANA)
    for act in (disabled, enabled):
        with pytest.raises(CheckNeeded) as refused:
            act(desk)
        assert refused.value.code == "check-too-weak"


def test_the_account_of_a_record_that_is_not_active_is_not_enabled(desk: Desk) -> None:
    desk.strong(ANA)
    disabled(desk)
    bring(desk.session, [replace(ROWS[ANA], status=PatientStatus.DECEASED)], now=desk.later(minutes=1), actor=ROSA)
    desk.strong(ANA)
    with pytest.raises(StateForbids) as refused:
        enabled(desk)
    assert refused.value.code == "patient-inactive"

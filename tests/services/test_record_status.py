"""What a change of a record's status by an import ends, and what comes back with it (design §3.9)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from phone_calls import ANA, BEN, ROSA, ROWS, SAM, SAYS, SETTINGS, Desk
from stores import bring

from portaldesk.errors import CheckNeeded, StateForbids
from portaldesk.services import confirming, credentials, diagnosis, finding, patients, portal_sessions, requests, resets
from portaldesk.words import Action, CredentialKind, PatientStatus, RequestState

NOT_ACTIVE = [PatientStatus.DECEASED, PatientStatus.INACTIVE, PatientStatus.MERGED]


def becomes(desk: Desk, mrn: str, status: PatientStatus, *, into: str | None = None) -> None:
    row = replace(ROWS[mrn], status=status, merged_into=into)
    bring(desk.session, [row], now=desk.later(minutes=1), actor=ROSA)


@pytest.mark.parametrize("status", NOT_ACTIVE)
def test_it_ends_sessions_links_and_requests_and_nothing_of_them_comes_back(desk: Desk, status: PatientStatus) -> None:
    session = desk.signs_in().session
    assert session is not None
    desk.strong(ANA)
    asked = desk.asks_for(ANA, "new@example.net")
    code = desk.code(ANA, CredentialKind.CONFIRM)
    resets.send(desk.session, desk.permit(Action.SEND_RESET, ANA), settings=SETTINGS, now=desk.now)
    becomes(desk, ANA, status, into=BEN if status is PatientStatus.MERGED else None)
    assert desk.signs_in().outcome == "refused"
    becomes(desk, ANA, PatientStatus.ACTIVE)
    assert not portal_sessions.look(desk.session, session, now=desk.now).signed_in
    kinds = [kind for kind in CredentialKind if kind is not CredentialKind.OBJECT]  # which only takes away
    assert credentials.open_ones(desk.session, ANA, kinds) == []
    request = requests.get(desk.session, asked.request_id)
    assert (request.state, request.decision_reason) == (RequestState.CANCELLED, f"record {status}")
    with pytest.raises(StateForbids):
        confirming.confirm(desk.session, SAM, asked.request_id, code=code, callback=False, now=desk.now)
    assert desk.signs_in().outcome == "signed-in", "the account is as it was"


def test_no_address_is_changed_for_a_record_that_is_not_active(desk: Desk) -> None:
    desk.strong(ANA)
    becomes(desk, ANA, PatientStatus.DECEASED)
    with pytest.raises(StateForbids) as refused:
        desk.asks_for(ANA, "new@example.net")
    assert refused.value.code == "patient-inactive"


def test_a_merged_record_sends_the_clerk_on_to_the_survivor(desk: Desk) -> None:
    becomes(desk, ANA, PatientStatus.MERGED, into=BEN)
    found = finding.find(desk.session, SAM, ANA, birth_date=None, settings=SETTINGS, now=desk.now)
    assert [(one.mrn, one.goes_on_as) for one in found.patients] == [(ANA, BEN), (BEN, None)]
    seen = diagnosis.diagnose(desk.session, SAM, ANA, said_username=None, settings=SETTINGS, now=desk.now)
    (cause,) = [one for one in seen.causes if one.found]
    assert (cause.cause, cause.detail) == ("patient-merged", f"This record was merged into {BEN}.")
    with pytest.raises(StateForbids) as refused:
        desk.asks(ANA, **SAYS[ANA])
    assert (refused.value.code, BEN in refused.value.hint) == ("patient-merged", True)


def test_an_import_that_merges_somebody_lets_nobody_into_their_account(desk: Desk) -> None:
    before = desk.account(ANA).model_dump()
    becomes(desk, ANA, PatientStatus.MERGED, into=BEN)
    desk.strong(BEN)  # the attacker, into whose record Ana's was merged
    for action in (Action.ISSUE_TEMP_LOGIN, Action.SEND_RESET, Action.UPDATE_CONTACT, Action.DISABLE):
        with pytest.raises(CheckNeeded):
            desk.permit(action, ANA)
    assert desk.signs_in().outcome == "refused"
    becomes(desk, ANA, PatientStatus.ACTIVE)
    assert desk.account(ANA).model_dump() == before
    assert desk.signs_in().outcome == "signed-in"


def test_an_email_that_both_records_have_means_the_one_that_goes_on(desk: Desk) -> None:
    bring(desk.session, [replace(ROWS[BEN], email="ana@example.org")], now=desk.later(minutes=1), actor=ROSA)
    becomes(desk, ANA, PatientStatus.MERGED, into=BEN)
    assert patients.resolve(desk.session, "ana@example.org").mrn == BEN
    assert patients.resolve(desk.session, ANA).mrn == ANA

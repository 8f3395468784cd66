"""Another username for the same account: at a strong check, told to the patient, and nothing else moves (design §3)."""

from __future__ import annotations

import pytest
from phone_calls import ANA, ANA_PASSWORD, BEN, SETTINGS, Desk, told

from portaldesk.errors import CheckNeeded, StateForbids, WrongUsage
from portaldesk.services import invitations, portal_sessions, resets, usernames
from portaldesk.services.changes import Changed
from portaldesk.words import Action, CredentialKind


def changed(desk: Desk, to: str, mrn: str = ANA) -> Changed:
    return usernames.change(desk.session, desk.permit(Action.CHANGE_USERNAME, mrn), to, now=desk.now)


def test_the_patient_signs_in_by_the_new_name_with_the_same_password_and_is_told(desk: Desk) -> None:
    session = desk.signs_in().session
    assert session is not None
    desk.strong(ANA)
    done = changed(desk, "Silvana")
    assert (done.effect, done.account_status, len(done.notified)) == ("done", "active", 1)
    (notice,) = desk.mails("changed")
    assert '"what": "change-username"' in notice.variables
    assert "silvana" not in notice.variables + told(desk.session)
    assert desk.signs_in(ANA_PASSWORD, "ana.r").outcome == "refused"
    assert desk.signs_in(ANA_PASSWORD, "silvana").outcome == "signed-in"
    assert portal_sessions.look(desk.session, session, now=desk.now).signed_in


def test_a_link_that_is_out_goes_on_working(desk: Desk) -> None:
    desk.strong(ANA)
    resets.send(desk.session, desk.permit(Action.SEND_RESET, ANA), settings=SETTINGS, now=desk.now)
    changed(desk, "silvana")
    assert desk.redeems(ANA, CredentialKind.RESET).username == "silvana"


def test_the_same_name_is_so_already_and_spends_nothing(desk: Desk) -> None:
    desk.strong(ANA)
    assert changed(desk, "ANA.R").already
    assert changed(desk, "silvana").effect == "done"
    with pytest.raises(CheckNeeded) as refused:
        changed(desk, "silvia")
    assert refused.value.code == "check-spent"


@pytest.mark.parametrize("name", ["mrn-2", "ben.o"])
def test_a_name_that_is_another_patients_mrn_or_username_cannot_be_had_and_the_check_is_not_spent(
    desk: Desk, name: str
) -> None:
    desk.strong(BEN)
    invitations.resend(desk.session, desk.permit(Action.RESEND_INVITE, BEN), settings=SETTINGS, now=desk.now)
    desk.redeems(BEN, CredentialKind.INVITATION, username="ben.o")
    desk.strong(ANA)
    with pytest.raises(StateForbids) as refused:
        changed(desk, name)
    assert refused.value.code == "username-taken"
    assert changed(desk, "silvana").effect == "done"


def test_an_email_is_no_username(desk: Desk) -> None:
    desk.strong(ANA)
    with pytest.raises(WrongUsage):
        changed(desk, "ana@example.org")


def test_an_account_without_a_username_is_sent_to_the_command_that_gives_one(desk: Desk) -> None:
    desk.strong(BEN)
    with pytest.raises(StateForbids) as refused:
        changed(desk, "ben.o", BEN)
    assert refused.value.code == "never-activated"
    assert refused.value.hint.endswith(f"portaldesk resend-invite {BEN}")


def test_three_facts_change_no_username(desk: Desk) -> None:
    desk.basic(ANA)
    with pytest.raises(CheckNeeded) as refused:
        changed(desk, "silvana")
    assert refused.value.code == "check-too-weak"

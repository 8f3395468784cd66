"""Who acts for a patient gets a login of their own, never the patient's, and not for longer than they may."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from phone_calls import ANA, BEN, NEW_PASSWORD, ROSA, SAM, SAYS, SETTINGS, Desk
from sqlmodel import select
from stores import bring, facts

from portaldesk.errors import CheckNeeded, NotAllowed, NotFound, StateForbids, WrongUsage
from portaldesk.gate import proxies as gate_proxies
from portaldesk.gate.actors import Actor
from portaldesk.render import fhir
from portaldesk.services import (
    approving,
    callers,
    clinic,
    confirming,
    diagnosis,
    forgetting,
    identity_checks,
    portal_sessions,
    portal_sign_ins,
    redeeming,
    resets_listing,
    temporary_logins,
)
from portaldesk.services.proxies import granting, leaves, proposals
from portaldesk.services.proxies.granting import Granted
from portaldesk.services.proxies.proposals import Proposed
from portaldesk.store import tables
from portaldesk.words import Action, Authority, CheckOutcome, CredentialKind, Level, Method, RequestState, Role

KIM, LEE = "MRN-50", "MRN-51"
"""Kim is eight, Lee fourteen."""
BORN = {KIM: date(2018, 3, 9), LEE: date(2012, 3, 9)}
OLGA = Actor("olga", Role.ADMIN, "S-olga")
MOTHER: dict[str, Any] = {
    "name": "Maria Lopez", "relation": "mother", "birth_date": "1986-04-02", "email": "maria@example.org",
    "phone": "(555) 321-7788", "postal_code": "66002",
}  # fmt: skip
ASKS = {"birth_date": "2018-03-09", "own_birth_date": "1986-04-02", "phone": "555-321-7788"}
THE_MOTHER = callers.Said(proxy="maria lopez")
COMES = callers.Said(representative="Maria Lopez", authority=Authority.PARENT, document="birth certificate")


@pytest.fixture
def kids(desk: Desk) -> Desk:
    """A clinic with children in it, and a second admin who can approve."""
    rows = [
        facts(mrn, given_name=name, family_name="Lopez", birth_date=BORN[mrn], email=None, phone="+15553217788")
        for mrn, name in ((KIM, "Kim"), (LEE, "Lee"))
    ]
    bring(desk.session, rows, now=desk.now - timedelta(days=2))
    return desk


def wanted(**more: Any) -> Proposed:
    return proposals.read_proposal(**(MOTHER | more), locale="en_US", today=date(2026, 12, 3))


def grants(desk: Desk, mrn: str, *, actor: Actor = SAM, **more: Any) -> Granted:
    permit = desk.permit(Action.PROXY_GRANT, mrn, actor=actor)
    return granting.grant(desk.session, permit, wanted(**more), settings=SETTINGS, now=desk.now)


def comes(desk: Desk, mrn: str = KIM, **more: Any) -> identity_checks.CheckView:
    """The mother is at the desk with her passport and the child's birth certificate."""
    born = BORN[mrn].isoformat()
    return desk.asks(mrn, who=COMES, birth_date=born, photo_id="passport", **more)


def approved(desk: Desk, mrn: str = KIM, **more: Any) -> str:
    """The mother's grant, approved by rosa; returns the proxy's id."""
    comes(desk, mrn)
    waiting = grants(desk, mrn, **more)
    assert waiting.request_id is not None
    approving.approve(desk.session, ROSA, waiting.request_id, reason="certificate seen", now=desk.later(minutes=5))
    return leave(desk, mrn).person.mrn


def leave(desk: Desk, mrn: str = KIM) -> gate_proxies.Leave:
    return gate_proxies.for_patient(desk.session, mrn)[-1]


def signs_up(desk: Desk, proxy: str, *, username: str = "maria.l") -> None:
    """The proxy opens the invitation and chooses a password."""
    said = {Method.BIRTH_DATE: "1986-04-02", Method.PHONE: "+15553217788"}
    redeeming.redeem(
        desk.session, desk.token(proxy, CredentialKind.INVITATION), said, call_code=None, username=username,
        password=NEW_PASSWORD, settings=SETTINGS, rng=desk_rng(), now=desk.later(minutes=2),
    )  # fmt: skip


def desk_rng() -> Any:
    import random

    return random.Random(3)


def signs_in(desk: Desk, username: str = "maria.l", password: str = NEW_PASSWORD) -> portal_sign_ins.SignInResult:
    return portal_sign_ins.sign_in(desk.session, username, password, now=desk.later(minutes=1))


def test_a_child_under_twelve_is_not_verified_but_who_acts_for_them(kids: Desk) -> None:
    with pytest.raises(StateForbids) as refusal:
        kids.asks(KIM, birth_date="2018-03-09")
    assert refusal.value.code == "minor"
    assert kids.asks(LEE, birth_date="2012-03-09").outcome is CheckOutcome.PENDING


def test_a_representative_with_documents_is_allowed_a_proxy_and_nothing_else(kids: Desk) -> None:
    seen = comes(kids)
    assert (seen.caller, seen.level, seen.allows) == ("representative", Level.STRONG, (Action.PROXY_GRANT,))
    for action in (Action.ISSUE_TEMP_LOGIN, Action.RESEND_INVITE, Action.SECURE_ACCOUNT, Action.UPDATE_CONTACT):
        with pytest.raises(CheckNeeded) as refusal:
            kids.permit(action, KIM)
        assert (refusal.value.code, refusal.value.hint) == (
            "not-this-caller",
            f"Give them a login of their own: portaldesk proxy grant {KIM} --name ... --relation ... --birth-date -",
        )
        assert refusal.value.message == f"A check of a representative does not allow {action}."


def test_what_a_representative_asks_for_waits_for_an_admin_who_did_not_ask(kids: Desk) -> None:
    comes(kids)
    waiting = grants(kids, KIM)
    assert (waiting.state, waiting.proxy, waiting.change.effect) == (RequestState.AWAITING_APPROVAL, None, "waiting")
    told = json.loads(kids.event(waiting.change.audit_seq).details)
    assert (told["caller"], told["authority"], told["attested"]) == ("representative", "parent", ["photo-id"])
    assert gate_proxies.for_patient(kids.session, KIM) == []
    assert waiting.request_id is not None
    with pytest.raises(NotAllowed):
        approving.approve(kids.session, SAM, waiting.request_id, reason="x", now=kids.now)
    done = approving.approve(kids.session, ROSA, waiting.request_id, reason="certificate", now=kids.later(minutes=1))
    assert (done.action, done.state, done.approver) == (Action.PROXY_GRANT, RequestState.EFFECTIVE, "rosa")
    assert done.new_value == "Maria Lopez (mother; parent: birth certificate; m…@….org; …88)"
    assert leave(kids).ends_at == datetime(2036, 3, 9, tzinfo=UTC), "the 18th birthday"


def test_asking_again_for_the_same_person_is_the_same_request(kids: Desk) -> None:
    comes(kids)
    first, again = grants(kids, KIM), grants(kids, KIM)
    assert first.request_id == again.request_id
    assert again.change.already


def test_a_proxy_has_a_login_of_their_own_that_names_whom_they_act_for(kids: Desk) -> None:
    proxy = approved(kids)
    signs_up(kids, proxy)
    in_ = signs_in(kids)
    assert [(one.patient, one.first_name, one.relation) for one in in_.acts_for] == [(KIM, "Kim", "mother")]
    assert in_.session is not None
    assert portal_sessions.look(kids.session, in_.session, now=kids.now).acts_for == (KIM,)
    assert kids.account(KIM).status == "new", "the child's own account is untouched"


def test_a_second_child_is_named_by_the_same_login(kids: Desk) -> None:
    proxy = approved(kids)
    signs_up(kids, proxy)
    assert approved(kids, LEE) == proxy
    assert {one.patient for one in signs_in(kids).acts_for} == {KIM, LEE}


def test_nobodys_login_is_turned_to_a_new_address_by_a_grant(kids: Desk) -> None:
    assert approved(kids) != approved(kids, LEE, email="other@example.org")


def test_a_proxy_is_asked_their_own_facts_and_the_patients_birth_date(kids: Desk) -> None:
    proxy = approved(kids)
    asked = kids.asks(KIM, who=THE_MOTHER, own_birth_date="1986-04-02", phone="555-321-7788")
    assert (asked.level, asked.caller) == (Level.NONE, "proxy")
    assert "the patient's date of birth" in asked.say
    seen = kids.asks(KIM, birth_date="2018-03-09")
    assert (seen.check_id, seen.level, seen.outcome) == (asked.check_id, Level.BASIC, CheckOutcome.PASSED)
    sent = resets_or_invite(kids, KIM)
    assert (sent.patient, sent.proxy) == (KIM, proxy)
    assert kids.mails("invitation")[-1].to_address == "maria@example.org"


def resets_or_invite(desk: Desk, mrn: str) -> Any:
    from portaldesk.services import invitations

    desk.later(minutes=5)
    return invitations.resend(desk.session, desk.permit(Action.RESEND_INVITE, mrn), settings=SETTINGS, now=desk.now)


def test_a_proxy_who_tells_their_own_birth_date_for_the_patients_has_answered_that(kids: Desk) -> None:
    approved(kids)
    seen = kids.asks(KIM, who=THE_MOTHER, birth_date="1986-04-02")
    assert [(m.method, m.outcome) for m in seen.methods] == [(Method.OWN_BIRTH_DATE, "match")]
    assert seen.wrong_left == 1


def test_a_proxys_temporary_login_is_their_own(kids: Desk) -> None:
    proxy = approved(kids)
    kids.asks(KIM, who=THE_MOTHER, birth_date="2018-03-09", photo_id="passport")
    made = temporary_logins.issue(
        kids.session, kids.permit(Action.ISSUE_TEMP_LOGIN, KIM), settings=SETTINGS, rng=desk_rng(), now=kids.now
    )
    assert made.change.proxy == proxy
    assert kids.account(proxy).username == made.username
    assert (kids.account(KIM).username, kids.account(KIM).password_hash) == (None, None)


def test_a_proxys_code_goes_to_the_proxys_address_and_makes_the_check_strong(kids: Desk) -> None:
    proxy = approved(kids)
    kids.asks(KIM, who=THE_MOTHER, **ASKS)
    kids.asks(KIM, send_code="email")
    assert kids.mails("check-code")[-1].to_address == "maria@example.org"
    assert kids.asks(KIM, code=kids.code(proxy)).level is Level.STRONG


@pytest.mark.parametrize("action", [Action.UPDATE_CONTACT, Action.ENABLE, Action.DISABLE, Action.PROXY_GRANT])
def test_a_proxys_check_never_changes_what_is_the_patients(kids: Desk, action: Action) -> None:
    approved(kids)
    kids.asks(KIM, who=THE_MOTHER, birth_date="2018-03-09", photo_id="passport")
    with pytest.raises(CheckNeeded) as refusal:
        kids.permit(action, KIM)
    assert (refusal.value.code, refusal.value.hint) == (
        "not-this-caller",
        f"The patient asks for it: portaldesk end-call, then portaldesk verify-identity {KIM}",
    )
    assert refusal.value.message == f"A check of a proxy does not allow {action}."


def test_another_caller_begins_another_check(kids: Desk) -> None:
    patient = kids.asks(LEE, birth_date="2012-03-09")
    approved(kids, LEE)
    proxy = kids.asks(LEE, who=THE_MOTHER, birth_date="2012-03-09")
    assert proxy.check_id != patient.check_id


def test_an_adult_patients_own_word_grants_at_once_and_they_are_told(desk: Desk) -> None:
    desk.strong(ANA)
    granted = grants(desk, ANA, relation="daughter", name="Mia Reynolds")
    assert (granted.state, granted.ends_at) == (RequestState.EFFECTIVE, None)
    assert granted.change.notified
    assert [one.to_address for one in desk.mails("invitation")] == ["maria@example.org"]
    assert [one.to_address for one in desk.mails("changed")] == ["ana@example.org"]


def test_no_invitation_goes_out_that_nobody_could_redeem(desk: Desk) -> None:
    desk.strong(ANA)
    granted = grants(desk, ANA, phone=None, postal_code=None)
    assert granted.proxy is not None
    assert desk.mails("invitation") == []
    desk.asks(ANA, who=THE_MOTHER, birth_date="1952-07-15", photo_id="passport")
    assert resets_or_invite(desk, ANA).call_code is not None


def test_what_a_child_grants_on_their_own_word_waits_for_an_admin(kids: Desk) -> None:
    kids.asks(LEE, birth_date="2012-03-09", photo_id="school ID")
    assert grants(kids, LEE).state is RequestState.AWAITING_APPROVAL


def test_who_represents_a_patient_comes_in_person(kids: Desk) -> None:
    kids.asks(KIM, who=COMES, birth_date="2018-03-09", postal_code="67124", phone="555-321-7788")
    kids.asks(KIM, callback=True)
    with pytest.raises(CheckNeeded) as refusal:
        grants(kids, KIM)
    assert refusal.value.code == "check-too-weak"


def test_knowledge_or_a_mailed_code_grants_nobody(desk: Desk) -> None:
    desk.basic(ANA)
    desk.asks(ANA, send_code="email")
    desk.asks(ANA, code=desk.code(ANA))
    with pytest.raises(CheckNeeded) as refusal:
        desk.permit(Action.PROXY_GRANT, ANA)
    assert refusal.value.code == "check-too-weak"


def test_a_parent_may_not_act_for_a_grown_child_but_a_power_of_attorney_may(desk: Desk) -> None:
    parent = callers.Said(representative="Maria Lopez", authority=Authority.PARENT)
    desk.asks(BEN, who=parent, birth_date=SAYS[BEN]["birth_date"], photo_id="passport")
    with pytest.raises(StateForbids) as refusal:
        grants(desk, BEN)
    assert refusal.value.code == "authority-ended"
    attorney = callers.Said(representative="Maria Lopez", authority=Authority.POWER_OF_ATTORNEY)
    desk.asks(BEN, who=attorney, birth_date=SAYS[BEN]["birth_date"], photo_id="passport")
    assert grants(desk, BEN).state is RequestState.AWAITING_APPROVAL


def test_on_the_eighteenth_birthday_it_ends_and_both_are_told(kids: Desk) -> None:
    proxy = approved(kids)
    signs_up(kids, proxy)
    signed_in = signs_in(kids)
    kids.now = datetime(2036, 3, 9, 0, 1, tzinfo=UTC)
    assert signs_in(kids).outcome == "refused"
    assert leaves.end_due(kids.session, now=kids.now) == 1
    assert leaves.end_due(kids.session, now=kids.now) == 0
    assert leave(kids).proxy.ended_why == "of-age"
    assert kids.mails("changed", to="maria@example.org")
    assert signed_in.session is not None
    assert not portal_sessions.look(kids.session, signed_in.session, now=kids.now).signed_in
    with pytest.raises(NotFound):
        kids.asks(KIM, who=THE_MOTHER, birth_date="2018-03-09")


@pytest.mark.parametrize("admins", ["two", "one"])
def test_a_parents_request_that_waits_past_the_birthday_lets_nobody_in(kids: Desk, admins: str) -> None:
    bring(kids.session, [facts("MRN-52", birth_date=date(2008, 12, 5), email=None)], now=kids.now)
    by = SAM if admins == "two" else ROSA
    kids.asks("MRN-52", actor=by, who=COMES, birth_date="2008-12-05", photo_id="passport")
    waiting = grants(kids, "MRN-52", actor=by).request_id
    assert waiting is not None
    kids.later(days=3)
    if admins == "two":
        with pytest.raises(StateForbids) as refusal:
            approving.approve(kids.session, ROSA, waiting, reason="certificate", now=kids.now)
        assert refusal.value.code == "authority-ended"
    else:
        approving.settle_waiting(kids.session, now=kids.now)
    assert all(one.is_over(now=kids.now) for one in gate_proxies.for_patient(kids.session, "MRN-52"))


def test_a_birth_date_that_was_put_right_moves_the_end(kids: Desk) -> None:
    approved(kids)
    patient = kids.session.get_one(tables.Patient, KIM)
    assert not leave(kids).is_over(now=datetime(2030, 1, 1, tzinfo=UTC))
    object.__setattr__(patient, "__dict__", patient.__dict__ | {"birth_date": date(2010, 1, 1)})
    assert leave(kids).is_over(now=datetime(2030, 1, 1, tzinfo=UTC))


def test_a_leave_is_over_at_the_moment_of_its_end_and_closed_from_the_birthday_that_the_clinic_named(
    kids: Desk,
) -> None:
    approved(kids)
    birthday = datetime(2036, 3, 9, tzinfo=UTC)
    instant = timedelta(microseconds=1)
    assert (leave(kids).ends_at, leave(kids).is_over(now=birthday)) == (birthday, True)
    assert not leave(kids).is_over(now=birthday - instant)
    twelfth = datetime(2030, 3, 9, tzinfo=UTC)
    assert leave(kids).in_force(now=twelfth - instant, closed_from=12)
    assert not leave(kids).in_force(now=twelfth, closed_from=12)
    assert leave(kids).in_force(now=twelfth)


def test_leaves_are_told_in_the_order_in_which_they_were_granted(desk: Desk) -> None:
    names = ["Zoe Adams", "Maria Lopez", "Amy Brown"]
    for number, name in enumerate(names):
        desk.strong(ANA)
        grants(desk, ANA, name=name, email=f"p{number}@example.org")
        desk.later(hours=1)
    granted = gate_proxies.for_patient(desk.session, ANA)
    assert [callers.full_name(one.person) for one in granted] == names
    desk.strong(ANA)
    assert [line.name for line in leaves.listed(desk.session, SAM, ANA, now=desk.now)] == names[::-1]


def test_a_revoked_proxy_is_out_at_once(desk: Desk) -> None:
    desk.strong(ANA)
    proxy = grants(desk, ANA).proxy
    assert proxy is not None
    signs_up(desk, proxy)
    in_ = signs_in(desk)
    desk.strong(ANA)
    leaves.revoke(desk.session, desk.permit(Action.PROXY_REVOKE, ANA), "Lopez, Maria", now=desk.now)
    assert signs_in(desk).outcome == "refused"
    assert in_.session is not None
    assert not portal_sessions.look(desk.session, in_.session, now=desk.now).signed_in
    assert leaves.listed(desk.session, SAM, ANA, now=desk.now)[0].state == "revoked"


def test_a_permit_of_a_live_check_is_worth_nothing_once_the_leave_has_ended(kids: Desk) -> None:
    approved(kids, until="2026-12-20")
    kids.now = datetime(2026, 12, 20, 23, 55, tzinfo=UTC)
    kids.asks(KIM, who=THE_MOTHER, **ASKS)
    kids.later(minutes=8)
    with pytest.raises(CheckNeeded) as refusal:
        kids.permit(Action.RESEND_INVITE, KIM)
    assert refusal.value.code == "proxy-ended"


def test_a_clinic_can_shut_proxies_out_of_what_adolescents_see(kids: Desk) -> None:
    proxy = approved(kids)
    approved(kids, LEE)
    signs_up(kids, proxy)
    clinic.set_value(kids.session, ROSA, "proxies_closed_from_years", "12", now=kids.later(minutes=1))
    assert [one.patient for one in signs_in(kids).acts_for] == [KIM]
    with pytest.raises(StateForbids) as refusal:
        kids.asks(LEE, who=THE_MOTHER, settings=replace(SETTINGS, proxies_closed_from_years=12))
    assert refusal.value.code == "closed-to-proxies"


def test_the_portal_mails_nothing_to_a_young_child_or_to_who_acts_for_nobody(desk: Desk, kids: Desk) -> None:
    desk.strong(ANA)
    proxy = grants(desk, ANA).proxy
    assert proxy is not None
    signs_up(desk, proxy)
    desk.strong(ANA)
    leaves.revoke(desk.session, desk.permit(Action.PROXY_REVOKE, ANA), proxy, now=desk.now)
    forgetting.forgot_password(desk.session, "maria.l", settings=SETTINGS, now=desk.later(minutes=5))
    assert desk.mails("reset") == []


def test_a_custody_order_ends_the_other_parents_leave_with_its_own_approval(kids: Desk) -> None:
    mother = approved(kids)
    court = callers.Said(representative="Jo Park", authority=Authority.COURT, document="court order")
    kids.asks(KIM, who=court, birth_date="2018-03-09", photo_id="passport")
    waiting = grants(kids, KIM, name="Jo Park", relation="guardian", email="jo@example.org", instead_of="Maria Lopez")
    assert waiting.request_id is not None
    assert not leave(kids).is_over(now=kids.now), "not before the approval"
    approving.approve(kids.session, ROSA, waiting.request_id, reason="order seen", now=kids.later(minutes=1))
    old, new = gate_proxies.for_patient(kids.session, KIM)
    assert (old.person.mrn, old.proxy.ended_why, new.person.given_name) == (mother, "replaced", "Jo")


@pytest.mark.parametrize("said", ["LOPEZ, Maria", "maría lopez", "Maria-Lopez"])
def test_a_proxys_name_is_heard_forgivingly(kids: Desk, said: str) -> None:
    approved(kids)
    assert kids.asks(KIM, who=callers.Said(proxy=said), birth_date="2018-03-09").caller == "proxy"


def test_diagnose_sends_who_calls_for_a_young_child_to_what_helps_them(kids: Desk) -> None:
    found = diagnosis.diagnose(kids.session, SAM, KIM, said_username=None, settings=SETTINGS, now=kids.now)
    next_ = {cause.cause: cause.next for cause in found.causes}
    assert "--representative" in next_["never-activated"]


def test_a_proxys_call_is_diagnosed_by_the_proxys_own_login(kids: Desk) -> None:
    proxy = approved(kids)
    signs_up(kids, proxy)
    for _ in range(5):
        assert signs_in(kids, password="not it").outcome == "refused"
    kids.asks(KIM, who=THE_MOTHER, **ASKS)
    found = diagnosis.diagnose(kids.session, SAM, KIM, said_username=None, settings=SETTINGS, now=kids.now)
    assert {cause.cause for cause in found.causes if cause.found} == {"locked", "mail-waiting"}  # theirs, to them


def test_the_desk_learns_of_no_proxy_without_a_check(desk: Desk) -> None:
    with pytest.raises(CheckNeeded):
        leaves.listed(desk.session, SAM, ANA, now=desk.now)
    desk.asks(ANA, birth_date="1952-07-15")
    with pytest.raises(CheckNeeded) as weak:
        leaves.listed(desk.session, SAM, ANA, now=desk.now)
    assert (weak.value.code, weak.value.hint) == (
        "check-too-weak", f"Ask the next fact: portaldesk verify-identity {ANA}",
    )  # fmt: skip
    desk.basic(ANA)
    assert leaves.listed(desk.session, SAM, ANA, now=desk.now) == []
    with pytest.raises(NotAllowed) as own:
        leaves.listed(desk.session, replace(SAM, own=frozenset({ANA})), ANA, now=desk.now)
    assert own.value.code == "own-record"


def test_a_login_does_not_name_a_patient_by_who_acts_for_them(kids: Desk) -> None:
    from portaldesk.services import patients

    proxy = approved(kids)
    signs_up(kids, proxy)
    with pytest.raises(NotFound):
        patients.resolve(kids.session, "user:maria.l")
    with pytest.raises(NotFound):
        patients.resolve(kids.session, "email:maria@example.org")


@pytest.mark.parametrize(
    "more",
    [{"birth_date": "2018-03-09"}, {"until": "2020-01-01"}, {"until": "soon"}, {"scope": "all"}, {"name": " "}],
)
def test_a_proposal_that_cannot_be_meant_is_refused_in_words(more: dict[str, str]) -> None:
    with pytest.raises(WrongUsage):
        wanted(**more)


def test_where_there_is_one_admin_the_patients_address_has_a_day_to_object(desk: Desk) -> None:
    attorney = callers.Said(representative="Maria Lopez", authority=Authority.POWER_OF_ATTORNEY)
    desk.asks(ANA, actor=ROSA, who=attorney, birth_date=SAYS[ANA]["birth_date"], photo_id="passport")
    waiting = grants(desk, ANA, actor=ROSA)
    assert waiting.state is RequestState.WAITING
    (told,) = desk.mails("contact-changing")
    told_at = desk.now
    assert told.to_address == "ana@example.org"
    approving.settle_waiting(desk.session, now=desk.later(hours=25))
    assert gate_proxies.for_patient(desk.session, ANA) == [], f"the mail of {told_at} still waits in the outbox"


@pytest.mark.parametrize("late", [False, True], ids=["while it waits", "when it is in force"])
def test_who_objects_to_a_proxy_ends_it_and_the_account_is_secured(desk: Desk, late: bool) -> None:
    attorney = callers.Said(representative="Maria Lopez", authority=Authority.POWER_OF_ATTORNEY)
    desk.asks(ANA, who=attorney, birth_date=SAYS[ANA]["birth_date"], photo_id="passport")
    request = grants(desk, ANA).request_id
    assert request is not None
    objection = desk.token(ANA, CredentialKind.OBJECT)
    if late:
        approving.approve(desk.session, ROSA, request, reason="letter seen", now=desk.later(minutes=5))
    confirming.object_(desk.session, objection, now=desk.later(days=1))
    assert [one.proxy.ended_why for one in gate_proxies.for_patient(desk.session, ANA)] == ["objected"] * late
    assert desk.account(ANA).password_hash is None
    (incident,) = desk.session.exec(select(tables.Incident).where(tables.Incident.patient == ANA))
    assert (incident.kind, incident.staff) == ("contact-objected", "sam")


def test_the_fifth_wrong_try_kills_a_proxys_link_and_is_a_failed_check_of_whom_they_act_for(kids: Desk) -> None:
    proxy = approved(kids)
    link, token = kids.credential(proxy, CredentialKind.INVITATION), kids.token(proxy, CredentialKind.INVITATION)
    wrong = {Method.BIRTH_DATE: "1986-04-02", Method.PHONE: "+15550000000"}
    for _ in range(5):
        with pytest.raises(CheckNeeded):
            kids.redeems(proxy, CredentialKind.INVITATION, token=token, said=wrong)
    assert (link.tries, link.revoked_at) == (5, kids.now)
    with pytest.raises(StateForbids):
        kids.redeems(proxy, CredentialKind.INVITATION, token=token, said=wrong)
    (failed,) = kids.session.exec(
        select(tables.IdentityCheck).where(tables.IdentityCheck.outcome == CheckOutcome.FAILED)
    )
    assert (failed.patient, failed.account, failed.caller) == (KIM, proxy, "proxy")


def test_what_helps_a_proxy_names_the_patient_they_call_for(kids: Desk) -> None:
    proxy = approved(kids, email=None)
    kids.asks(KIM, who=THE_MOTHER, birth_date="2018-03-09", photo_id="passport")
    hints = []
    for _ in range(2):
        with pytest.raises(StateForbids) as refusal:
            resets_or_invite(kids, KIM)
        hints.append(refusal.value.hint)
        account = kids.account(proxy)
        object.__setattr__(account, "__dict__", account.__dict__ | {"status": "active"})
    assert not any(proxy in hint or "update-contact" in hint or "--letter" in hint for hint in hints)
    assert f"proxy grant {KIM}" in hints[0]
    assert f"send-reset {KIM}" in hints[1]


def test_the_fhir_form_names_a_proxy_as_no_patient(kids: Desk) -> None:
    proxy = approved(kids)
    signs_up(kids, proxy)
    redeemed = resets_listing.list_resets(kids.session, action="redeem")[0]
    (event,) = map(json.loads, fhir.audit_events([redeemed]))
    assert redeemed.patient == proxy
    assert event["entity"][0]["what"]["type"] == "RelatedPerson"

"""A temporary login: shown once, spelled, opens nothing but "choose a password" (design §4)."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from phone_calls import ANA, ANA_PASSWORD, BEN, NEW_PASSWORD, SAM, SETTINGS, Desk, a_clinic, found

from portaldesk.errors import CheckNeeded, NotAllowed, StateForbids, WrongUsage
from portaldesk.rules import hashing
from portaldesk.services import calls, portal_sign_ins, temporary_logins
from portaldesk.services.portal_sign_ins import PasswordChanged
from portaldesk.services.temporary_logins import TemporaryLogin
from portaldesk.store import tables
from portaldesk.words import Action
from raw_stores import everything

BORN = {ANA: date(1952, 7, 15), BEN: date(1947, 1, 14)}


def issued(desk: Desk, mrn: str, username: str | None = None) -> TemporaryLogin:
    permit = desk.permit(Action.ISSUE_TEMP_LOGIN, mrn)
    return temporary_logins.issue(
        desk.session, permit, username=username, settings=SETTINGS, rng=random.Random(11), now=desk.now
    )


def chosen(desk: Desk, username: str, old: str, born: date | None) -> PasswordChanged:
    return portal_sign_ins.change_password(
        desk.session, username, old, NEW_PASSWORD, birth_date=born, settings=SETTINGS, now=desk.later(seconds=30)
    )


def test_it_opens_only_choose_a_password_and_with_the_birth_date(desk: Desk) -> None:
    desk.strong(ANA)
    made = issued(desk, ANA)
    assert desk.signs_in(ANA_PASSWORD).outcome == "refused"
    opened = desk.signs_in(made.temporary_password)
    assert (opened.outcome, opened.session) == ("must-change-password", None)
    with pytest.raises(WrongUsage):
        chosen(desk, "ana.r", made.temporary_password, None)
    assert chosen(desk, "ana.r", made.temporary_password, BORN[ANA]).effect == "done"
    assert desk.signs_in(made.temporary_password).outcome == "refused"
    assert desk.signs_in(NEW_PASSWORD).outcome == "signed-in"


def test_it_can_be_read_out_and_stands_nowhere_in_the_store(tmp_path: Path) -> None:
    with a_clinic(tmp_path) as store:
        with store.session() as session:
            desk = Desk(session)
            desk.strong(ANA)
            made = issued(desk, ANA)
            session.commit()
        assert made.spelled.count("as in") == sum(c.isalpha() for c in made.temporary_password)
        stored = everything(store.place.home)
        assert made.temporary_password.encode() not in stored
        assert made.spelled.encode() not in stored
        assert made.temporary_password not in repr(made)


def test_a_password_drawn_before_the_turn_is_given_and_one_of_an_older_policy_or_pepper_is_not(desk: Desk) -> None:
    """Between drawing and giving, an admin may have changed the policy or rotated the pepper."""
    drawn = temporary_logins.draw(desk.session, settings=SETTINGS, rng=random.Random(5))
    older_policy = replace(drawn, policy="portal")
    older_pepper = replace(drawn, hashed=hashing.hashed(drawn.password, pepper=b"p" * 32, key_id="p0"))
    for one, is_given in ((drawn, True), (older_policy, False), (older_pepper, False)):
        desk.strong(ANA)
        made = temporary_logins.issue(
            desk.session, desk.permit(Action.ISSUE_TEMP_LOGIN, ANA), settings=SETTINGS, rng=random.Random(6),
            now=desk.now, drawn=one,
        )  # fmt: skip
        assert (made.temporary_password == drawn.password) is is_given
        assert desk.signs_in(made.temporary_password).outcome == "must-change-password"
        calls.end_call(desk.session, SAM, note="", now=desk.later(minutes=3))


def test_an_account_never_activated_gets_a_username_with_it_and_is_activated_by_its_owner(desk: Desk) -> None:
    desk.strong(BEN)
    made = issued(desk, BEN)
    assert desk.account(BEN).username == made.username
    assert desk.account(BEN).status == "new"
    chosen(desk, made.username, made.temporary_password, BORN[BEN])
    assert (desk.account(BEN).status, desk.account(BEN).activated_at) == ("active", desk.now)
    assert desk.signs_in(NEW_PASSWORD, made.username).outcome == "signed-in"


def test_a_username_may_be_asked_for_where_there_is_none_and_is_never_changed_where_there_is(desk: Desk) -> None:
    desk.strong(BEN)
    assert issued(desk, BEN, "ben.o").username == "ben.o"
    desk.strong(ANA)
    with pytest.raises(StateForbids) as refused:
        issued(desk, ANA, "somebody")
    assert refused.value.code == "username-taken"
    assert issued(desk, ANA, "ana.r").username == "ana.r"


def test_it_opens_while_the_account_is_locked_and_choosing_a_password_clears_the_lock(desk: Desk) -> None:
    desk.guesses(5)
    desk.strong(ANA)
    made = issued(desk, ANA)
    assert desk.signs_in(made.temporary_password).outcome == "must-change-password"
    assert desk.account(ANA).locked_until is not None
    chosen(desk, "ana.r", made.temporary_password, BORN[ANA])
    assert (desk.account(ANA).locked_until, desk.account(ANA).failed_attempts) == (None, 0)


def test_it_lives_an_hour(desk: Desk) -> None:
    desk.strong(ANA)
    made = issued(desk, ANA)
    assert made.change.expires_at == desk.now + timedelta(minutes=60)
    desk.later(minutes=60)
    assert desk.signs_in(made.temporary_password).outcome == "refused"
    with pytest.raises(NotAllowed):
        chosen(desk, "ana.r", made.temporary_password, BORN[ANA])


def test_five_wrong_birth_dates_kill_it(desk: Desk) -> None:
    desk.strong(ANA)
    made = issued(desk, ANA)
    for _ in range(5):
        with pytest.raises(CheckNeeded) as wrong:
            chosen(desk, "ana.r", made.temporary_password, date(1952, 7, 16))
        assert wrong.value.code == "wrong-fact"
    assert desk.signs_in(made.temporary_password).outcome == "refused"


def test_sessions_and_links_end_with_it_and_the_patient_is_told(desk: Desk) -> None:
    assert desk.signs_in().outcome == "signed-in"
    desk.strong(ANA)
    made = issued(desk, ANA)
    assert all(one.ended_at is not None for one in found(desk.session, tables.PortalSession, mrn=ANA))
    assert [mail.to_address for mail in desk.mails("changed")] == ["ana@example.org"]
    assert len(made.change.notified) == 1


def test_within_a_day_of_a_contact_change_only_photo_id_gets_one(desk: Desk) -> None:
    desk.moves(ANA, "ana@example.net")
    calls.end_call(desk.session, SAM, note="", now=desk.later(minutes=1))
    desk.asks(ANA, birth_date="1952-07-15", postal_code="67124", phone="5559078526", callback=True)
    with pytest.raises(StateForbids) as refused:
        issued(desk, ANA)
    assert refused.value.code == "contact-changed"
    assert "--photo-id" in refused.value.hint
    desk.asks(ANA, photo_id="passport")
    assert issued(desk, ANA).username == "ana.r"


def test_a_day_after_a_contact_change_a_call_back_is_enough_again(desk: Desk) -> None:
    desk.moves(ANA, "ana@example.net")
    desk.later(hours=24)
    desk.asks(ANA, birth_date="1952-07-15", postal_code="67124", phone="5559078526", callback=True)
    assert issued(desk, ANA).username == "ana.r"

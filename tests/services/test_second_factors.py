"""The second factor of staff: enrolling it, giving its codes, losing it; and of whom the clinic asks one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from phone_calls import ANA, BEGIN, ROSA, SAM, SETTINGS, Desk, a_clinic, found
from stores import PASSWORD

from authenticators import App, enrolled
from portaldesk.errors import CheckNeeded, DeskError, NotAllowed, NotFound, StateForbids, WrongUsage
from portaldesk.gate import roles
from portaldesk.gate.actors import Actor
from portaldesk.gate.requests import RECOVERED
from portaldesk.services import (
    approving,
    auditing,
    clinic,
    confirming,
    enrolling,
    holding,
    recovery_codes,
    rotating,
    saved_secrets,
    second_factors,
    sessions,
    staff,
)
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, tables
from portaldesk.words import CredentialKind, Role

KIM = Actor("kim", Role.ADMIN, "S-kim")
EVERYONE = replace(SETTINGS, staff_second_factor="all")


def enrols(desk: Desk, actor: Actor = ROSA) -> App:
    return enrolled(desk.session, actor, now=desk.later(minutes=1))


def with_kim(desk: Desk) -> None:
    """A second admin, who was there long before."""
    long_ago = BEGIN - timedelta(days=30)
    member = tables.StaffMember(
        name="kim", role=Role.ADMIN, password_hash="x", credentialed_by="kim", credentialed_at=long_ago
    )
    record.append(desk.session, ROSA.entry("staff add", "done"), [record.new(member)], now=desk.now)


def sets(desk: Desk, policy: str, actor: Actor = ROSA) -> None:
    clinic.set_value(desk.session, actor, "staff_second_factor", policy, now=desk.now)


def gives(desk: Desk, code: str, actor: Actor = ROSA) -> Actor:
    return second_factors.give(desk.session, actor, code, now=desk.now)


def signs_in(desk: Desk, code: str | None, settings: ClinicSettings = EVERYONE, *, right: bool = True) -> str:
    """Rosa, whose password is judged already: it takes a quarter of a second."""
    judged = sessions.Judged(staff.get(desk.session, "rosa").password_hash, right)
    return sessions.sign_in(
        desk.session, "rosa", PASSWORD, os_caller="1000", new_password=None, settings=settings, now=desk.now,
        judged=judged, code=code,
    ).name  # fmt: skip


def refused(act: Callable[[], object], kind: type[DeskError] = CheckNeeded) -> str:
    with pytest.raises(kind) as refusal:
        act()
    return refusal.value.code


def test_it_counts_only_once_its_first_code_was_typed_back_and_that_one_is_used_up(desk: Desk) -> None:
    begun = enrolling.begin(desk.session, ROSA, PASSWORD, now=desk.now)
    assert (begun.state, begun.expires_at) == ("waiting", desk.now + timedelta(minutes=10))
    assert not second_factors.is_enrolled(desk.session, "rosa")
    app = App.scanned(begun.address or "")
    wrong = refused(lambda: enrolling.confirm(desk.session, ROSA, app.wrong(desk.now), now=desk.now))
    assert wrong == "wrong-code"
    assert enrolling.confirm(desk.session, ROSA, app.code(desk.now), now=desk.now).state == "enrolled"
    again = refused(lambda: enrolling.begin(desk.session, ROSA, PASSWORD, now=desk.now), StateForbids)
    assert again == "already-enrolled"
    assert second_factors.is_enrolled(desk.session, "rosa")
    assert refused(lambda: gives(desk, app.code(desk.now))) == "wrong-code"
    desk.later(seconds=30)
    assert gives(desk, app.code(desk.now)).code_given


def test_a_secret_that_was_shown_waits_ten_minutes_and_a_newer_one_takes_its_place(desk: Desk) -> None:
    first = App.scanned(enrolling.begin(desk.session, ROSA, PASSWORD, now=desk.now).address or "")
    second = App.scanned(enrolling.begin(desk.session, ROSA, PASSWORD, now=desk.now).address or "")
    assert refused(lambda: enrolling.confirm(desk.session, ROSA, first.code(desk.now), now=desk.now)) == "wrong-code"
    late = desk.later(minutes=10, seconds=1)
    assert (
        refused(lambda: enrolling.confirm(desk.session, ROSA, second.code(late), now=late), StateForbids)
        == "not-enrolled"
    )


def test_who_enrols_types_the_password_again_and_wrong_ones_are_counted_as_at_a_sign_in(desk: Desk) -> None:
    four = record.changed(staff.get(desk.session, "rosa"), failed_attempts=4)
    record.append(desk.session, ROSA.entry("login", "refused"), [four], now=desk.now)
    for password, code in (("never it", "wrong-login"), (PASSWORD, "staff-locked")):
        with pytest.raises(DeskError) as refusal:
            enrolling.begin(desk.session, ROSA, password, now=desk.later(seconds=1))
        assert (refusal.value.code, refusal.value.counted) == (code, True)
    assert found(desk.session, tables.StaffTotp) == []


def test_a_code_counts_once_and_never_one_of_an_older_step(desk: Desk) -> None:
    app = enrols(desk)
    older, newer = app.code(desk.now), app.code(desk.now, 1)
    gives(desk, newer)
    for code in (newer, older):
        assert refused(lambda code=code: gives(desk, code)) == "wrong-code"
    assert found(desk.session, tables.StaffTotp)[0].failed_attempts == 0, "who knows a used code did not guess"


def test_the_fifth_wrong_code_pauses_the_app_and_a_right_password_gives_no_new_tries(desk: Desk) -> None:
    app = enrols(desk)
    for _ in range(5):
        assert refused(lambda: gives(desk, app.wrong(desk.now))) == "wrong-code"
    signs_in(desk, None, SETTINGS)
    assert refused(lambda: gives(desk, app.code(desk.now)), StateForbids) == "too-many"
    desk.later(minutes=15)
    assert gives(desk, app.code(desk.now)).code_given
    assert found(desk.session, tables.StaffTotp)[0].failed_attempts == 0


def test_a_code_of_another_admin_is_a_wrong_one(desk: Desk) -> None:
    with_kim(desk)
    rosas, kims = enrols(desk), enrols(desk, KIM)
    assert refused(lambda: gives(desk, kims.code(desk.now))) == "wrong-code"
    assert gives(desk, rosas.code(desk.now)).code_given


def test_neither_secret_nor_code_is_stored_or_recorded_in_clear(desk: Desk) -> None:
    app = enrols(desk)
    code = app.code(desk.now)
    gives(desk, code)
    told = repr([row.model_dump() for t in (tables.StaffTotp, tables.AuditEvent) for row in found(desk.session, t)])
    assert app.secret not in told
    assert f"'{code}'" not in told


def asked_of(desk: Desk, policy: str) -> tuple[bool, bool]:
    settings = replace(SETTINGS, staff_second_factor=policy)
    return tuple(second_factors.is_asked(desk.session, role, settings) for role in (Role.ADMIN, Role.FRONT_DESK))  # type: ignore[return-value]


def test_by_itself_it_is_asked_of_admins_once_one_of_them_has_enrolled(desk: Desk) -> None:
    assert asked_of(desk, "auto") == (False, False)
    enrols(desk, SAM)
    assert asked_of(desk, "auto") == (False, False), "sam is no admin"
    enrols(desk)
    assert asked_of(desk, "auto") == (True, False)
    assert (asked_of(desk, "off"), asked_of(desk, "all")) == ((False, False), (True, True))


def test_disabling_the_colleague_who_enrolled_does_not_rid_the_clinic_of_it(desk: Desk) -> None:
    with_kim(desk)
    enrols(desk, KIM)
    staff.disable(desk.session, ROSA, "kim", now=desk.now)
    assert asked_of(desk, "auto") == (True, False)


def coded(desk: Desk, request: str) -> dict[str, Callable[[Actor], object]]:
    """What each command that asks for a code does."""
    session, now = desk.session, desk.now
    more = {"password": None, "own_mrn": None, "linked": (), "with_token": False, "settings": SETTINGS, "now": now}
    return {
        "approve": lambda who: approving.approve(session, who, request, reason="seen", now=now),
        "hold release": lambda who: holding.release(session, who, ANA, reason="seen", now=now),
        "settings set": lambda who: clinic.set_value(session, who, "clinic_phone", "555", now=now),
        "staff add": lambda who: staff.add(session, who, "eve", Role.ADMIN, **more),  # type: ignore[arg-type]
        "staff password": lambda who: staff.set_password(session, who, "rosa", None, now=now),
        "staff token": lambda who: staff.make_token(
            session, who, "rosa", days=1, only=(), settings=SETTINGS, now=now
        ),
        "staff totp reset": lambda who: enrolling.reset(session, who, "kim", reason="lost", now=now),
        "staff recovery-codes": lambda who: recovery_codes.renew(session, who, PASSWORD, now=now),
        "secrets save": lambda who: saved_secrets.save(cast(Any, None), session, who, Path("keys"), "never written"),
    }  # fmt: skip


def confirmed_request(desk: Desk) -> str:
    desk.strong(ANA)
    asked = desk.asks_for(ANA, "new@example.net")
    confirming.confirm(
        desk.session, SAM, asked.request_id, code=desk.code(ANA, CredentialKind.CONFIRM), callback=False,
        now=desk.later(minutes=1),
    )  # fmt: skip
    return asked.request_id


def test_every_command_that_could_let_somebody_in_asks_and_none_is_done_without(desk: Desk) -> None:
    with_kim(desk)
    request = confirmed_request(desk)
    enrols(desk, KIM)
    commands = coded(desk, request)
    assert commands.keys() == roles.CODED
    before = record.head(desk.session).seq
    for command, act in commands.items():
        assert refused(lambda act=act: act(ROSA)) == "second-factor-required", command
    assert record.head(desk.session).seq == before
    app = enrols(desk)
    rosa = gives(desk, app.code(desk.now))
    assert coded(desk, request)["approve"](rosa).state == "effective"  # type: ignore[attr-defined]


def test_an_admin_who_has_none_is_told_to_enrol_and_one_who_has_to_give_a_code(desk: Desk) -> None:
    with_kim(desk)
    enrols(desk, KIM)
    for who, hint in ((ROSA, "staff totp"), (KIM, "--totp -")):
        with pytest.raises(CheckNeeded) as refusal:
            sets(desk, "off", who)
        assert hint in refusal.value.hint
    assert refused(lambda: gives(desk, "123456"), StateForbids) == "not-enrolled"


def test_the_policy_is_lowered_only_with_a_code(desk: Desk) -> None:
    app = enrols(desk)
    assert refused(lambda: sets(desk, "off")) == "second-factor-required"
    sets(desk, "off", gives(desk, app.code(desk.now)))
    assert asked_of(desk, clinic.in_force(clinic.stored(desk.session)).staff_second_factor) == (False, False)
    with pytest.raises(WrongUsage):
        sets(desk, "sometimes")


def test_where_all_must_a_sign_in_takes_password_and_code_and_tells_of_the_code_only_after_the_password(
    desk: Desk,
) -> None:
    app = enrols(desk)
    assert refused(lambda: signs_in(desk, None)) == "second-factor-required"
    assert refused(lambda: signs_in(desk, None, right=False), NotAllowed) == "wrong-login"
    assert refused(lambda: signs_in(desk, app.wrong(desk.now))) == "wrong-code"
    assert found(desk.session, tables.StaffSession) == []
    code = app.code(desk.now)
    assert signs_in(desk, code) == "rosa"
    assert refused(lambda: signs_in(desk, code)) == "wrong-code"


def test_where_all_must_who_has_none_may_only_enrol_and_a_token_goes_on(desk: Desk) -> None:
    def may(command: str, actor: Actor) -> None:
        second_factors.require_enrolled(desk.session, actor, command, EVERYONE)

    assert signs_in(desk, None) == "rosa"
    for command in ("find", "approve", "settings set"):
        assert refused(lambda command=command: may(command, ROSA)) == "second-factor-required"
    may("staff totp", ROSA)
    may("find", replace(ROSA, session="token:T-1"))
    enrols(desk)
    may("find", ROSA)


def test_one_takes_the_own_app_away_with_password_and_code(desk: Desk) -> None:
    app = enrols(desk)
    code = app.code(desk.now)
    remove = enrolling.remove
    assert refused(lambda: remove(desk.session, ROSA, PASSWORD, None, now=desk.now)) == "second-factor-required"
    assert refused(lambda: remove(desk.session, ROSA, "never it", code, now=desk.now), NotAllowed) == "wrong-login"
    assert remove(desk.session, ROSA, PASSWORD, code, now=desk.now).state == "none"
    assert not second_factors.is_enrolled(desk.session, "rosa")
    assert remove(desk.session, ROSA, PASSWORD, code, now=desk.now).already
    enrolling.begin(desk.session, ROSA, PASSWORD, now=desk.now)  # on another phone


def test_a_new_password_leaves_the_authenticator_app_where_it_is(desk: Desk) -> None:
    rosa = gives(desk, enrols(desk).code(desk.now))
    enrols(desk, SAM)
    staff.set_password(desk.session, rosa, "sam", "willow anchor sixty 3 brick", now=desk.now)
    assert second_factors.is_enrolled(desk.session, "sam")


def test_another_admin_takes_a_lost_one_away_which_is_marked_and_ends_the_sessions(desk: Desk) -> None:
    with_kim(desk)
    enrols(desk)
    kim = gives(desk, enrols(desk, KIM).code(desk.now), KIM)
    a_session = tables.StaffSession(id="S-1", staff="rosa", os_caller="1000", token_hash="x", started_at=desk.now)
    record.append(desk.session, ROSA.entry("login", "done"), [record.new(a_session)], now=desk.now)
    with pytest.raises(WrongUsage):
        enrolling.reset(desk.session, kim, "rosa", reason=" ", now=desk.now)
    with pytest.raises(NotFound):
        enrolling.reset(desk.session, kim, "nobody", reason="lost", now=desk.now)
    assert enrolling.reset(desk.session, kim, "rosa", reason="lost the phone", now=desk.now).state == "none"
    assert not second_factors.is_enrolled(desk.session, "rosa")
    assert staff.get(desk.session, "rosa").credentialed_by == "kim"
    assert [one.ended_at for one in found(desk.session, tables.StaffSession)] == [desk.now]
    assert json.loads(found(desk.session, tables.AuditEvent, action="staff totp reset")[0].details) == {"name": "rosa"}
    assert enrolling.reset(desk.session, kim, "rosa", reason="lost", now=desk.now).already


def test_nobody_resets_their_own(desk: Desk) -> None:
    app = enrols(desk)
    rosa = gives(desk, app.code(desk.now))
    assert refused(lambda: enrolling.reset(desk.session, rosa, "rosa", reason="x", now=desk.now), NotAllowed)


def test_it_outlives_a_rotation_of_every_key_and_is_encrypted_anew_with_the_next_code(tmp_path: Path) -> None:
    def rotated(key: str) -> rotating.Rotated:
        return rotating.rotate(store, ROSA, key, reason="every year", clock=lambda: BEGIN + timedelta(hours=1))

    with a_clinic(tmp_path) as store:
        with store.session() as session:
            app = enrolled(session, SAM, now=BEGIN)
            session.commit()
        for key in ("seal", "audit", "outbox", "pepper"):
            rotated(key)
        now = BEGIN + timedelta(hours=2)
        with store.session() as session:
            (row,) = found(session, tables.StaffTotp)
            assert row.secret.startswith("p1$"), "the older pepper is kept for it"
            assert second_factors.give(session, SAM, app.code(now), now=now).code_given
            assert row.secret.startswith("p2$")
            assert second_factors.give(session, SAM, app.code(now, 1), now=now).code_given
            session.commit()
        with store.session(reading=True) as session:
            assert auditing.verify(session, against=()).whole


def test_an_approval_by_who_came_back_with_a_recovery_code_is_marked_not_independent_for_a_week(desk: Desk) -> None:
    request = confirmed_request(desk)
    values = {"credentialed_by": RECOVERED, "credentialed_at": desk.now}
    back = record.changed(staff.get(desk.session, "rosa"), **values)
    record.append(desk.session, ROSA.entry(RECOVERED, "done"), [back], now=desk.now)
    desk.later(days=6, hours=23)
    assert not approving.approve(desk.session, ROSA, request, reason="seen", now=desk.now).independent

"""Who works at the desk: first passwords, sessions that end, tokens, and what a farewell takes away at once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from phone_calls import ANA, BEN, ROSA, SAM, SETTINGS, Desk, found
from stores import PASSWORD

from portaldesk.errors import CheckNeeded, DeskError, NotAllowed, NotFound, StateForbids, WrongUsage
from portaldesk.gate import roles
from portaldesk.services import requests, sessions, staff
from portaldesk.services.sessions import Judged, SignedIn
from portaldesk.services.staff import StaffAdded
from portaldesk.store import tables
from portaldesk.words import Action, RequestState, Role

OWN = "cobalt thimble orchard 71 wren"


def added(desk: Desk, name: str = "kim", role: Role = Role.FRONT_DESK, **more: object) -> StaffAdded:
    given: dict[str, object] = {"password": None, "own_mrn": None, "linked": (), "with_token": False} | more
    return staff.add(desk.session, ROSA, name, role, **given, settings=SETTINGS, now=desk.later(seconds=5))  # type: ignore[arg-type]


def signs_in(
    desk: Desk, name: str = "sam", password: str = PASSWORD + " sam", new: str | None = OWN, os_caller: str = "1000"
) -> SignedIn:
    return sessions.sign_in(
        desk.session, name, password, os_caller=os_caller, new_password=new, settings=SETTINGS,
        now=desk.later(seconds=5),
    )  # fmt: skip


def is_in(desk: Desk, secret: str | None) -> bool:
    try:
        sessions.by_secret(desk.session, secret, settings=SETTINGS, now=desk.now)
    except NotAllowed:
        return False
    return True


def test_a_first_password_opens_only_with_a_new_one_of_the_owners(desk: Desk) -> None:
    first = added(desk).password
    assert first is not None
    for new, code in ((None, "must-change-password"), ("short", "password-policy"), (first, "password-policy")):
        with pytest.raises(StateForbids) as refused:
            signs_in(desk, "kim", first, new)
        assert refused.value.code == code
    assert signs_in(desk, "kim", first, OWN).role == "front-desk"
    with pytest.raises(NotAllowed):
        signs_in(desk, "kim", first, None)
    assert signs_in(desk, "KIM ", OWN, None).name == "kim"


@pytest.mark.parametrize("name", ["", "k", "9lives", "two words", "-dash", "a" * 33, "kim\n; drop"])
def test_a_staff_name_is_plain(desk: Desk, name: str) -> None:
    with pytest.raises(WrongUsage):
        added(desk, name)


def test_a_name_that_is_taken_and_a_record_that_is_not_known_are_refused(desk: Desk) -> None:
    with pytest.raises(StateForbids) as taken:
        added(desk, "SAM")
    assert taken.value.code == "name-taken"
    for more in ({"own_mrn": "MRN-77"}, {"linked": ("MRN-77",)}):
        with pytest.raises(NotFound):
            added(desk, **more)


def test_a_first_password_must_meet_the_policy_too(desk: Desk) -> None:
    for bad in ("short", "kim kim kim kim", "passwordpassword"):
        with pytest.raises(StateForbids) as refused:
            added(desk, password=bad)
        assert refused.value.code == "password-policy"


def test_a_session_knows_the_own_and_linked_records(desk: Desk) -> None:
    first = added(desk, own_mrn=ANA, linked=(BEN,)).password
    assert first is not None
    actor = sessions.by_secret(
        desk.session, signs_in(desk, "kim", first).secret, settings=SETTINGS, now=desk.later(seconds=5)
    )
    assert (actor.name, actor.role, actor.own) == ("kim", Role.FRONT_DESK, frozenset({ANA, BEN}))
    for mrn in (ANA, BEN):
        with pytest.raises(NotAllowed) as own:
            desk.asks(mrn, actor=actor, birth_date="1952-07-15")
        assert own.value.code == "own-record"


def test_a_session_ends_after_15_idle_minutes_and_every_command_keeps_it(desk: Desk) -> None:
    signed = signs_in(desk)
    for _ in range(3):
        desk.later(minutes=14)
        actor = sessions.by_secret(desk.session, signed.secret, settings=SETTINGS, now=desk.now)
        desk.asks(ANA, actor=actor, birth_date="1952-07-15")
    desk.later(minutes=15)
    assert is_in(desk, signed.secret)
    desk.later(seconds=1)
    assert not is_in(desk, signed.secret)


def test_a_session_ends_after_eight_hours_however_busy(desk: Desk) -> None:
    signed = signs_in(desk)
    ends = desk.now + timedelta(hours=8)
    assert signed.expires_at == ends
    while desk.now + timedelta(minutes=14) < ends:
        desk.later(minutes=14)
        actor = sessions.by_secret(desk.session, signed.secret, settings=SETTINGS, now=desk.now)
        desk.asks(BEN, actor=actor, birth_date="1947-01-14")
    desk.now = ends
    assert not is_in(desk, signed.secret)


def test_one_session_a_caller_of_the_system_and_the_next_sign_in_ends_the_first_and_its_checks(desk: Desk) -> None:
    first = signs_in(desk)
    actor = sessions.by_secret(desk.session, first.secret, settings=SETTINGS, now=desk.now)
    desk.basic(ANA, actor=actor)
    elsewhere = signs_in(desk, new=None, password=OWN, os_caller="1001")
    assert is_in(desk, first.secret)
    signs_in(desk, "rosa", PASSWORD, None, os_caller="1000")
    assert not is_in(desk, first.secret)
    assert is_in(desk, elsewhere.secret)
    with pytest.raises(CheckNeeded):
        desk.permit(Action.SEND_RESET, ANA, actor=actor)


def test_logout_ends_the_session_and_its_checks_once(desk: Desk) -> None:
    signed = signs_in(desk)
    actor = sessions.by_secret(desk.session, signed.secret, settings=SETTINGS, now=desk.now)
    desk.basic(ANA, actor=actor)
    assert sessions.sign_out(desk.session, signed.secret, now=desk.later(seconds=5)) == "sam"
    assert not is_in(desk, signed.secret)
    with pytest.raises(CheckNeeded):
        desk.permit(Action.SEND_RESET, ANA, actor=actor)
    assert sessions.sign_out(desk.session, signed.secret, now=desk.now) is None
    assert sessions.sign_out(desk.session, None, now=desk.now) is None


def test_the_store_holds_no_secret_of_a_session_or_token(desk: Desk) -> None:
    signed = signs_in(desk)
    token = staff.make_token(desk.session, ROSA, "sam", days=None, only=(), settings=SETTINGS, now=desk.now).token
    stored = repr(
        [*found(desk.session, tables.StaffSession), *found(desk.session, tables.StaffToken),
         *found(desk.session, tables.AuditEvent)]
    )  # fmt: skip
    assert signed.secret not in stored
    assert token not in stored


def test_the_fifth_wrong_password_locks_and_the_right_one_waits_with_it(desk: Desk) -> None:
    for _ in range(5):
        with pytest.raises(NotAllowed) as wrong:
            sessions.sign_in(
                desk.session, "sam", "never it", os_caller="1000", new_password=None, settings=SETTINGS,
                now=desk.later(seconds=5),
                judged=Judged(desk.session.get_one(tables.StaffMember, "sam").password_hash, False),
            )  # fmt: skip
        assert (wrong.value.code, wrong.value.counted) == ("wrong-login", True)
    with pytest.raises(StateForbids) as locked:
        signs_in(desk)
    assert locked.value.code == "staff-locked"
    assert not staff.unlock(desk.session, ROSA, "sam", now=desk.now).already
    assert signs_in(desk).name == "sam"
    assert staff.unlock(desk.session, ROSA, "sam", now=desk.now).already


def test_a_wrong_name_and_a_wrong_password_are_answered_alike(desk: Desk) -> None:
    answers = []
    for name in ("sam", "nobody"):
        with pytest.raises(NotAllowed) as wrong:
            signs_in(desk, name, "never it")
        answers.append((wrong.value.code, wrong.value.message, wrong.value.hint))
    assert answers[0] == answers[1]


def test_a_token_lives_its_days_runs_its_commands_and_dies_when_revoked(desk: Desk) -> None:
    made = staff.make_token(
        desk.session, ROSA, "rosa", days=2, only=("list-resets",), settings=SETTINGS, now=desk.now
    )  # fmt: skip
    assert made.expires_at == desk.now + timedelta(days=2)
    actor = sessions.by_token(desk.session, made.token, command="list-resets", now=desk.now)
    assert (actor.name, actor.session) == ("rosa", f"token:{made.token_id}")

    def refusal(command: str, token: str, now: datetime) -> str:
        with pytest.raises(NotAllowed) as refused:
            sessions.by_token(desk.session, token, command=command, now=now)
        return refused.value.code

    assert refusal("hold list", made.token, desk.now) == "token-limited"
    assert refusal("list-resets", "pdt_x", desk.now) == "bad-token"
    assert refusal("list-resets", made.token, made.expires_at) == "bad-token"
    staff.revoke_token(desk.session, ROSA, made.token_id.lower(), now=desk.later(minutes=1))
    assert refusal("list-resets", made.token, desk.now) == "bad-token"
    assert staff.revoke_token(desk.session, ROSA, made.token_id, now=desk.now).already


@pytest.mark.parametrize(("days", "only"), [(0, ()), (91, ()), (5, ("rob-the-bank",))])
def test_a_token_is_not_made_for_longer_or_for_unknown_commands(desk: Desk, days: int, only: tuple[str, ...]) -> None:
    with pytest.raises(WrongUsage):
        staff.make_token(desk.session, ROSA, "rosa", days=days, only=only, settings=SETTINGS, now=desk.now)


def test_who_is_disabled_loses_sessions_tokens_checks_and_requests_in_one_event(desk: Desk) -> None:
    signed = signs_in(desk)
    token = staff.make_token(desk.session, ROSA, "sam", days=None, only=(), settings=SETTINGS, now=desk.now).token
    actor = sessions.by_secret(desk.session, signed.secret, settings=SETTINGS, now=desk.now)
    desk.strong(ANA, actor=actor)
    request = desk.asks_for(ANA, "ana@example.net", actor=actor).request_id
    done = staff.disable(desk.session, ROSA, "sam", now=desk.later(minutes=1))
    assert not is_in(desk, signed.secret)
    with pytest.raises(NotAllowed):
        sessions.by_token(desk.session, token, command="find", now=desk.now)
    with pytest.raises(CheckNeeded):
        desk.permit(Action.SEND_RESET, ANA, actor=actor)
    assert requests.get(desk.session, request).state == RequestState.CANCELLED
    ended = [
        *found(desk.session, tables.StaffSession, staff="sam"), *found(desk.session, tables.StaffToken, staff="sam"),
        *found(desk.session, tables.IdentityCheck, staff="sam"),
        *found(desk.session, tables.ChangeRequest, requested_by="sam"),
    ]  # fmt: skip
    assert {row.changed_seq for row in ended} == {done.audit_seq}
    with pytest.raises(NotAllowed):
        signs_in(desk, password=OWN, new=None)
    assert staff.disable(desk.session, ROSA, "sam", now=desk.now).already


def test_the_last_admin_is_not_disabled(desk: Desk) -> None:
    with pytest.raises(StateForbids) as refused:
        staff.disable(desk.session, ROSA, "rosa", now=desk.now)
    assert refused.value.code == "last-admin"
    added(desk, "max", Role.ADMIN)
    assert not staff.disable(desk.session, ROSA, "rosa", now=desk.now).already


def test_a_password_set_by_an_admin_ends_sessions_and_tokens_and_is_a_first_one_again(desk: Desk) -> None:
    signed = signs_in(desk)
    token = staff.make_token(desk.session, ROSA, "sam", days=None, only=(), settings=SETTINGS, now=desk.now).token
    first = staff.set_password(desk.session, ROSA, "sam", None, now=desk.later(seconds=5)).password
    assert first is not None
    assert not is_in(desk, signed.secret)
    with pytest.raises(NotAllowed):
        sessions.by_token(desk.session, token, command="find", now=desk.now)
    with pytest.raises(StateForbids) as refused:
        signs_in(desk, "sam", first, None)
    assert refused.value.code == "must-change-password"


def test_the_list_shows_everybody_with_what_is_in_force(desk: Desk) -> None:
    added(desk, "kim", Role.AUDITOR, with_token=True)
    staff.disable(desk.session, ROSA, "sam", now=desk.later(seconds=5))
    lines = {one.name: (one.role, one.status, one.tokens) for one in staff.list_all(desk.session, now=desk.now)}
    assert lines == {
        "kim": ("auditor", "active", 1), "rosa": ("admin", "active", 0), "sam": ("front-desk", "disabled", 0)
    }  # fmt: skip
    desk.later(days=91)
    assert all(one.tokens == 0 for one in staff.list_all(desk.session, now=desk.now))


def test_what_each_role_may_do_is_the_contracts_table() -> None:
    for command in ("approve", "hold release", "import patients", "staff add", "settings set", "outbox send"):
        assert roles.MAY[command] == {Role.ADMIN}, command
    for command in ("list-resets", "audit verify", "audit show", "audit anchor", "doctor", "requests list"):
        assert roles.MAY[command] == {Role.ADMIN, Role.AUDITOR}, command
    for command in ("verify-identity", "unlock", "issue-temp-login", "confirm", "update-contact", "diagnose"):
        assert roles.MAY[command] == {Role.FRONT_DESK, Role.ADMIN}, command
    assert roles.MAY["find"] == roles.MAY["find-duplicates"] == set(Role)
    with pytest.raises(DeskError) as refused:
        roles.require(SAM.role, "approve")
    assert (refused.value.exit_code, refused.value.code) == (3, "not-your-role")

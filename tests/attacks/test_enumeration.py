"""Attacks on the patient's side from outside: who has an account here, and a mailbox filled by strangers."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType

from attackers import ANA, ANA_PASSWORD, PHOTO, Time, Town
from desks import Ran

from portaldesk.services import forgetting, portal_sign_ins
from portaldesk.settings import ClinicSettings


def _tries(town: Town, username: str, password: str = "never the password 1") -> Ran:
    return town.anyone("portal", "sign-in", username, "--password-stdin", "--json", input=f"{password}\n")


def test_account_enumeration_a_refused_sign_in_is_the_same_whatever_is_wrong(town: Town) -> None:
    unknown = _tries(town, "nobody.at.all")
    assert (unknown.code, unknown.document["outcome"], unknown.error["code"]) == (3, "refused", "sign-in-refused")
    wrong = [_tries(town, "ana.r") for _ in range(5)]
    locked = _tries(town, "ana.r", ANA_PASSWORD)
    assert [*wrong, locked] == [unknown] * 6
    assert town.checked("MRN-1", *ANA, *PHOTO).code == 0
    assert town.sam("disable", "MRN-1").code == 0
    assert _tries(town, "ana.r", ANA_PASSWORD) == unknown
    assert _tries(town, "MRN-2") == _tries(town, "ben@example.org") == unknown


def test_account_enumeration_a_refused_change_of_password_is_the_same_whatever_is_wrong(town: Town) -> None:
    def tries(username: str) -> Ran:
        lines = "never the password 1\ngravel meadow ninety 8 moth\n"
        return town.anyone("portal", "change-password", username, "--password-stdin", "--json", input=lines)

    assert tries("ana.r") == tries("nobody.at.all")
    assert tries("ana.r").code == 3


def test_account_enumeration_forgotten_passwords_and_usernames_are_answered_alike(town: Town) -> None:
    for command, known in (("forgot-password", ("ana.r", "ana@example.org", "ben@example.org")),
                           ("forgot-username", ("ana@example.org", "ben@example.org"))):  # fmt: skip
        unknown = town.anyone("portal", command, "nobody@example.org", "--json")
        assert unknown.code == 0
        for login in known:
            assert town.anyone("portal", command, login, "--json") == unknown
    assert town.mails() == []  # nothing is sent while the asker waits: the time would tell


def _bcrypts(act: Callable[[], object]) -> int:
    """How many bcrypt computations this costs: they are nearly all of the time a sign-in takes."""
    import bcrypt

    names, count = {bcrypt.checkpw, bcrypt.hashpw}, 0

    def watch(_: FrameType, what: str, function: object) -> None:
        nonlocal count
        count += what == "c_call" and function in names

    sys.setprofile(watch)
    try:
        act()
    finally:
        sys.setprofile(None)
    return count


def test_account_enumeration_a_refusal_costs_one_bcrypt_of_the_same_cost_for_every_username(town: Town) -> None:
    with town.open() as store, store.session() as session:
        time, costs = Time(session), []
        for username in ("ana.r", "nobody.at.all", "MRN-2"):
            now = time.after(seconds=1)
            costs.append(
                _bcrypts(lambda u=username, n=now: portal_sign_ins.sign_in(session, u, "never it 1", now=n))  # type: ignore[misc]
            )
        assert costs == [1, 1, 1]
    from portaldesk.rules.hashing import dummy_hash

    (stored,) = town.query("SELECT password_hash FROM portal_account WHERE mrn = 'MRN-1'")
    assert stored[0].split("$")[3] == dummy_hash().split("$")[3], "the cost of a hash that nobody has"


def test_mail_bombing_by_forgotten_passwords_ends_at_three_an_hour_and_five_a_day(town: Town) -> None:
    with town.open() as store, store.session() as session:
        time = Time(session)
        time.after(hours=25)
        per_hour = []
        for _ in range(3):
            for _ in range(10):
                forgetting.forgot_password(session, "ana.r", settings=ClinicSettings(), now=time.after(seconds=5))
            session.commit()
            per_hour.append(_sent(town, "reset"))
            time.after(hours=1)
        assert per_hour == [3, 5, 5]


def test_mail_bombing_by_forgotten_usernames_ends_too_and_leaves_a_reset_possible(town: Town) -> None:
    with town.open() as store, store.session() as session:
        time = Time(session)
        time.after(hours=25)
        for _ in range(10):
            forgetting.forgot_username(session, "ana@example.org", now=time.after(seconds=5))
        session.commit()
        assert _sent(town, "username-reminder") == 3
        forgetting.forgot_password(session, "ana.r", settings=ClinicSettings(), now=time.after(seconds=5))
        session.commit()
        assert _sent(town, "reset") == 1


def test_a_forgotten_password_never_locks_and_a_hold_does_not_stop_it(town: Town) -> None:
    for _ in range(3):
        town.sam("verify-identity", "MRN-1", "--birth-date", "1950-02-02", "--postal-code", "1")
    for _ in range(6):
        assert town.anyone("portal", "forgot-password", "ana.r").code == 0
    assert town.signs_in("ana.r", ANA_PASSWORD) == 0
    assert _sent(town, "reset") >= 1


def test_a_guesser_is_paused_after_five_and_the_patient_is_told(town: Town) -> None:
    for _ in range(7):
        _tries(town, "ana.r")
    assert town.query("SELECT failed_attempts FROM portal_account WHERE mrn = 'MRN-1'") == [(5,)]
    assert _sent(town, "locked") == 1


def _sent(town: Town, kind: str) -> int:
    ((count,),) = town.query("SELECT count(*) FROM outbox_message WHERE kind = ?", kind)
    return int(count)

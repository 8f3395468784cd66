"""Attacks on the second factor of staff: replayed, planted, put back, taken out, and what a stolen session can do."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from attackers import SETTINGS, Town, copied
from desks import ROSA_PASSWORD, Clinic, Ran

import engines
from authenticators import App, enrolled
from portaldesk.gate.actors import Actor
from portaldesk.rules import encryption, totp
from portaldesk.secret_keys import FileSecrets, load_keys
from portaldesk.services import recovery_codes, staff
from portaldesk.store import record, tables
from portaldesk.store.seals import keys_of
from portaldesk.words import Role
from raw_stores import REFUSED, raw

ROSA = Actor("rosa", Role.ADMIN, "S-x")
PHONE = ("settings", "set", "clinic_phone", "555-0100", "--json")


@pytest.fixture(scope="session")
def guarded_template(clinic_template: Clinic, tmp_path_factory: pytest.TempPathFactory) -> tuple[Town, App, str, str]:
    """Rosa's app, a recovery code, and the token of kim, who is an admin without an app."""
    home = tmp_path_factory.mktemp("guarded") / "home"
    engines.copy(clinic_template.home, home)
    town = Town(Clinic(home, clinic_template.rosa_token, clinic_template.sam_token))
    now = datetime.now(UTC)
    with town.open() as store, store.session() as session:
        kim = tables.StaffMember(
            name="kim", role=Role.ADMIN, password_hash="x", credentialed_by="kim", credentialed_at=now
        )
        codes, rows = recovery_codes.fresh(keys_of(session), "rosa", now=now)
        record.append(session, ROSA.entry("staff add", "done"), [record.new(one) for one in (kim, *rows)], now=now)
        kims = staff.make_token(session, ROSA, "kim", days=None, only=(), settings=SETTINGS, now=now).token
        app = enrolled(session, ROSA, now=now)
        session.commit()
    return town, app, codes[0], kims


@pytest.fixture
def guarded(guarded_template: tuple[Town, App, str, str], tmp_path: Path) -> tuple[Town, App]:
    town, app, *_ = guarded_template
    return copied(town, tmp_path / "home"), app


def sets_phone(town: Town, code: str | None, **env: str) -> Ran:
    more = ("--totp", "-") if code is not None else ()
    return town.rosa(*PHONE, *more, input=f"{code}\n", **env)


def test_a_stolen_session_or_token_of_an_admin_gives_nobody_a_way_in(guarded: tuple[Town, App]) -> None:
    town, _ = guarded
    for words in (
        PHONE,
        ("settings", "set", "staff_second_factor", "off", "--json"),
        ("staff", "add", "eve", "--role", "admin", "--with-token", "--json"),
        ("staff", "password", "kim", "--json"),
        ("staff", "token", "kim", "--json"),
        ("staff", "totp", "--reset", "kim", "--reason", "lost", "--json"),
    ):
        ran = town.rosa(*words)
        assert (ran.code, ran.error["code"]) == (4, "second-factor-required"), words
    # without the password no other app is enrolled, nor this one taken away, nor are recovery codes made
    wrong = {"input": f"{'0' * 6}\nnever it\n"}
    assert town.rosa("staff", "totp", "--remove", "--code", "-", "--password-stdin", **wrong).code == 3
    assert town.rosa("staff", "recovery-codes", "--password-stdin", input="never it\n").code in (3, 4)


def test_a_replayed_code_opens_nothing_whatever_became_of_the_command_it_was_given_for(
    guarded: tuple[Town, App],
) -> None:
    town, app = guarded
    seen = app.code(datetime.now(UTC))
    assert town.rosa("approve", "R-000000", "--reason", "x", "--totp", "-", "--json", input=seen + "\n").code == 5
    ran = sets_phone(town, seen)
    assert (ran.code, ran.error["code"]) == (4, "wrong-code")


def test_a_guesser_of_codes_is_paused_at_the_fifth(guarded: tuple[Town, App]) -> None:
    town, app = guarded
    for _ in range(5):
        ran = sets_phone(town, app.wrong(datetime.now(UTC)))
        assert (ran.code, ran.error["code"]) == (4, "wrong-code")
    ran = sets_phone(town, app.code(datetime.now(UTC), 1))
    assert (ran.code, ran.error["code"]) == (6, "too-many")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM staff_totp",
        "UPDATE staff_totp SET secret=NULL",
        "UPDATE staff_totp SET last_step=0",
        "UPDATE staff_totp SET failed_attempts=0",
        "UPDATE staff_totp SET staff='kim'",
        "INSERT INTO staff_totp (staff, secret, last_step, failed_attempts, changed_seq, seal) "
        "SELECT 'kim', secret, 0, 0, 1, 'x' FROM staff_totp",
        "DELETE FROM recovery_code",
        "UPDATE recovery_code SET spent_at=NULL, void_at=NULL",
        "UPDATE recovery_code SET code_hash='x'",
    ],
)
def test_raw_sql_cannot_take_a_second_factor_away_or_plant_one(guarded: tuple[Town, App], statement: str) -> None:
    town, _ = guarded
    with raw(town.home, autocommit=True) as shell, pytest.raises(REFUSED):
        shell.execute(statement)
    assert town.rosa(*PHONE).error["code"] == "second-factor-required"


@pytest.mark.parametrize("deed", ["planted", "edited", "gone"])
def test_with_the_triggers_dropped_a_row_planted_edited_or_gone_is_refused(
    guarded: tuple[Town, App], guarded_template: tuple[Town, App, str, str], deed: str
) -> None:
    town, whose = guarded[0], "kim" if deed == "planted" else "rosa"
    env = {"PORTALDESK_TOKEN": guarded_template[3]} if deed == "planted" else {}
    keys = load_keys(FileSecrets(town.home))
    thiefs = App(totp.new_secret())
    kept = encryption.encrypted(
        thiefs.secret, pepper=keys.pepper.key, key_id=keys.pepper.current, bound_to=whose
    )  # the best an attacker can do: as if the pepper had leaked too
    with town.guards_down(put_back=True) as db:
        if deed == "planted":
            row = db.row("staff_totp", "staff='rosa'")
            db.insert("staff_totp", row | {"staff": "kim", "secret": kept})
        elif deed == "edited":
            db.execute("UPDATE staff_totp SET secret=?, last_step=0 WHERE staff='rosa'", (kept,))
        else:
            db.execute("DELETE FROM staff_totp WHERE staff='rosa'")
    assert sets_phone(town, thiefs.code(datetime.now(UTC)), **env).code == 9
    assert sets_phone(town, None, **env).code == 9
    assert f"staff_totp:{whose}" in town.named_by_audit()


def test_a_row_put_back_to_its_older_state_takes_no_code_again(guarded: tuple[Town, App]) -> None:
    town, app = guarded
    seen = app.code(datetime.now(UTC))
    with raw(town.home) as db:
        old = db.row("staff_totp", "staff='rosa'")
    assert sets_phone(town, seen).code == 0
    with town.guards_down(put_back=True) as db:
        db.execute(f"UPDATE staff_totp SET {', '.join(f'{name}=?' for name in old)}", tuple(old.values()))
    assert sets_phone(town, seen).code == 9
    assert "staff_totp:rosa" in town.named_by_audit()


def test_a_spent_recovery_code_put_back_gives_no_password(
    guarded: tuple[Town, App], guarded_template: tuple[Town, App, str, str]
) -> None:
    town, code = guarded[0], guarded_template[2]
    said = ("init", "--recover", "--admin", "rosa", "--code", "-", "--password-stdin", "--json")
    with raw(town.home) as db:
        old = db.row("recovery_code", "spent_at IS NULL")
    recovered = town.anyone(*said, input=f"{code}\nwillow anchor sixty 3 brick\n")
    assert (recovered.code, recovered.document["codes_left"]) == (0, 1)
    assert town.anyone("login", "rosa", "--password-stdin", input=ROSA_PASSWORD + "\n").code == 3
    assert town.rosa("whoami").code == 3, "the token of before is dead"
    with town.guards_down(put_back=True) as db:
        sets = ", ".join(f"{name}=?" for name in old)
        db.execute(f"UPDATE recovery_code SET {sets} WHERE spent_at IS NOT NULL", tuple(old.values()))
    assert town.anyone(*said, input=f"{code}\nwillow anchor sixty 4 brick\n").code == 9


def test_a_guesser_of_recovery_codes_is_not_heard_after_five(
    guarded: tuple[Town, App], guarded_template: tuple[Town, App, str, str]
) -> None:
    town, code = guarded[0], guarded_template[2]
    said = ("init", "--recover", "--admin", "rosa", "--code", "-", "--password-stdin", "--json")
    for _ in range(5):
        ran = town.anyone(*said, input="aaaa-bbbb-cccc-dddd-eeee\nwillow anchor sixty 3 brick\n")
        assert (ran.code, ran.error["code"]) == (4, "wrong-code")
    ran = town.anyone(*said, input=f"{code}\nwillow anchor sixty 3 brick\n")
    assert (ran.code, ran.error["code"]) == (6, "too-many")


def test_a_code_in_the_arguments_is_refused_unread(guarded: tuple[Town, App]) -> None:
    town, app = guarded
    code = app.code(datetime.now(UTC))
    for words in ((*PHONE, "--totp", code), ("staff", "totp", "--code", code), ("init", "--recover", "--code", code)):
        ran = town.rosa(*words, "--json")
        assert (ran.code, ran.error["code"]) == (2, "usage")
        assert code not in ran.err
    assert sets_phone(town, code).code == 0, "it was not used up"

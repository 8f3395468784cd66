"""What the doctor is promised to say, and what its two mends and the guards' return may and may not do."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from audit_stores import ADMIN, CLERK, SETTINGS, a_day, minutes, tampering, verdict
from hypothesis import given, settings
from hypothesis import strategies as st

from engines import ENGINE, examples
from portaldesk.errors import CODES, NotAllowed, NotFound, RecordAltered, StateForbids, StoreUnavailable, WrongUsage
from portaldesk.gate import permits
from portaldesk.gate.actions import GUARDED
from portaldesk.gate.triggers import expected_triggers
from portaldesk.services import clinic, doctoring, opening, portal_sessions, upgrading
from portaldesk.services.health import Finding
from portaldesk.services.opening import OpenStore
from portaldesk.store import record, schema, tables
from portaldesk.store.raw_rows import columns_of
from portaldesk.words import Outcome
from raw_stores import fitting, raw, rows
from released_stores import released

LATER = minutes(60)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OpenStore]:
    opened = a_day(tmp_path)
    yield opened
    opened.engine.dispose()


def _examined(store: OpenStore, *, now: datetime = LATER, **more: object) -> dict[str, Finding]:
    values = {"settings": SETTINGS, "environment": {}} | more
    with store.session(reading=True) as session:
        report = doctoring.examine(store, session, now=now, **values)  # type: ignore[arg-type]
    assert report.well == all(one.ok for one in report.findings)
    return {one.subject: one for one in report.findings}


def _ill(store: OpenStore, **more: object) -> list[str]:
    return [subject for subject, one in _examined(store, **more).items() if not one.ok]  # type: ignore[arg-type]


def _with_guards_back(store: OpenStore) -> None:
    with raw(store.place.home) as connection:
        connection.install_guards()
        connection.commit()


# examine


@pytest.mark.parametrize("every", [False, True])
def test_a_healthy_store_has_no_findings_and_says_who_can_read_the_links(store: OpenStore, every: bool) -> None:
    seen = _examined(store, all_seals=every)
    assert [one.subject for one in seen.values() if not one.ok] == []
    assert seen["mail"].remark
    assert "whoever reads the home reads the links" in seen["mail"].message
    assert seen["secrets"].remark
    assert seen["portal_url"].remark
    assert f"User {os.geteuid()} owns the home" in seen["boundary"].message
    assert all(one.mend for one in seen.values() if one.remark)


def test_a_desk_under_sudo_is_said_to_hold_against_the_desk(store: OpenStore) -> None:
    assert not _examined(store, environment={"SUDO_UID": "4242"})["boundary"].remark


def test_guards_taken_out_or_changed_are_a_finding(store: OpenStore) -> None:
    with raw(store.place.home, autocommit=True) as connection:
        connection.drop_guards("audit_event_no_update")
    found = _examined(store)["guards"]
    assert (found.ok, "1 missing" in found.message) == (False, True)
    assert "--reinstall-triggers" in found.mend


def test_an_altered_account_is_a_finding_that_names_its_mend_and_not_its_content(store: OpenStore) -> None:
    with tampering(store) as connection:
        connection.execute("UPDATE portal_account SET email = 'eve@example.net' WHERE mrn = 'MRN-3'")
    _with_guards_back(store)
    for every in (False, True):
        seen = _examined(store, all_seals=every)["seals"]
        assert not seen.ok
        assert "portal_account:MRN-3" in seen.message
        assert "--renew MRN-3" in seen.mend
        assert "eve@" not in seen.message + seen.mend


def test_a_record_whose_head_was_moved_is_a_finding(store: OpenStore) -> None:
    with tampering(store) as connection:
        connection.execute("UPDATE audit_head SET hash = ?", ("0" * 64,))
    assert "record" in _ill(store)


def test_files_open_to_others_are_a_finding(store: OpenStore) -> None:
    (store.place.home / "secrets.json").chmod(0o640)
    assert set(_ill(store)) == {"files", "secrets"}


def test_secrets_that_are_gone_are_a_finding(store: OpenStore) -> None:
    (store.place.home / "secrets.json").unlink()
    assert "secrets" in _ill(store)


def test_a_clock_behind_the_record_is_a_finding_until_an_admin_accepts_it(store: OpenStore) -> None:
    behind = minutes(0) - timedelta(hours=3)
    assert _ill(store, now=behind) == ["clock"]
    with store.session() as session:
        now = opening.time_now(record.head(session).at, behind, clinic.stored(session), tolerate=True)
        done = doctoring.accept_clock(session, ADMIN, reason="wrong battery", clock=behind, now=now)
        session.commit()
    assert not done.already
    assert _examined(store, now=behind)["clock"].remark
    with store.session() as session:
        assert opening.time_now(record.head(session).at, behind, clinic.stored(session)) == now
        assert doctoring.accept_clock(session, ADMIN, reason="again", clock=LATER, now=LATER).already
        with pytest.raises(WrongUsage):
            doctoring.accept_clock(session, ADMIN, reason=" ", clock=behind, now=now)
    assert verdict(store).whole


def test_choices_that_a_standard_advises_against_are_remarked(store: OpenStore) -> None:
    chosen = replace(SETTINGS, password_policy="portal", invitation_life_hours=72, portal_url="https://p.example.org")
    seen = _examined(store, settings=chosen)
    assert seen["password_policy"].remark
    assert "72 hours" in seen["invitation_life_hours"].message
    assert "portal_url" not in seen


def test_mails_that_failed_or_wait_for_an_hour_are_a_finding(store: OpenStore) -> None:
    assert _examined(store)["outbox"].remark
    assert _ill(store, now=LATER + timedelta(hours=2)) == ["outbox"]
    with raw(store.place.home, autocommit=True) as connection:
        connection.execute(f"UPDATE outbox_message SET failed_at = '{record.time_text(LATER)}'")
    assert _ill(store) == ["outbox"]


# renew


def _renew(store: OpenStore, mrn: str, actor: object = ADMIN, reason: str = "altered") -> doctoring.Renewed:
    with store.session() as session:
        done = doctoring.renew(session, actor, mrn, reason=reason, now=LATER)  # type: ignore[arg-type]
        session.commit()
        return done


_EDITS = st.dictionaries(
    st.sampled_from([c for c in columns_of(tables.PortalAccount) if c != "mrn"]),
    st.one_of(st.text(max_size=8), st.integers(0, 3), st.binary(max_size=4)),
    min_size=1,
)


@settings(max_examples=examples(40), deadline=None)
@given(edits=_EDITS)
def test_however_an_account_was_altered_it_is_born_again_empty_and_whole(edits: dict[str, object]) -> None:
    with TemporaryDirectory() as folder:
        store = a_day(Path(folder))
        with tampering(store) as connection:
            row = connection.row("portal_account", "mrn = 'MRN-1'")
            sets = ", ".join(f'"{name}" = ?' for name in edits)
            values = tuple(fitting(value, row[name]) for name, value in edits.items())
            connection.execute(f"UPDATE portal_account SET {sets} WHERE mrn = 'MRN-1'", values)
        _with_guards_back(store)
        if not verdict(store).whole:
            _renew(store, "MRN-1")
        else:
            with pytest.raises(StateForbids):
                _renew(store, "MRN-1")
            store.engine.dispose()
            return
        after = verdict(store)
        with store.session(reading=True) as session:
            account = session.get(tables.PortalAccount, "MRN-1")
            assert account is not None
            told = {name: getattr(account, name) for name in GUARDED}
        store.engine.dispose()
    assert after.faults == ()
    assert told.pop("status") == "new"
    assert not any(told.values())


def test_renewing_ends_links_and_sessions_and_stands_in_the_record(store: OpenStore) -> None:
    with store.session() as session:
        _, signed_in = portal_sessions.begun("MRN-1", now=minutes(20))
        record.append(session, record.Entry("sign-in", "done"), [record.new(signed_in)], now=minutes(20))
        session.commit()
    with tampering(store) as connection:
        connection.execute(
            "UPDATE portal_account SET failed_attempts = 0, email = 'eve@example.net' WHERE mrn = 'MRN-1'"
        )
    _with_guards_back(store)
    done = _renew(store, "MRN-1", reason="found by the audit")
    assert rows(
        store.place.home,
        "SELECT count(*) FROM recovery_credential WHERE mrn = 'MRN-1' AND redeemed_at IS NULL AND revoked_at IS NULL",
    ) == [(0,)]
    assert rows(store.place.home, "SELECT count(*) FROM portal_session WHERE ended_at IS NULL") == [(0,)]
    event = "SELECT action, staff, patient, reason FROM audit_event WHERE seq = ?"
    assert rows(store.place.home, event, done.audit_seq) == [("doctor renew", "rosa", "MRN-1", "found by the audit")]
    assert verdict(store).whole


def test_an_account_that_was_deleted_is_born_again(store: OpenStore) -> None:
    with tampering(store) as connection:
        connection.execute("DELETE FROM portal_account WHERE mrn = 'MRN-4'")
    _with_guards_back(store)
    _renew(store, "MRN-4")
    assert verdict(store).whole


def test_a_whole_account_is_never_renewed(store: OpenStore) -> None:
    with pytest.raises(StateForbids) as refused:
        _renew(store, "MRN-1")
    assert refused.value.code == "account-whole"
    assert refused.value.code in CODES


def test_only_an_admin_renews_and_never_the_own_record(store: OpenStore) -> None:
    for actor in (CLERK, replace(ADMIN, own=frozenset({"MRN-1"}))):
        with pytest.raises(NotAllowed):
            _renew(store, "MRN-1", actor=actor)
    with pytest.raises(NotFound):
        _renew(store, "MRN-99")
    with pytest.raises(WrongUsage):
        _renew(store, "MRN-1", reason="")


def _renew_towards(store: OpenStore, mrn: str, values: dict[str, object]) -> int:
    """What a fault of ours could do with a renewal's permit: aim it at another account, or at something."""
    with store.session() as session:
        permit = permits.for_renewal(session, ADMIN, "MRN-3")
        account = session.get(tables.PortalAccount, mrn)
        aimed = replace(permit, mrn=mrn, made_by=permits._GATE)
        return permits.spend(session, aimed, now=LATER, outcome=Outcome.DONE, account=account, values=values)


def test_a_renewal_that_gives_anything_is_refused_by_the_database(store: OpenStore) -> None:
    with tampering(store) as connection:
        connection.execute("UPDATE portal_account SET changed_seq = 1 WHERE mrn = 'MRN-3'")
    _with_guards_back(store)
    assert _renew_towards(store, "MRN-4", {"email": None}) > 0
    for given_away in ({"email": "eve@example.net"}, {"password_hash": "x"}, {"status": "active"}):
        with pytest.raises(RecordAltered, match="no identity check, no change"):
            _renew_towards(store, "MRN-4", given_away)


# upgrade


def test_guards_are_put_back_only_after_the_record_was_proved_whole(store: OpenStore) -> None:
    with tampering(store) as connection:
        for name, moment in (
            ("audit_seal_no_delete", "BEFORE DELETE ON audit_seal"),
            ("evil", "AFTER UPDATE ON patient"),
        ):
            connection.plant_guard(name, moment)
    done = upgrading.reinstall_triggers(store, ADMIN, reason="lost in a copy", now=LATER)
    assert done.differed.altered == ("audit_seal_no_delete",)
    assert done.differed.foreign == ("evil",)
    assert len(done.differed.missing) == len(expected_triggers(ENGINE)) - 1
    with store.session(reading=True) as session:
        opening.require_guards(session)
    assert verdict(store).whole
    assert upgrading.reinstall_triggers(store, ADMIN, reason="again", now=LATER).already


def test_guards_are_not_put_back_over_an_altered_row(store: OpenStore) -> None:
    with tampering(store) as connection:
        connection.execute("UPDATE patient SET birth_date = '1990-01-01' WHERE mrn = 'MRN-2'")
    with pytest.raises(RecordAltered) as refused:
        upgrading.reinstall_triggers(store, ADMIN, reason="lost in a copy", now=LATER)
    assert "patient:MRN-2" in refused.value.message
    assert "1990" not in refused.value.message
    with store.session(reading=True) as session, pytest.raises(RecordAltered):
        opening.require_guards(session)


@pytest.mark.sqlite_only("the stores of earlier versions are files")
def test_an_older_store_is_refused_on_opening_and_mended_by_upgrade(tmp_path: Path) -> None:
    place = released("0001", tmp_path / "home")
    with pytest.raises(StoreUnavailable) as refused:
        opening.open_store(place)
    assert (refused.value.code, refused.value.exit_code) == ("older-store", 8)
    assert "portaldesk upgrade" in refused.value.hint
    done = upgrading.upgrade(place, now=LATER)
    assert (done.before, done.after, done.already) == ("0001", schema.HEAD, False)
    again = opening.open_store(place)
    with again.session(reading=True) as session:
        opening.require_guards(session)
    assert verdict(again).whole
    again.engine.dispose()
    assert upgrading.upgrade(place, now=LATER).already


@pytest.mark.sqlite_only("the stores of earlier versions are files")
def test_a_first_store_that_had_the_index_already_is_upgraded_too(tmp_path: Path) -> None:
    place = released("0002", tmp_path / "home")
    with closing(sqlite3.connect(place.database)) as file:
        file.execute("UPDATE alembic_version SET version_num = '0001'")
        file.commit()
    assert upgrading.upgrade(place, now=LATER).after == schema.HEAD


@pytest.mark.sqlite_only("the stores of earlier versions are files")
def test_an_upgrade_puts_no_guard_back_that_somebody_took_out(tmp_path: Path) -> None:
    place = released("0001", tmp_path / "home")
    with closing(sqlite3.connect(place.database)) as file:
        file.execute("DROP TRIGGER audit_event_no_update")
        file.commit()
    before = place.file.read_bytes()
    with pytest.raises(RecordAltered) as refused:
        upgrading.upgrade(place, now=LATER)
    assert refused.value.code == "triggers-altered"
    assert place.file.read_bytes() == before


def test_a_version_written_down_by_hand_brings_no_guard_back(store: OpenStore) -> None:
    with tampering(store) as connection:
        connection.execute("UPDATE staff_member SET role = 'admin'")
        connection.execute("UPDATE alembic_version SET version_num = '0000'")
    with pytest.raises(RecordAltered):
        upgrading.upgrade(store.place, now=LATER)


@pytest.mark.sqlite_only("the stores of earlier versions are files")
def test_an_upgrade_of_an_altered_row_changes_nothing(tmp_path: Path) -> None:
    place = released("0001", tmp_path / "home")
    with closing(sqlite3.connect(place.database)) as file:
        guards = [sql for (sql,) in file.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'")]
        for sql in guards:
            file.execute(f"DROP TRIGGER {sql.split()[2]}")
        file.execute("UPDATE staff_member SET role = 'admin' WHERE role <> 'admin'")
        for sql in guards:
            file.execute(sql)
        file.commit()
    with pytest.raises(RecordAltered) as refused:
        upgrading.upgrade(place, now=LATER)
    assert (refused.value.code, "staff_member:" in refused.value.message) == ("not-whole", True)
    with closing(sqlite3.connect(place.database)) as file:
        assert file.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]


def test_a_newer_store_is_never_upgraded(store: OpenStore) -> None:
    with raw(store.place.home, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreUnavailable) as refused:
        upgrading.upgrade(store.place, now=LATER)
    assert refused.value.code == "newer-store"

"""Attacks with a database shell while the triggers stand: every statement that would change who gets in is refused."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from attackers import Town

from raw_stores import REFUSED, Raw, raw

HASH = "p1$$2b$12$4XzuNi3qNhSGSZorNvatTuUsjWbalrxoABGU9U2cM919GAaaMhX4O"
SEALED = (
    "patient", "contact_point", "portal_account", "password_history", "staff_member", "staff_session", "staff_token",
    "identity_check", "permit", "recovery_credential", "portal_session", "change_request", "outbox_message", "settings",
)  # fmt: skip


def sqlites(statement: str) -> Any:
    return pytest.param(statement, marks=pytest.mark.sqlite_only("only SQLite knows this statement"))


def postgresqls(statement: str) -> Any:
    return pytest.param(statement, marks=pytest.mark.postgresql_only("only PostgreSQL knows this statement"))


@pytest.fixture
def shell(busy: Town) -> Iterator[Raw]:
    with raw(busy.home, autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE portal_account SET password_hash='{HASH}' WHERE mrn='MRN-1'",
        "UPDATE portal_account SET password_hash=NULL WHERE mrn='MRN-1'",
        "UPDATE portal_account SET email='thief@evil.example' WHERE mrn='MRN-1'",
        "UPDATE portal_account SET phone='+15550001111' WHERE mrn='MRN-1'",
        "UPDATE portal_account SET username='thief' WHERE mrn='MRN-1'",
        "UPDATE portal_account SET status='active', activated_at='2026-11-25T00:00:00.000000Z' WHERE mrn='MRN-2'",
        "UPDATE portal_account SET status='disabled' WHERE mrn='MRN-1'",
        "UPDATE portal_account SET locked_until=NULL WHERE mrn='MRN-1'",
        "UPDATE portal_account SET failed_attempts=0 WHERE mrn='MRN-1'",
        "UPDATE portal_account SET failed_attempts=99 WHERE mrn='MRN-1'",
        "UPDATE portal_account SET must_change_password=TRUE WHERE mrn='MRN-1'",
        "UPDATE portal_account SET contact_changed_at=NULL WHERE mrn='MRN-1'",
        "UPDATE portal_account SET permit_id=(SELECT id FROM permit LIMIT 1) WHERE mrn='MRN-2'",
        "UPDATE portal_account SET mrn='MRN-7' WHERE mrn='MRN-1'",
        "UPDATE portal_account SET (password_hash, status, seal, changed_seq) = (SELECT password_hash, status, seal, "
        "changed_seq FROM portal_account WHERE mrn='MRN-1') WHERE mrn='MRN-2'",
        sqlites(f"UPDATE OR REPLACE portal_account SET password_hash='{HASH}', username='ana.r' WHERE mrn='MRN-2'"),
        sqlites("UPDATE OR IGNORE portal_account SET email='thief@evil.example'"),
        sqlites("INSERT OR REPLACE INTO portal_account SELECT * FROM portal_account WHERE mrn='MRN-1'"),
        sqlites(
            "REPLACE INTO portal_account (mrn, status, must_change_password, failed_attempts, changed_seq, seal) "
            "VALUES ('MRN-1', 'new', 0, 0, 1, 'x')"
        ),
        "INSERT INTO portal_account (mrn, status, must_change_password, failed_attempts, changed_seq, seal) "
        "VALUES ('MRN-1', 'new', FALSE, 0, 1, 'x') ON CONFLICT(mrn) DO UPDATE SET email='thief@evil.example'",
        sqlites(
            "INSERT INTO portal_account (rowid, mrn, status, must_change_password, failed_attempts, changed_seq, seal) "
            "VALUES (1, 'MRN-7', 'new', 0, 0, 1, 'x')"
        ),
        "DELETE FROM portal_account WHERE mrn='MRN-1'",
        "UPDATE identity_check SET outcome='passed', level='strong', ended_at=NULL WHERE patient='MRN-3'",
        "UPDATE identity_check SET level='strong' WHERE patient='MRN-2'",
        "UPDATE identity_check SET staff='rosa' WHERE patient='MRN-2'",
        "UPDATE identity_check SET patient='MRN-3' WHERE patient='MRN-2'",
        "UPDATE identity_check SET expires_at='2030-01-01T00:00:00.000000Z'",
        "UPDATE identity_check SET wrong=0",
        "UPDATE permit SET spent_seq=NULL",
        "UPDATE permit SET mrn='MRN-2'",
        "UPDATE permit SET action='issue-temp-login'",
        "UPDATE recovery_credential SET expires_at='2030-01-01T00:00:00.000000Z'",
        "UPDATE recovery_credential SET redeemed_at=NULL, revoked_at=NULL",
        "UPDATE recovery_credential SET secret_hash='" + "0" * 64 + "' WHERE kind='reset'",
        "UPDATE recovery_credential SET tries=0",
        "UPDATE recovery_credential SET mrn='MRN-2'",
        "UPDATE change_request SET new_value='thief@evil.example'",
        "UPDATE change_request SET state='effective', confirmed_at='2026-11-25T00:00:00.000000Z', decided_by='rosa'",
        "UPDATE change_request SET requested_by='rosa'",
        "UPDATE contact_point SET value='thief@evil.example', key='thief@evil.example' WHERE mrn='MRN-1'",
        "UPDATE contact_point SET evidence_from='2020-01-01T00:00:00.000000Z'",
        "UPDATE patient SET birth_date='1999-09-09' WHERE mrn='MRN-1'",
        "UPDATE patient SET postal_code='11111' WHERE mrn='MRN-1'",
        "UPDATE patient SET status='active'",
        "UPDATE staff_member SET role='admin' WHERE name='sam'",
        f"UPDATE staff_member SET password_hash='{HASH}' WHERE name='rosa'",
        "UPDATE staff_member SET own_mrn=NULL, linked='[]'",
        "UPDATE staff_member SET credentialed_by='nobody'",
        "UPDATE staff_token SET \"only\"='[]', expires_at='2030-01-01T00:00:00.000000Z'",
        "UPDATE staff_token SET staff='rosa'",
        "UPDATE staff_session SET staff='rosa'",
        "UPDATE staff_session SET token_hash='" + "0" * 64 + "'",
        "UPDATE portal_session SET mrn='MRN-2'",
        'UPDATE settings SET values_json=\'{"portal_url": "https://evil.example"}\'',
        "UPDATE outbox_message SET to_address='thief@evil.example'",
        "UPDATE outbox_message SET credential_id=NULL, kind='reset'",
        "UPDATE password_history SET password_hash='x'",
        "UPDATE audit_event SET staff='rosa' WHERE staff='sam'",
        "UPDATE audit_event SET outcome='done' WHERE outcome='refused'",
        "UPDATE audit_event SET seq=seq+1000",
        sqlites("INSERT OR REPLACE INTO audit_event SELECT * FROM audit_event WHERE seq=3"),
        "DELETE FROM audit_event WHERE seq=(SELECT max(seq) FROM audit_event)",
        "UPDATE audit_seal SET seal='x'",
        sqlites("INSERT OR REPLACE INTO audit_seal SELECT row_key, seq, 'x' FROM audit_seal LIMIT 1"),
        "DELETE FROM audit_seal WHERE row_key='portal_account:MRN-1'",
        "UPDATE audit_head SET seq=3",
        "UPDATE audit_head SET at='2020-01-01T00:00:00.000000Z'",
        "UPDATE audit_head SET hash='x'",
        "DELETE FROM audit_head",
        postgresqls("TRUNCATE audit_event"),
        postgresqls("TRUNCATE portal_account, permit, recovery_credential CASCADE"),
        postgresqls("WITH gone AS (DELETE FROM audit_seal RETURNING 1) SELECT count(*) FROM gone"),
        postgresqls(
            "MERGE INTO portal_account a USING (SELECT 'MRN-1' AS mrn) s ON a.mrn = s.mrn "
            "WHEN MATCHED THEN UPDATE SET email='thief@evil.example'"
        ),
        "INSERT INTO audit_head SELECT 2, seq, at, hash FROM audit_head",
        sqlites("INSERT OR REPLACE INTO audit_head SELECT id, 0, at, hash FROM audit_head"),
    ],
)
def test_raw_sql_is_refused_and_changes_nothing(shell: Raw, busy: Town, statement: str) -> None:
    before = _dump(shell)
    with pytest.raises(REFUSED, match="portaldesk: "):
        shell.execute(statement)
    assert _dump(shell) == before
    assert busy.is_whole()


def _dump(shell: Raw) -> list[object]:
    tables = [*SEALED, "audit_event", "audit_seal", "audit_head"]
    return [shell.execute(f'SELECT * FROM "{table}" ORDER BY 1, 2').fetchall() for table in tables]


@pytest.mark.sqlite_only("PostgreSQL has no hidden row numbers that can be written")
@pytest.mark.parametrize("table", SEALED)
def test_no_row_is_pushed_out_by_its_hidden_row_number(shell: Raw, busy: Town, table: str) -> None:
    """UPDATE OR REPLACE of SQLite's rowid deletes the row that stood there, and no delete trigger hears of it."""
    (count,) = shell.execute(f'SELECT count(*) FROM "{table}"').fetchone()
    for statement in (f'UPDATE OR REPLACE "{table}" SET rowid = (SELECT max(rowid) FROM "{table}") + 0 - rowid',
                      f'UPDATE OR REPLACE "{table}" SET rowid = (SELECT min(rowid) FROM "{table}") + 1'):  # fmt: skip
        with pytest.raises(REFUSED, match="portaldesk: "):
            shell.execute(statement)
    assert shell.execute(f'SELECT count(*) FROM "{table}"').fetchone() == (count,)
    assert busy.is_whole()


@pytest.mark.parametrize("table", SEALED)
@pytest.mark.parametrize("verb", ["INSERT", sqlites("INSERT OR REPLACE"), sqlites("INSERT OR IGNORE")])
def test_no_row_is_planted(shell: Raw, busy: Town, table: str, verb: str) -> None:
    """A copy of a good row under another key: a forged check, permit, link, token, session, staff member, message."""
    values = shell.row(table, "changed_seq = (SELECT max(changed_seq) FROM " + table + ")")
    keys = {column: f"{values[column]}0" for column in ("id", "token_hash", "secret_hash", "reference", "name", "mrn")
            if isinstance(values.get(column), str)}  # fmt: skip
    values |= {"id": 2} if table == "settings" else keys
    with pytest.raises(REFUSED, match="portaldesk: "):
        shell.insert(table, values, verb=verb)
    assert busy.is_whole()


@pytest.mark.parametrize("table", [*SEALED, "audit_event", "audit_seal", "audit_head"])
def test_nothing_is_deleted(shell: Raw, table: str) -> None:
    with pytest.raises(REFUSED, match="portaldesk: "):
        shell.execute(f'DELETE FROM "{table}"')


@pytest.mark.sqlite_only("the same with psql would be the same server")
def test_the_sqlite3_shell_is_refused_too(busy: Town) -> None:
    """Another program than Python, with its own defaults: foreign keys off, no recursive triggers."""
    import shutil

    shell = shutil.which("sqlite3")
    if shell is None:
        pytest.skip("there is no sqlite3 shell on this machine")
    for statement in ("UPDATE portal_account SET email='thief@evil.example'", "DELETE FROM identity_check",
                      "INSERT OR REPLACE INTO portal_account SELECT * FROM portal_account",
                      "UPDATE OR REPLACE identity_check SET rowid=1 WHERE rowid=2"):  # fmt: skip
        done = subprocess.run(
            [shell, str(busy.home / "portaldesk.db"), statement], capture_output=True, text=True, check=False
        )
        assert done.returncode != 0
        assert "portaldesk: " in done.stderr
    assert busy.is_whole()


def _forged_event(shell: Raw, seals: dict[str, str]) -> int:
    """What the triggers cannot tell from ours: the next event, with seals, hashed with no key."""
    seq, at, hash_ = shell.execute("SELECT seq, at, hash FROM audit_head").fetchone()
    for row_key, seal in seals.items():
        shell.insert("audit_seal", {"row_key": row_key, "seq": seq + 1, "seal": seal})
    last = shell.row("audit_event", "seq = ?", (seq,))
    shell.insert("audit_event", last | {"seq": seq + 1, "prev_hash": hash_, "hash": "f" * 64, "at": at})
    return int(seq) + 1


FORGED = {
    "password": "UPDATE portal_account SET password_hash=NULL, permit_id='forged', changed_seq=:seq, seal=:seal "
    "WHERE mrn='MRN-1'",
    "unlock": "UPDATE portal_account SET locked_until=NULL, failed_attempts=0, permit_id='forged', changed_seq=:seq, "
    "seal=:seal WHERE mrn='MRN-1'",
    "email": "UPDATE portal_account SET email=NULL, phone=NULL, permit_id='forged', changed_seq=:seq, seal=:seal "
    "WHERE mrn='MRN-1'",
    "check": "UPDATE identity_check SET expires_at='2030-01-01T00:00:00.000000Z', changed_seq=:seq, seal=:seal "
    "WHERE patient='MRN-1' AND level='strong' AND ended_at IS NULL",
    "link": "UPDATE recovery_credential SET sent_to='thief@evil.example', changed_seq=:seq, seal=:seal "
    "WHERE kind='reset'",
    "recipient": "UPDATE outbox_message SET to_address='t@evil.example', changed_seq=:seq, seal=:seal "
    "WHERE kind='reset'",
    "facts": "UPDATE patient SET birth_date='1999-09-09', changed_seq=:seq, seal=:seal WHERE mrn='MRN-1'",
    "staff": "UPDATE staff_member SET role='admin', changed_seq=:seq, seal=:seal WHERE name='sam'",
}
ROW_KEYS = (
    "SELECT 'portal_account:MRN-1' UNION ALL SELECT 'patient:MRN-1' UNION ALL SELECT 'staff_member:sam' "
    "UNION ALL SELECT 'permit:forged' UNION ALL SELECT 'identity_check:' || id FROM identity_check "
    "UNION ALL SELECT 'recovery_credential:' || id FROM recovery_credential "
    "UNION ALL SELECT 'outbox_message:' || id FROM outbox_message"
)


@pytest.mark.parametrize("forged", FORGED)
def test_raw_sql_with_event_seals_and_permit_forged_by_hand_passes_the_triggers_and_gives_no_access(
    busy: Town, forged: str
) -> None:
    seal = "a" * 64
    with raw(busy.home) as shell:
        seq = _forged_event(shell, {key: seal for (key,) in shell.execute(ROW_KEYS).fetchall()})
        permit = {"id": "forged", "mrn": "MRN-1", "action": "renew", "ground": "renewal", "ground_id": "MRN-1",
                  "level": "none", "staff": "rosa", "issued_at": "2030-01-01T00:00:00.000000Z",
                  "changed_seq": seq, "seal": seal}  # fmt: skip
        shell.insert("permit", permit)
        assert shell.execute(FORGED[forged], {"seq": seq, "seal": seal}).rowcount == 1
        shell.commit()
    for ran in (busy.sam("issue-temp-login", "MRN-1"), busy.sam("unlock", "MRN-1"),
                busy.anyone("portal", "sign-in", "ana.r", "--password-stdin", input="x\n"),
                busy.anyone("portal", "forgot-password", "ana.r")):  # fmt: skip
        assert ran.code == 9, ran
    assert busy.sam("staff", "list").code in (3, 9)
    assert f"Event {seq}" in busy.named_by_audit()

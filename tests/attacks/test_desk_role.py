"""The desk's own database role: a whole day can be worked with it, and it cannot touch record, guards or structure."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
from attackers import ANA, BEN, FILE, NEW_PASSWORD, PHOTO
from desks import ROSA_PASSWORD, Ran, run

from portaldesk.store.desk_role import quoted
from postgresql import Server, server

pytestmark = pytest.mark.postgresql_only("SQLite has no roles")
OWNER, DESK = "portal_owner", 'desk "1"'
NOT_ALLOWED, REFUSED_BY_A_GUARD = ("42501", "0LP01"), "P0001"
RECORD = ("audit_event", "audit_seal", "audit_head")


@dataclass(frozen=True, slots=True)
class Deskside:
    """A store on a server, which the desk opens as a role of its own."""

    server: Server
    home: Path
    rosa_token: str
    sam_token: str

    def rosa(self, *args: str, input: str = "", role: str = DESK) -> Ran:
        return self._run(*args, input=input, role=role, token=self.rosa_token)

    def sam(self, *args: str, input: str = "") -> Ran:
        return self._run(*args, input=input, role=DESK, token=self.sam_token)

    def anyone(self, *args: str, input: str = "") -> Ran:
        return self._run(*args, input=input, role=DESK, token=None)

    def _run(self, *args: str, input: str, role: str, token: str | None) -> Ran:
        url = {"PORTALDESK_DATABASE_URL": self.server.url("clinic", role)}
        return run(*args, input=input, home=self.home, token=token, env=url)

    def mailed(self, pattern: str) -> str:
        mails = sorted((self.home / "outbox").glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
        return str(re.findall(pattern, "".join(path.read_text(encoding="utf-8") for path in mails))[-1])

    def token(self) -> str:
        return self.mailed(r"/(?:redeem|confirm|object)/([A-Za-z0-9_-]{43})")

    def tries(self, *statements: str) -> str:
        """Somebody who has the role's password runs SQL: the SQLSTATE of the refusal, '' where all went through."""
        import psycopg

        with self.server.connect("clinic", DESK) as connection:
            try:
                for statement in statements:
                    connection.execute(statement)
            except psycopg.Error as refused:
                return refused.sqlstate or "?"
        return ""

    def everything(self) -> list[object]:
        with self.server.connect("clinic") as connection:
            return [connection.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall() for name in RECORD]


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with server() as found:
        if found is None:
            pytest.skip("no PostgreSQL on this machine")
        yield found


@pytest.fixture(scope="module")
def deskside(running: Server, tmp_path_factory: pytest.TempPathFactory) -> Deskside:
    """Set up by the role that owns the database; patients, staff and a day's work come in as the desk's role."""
    home = tmp_path_factory.mktemp("desk_role") / "home"
    running.run(f"CREATE ROLE {OWNER} LOGIN", f"CREATE DATABASE clinic OWNER {OWNER}")
    env = {"PORTALDESK_DATABASE_URL": running.url("clinic", OWNER)}
    password = ROSA_PASSWORD + "\n"
    made = run("init", "--admin", "rosa", "--secrets", "file", "--password-stdin", input=password, home=home, env=env)
    assert made.code == 0, made
    assert run("login", "rosa", "--password-stdin", input=password, home=home, env=env).code == 0
    script = run("database", "roles", "--desk", DESK, "--json", home=home, env=env).document["sql"]
    for _ in range(2):  # again changes nothing
        running.run(*script, database="clinic")
    tokens = [
        run("staff", "token", "rosa", "--json", home=home, env=env).document["token"],
        run("staff", "add", "sam", "--role", "front-desk", "--with-token", "--json", home=home, env=env).document[
            "token"
        ],
    ]
    made_up = Deskside(running, home, *tokens)
    file = home.parent / "patients.csv"
    file.write_text(FILE, encoding="utf-8")
    assert made_up.rosa("import", "patients", str(file)).code == 0
    invited = home.parent / "invited.csv"
    invited.write_text("mrn\nMRN-2\n", encoding="utf-8")  # so that a permit is on file, whichever test comes first
    assert made_up.rosa("resend-invite", "--file", str(invited), "--no-send").code == 0
    return made_up


def test_a_whole_day_can_be_worked_as_the_desks_role(deskside: Deskside, tmp_path: Path) -> None:
    d = deskside

    def done(ran: Ran, code: int = 0) -> Ran:
        assert ran.code == code, ran
        return ran

    done(d.sam("find", "reyes"))
    done(d.sam("verify-identity", "MRN-1", *ANA))
    done(d.sam("resend-invite", "MRN-1"))
    facts = ("--birth-date", "1952-07-15", "--postal-code", "67124")
    chosen = ("--username", "ana.r", "--password-stdin")
    done(d.anyone("portal", "redeem", d.token(), *facts, *chosen, input=NEW_PASSWORD + "\n"))
    done(d.anyone("portal", "sign-in", "ana.r", "--password-stdin", input=NEW_PASSWORD + "\n"))
    for _ in range(5):
        done(d.anyone("portal", "sign-in", "ana.r", "--password-stdin", input="never it 1\n"), 3)
    done(d.sam("verify-identity", "MRN-1", *ANA, *PHOTO))
    for command in ("diagnose", "unlock", "send-reset", "recover-username", "issue-temp-login", "disable", "enable"):
        done(d.sam(command, "MRN-1"))
    asked = done(d.sam("update-contact", "MRN-1", "--email", "new@example.net", "--json")).document["request_id"]
    code = d.mailed(r"(?m)^\s*(\d{4} \d{4})\s*$")
    done(d.sam("confirm", asked, "--code", code))
    done(d.rosa("approve", asked, "--reason", "seen"))
    done(d.sam("secure-account", "MRN-1"))
    done(d.sam("end-call"))
    for _ in range(3):
        done(d.sam("verify-identity", "MRN-2", "--birth-date", "1900-01-01", "--postal-code", "1"), 4)
    done(d.rosa("hold", "release", "MRN-2", "--reason", "mother called"))
    done(d.sam("verify-identity", "MRN-2", *BEN))
    done(d.sam("end-call"))
    again = tmp_path / "again.csv"
    again.write_text(FILE.replace("1 Elm Street", "7 Elm Street").replace("ben@", "benjamin@"), encoding="utf-8")
    done(d.rosa("import", "patients", str(again)))
    done(d.rosa("find-duplicates"))
    done(d.rosa("duplicates", "resolve", "MRN-2", "MRN-3", "--different", "--reason", "brothers"))
    done(d.rosa("settings", "set", "clinic_phone", "555-0100"))
    done(d.rosa("outage", "start", "the portal is down"))
    done(d.rosa("staff", "add", "kim", "--role", "auditor"))
    done(d.rosa("staff", "password", "kim"))
    done(d.rosa("staff", "disable", "kim"))
    done(d.rosa("outbox", "send"))
    done(d.rosa("list-resets"))
    done(d.rosa("audit", "verify"))


def test_the_doctor_says_which_role_is_in_force(deskside: Deskside) -> None:
    def said(role: str) -> tuple[bool, str]:
        report = deskside.rosa("doctor", "--json", role=role).document
        (finding,) = [one for one in report["findings"] if one["subject"] == "database role"]
        return finding["remark"], finding["message"]

    remark, message = said(DESK)
    assert not remark
    assert "neither change the record nor touch the guards" in message
    remark, message = said(OWNER)
    assert remark
    assert "take the guards off" in message


@pytest.mark.parametrize(
    ("given", "taken", "could"),
    [
        ("ALTER ROLE {} CREATEROLE", "ALTER ROLE {} NOCREATEROLE", "take the guards off"),
        ("GRANT pg_write_all_data TO {}", "REVOKE pg_write_all_data FROM {}", "change the record"),
        ("GRANT pg_execute_server_program TO {}", "REVOKE pg_execute_server_program FROM {}", "take the guards off"),
        (f"GRANT {OWNER} TO {{}}", f"REVOKE {OWNER} FROM {{}}", "take the guards off"),
    ],
)
def test_what_a_desks_role_may_become_is_seen_by_the_doctor_and_refused_by_the_script(
    deskside: Deskside, given: str, taken: str, could: str
) -> None:
    import psycopg

    script = deskside.rosa("database", "roles", "--desk", DESK, "--json", role=OWNER).document["sql"]
    deskside.server.run(given.format(quoted(DESK)))
    try:
        with pytest.raises(psycopg.Error, match="more than a desk"):
            deskside.server.run(*script, database="clinic")
        report = deskside.rosa("doctor", "--json", role=DESK).document
        (finding,) = [one for one in report["findings"] if one["subject"] == "database role"]
        assert finding["remark"]
        assert could in finding["message"]
    finally:
        deskside.server.run(taken.format(quoted(DESK)))


def test_two_machines_that_share_a_store_are_two_seats(
    deskside: Deskside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same user number on both: who signs in at one does not sign the other out."""
    second = tmp_path / "second"
    second.mkdir(mode=0o700)
    shutil.copy(deskside.home / "secrets.json", second)
    env = {"PORTALDESK_DATABASE_URL": deskside.server.url("clinic", DESK)}
    machine = os.uname()
    for name, home in (("north", deskside.home), ("south", second)):
        monkeypatch.setattr(os, "uname", lambda name=name: SimpleNamespace(nodename=name, sysname=machine.sysname))
        signed = run("login", "rosa", "--password-stdin", input=ROSA_PASSWORD + "\n", home=home, env=env)
        assert signed.code == 0, signed
    assert run("whoami", home=deskside.home, env=env).code == 0
    assert run("whoami", home=second, env=env).code == 0


@pytest.mark.parametrize(
    "sql",
    [
        *(f"UPDATE {table} SET seq = seq" for table in RECORD),
        *(f"DELETE FROM {table}" for table in RECORD),
        *(f"TRUNCATE {table}" for table in (*RECORD, "permit", "portal_account")),
        "INSERT INTO audit_head (id, seq, at, hash) VALUES (2, 1, '', '')",
        "DELETE FROM portal_account",
        "DELETE FROM permit",
        "UPDATE permit SET action = 'redeem'",
        "UPDATE staff_member SET role = 'admin'",
        "UPDATE portal_account SET mrn = 'MRN-3' WHERE mrn = 'MRN-2'",
        "UPDATE recovery_credential SET expires_at = '9'",
        "UPDATE alembic_version SET version_num = '0000'",
        "DROP TRIGGER portal_account_guarded ON portal_account",
        "ALTER TABLE portal_account DISABLE TRIGGER portal_account_guarded",
        "ALTER TABLE portal_account DISABLE TRIGGER ALL",
        "ALTER TABLE portal_account ADD COLUMN x text",
        "DROP TABLE audit_event",
        "CREATE RULE r AS ON UPDATE TO portal_account DO INSTEAD NOTHING",
        "CREATE TRIGGER mine BEFORE UPDATE ON portal_account FOR EACH ROW EXECUTE FUNCTION portal_account_guarded()",
        "CREATE OR REPLACE FUNCTION portal_account_guarded() RETURNS trigger LANGUAGE sql AS 'SELECT NULL'",
        "DROP FUNCTION portal_account_guarded() CASCADE",
        "CREATE TABLE public.mine (x int)",
        "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE TEMPORARY TABLE permit (id text)",
        "CREATE SCHEMA mine",
        "SET session_replication_role = replica",
        f"SET ROLE {OWNER}",
        f"SET SESSION AUTHORIZATION {OWNER}",
        f"GRANT {OWNER} TO CURRENT_USER",
        "GRANT UPDATE ON audit_event TO CURRENT_USER; UPDATE audit_event SET reason = 'x'",
        "ALTER ROLE CURRENT_USER SUPERUSER",
        "COPY audit_event FROM PROGRAM 'true'",
        "COPY audit_event TO '/tmp/record'",
        "SELECT pg_read_file('/etc/passwd')",
    ],
)
def test_the_desks_role_may_not(deskside: Deskside, sql: str) -> None:
    before = deskside.everything()
    assert deskside.tries(*sql.split("; ")) in NOT_ALLOWED, sql
    assert deskside.everything() == before
    assert deskside.rosa("audit", "verify").code == 0


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE portal_account SET email = 'mine@example.net' WHERE mrn = 'MRN-2'",
        "UPDATE portal_account SET password_hash = 'x' WHERE mrn = 'MRN-2'",
        "UPDATE portal_account SET permit_id = 'x', changed_seq = changed_seq + 1, status = 'active'",
        "UPDATE permit SET spent_seq = NULL",
        "UPDATE staff_member SET password_hash = 'x', changed_seq = changed_seq + 1, seal = 'x'",
        "UPDATE settings SET values_json = '{}', changed_seq = changed_seq + 1",
        "INSERT INTO audit_event SELECT * FROM audit_event WHERE seq = 1",
        "INSERT INTO audit_event (seq, at, action, outcome, session, reason, details, prev_hash, hash) "
        "VALUES (100000, '', 'init', 'done', '', '', '', '', '')",
        "INSERT INTO audit_seal (row_key, seq, seal) VALUES ('portal_account:MRN-2', 1, 'x')",
        "INSERT INTO portal_account SELECT * FROM portal_account WHERE mrn = 'MRN-2' "
        "ON CONFLICT (mrn) DO UPDATE SET email = 'mine@example.net'",
        "WITH mine AS (UPDATE portal_account SET email = 'mine@example.net' WHERE mrn = 'MRN-2' RETURNING 1) "
        "SELECT * FROM mine",
        "SET search_path = pg_temp; UPDATE public.portal_account SET username = 'x' WHERE mrn = 'MRN-2'",
    ],
)
def test_what_the_desks_role_may_write_the_guards_still_judge(deskside: Deskside, sql: str) -> None:
    before = deskside.everything()
    assert deskside.tries(*sql.split("; ")) in (REFUSED_BY_A_GUARD, *NOT_ALLOWED), sql
    assert deskside.everything() == before
    assert deskside.rosa("audit", "verify").code == 0


def test_the_desks_role_is_told_to_leave_upgrades_to_the_owner(deskside: Deskside) -> None:
    deskside.server.run("ALTER TABLE permit DISABLE TRIGGER permit_has_ground", database="clinic")
    try:
        refused = deskside.rosa("whoami", "--json")
        assert (refused.code, refused.error["code"]) == (9, "triggers-altered")
        put_back = ("upgrade", "--reinstall-triggers", "--reason", "switched off", "--json")
        refused = deskside.rosa(*put_back)
        assert (refused.code, refused.error["code"]) == (8, "store-unwritable")
        assert deskside.rosa(*put_back, role=OWNER).document["differed"]["altered"] == ["permit_has_ground"]
    finally:
        deskside.server.run("ALTER TABLE permit ENABLE ALWAYS TRIGGER permit_has_ground", database="clinic")
    assert deskside.rosa("whoami").code == 0
    assert deskside.rosa("audit", "verify").code == 0


@pytest.mark.parametrize(
    "trick",
    [
        "SET session_replication_role = replica",
        "SET search_path = pg_temp, public",
        "CREATE TEMPORARY TABLE permit AS SELECT 'P-1'::text AS id, mrn, 'import-contact'::text AS action, "
        "NULL::int AS spent_seq, changed_seq + 1 AS changed_seq, 'import'::text AS ground, ''::text AS ground_id, "
        "''::text AS level FROM portal_account; SET search_path = pg_temp, public",
        "CREATE TEMPORARY TABLE audit_seal AS SELECT 'portal_account:' || mrn AS row_key, changed_seq + 1 AS seq, "
        "'x'::text AS seal FROM portal_account; SET search_path = pg_temp, public",
    ],
)
@pytest.mark.parametrize("then", ["", "permit_id = 'P-1', changed_seq = changed_seq + 1, seal = 'x', "])
def test_no_setting_and_no_temporary_table_of_a_session_gets_past_the_guards(
    deskside: Deskside, trick: str, then: str
) -> None:
    """Even of the server's administrator, as long as they do not take the guards off."""
    import psycopg

    with deskside.server.connect("clinic") as connection:
        for statement in trick.split("; "):
            connection.execute(statement)
        with pytest.raises(psycopg.errors.RaiseException, match="portaldesk: "):
            connection.execute(
                f"UPDATE public.portal_account SET {then} email = 'mine@example.net' WHERE mrn = 'MRN-2'"
            )


def test_a_guard_cannot_be_borrowed_to_move_the_head(deskside: Deskside) -> None:
    """Its function runs with the owner's right; only the owner may make a trigger of it."""
    deskside.server.run(f"GRANT TEMPORARY ON DATABASE clinic TO {quoted(DESK)}")
    try:
        assert deskside.tries("CREATE TEMPORARY TABLE mine (seq int, at text, hash text)") == ""
        borrowed = (
            "CREATE TEMPORARY TABLE mine (seq int, at text, hash text)",
            "CREATE TRIGGER t AFTER INSERT ON mine FOR EACH ROW EXECUTE FUNCTION audit_event_moves_head()",
        )
        assert deskside.tries(*borrowed) in NOT_ALLOWED
    finally:
        deskside.server.run(f"REVOKE TEMPORARY ON DATABASE clinic FROM {quoted(DESK)}")

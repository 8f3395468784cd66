"""The steps of the desks (tests/crashes/desk_load.py) as a plain program writes them: bare SQL, and no rule at all.

The same reads, the account's update, an audit row with its running number, rows for credentials and mails, one
transaction a step, the same password hashing, the same durability. There is no gate, no permit, no trigger, no seal,
no chain. Statements are text, made once, by SQLAlchemy's connections.
"""

from __future__ import annotations

import hmac
import json
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from desk_load import BEGIN, NEVER_SIGNED_UP, SECONDS_A_STEP, Shift, Step
from desk_work import PASSWORD, born, mrn, postal
from sqlalchemy import URL, Connection, Engine, TextClause, create_engine, event, text
from together import in_processes

from portaldesk.rules import hashing

PEPPER = b"p" * 32
_TABLES = (
    "settings (id INTEGER PRIMARY KEY, data TEXT)",
    "counter (id INTEGER PRIMARY KEY, seq INTEGER)",
    "patient (mrn TEXT PRIMARY KEY, given_name TEXT, family_name TEXT, birth_date TEXT, postal_code TEXT, address TEXT,"
    " status TEXT)",
    "account (mrn TEXT PRIMARY KEY, username TEXT UNIQUE, email TEXT, password_hash TEXT, status TEXT,"
    " must_change INTEGER, failed_attempts INTEGER, locked_until TEXT)",
    "contact (id TEXT PRIMARY KEY, mrn TEXT, kind TEXT, value TEXT)",
    "staff (name TEXT PRIMARY KEY, role TEXT)",
    "identity_check (id TEXT PRIMARY KEY, patient TEXT, staff TEXT, outcome TEXT, level TEXT, evidence TEXT,"
    " wrong INTEGER, started_at TEXT, expires_at TEXT, ended_at TEXT)",
    "request (id TEXT PRIMARY KEY, mrn TEXT, value TEXT, state TEXT, decided_by TEXT)",
    "credential (id TEXT PRIMARY KEY, mrn TEXT, kind TEXT, secret_hash TEXT, issued_at TEXT, expires_at TEXT,"
    " revoked_at TEXT, redeemed_at TEXT)",
    "history (id TEXT PRIMARY KEY, mrn TEXT, password_hash TEXT, set_at TEXT)",
    "portal_session (id TEXT PRIMARY KEY, mrn TEXT, expires_at TEXT, ended_at TEXT)",
    "outbox (id TEXT PRIMARY KEY, mrn TEXT, kind TEXT, to_address TEXT, data TEXT)",
    "audit (seq INTEGER PRIMARY KEY, at TEXT, staff TEXT, action TEXT, patient TEXT, outcome TEXT, details TEXT)",
)
_INDEXES = (
    "patient (family_name)", "contact (mrn)", "identity_check (patient, staff)", "request (mrn)", "credential (mrn)",
    "credential (secret_hash)", "history (mrn)", "portal_session (mrn)", "outbox (mrn)", "audit (action, seq)",
)  # fmt: skip


def _sql(words: str) -> TextClause:
    return text(words)


SETTINGS = _sql("SELECT data FROM settings")
NUMBER = _sql("UPDATE counter SET seq = seq + 1 RETURNING seq")
AUDIT = _sql("INSERT INTO audit VALUES (:seq, :at, :staff, :action, :patient, :outcome, :details)")
FIND = _sql(
    "SELECT p.*, a.status AS account_status FROM patient p JOIN account a ON a.mrn = p.mrn "
    "WHERE p.family_name >= :name AND p.family_name < :after ORDER BY p.family_name LIMIT 21"
)
PATIENT = _sql("SELECT * FROM patient WHERE mrn = :mrn")
ACCOUNT = _sql("SELECT * FROM account WHERE mrn = :mrn")
BY_NAME = _sql("SELECT * FROM account WHERE username = :username")
CONTACTS = _sql("SELECT * FROM contact WHERE mrn = :mrn")
CHECKS = _sql("SELECT * FROM identity_check WHERE patient = :mrn AND staff = :staff AND ended_at IS NULL")
NEW_CHECK = _sql(
    "INSERT INTO identity_check VALUES (:id, :mrn, :staff, :outcome, :level, :evidence, :wrong, :at, :until, NULL)"
)
GROW_CHECK = _sql("UPDATE identity_check SET outcome = :outcome, level = :level, wrong = :wrong WHERE id = :id")
UNLOCK = _sql("UPDATE account SET locked_until = NULL WHERE mrn = :mrn")
OPEN_CREDENTIALS = _sql("SELECT * FROM credential WHERE mrn = :mrn AND redeemed_at IS NULL AND revoked_at IS NULL")
REVOKE = _sql("UPDATE credential SET revoked_at = :at WHERE id = :id")
NEW_CREDENTIAL = _sql("INSERT INTO credential VALUES (:id, :mrn, :kind, :hash, :at, :until, NULL, NULL)")
BY_TOKEN = _sql("SELECT * FROM credential WHERE secret_hash = :hash")
REDEEM = _sql("UPDATE credential SET redeemed_at = :at WHERE id = :id")
MAIL = _sql("INSERT INTO outbox VALUES (:id, :mrn, :kind, :to, :data)")
HISTORY = _sql("SELECT password_hash FROM history WHERE mrn = :mrn ORDER BY set_at DESC LIMIT 10")
REMEMBER = _sql("INSERT INTO history VALUES (:id, :mrn, :hash, :at)")
NEW_PASSWORD = _sql(
    "UPDATE account SET password_hash = :hash, must_change = :must, status = 'active', failed_attempts = 0, "
    "locked_until = NULL WHERE mrn = :mrn"
)
SECURE = _sql("UPDATE account SET password_hash = NULL WHERE mrn = :mrn")
END_SESSIONS = _sql("UPDATE portal_session SET ended_at = :at WHERE mrn = :mrn AND ended_at IS NULL")
NEW_SESSION = _sql("INSERT INTO portal_session VALUES (:id, :mrn, :until, NULL)")
SIGNED_IN = _sql("UPDATE account SET failed_attempts = 0, locked_until = NULL WHERE mrn = :mrn")
FAILED = _sql("UPDATE account SET failed_attempts = failed_attempts + 1 WHERE mrn = :mrn")
REQUESTS = _sql("SELECT * FROM request WHERE mrn = :mrn")
REQUEST = _sql("SELECT * FROM request WHERE id = :id")
NEW_REQUEST = _sql("INSERT INTO request VALUES (:id, :mrn, :value, 'awaiting', NULL)")
SET_REQUEST = _sql("UPDATE request SET state = :state, decided_by = :staff WHERE id = :id")
STAFF = _sql("SELECT * FROM staff WHERE name = :staff")
NEW_EMAIL = _sql("UPDATE account SET email = :value WHERE mrn = :mrn")
NEW_CONTACT = _sql("INSERT INTO contact VALUES (:id, :mrn, 'email', :value)")
MOVED = _sql("UPDATE patient SET address = :address WHERE mrn = :mrn")
RESETS = _sql(
    "SELECT e.*, c.level, c.evidence FROM audit e LEFT JOIN identity_check c ON c.patient = e.patient "
    "AND c.staff = e.staff WHERE e.action IN ('unlock', 'reset', 'redeem', 'invite', 'temporary login') "
    "AND e.at >= :since ORDER BY e.seq DESC LIMIT 100"
)
RECORD = _sql("SELECT * FROM audit ORDER BY seq")


def engine_of(url: URL) -> Engine:
    """As portaldesk opens its own: the same pragmas, the same options of a session."""
    if url.get_backend_name() != "sqlite":
        return create_engine(url, connect_args={"options": "-c synchronous_commit=on"}, pool_pre_ping=True)
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        for pragma in ("busy_timeout=5000", "journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}").fetchall()

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def a_database(url: URL, *, desks: int, patients: int) -> None:
    """The same clinic, in plain tables."""
    engine = engine_of(url)
    hashed = hashing.hashed(PASSWORD, pepper=PEPPER, key_id="p1")
    with engine.begin() as connection:
        for table in _TABLES:
            connection.execute(text(f"CREATE TABLE {table}"))
        for index in _INDEXES:
            name = "".join(letter if letter.isalpha() else "_" for letter in index)
            connection.execute(text(f"CREATE INDEX ix_{name} ON {index}"))
        connection.execute(text("INSERT INTO settings VALUES (1, '{}')"))
        connection.execute(text("INSERT INTO counter VALUES (1, 0)"))
        for name in ("rosa", *(f"clerk{n}" for n in range(desks))):
            connection.execute(text("INSERT INTO staff VALUES (:name, 'front-desk')"), {"name": name})
        rows = [_patient(n, hashed) for n in range(patients)]
        connection.execute(
            text("INSERT INTO patient VALUES (:mrn, 'Ana', :family, :born, :postal, '1 Mill Lane', 'active')"), rows
        )
        connection.execute(
            text("INSERT INTO account VALUES (:mrn, :username, :email, :hash, :status, 0, 0, NULL)"), rows
        )
        connection.execute(NEW_CONTACT, [{"id": f"e{row['mrn']}", "value": row["email"], **row} for row in rows])
        for row in rows:  # as many events as the import and the sign-ups of ours
            for action in ("import", "invite", "redeem"):
                _audited(connection, "rosa", action, row["mrn"], BEGIN - timedelta(days=30))
    engine.dispose()


def _patient(n: int, hashed: str) -> dict[str, Any]:
    new = n % 8 == NEVER_SIGNED_UP
    return {
        "mrn": mrn(n), "family": f"Reynolds{n}", "born": born(n).isoformat(), "postal": postal(n),
        "username": f"user{n}", "email": f"ana{n}@example.org", "hash": None if new else hashed,
        "status": "new" if new else "active",
    }  # fmt: skip


def played(url: URL, shifts: Sequence[list[Step]], *, later: timedelta) -> list[Shift]:
    """What plain programs did, each a process of its own; they begin together."""
    return in_processes([lambda n=n: _ready(url, n, shifts[n], later) for n in range(len(shifts))])  # type: ignore[misc]


def _ready(url: URL, number: int, shift: list[Step], later: timedelta) -> Callable[[], Shift]:
    desk = _PlainDesk(engine_of(url), f"clerk{number}")

    def work() -> Shift:
        seen = Shift(time.monotonic())
        for done, (kind, n) in enumerate(shift):
            desk.now = BEGIN + later + timedelta(seconds=SECONDS_A_STEP * (done + 1))
            since = time.perf_counter()
            desk.does(kind, n)
            seen.seconds.append(time.perf_counter() - since)
            seen.done[kind] += 1
        seen.ended = time.monotonic()
        desk.engine.dispose()
        return seen

    return work


def _audited(connection: Connection, staff: str, action: str, patient: str, now: datetime, **details: object) -> None:
    seq = connection.execute(NUMBER).scalar_one()
    told = {
        "seq": seq, "at": now.isoformat(), "staff": staff, "action": action, "patient": patient, "outcome": "done",
        "details": json.dumps(details),
    }  # fmt: skip
    connection.execute(AUDIT, told)


class _PlainDesk:
    """One clerk's program."""

    def __init__(self, engine: Engine, staff: str) -> None:
        self.engine, self.staff, self.now = engine, staff, BEGIN
        self.request, self.token, self.shown = "", "", ""

    def does(self, kind: str, n: int) -> None:
        getattr(self, "_" + kind.replace(" ", "_"))(n)

    @contextmanager
    def _writing(self, action: str, n: int) -> Iterator[tuple[Connection, dict[str, Any]]]:
        """One transaction, with the settings read first and the audit row written last."""
        named = {
            "mrn": mrn(n), "staff": self.staff, "at": self.now.isoformat(),
            "until": (self.now + timedelta(minutes=15)).isoformat(),
        }  # fmt: skip
        with self.engine.begin() as connection:
            connection.execute(SETTINGS).all()
            yield connection, named
            _audited(connection, self.staff, action, mrn(n), self.now, methods=["birth-date"])

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self.engine.execution_options(reading=True).begin() as connection:
            connection.execute(SETTINGS).all()
            yield connection

    def _find(self, n: int) -> None:
        with self._writing("find", n) as (connection, _):
            connection.execute(FIND, {"name": f"Reynolds{n}", "after": f"Reynolds{n}~"}).all()

    def _answers_right(self, n: int, wrong: int = 0) -> None:
        with self._writing("verify-identity", n) as (connection, named):
            _facts(connection, named)
            connection.execute(CONTACTS, named).all()
            values = {"outcome": "pending" if wrong else "passed", "level": "none" if wrong else "strong"} | named
            open_ = connection.execute(CHECKS, named).all()
            if open_:
                connection.execute(GROW_CHECK, values | {"wrong": wrong, "id": open_[0].id})
            else:
                new = {"id": secrets.token_hex(8), "evidence": "[]", "wrong": wrong}
                connection.execute(NEW_CHECK, values | new)

    def _answers_wrong(self, n: int) -> None:
        self._answers_right(n, wrong=1)

    def _unlock(self, n: int) -> None:
        with self._writing("unlock", n) as (connection, named):
            _facts(connection, named, check=True)
            connection.execute(UNLOCK, named)
            _mail(connection, named, "unlocked")

    def _reset(self, n: int, kind: str = "reset") -> None:
        with self._writing(kind, n) as (connection, named):
            _facts(connection, named, check=True)
            connection.execute(CONTACTS, named).all()
            for one in connection.execute(OPEN_CREDENTIALS, named).all():
                connection.execute(REVOKE, named | {"id": one.id})
            self.token = secrets.token_hex(32)
            _credential(connection, named, kind, self.token)
            _mail(connection, named, kind)

    def _invite(self, n: int) -> None:
        self._reset(n, "invitation")

    def _redeem(self, n: int) -> None:
        password = secrets.token_urlsafe(20)
        hashed = self._judged_new(n, password)
        with self._writing("redeem", n) as (connection, named):
            found = connection.execute(BY_TOKEN, {"hash": self.token}).all()
            _facts(connection, named)
            connection.execute(CONTACTS, named).all()
            for one in found:
                connection.execute(REDEEM, named | {"id": one.id})
            _password(connection, named, hashed)

    def _temporary_login(self, n: int) -> None:
        self.shown = secrets.token_urlsafe(12)
        hashed = hashing.hashed(self.shown, pepper=PEPPER, key_id="p1")
        with self._writing("temporary login", n) as (connection, named):
            _facts(connection, named, check=True)
            for one in connection.execute(OPEN_CREDENTIALS, named).all():
                connection.execute(REVOKE, named | {"id": one.id})
            _credential(connection, named, "temporary login", hashed)
            connection.execute(NEW_PASSWORD, named | {"hash": hashed, "must": 1})
            connection.execute(END_SESSIONS, named)
            _mail(connection, named, "temporary login")

    def _chooses_a_password(self, n: int) -> None:
        self._judged(n, self.shown)
        hashed = self._judged_new(n, secrets.token_urlsafe(20))
        with self._writing("change-password", n) as (connection, named):
            _facts(connection, named)
            for one in connection.execute(OPEN_CREDENTIALS, named).all():
                connection.execute(REDEEM, named | {"id": one.id})
            _password(connection, named, hashed)

    def _secure(self, n: int) -> None:
        with self._writing("secure", n) as (connection, named):
            _facts(connection, named, check=True)
            for one in connection.execute(OPEN_CREDENTIALS, named).all():
                connection.execute(REVOKE, named | {"id": one.id})
            connection.execute(SECURE, named)
            connection.execute(END_SESSIONS, named)
            _mail(connection, named, "secured")

    def _new_email(self, n: int) -> None:
        self.request = secrets.token_hex(8)
        with self._writing("update-contact", n) as (connection, named):
            _facts(connection, named, check=True)
            connection.execute(REQUESTS, named).all()
            value = f"{self.request}@example.org"
            connection.execute(NEW_REQUEST, named | {"id": self.request, "value": value})
            self.token = hashing.code_hashed("12345678", pepper=PEPPER, key_id="p1", bound_to=self.request)
            for kind, hashed in (("code", self.token), ("link", secrets.token_hex(32)), ("object", self.request)):
                _credential(connection, named, kind, hashed)
            _mail(connection, named, "confirm")
            _mail(connection, named, "object")

    def _confirm(self, n: int) -> None:
        with self._writing("confirm", n) as (connection, named):
            connection.execute(REQUEST, {"id": self.request}).all()
            connection.execute(ACCOUNT, named).all()
            for one in connection.execute(BY_TOKEN, {"hash": self.token}).all():
                hashing.code_verify("12345678", one.secret_hash, peppers={"p1": PEPPER}, bound_to=self.request)
                connection.execute(REDEEM, named | {"id": one.id})
            connection.execute(SET_REQUEST, named | {"id": self.request, "state": "confirmed", "staff": None})

    def _approve(self, n: int) -> None:
        with self._writing("approve", n) as (connection, named):
            (found,) = connection.execute(REQUEST, {"id": self.request}).all()
            _facts(connection, named)
            connection.execute(STAFF, named).all()
            connection.execute(CONTACTS, named).all()
            connection.execute(SET_REQUEST, named | {"id": self.request, "state": "effective"})
            connection.execute(NEW_EMAIL, named | {"value": found.value})
            connection.execute(NEW_CONTACT, named | {"id": secrets.token_hex(8), "value": found.value})
            _mail(connection, named, "moved")
            _mail(connection, named, "moved")

    def _signs_in(self, n: int) -> None:
        self._judged(n, PASSWORD)
        with self._writing("sign-in", n) as (connection, named):
            connection.execute(BY_NAME, {"username": f"user{n}"}).all()
            connection.execute(PATIENT, named).all()
            connection.execute(SIGNED_IN, named)
            connection.execute(NEW_SESSION, named | {"id": secrets.token_hex(16)})

    def _mistypes(self, n: int) -> None:
        self._judged(n, "never it")
        with self._writing("sign-in", n) as (connection, named):
            connection.execute(BY_NAME, {"username": f"user{n}"}).all()
            connection.execute(FAILED, named)

    def _moved_house(self, n: int) -> None:
        with self._writing("import", n) as (connection, named):
            _facts(connection, named)
            connection.execute(CONTACTS, named).all()
            connection.execute(MOVED, named | {"address": f"{self.now:%H%M%S%f} Elm Street"})

    def _lists_resets(self, n: int) -> None:
        with self._reading() as connection:
            for row in connection.execute(RESETS, {"since": (self.now - timedelta(days=7)).isoformat()}):
                json.loads(row.details)
        with self._writing("list-resets", n):
            pass

    def _proves_the_record(self, n: int) -> None:
        with self._reading() as connection:
            for row in connection.execute(RECORD):
                hmac.digest(PEPPER, "\0".join(map(str, row)).encode(), "sha256")
        with self._writing("audit verify", n):
            pass

    def _login_of_all(self, n: int) -> None:
        self._temporary_login(n)

    def _approval_of_all(self, n: int) -> None:
        self._mistypes(n)

    def _judged(self, n: int, password: str) -> None:
        with self._reading() as connection:
            for one in connection.execute(BY_NAME, {"username": f"user{n}"}).all():
                hashing.verify(password, one.password_hash or hashing.dummy_hash(), peppers={"p1": PEPPER})

    def _judged_new(self, n: int, password: str) -> str:
        with self._reading() as connection:
            for one in connection.execute(HISTORY, {"mrn": mrn(n)}).all():
                hashing.verify(password, one.password_hash, peppers={"p1": PEPPER})
        return hashing.hashed(password, pepper=PEPPER, key_id="p1")


def _facts(connection: Connection, named: dict[str, Any], *, check: bool = False) -> None:
    connection.execute(PATIENT, named).all()
    connection.execute(ACCOUNT, named).all()
    if check:
        connection.execute(CHECKS, named).all()


def _mail(connection: Connection, named: dict[str, Any], kind: str) -> None:
    mail = {"id": secrets.token_hex(8), "mrn": named["mrn"], "kind": kind, "to": "ana@example.org", "data": "{}"}
    connection.execute(MAIL, mail)


def _credential(connection: Connection, named: dict[str, Any], kind: str, hashed: str) -> None:
    connection.execute(NEW_CREDENTIAL, named | {"id": secrets.token_hex(8), "kind": kind, "hash": hashed})


def _password(connection: Connection, named: dict[str, Any], hashed: str) -> None:
    connection.execute(NEW_PASSWORD, named | {"hash": hashed, "must": 0})
    connection.execute(REMEMBER, named | {"id": secrets.token_hex(8), "hash": hashed})
    connection.execute(END_SESSIONS, named)
    _mail(connection, named, "password")

"""Attacks on, and accidents of, the machine: a stolen file, a crash, a clock, a full disk, modes; a forged permit."""

from __future__ import annotations

import ast
import dataclasses
import re
import resource
import signal
import socket
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from attackers import ANA, ANA_PASSWORD, ANA_SAYS, NEW_PASSWORD, PHOTO, SAM, SETTINGS, Time, Town, permit, verified
from desks import environment

import portaldesk
from portaldesk.errors import RecordAltered
from portaldesk.gate import permits
from portaldesk.gate.permits import Permit
from portaldesk.mail.transport import FolderTransport
from portaldesk.services import delivery
from portaldesk.store import record
from portaldesk.words import Action, Ground, Level, Outcome
from raw_stores import everything

SOURCE = Path(portaldesk.__file__).parent


def test_a_stolen_database_or_backup_holds_nothing_that_opens_an_account(town: Town) -> None:
    town.checked("MRN-1", *ANA)
    assert town.sam("verify-identity", "MRN-1", "--send-code", "email").code == 0
    code = town.code()
    assert town.sam("verify-identity", "MRN-1", "--code", code).code == 0
    assert town.sam("send-reset", "MRN-1").code == 0
    link = town.token()
    assert town.sam("end-call").code == 0
    town.checked("MRN-1", *ANA, *PHOTO)
    temporary = town.sam("issue-temp-login", "MRN-1", "--json").document["temporary_password"]
    lines = f"{temporary}\n{NEW_PASSWORD}\n"
    changed = ("portal", "change-password", "ana.r", "--birth-date", "1952-07-15", "--password-stdin")
    assert town.anyone(*changed, input=lines).code == 0
    signed = town.anyone("portal", "sign-in", "ana.r", "--password-stdin", "--json", input=NEW_PASSWORD + "\n")
    secrets = [code, code.replace(" ", ""), link, temporary, NEW_PASSWORD, ANA_PASSWORD, signed.document["session"],
               town.clinic.rosa_token, town.clinic.sam_token]  # fmt: skip
    stolen = everything(town.home)
    assert b"ana@example.org" in stolen  # the search finds what is there
    for n, secret in enumerate(secrets):
        assert len(secret) >= 8
        assert secret.encode() not in stolen, n
        assert secret.encode("utf-16-le") not in stolen, n
    told = "".join(str(line) for line in town.query("SELECT reason, details FROM audit_event"))
    for fact in ("1952-07-15", "67124", "9078526", "907-8526"):
        assert fact not in told


def test_a_crash_between_change_and_mail_loses_neither_and_mails_once(town: Town) -> None:
    with closing(socket.socket()) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.settimeout(60)
        url = f"smtp://127.0.0.1:{listening.getsockname()[1]}?tls=none"
        assert town.rosa("settings", "set", "smtp_url", url).code == 0
        town.checked("MRN-1", *ANA)
        env = environment(town.home, town.clinic.sam_token, None)
        process = subprocess.Popen([sys.executable, "-m", "portaldesk", "send-reset", "MRN-1"], env=env,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        peer, _ = listening.accept()  # committed, and speaking to a mail server that never answers
        process.send_signal(signal.SIGKILL)
        assert process.wait(timeout=30) == -signal.SIGKILL
        peer.close()
    assert town.is_whole()
    assert town.query("SELECT sent_at FROM outbox_message WHERE kind='reset'") == [(None,)]
    transport = FolderTransport(town.home / "outbox")
    later = datetime.now(UTC) + timedelta(minutes=3)
    with town.open() as store:
        counts = [
            delivery.deliver(store, settings=SETTINGS, clock=lambda: later, transport=transport).sent for _ in range(2)
        ]
    assert counts[1] == 0
    assert len([mail for mail in town.mails() if "/redeem/" in mail]) == 1
    assert town.is_whole()


def test_a_clock_set_back_more_than_an_hour_stops_the_desk_and_a_little_never_turns_time_back(town: Town) -> None:
    for ahead, code in ((timedelta(minutes=50), 0), (timedelta(hours=2), 8)):
        with town.open() as store, store.session() as session:
            record.append(session, SAM.entry("find", "done"), now=datetime.now(UTC) + ahead)
            session.commit()
        ran = town.sam("find", "ana", "--json")
        assert ran.code == code, ran
        assert town.anyone("portal", "forgot-password", "ana.r").code == code
    assert ran.error["code"] == "clock-back"
    times = [at for (at,) in town.query("SELECT at FROM audit_event ORDER BY seq")]
    assert times == sorted(times)


@pytest.mark.sqlite_only("a server looks after its files")
def test_a_file_that_cannot_grow_refuses_the_change_and_changes_nothing(town: Town) -> None:
    """A full disk as the process meets it: a limit on file size (RLIMIT_FSIZE), so that no file system is needed."""
    town.checked("MRN-1", *ANA, *PHOTO)
    before = town.query("SELECT * FROM portal_account"), town.query("SELECT count(*) FROM audit_event")
    env = environment(town.home, town.clinic.sam_token, None)

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    done = subprocess.run([sys.executable, "-B", "-m", "portaldesk", "issue-temp-login", "MRN-1", "--json"], env=env,
                          preexec_fn=limited, capture_output=True, text=True, timeout=60, check=False)  # fmt: skip
    assert done.returncode == 8, done
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert (town.query("SELECT * FROM portal_account"), town.query("SELECT count(*) FROM audit_event")) == before
    assert town.is_whole()
    assert town.sam("issue-temp-login", "MRN-1").code == 0  # nothing was spent


@pytest.mark.parametrize(
    "name",
    [
        "secrets.json",
        pytest.param("portaldesk.db", marks=pytest.mark.sqlite_only("a server looks after its files")),
    ],
)
def test_a_file_open_to_other_users_is_refused(town: Town, name: str) -> None:
    (town.home / name).chmod(0o644)
    ran = town.sam("find", "ana", "--json")
    assert (ran.code, ran.error["code"]) == (8, "store-unwritable")
    assert "chmod 600" in ran.error["hint"]


def test_a_forged_permit_is_a_type_error_however_it_is_made(town: Town) -> None:
    values = {"action": Action.ISSUE_TEMP_LOGIN, "mrn": "MRN-1", "ground": Ground.CHECK, "ground_id": "C-1",
              "level": Level.STRONG, "actor": SAM, "check": None, "uses_left": 1, "recent": False}  # fmt: skip
    for more in ({}, {"made_by": None}, {"made_by": object()}, {"made_by": "gate"}):
        with pytest.raises(TypeError):
            Permit(**values, **more)  # type: ignore[arg-type]
    with town.open() as store, store.session() as session:
        now = Time(session).after(seconds=1)
        verified(session, "MRN-1", now=now, **ANA_SAYS)
        good = permit(session, Action.SECURE_ACCOUNT, "MRN-1", now=now)
        with pytest.raises((TypeError, ValueError)):
            dataclasses.replace(good, mrn="MRN-2")
        with pytest.raises(dataclasses.FrozenInstanceError):
            good.mrn = "MRN-2"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "value"),
    [("mrn", "MRN-2"), ("action", Action.ISSUE_TEMP_LOGIN), ("ground_id", "C-0"), ("level", Level.STRONG)],
)
def test_a_permit_bent_in_memory_is_refused_by_the_database(town: Town, name: str, value: object) -> None:
    with town.open() as store:
        with store.session() as session:
            now = Time(session).after(seconds=1)
            verified(session, "MRN-1", now=now, **ANA_SAYS)
            session.commit()
        with store.session() as session:
            bent = permit(session, Action.SECURE_ACCOUNT, "MRN-1", now=now)
        object.__setattr__(bent, name, value)
        with pytest.raises(RecordAltered, match="a permit must rest on its ground"), store.session() as session:
            permits.spend(session, bent, now=now, outcome=Outcome.DONE)
    assert town.is_whole()


def test_only_the_gate_makes_permits_and_each_ground_has_its_known_callers() -> None:
    callers: dict[str, set[str]] = {}
    for path in SOURCE.rglob("*.py"):
        inside = str(path.relative_to(SOURCE))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                if called == "Permit" or (called.endswith(".Permit") and called != "tables.Permit"):
                    assert inside == "gate/permits.py", inside
                if found := re.fullmatch(
                    r"(?:\w+\.)?(for_(?:sign_in|redemption|approval|time|import|renewal))", called
                ):
                    callers.setdefault(found[1], set()).add(inside)
            if isinstance(node, ast.Name) and node.id == "_GATE":
                assert inside == "gate/permits.py", inside
    assert callers == {
        "for_sign_in": {"services/portal_sign_ins.py"},
        "for_redemption": {"services/portal_sign_ins.py", "services/redeeming.py", "services/confirming.py"},
        "for_approval": {"services/approving.py"},
        "for_time": {"services/approving.py"},
        "for_import": {"services/intake/updating.py"},
        "for_renewal": {"services/doctoring.py"},
    }

"""What an attacker of a test has: the desk's commands, the database file, the services with a clock of their own."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from desks import Clinic, Ran
from sqlmodel import Session

import engines
from portaldesk.gate import permits
from portaldesk.gate.actors import Actor
from portaldesk.gate.permits import Permit
from portaldesk.services import identity_checks, opening, patients
from portaldesk.services.identity_checks import CheckView
from portaldesk.services.opening import OpenStore
from portaldesk.settings import ClinicSettings
from portaldesk.store import record
from portaldesk.words import Action, Role
from raw_stores import Raw, guards_down, rows

FILE = """mrn,given_name,family_name,birth_date,sex,phone,email,address,city,postal_code,last_visit
MRN-1,Ana,Reyes,1952-07-15,female,(555) 907-8526,ana@example.org,1 Elm Street,Pratt,67124,2026-01-09
MRN-2,Ben,Okafor,1947-01-14,male,(555) 214-7733,ben@example.org,2 Oak Street,Pratt,66533,2026-02-11
MRN-3,Cal,Nilsson,1988-03-02,male,(555) 340-1199,,3 Ash Street,Pratt,66012,
"""
ANA = ("--birth-date", "1952-07-15", "--postal-code", "67124", "--phone", "(555) 907-8526")
BEN = ("--birth-date", "1947-01-14", "--postal-code", "66533", "--phone", "(555) 214-7733")
CAL = ("--birth-date", "1988-03-02", "--postal-code", "66012", "--phone", "(555) 340-1199")
ANA_PASSWORD = "gravel tulip ninety moth 7"
NEW_PASSWORD = "willow anchor sixty 3 brick"
PHOTO = ("--photo-id", "passport")
SETTINGS = ClinicSettings()
SAM = Actor("sam", Role.FRONT_DESK, "S-one")
ROSA = Actor("rosa", Role.ADMIN, "S-two")
RNG = random.Random(7)


@dataclass(frozen=True, slots=True)
class Town:
    """A clinic with patients: Ana signed up and has a password, Ben was never invited, Cal has no email."""

    clinic: Clinic

    @property
    def home(self) -> Path:
        return self.clinic.home

    def sam(self, *args: str, input: str = "", **env: str) -> Ran:
        return self.clinic.sam(*args, input=input, **env)

    def rosa(self, *args: str, input: str = "", **env: str) -> Ran:
        return self.clinic.rosa(*args, input=input, **env)

    def anyone(self, *args: str, input: str = "", **env: str) -> Ran:
        return self.clinic.anyone(*args, input=input, **env)

    def checked(self, mrn: str, *answers: str) -> Ran:
        """A passed check of sam's."""
        ran = self.sam("verify-identity", mrn, *answers, "--reason", "cannot get in", "--json")
        assert ran.document["outcome"] == "passed", ran
        return ran

    def signs_in(self, username: str, password: str) -> int:
        return self.anyone("portal", "sign-in", username, "--password-stdin", input=f"{password}\n").code

    def redeem(self, token: str, *more: str, password: str = NEW_PASSWORD) -> Ran:
        return self.anyone("portal", "redeem", token, *more, "--password-stdin", "--json", input=f"{password}\n")

    def mails(self) -> list[str]:
        """What lies in the outbox folder, oldest first."""
        found = sorted((self.home / "outbox").glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
        return [path.read_text(encoding="utf-8") for path in found]

    def token(self) -> str:
        """The token of the newest link that was mailed."""
        return re.findall(r"/(?:redeem|confirm|object)/([A-Za-z0-9_-]{43})", "".join(self.mails()))[-1]

    def code(self) -> str:
        """The newest one-time code that was mailed."""
        return re.findall(r"(?m)^\s*(\d{4} \d{4})\s*$", "".join(self.mails()))[-1]

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        return rows(self.home, sql, *values)

    def verify(self, *more: str) -> Ran:
        return self.rosa("audit", "verify", *more, "--json")

    def named_by_audit(self) -> str:
        """`audit verify` has exited 9; the sentence that names what is wrong."""
        ran = self.verify()
        assert ran.code == 9, ran
        assert ran.document["whole"] is False
        assert ran.error["code"] == "not-whole"
        return ran.error["message"]

    def is_whole(self) -> bool:
        return self.verify().code == 0

    @contextmanager
    def open(self) -> Iterator[OpenStore]:
        store = opening.open_store(engines.place(self.home))
        try:
            yield store
        finally:
            store.engine.dispose()

    @contextmanager
    def guards_down(self, *, put_back: bool) -> Iterator[Raw]:
        """Whoever owns the database drops every trigger, works, and (`put_back`) hides it by the text they had."""
        with guards_down(self.home, put_back=put_back) as connection:
            yield connection


def copied(template: Town, home: Path) -> Town:
    engines.copy(template.home, home)
    return Town(Clinic(home, template.clinic.rosa_token, template.clinic.sam_token))


def settle(clinic: Clinic) -> Town:
    """Bring the patients in, and let Ana sign up through the desk."""
    town = Town(clinic)
    file = clinic.home.parent / "patients.csv"
    file.write_text(FILE, encoding="utf-8")
    assert town.rosa("import", "patients", str(file)).code == 0
    town.checked("MRN-1", *ANA)
    assert town.sam("resend-invite", "MRN-1").code == 0
    done = town.redeem(
        town.token(), "--birth-date", "1952-07-15", "--postal-code", "67124", "--username", "ana.r",
        password=ANA_PASSWORD,
    )  # fmt: skip
    assert done.code == 0, done
    assert town.sam("end-call").code == 0
    for path in (clinic.home / "outbox").iterdir():
        path.unlink()
    return town


class Time:
    """A clock of a test's own, beginning after the last event of a store."""

    def __init__(self, session: Session) -> None:
        self.now = record.time_of(session)

    def after(self, **more: float) -> datetime:
        self.now += timedelta(**more)
        return self.now


def verified(session: Session, mrn: str, *, now: datetime, actor: Actor = SAM, **said: Any) -> CheckView:
    """What `verify-identity` does, at a time of the test's own."""
    answers = identity_checks.read_answers(locale="en_US", today=now.date(), **said)
    named = patients.Named(mrn, None)
    return identity_checks.verify(session, actor, named, answers, reason="", settings=SETTINGS, rng=RNG, now=now)


def permit(session: Session, action: Action, mrn: str, *, now: datetime, actor: Actor = SAM, **more: Any) -> Permit:
    return permits.for_check(session, actor, action, mrn, now=now, **more)


BEN_SAYS = {"birth_date": "1947-01-14", "postal_code": "66533", "phone": "(555) 214-7733"}
ANA_SAYS = {"birth_date": "1952-07-15", "postal_code": "67124", "phone": "(555) 907-8526"}


def environment_without_home() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith("PORTALDESK_")}

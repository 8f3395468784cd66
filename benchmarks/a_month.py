"""A made-up month at a desk, played through the services with times passed in: calls, patients on their own, attackers.

    python benchmarks/a_month.py HOME      makes a store there (secrets in a file), and prints an admin's token

It is what `audit report` is looked at with. Passwords are hashed at the lowest cost, so the store is no good for else.
"""

from __future__ import annotations

import heapq
import random
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from portaldesk.errors import DeskError
from portaldesk.gate import permits
from portaldesk.gate.actors import Actor
from portaldesk.rules import hashing
from portaldesk.services import (
    calls,
    clinic,
    contacts,
    credentials,
    forgetting,
    holding,
    identity_checks,
    invitations,
    opening,
    patients,
    portal_sign_ins,
    redeeming,
    resets,
    securing,
    staff,
    temporary_logins,
    unlocking,
    usernames,
)
from portaldesk.services.intake import importing
from portaldesk.services.intake.facts import PatientFacts, Reading
from portaldesk.services.opening import OpenStore
from portaldesk.settings import ClinicSettings
from portaldesk.store.seals import keys_of
from portaldesk.words import Action, CheckOutcome, ContactKind, CredentialKind, Method, PatientStatus, Role

PATIENTS = 320
CLERKS = {"sam": 13, "kim": 11, "noa": 9, "lee": 9}
"""Clerk → calls a day."""
PASSWORD = "umber lattice quarry 52 finch"
OWN = "gravel tulip ninety moth 7"
_GIVEN = ("Ada", "Ben", "Cara", "Dan", "Eva", "Finn", "Gia", "Hal", "Ida", "Jon", "Kay", "Leo", "Mia", "Ned", "Ona")
Steps = Iterator[float]  # each step waits so many seconds before the next


class Month:
    """The store, the people, and a clock that only the schedule moves."""

    def __init__(self, home: Path, *, begin: date, days: int, seed: int) -> None:
        for function in (hashing.hashed, hashing.code_hashed, hashing.needs_rehash):
            function.__kwdefaults__["cost"] = 4
        hashing.dummy_hash.__defaults__ = (4,)
        self.rng, self.begin, self.days = random.Random(seed), begin, days
        self.passwords: dict[int, str] = {}
        self.rosa = Actor("rosa", Role.ADMIN, "S-rosa")
        self.now = datetime.combine(begin, time(6), tzinfo=UTC) - timedelta(days=9)
        self.store, self.settings, self.token = self._founded(home)

    def play(self) -> None:
        """Every day in the order of its steps."""
        queue: list[tuple[datetime, int, Steps]] = []
        for n, (at, steps) in enumerate(self._schedule()):
            heapq.heappush(queue, (at, n, steps))
        while queue:
            at, n, steps = heapq.heappop(queue)
            self.now = max(self.now, at)
            wait = next(steps, None)
            if wait is not None:
                heapq.heappush(queue, (self.now + timedelta(seconds=wait), n, steps))

    def _founded(self, home: Path) -> tuple[OpenStore, ClinicSettings, str]:
        prepared = opening.prepare(opening.place_of({"PORTALDESK_HOME": str(home)}), secrets_kind="file")
        admin = staff.first_admin("rosa", PASSWORD, prepared.keys, now=self.now)
        values = {"clinic_name": "Elm Street Clinic", "clinic_hours": "Mon-Fri 8:00-17:30, Sat 9-12"}
        store = opening.finish(prepared, admin=admin, values=values, now=self.now)
        with store.session() as session:
            settings = clinic.in_force(clinic.stored(session))
            for name, role in (*((name, Role.FRONT_DESK) for name in CLERKS), ("omar", Role.ADMIN)):
                staff.add(
                    session, self.rosa, name, role, password=None, own_mrn=None, linked=(), with_token=False,
                    settings=settings, now=self.now,
                )  # fmt: skip
            token = staff.make_token(session, self.rosa, "rosa", days=90, only=(), settings=settings, now=self.now)
            rows = Reading([_facts(n) for n in range(PATIENTS)], [], [])
            importing.import_patients(session, self.rosa, rows, dry_run=False, skip_bad=False, now=self.now)
            session.commit()
        return store, settings, token.token

    def _schedule(self) -> Iterator[tuple[datetime, Steps]]:
        rng = self.rng
        for n in range(PATIENTS * 3 // 4):
            yield self._at(-8 + n % 7, 9 + n % 11, n % 60), self._signs_up(n)
        for day in range(self.days):
            weekday = (self.begin + timedelta(days=day)).weekday()
            if weekday == 6:
                continue
            for name, usual in CLERKS.items():
                if weekday == 5 and name != "sam":
                    continue
                count = max(1, round(rng.gauss(usual, 2.5)) // (3 if weekday == 5 else 1))
                yield self._at(day, 9 if weekday == 5 else 8, rng.randrange(20)), self._shift(name, count, weekday)
            for _ in range(rng.randrange(5, 11)):
                yield self._at(day, rng.randrange(6, 23), rng.randrange(60)), self._alone(rng.randrange(PATIENTS))
            for _ in range(rng.randrange(10, 25)):
                yield self._at(day, rng.randrange(6, 23), rng.randrange(60)), self._signs_in(rng.randrange(240))
        yield self._at(11, 9, 5), self._wave(14)
        yield self._at(16, 21, 40), self._late("noa", 5)
        yield self._at(18, 22, 10), self._late("noa", 4)
        yield self._at(20, 3, 2), self._spray(40)
        yield self._at(22, 2, 0), self._guesses(31)
        yield self._at(23, 14, 0), self._in_a_row("kim", 9)
        yield self._at(24, 10, 0), self._talked_round("lee", 77)

    def _at(self, day: int, hour: int, minute: int) -> datetime:
        return datetime.combine(self.begin, time(hour, minute), tzinfo=UTC) + timedelta(days=day)

    def _shift(self, name: str, count: int, weekday: int) -> Steps:
        """One clerk's day: calls one after another."""
        length = (3 if weekday == 5 else 8.4) * 3600
        for _ in range(count):
            yield self.rng.expovariate(1) * length / count / 2
            yield from self._call(name, self.rng.randrange(PATIENTS))

    def _call(self, name: str, n: int) -> Steps:
        rng, actor = self.rng, Actor(name, Role.FRONT_DESK, f"S-{name}")
        born, stranger = rng.random() < 0.03, rng.random() < 0.05
        photo = rng.random() < (0.5 if name == "lee" else 0.12)
        said = {"birth_date": "1901-01-01" if born or stranger else _born(n).isoformat()}
        yield rng.uniform(20, 60)
        if photo:
            self._does(lambda s: self._check(s, actor, n, **said, photo_id="driver licence"))
        else:
            said["postal_code"] = "00000" if stranger else _facts(n).postal_code
            seen = self._does(lambda s: self._check(s, actor, n, **said))
            yield rng.uniform(15, 50)
            more = {"phone": _facts(n).phone_as_written, **({"birth_date": _born(n).isoformat()} if born else {})}
            if seen is not None and seen.outcome is not CheckOutcome.FAILED:
                seen = self._does(lambda s: self._check(s, actor, n, **more))
            if seen is None or seen.outcome is CheckOutcome.FAILED:
                if rng.random() < 0.4:
                    self._tries(actor, Action.SEND_RESET, n)
                yield from self._hangs_up(actor)
                return
        yield rng.uniform(20, 90)
        yield from self._helped(actor, n, photo=photo, temporary=name == "lee" and rng.random() < 0.6)
        yield from self._hangs_up(actor)

    def _helped(self, actor: Actor, n: int, *, photo: bool, temporary: bool) -> Steps:
        rng = self.rng
        active = n in self.passwords
        kind = CredentialKind.RESET if active else CredentialKind.INVITATION
        if photo and (temporary or rng.random() < 0.3):
            made = self._tries(actor, Action.ISSUE_TEMP_LOGIN, n)
            if made is not None and rng.random() < 0.8:
                yield rng.uniform(60, 900)
                fresh = f"{OWN} {rng.random()}"
                if self._does(lambda s: portal_sign_ins.change_password(
                    s, made.username, made.temporary_password, fresh, birth_date=_born(n), settings=self.settings,
                    now=self.now,
                )):  # fmt: skip
                    self.passwords[n] = fresh
            return
        if active and rng.random() < 0.08:
            for _ in range(5):
                self._does(lambda s: portal_sign_ins.sign_in(s, f"user{n}", "not it", now=self.now))
            self._tries(actor, Action.UNLOCK, n)
            yield rng.uniform(60, 600)
            self._does(lambda s: portal_sign_ins.sign_in(s, f"user{n}", self.passwords[n], now=self.now))
            return
        if active and rng.random() < 0.05:
            self._tries(actor, Action.RECOVER_USERNAME, n)
            yield rng.uniform(60, 4000)
            self._does(lambda s: portal_sign_ins.sign_in(s, f"user{n}", self.passwords[n], now=self.now))
            return
        if photo and rng.random() < 0.15:
            self._tries(actor, Action.UPDATE_CONTACT, n)
            return
        if rng.random() < 0.03:
            self._tries(actor, Action.SECURE_ACCOUNT, n)
            return
        sent = self._tries(actor, Action.SEND_RESET if active else Action.RESEND_INVITE, n)
        if sent is not None and rng.random() < 0.82:
            yield min(rng.lognormvariate(6.0, 1.4), 3500)
            name = None if active else f"user{n}"
            self._does(lambda s: self._redeems(s, n, kind, username=name))

    def _hangs_up(self, actor: Actor) -> Steps:
        yield self.rng.uniform(10, 40)
        self._does(lambda s: calls.end_call(s, actor, note="", now=self.now))

    def _signs_up(self, n: int) -> Steps:
        self._does(lambda s: invitations.resend(
            s, permits.for_asking(Action.RESEND_INVITE, _mrn(n)), settings=self.settings, now=self.now
        ))  # fmt: skip
        yield self.rng.uniform(100, 5000)
        self._does(lambda s: self._redeems(s, n, CredentialKind.INVITATION, username=f"user{n}"))

    def _alone(self, n: int) -> Steps:
        """A patient who forgot the password and needs nobody."""
        self._does(lambda s: portal_sign_ins.sign_in(s, f"user{n}", "not it", now=self.now))
        yield self.rng.uniform(20, 90)
        self._does(lambda s: forgetting.forgot_password(s, f"user{n}", settings=self.settings, now=self.now))
        yield min(self.rng.lognormvariate(5.5, 1.0), 3500)
        if self.rng.random() < 0.8:
            self._does(lambda s: self._redeems(s, n, CredentialKind.RESET))

    def _signs_in(self, n: int) -> Steps:
        self._does(lambda s: portal_sign_ins.sign_in(s, f"user{n}", self.passwords.get(n, OWN), now=self.now))
        yield 1

    def _wave(self, count: int) -> Steps:
        """Callers with stolen birth dates, one clerk after another."""
        for n in range(count):
            actor = Actor(tuple(CLERKS)[n % 4], Role.FRONT_DESK, f"S-wave-{n}")
            said = {"birth_date": _born(100 + n // 3).isoformat(), "postal_code": "00000", "phone": "(555) 000-0000"}
            self._does(lambda s, n=n, a=actor, said=said: self._check(s, a, 100 + n // 3, **said))
            yield self.rng.uniform(200, 900)
        self._does(lambda s: holding.release(s, self.rosa, _mrn(100), reason="spoke in person", now=self.now))

    def _late(self, name: str, count: int) -> Steps:
        for n in range(count):
            yield from self._call(name, 150 + n)
            yield 700

    def _in_a_row(self, name: str, count: int) -> Steps:
        actor = Actor(name, Role.FRONT_DESK, "S-row")
        for n in range(200, 200 + count):
            self._does(lambda s, n=n: self._check(s, actor, n, birth_date=_born(n).isoformat(), photo_id="passport"))
            self._tries(actor, Action.SEND_RESET, n)
            yield 50

    def _talked_round(self, name: str, n: int) -> Steps:
        actor = Actor(name, Role.FRONT_DESK, "S-talked")
        for _ in range(2):
            self._does(lambda s: self._check(s, actor, n, birth_date="1950-01-01", postal_code="00000"))
            yield 300
        self._does(lambda s: self._check(s, actor, n, birth_date=_born(n).isoformat(), photo_id="passport"))
        self._tries(actor, Action.ISSUE_TEMP_LOGIN, n)

    def _spray(self, count: int) -> Steps:
        for n in range(count):
            self._does(lambda s, n=n: portal_sign_ins.sign_in(s, f"user{n * 7}", "Spring2026!", now=self.now))
            yield 9

    def _guesses(self, n: int) -> Steps:
        for _ in range(12):
            self._does(lambda s: portal_sign_ins.sign_in(s, f"user{n}", "Summer2026!", now=self.now))
            yield 480
        yield 3600
        self._does(lambda s: portal_sign_ins.sign_in(s, f"user{n}", self.passwords[n], now=self.now))

    def _check(self, session, actor, n, **said):  # type: ignore[no-untyped-def]
        answers = identity_checks.read_answers(locale="en_US", today=self.now.date(), **said)
        return identity_checks.verify(
            session, actor, patients.Named(_mrn(n), None), answers, reason="cannot get in", settings=self.settings,
            rng=self.rng, now=self.now,
        )  # fmt: skip

    def _redeems(self, session, n, kind, *, username=None):  # type: ignore[no-untyped-def]
        link = credentials.newest(session, _mrn(n), [kind])
        if link is None:
            return None
        facts = {Method.BIRTH_DATE: _born(n).isoformat(), Method.POSTAL_CODE: _facts(n).postal_code.casefold()}
        fresh = f"{OWN} {self.rng.random()}"
        done = redeeming.redeem(
            session, credentials.token_of(keys_of(session), link.id), facts, call_code=None, username=username,
            password=fresh, settings=self.settings, rng=self.rng, now=self.now,
        )  # fmt: skip
        if kind is not CredentialKind.UNLOCK:
            self.passwords[n] = fresh
        return done

    def _tries(self, actor: Actor, action: Action, n: int):  # type: ignore[no-untyped-def]
        """A command of the desk; a refusal is written as cli/desk.py writes it."""
        more = {"settings": self.settings, "now": self.now}

        def run(session):  # type: ignore[no-untyped-def]
            permit = permits.for_check(session, actor, action, _mrn(n), now=self.now)
            if action is Action.UPDATE_CONTACT:
                return contacts.ask(session, permit, ContactKind.EMAIL, f"new{n}@example.net", **more)
            if action is Action.ISSUE_TEMP_LOGIN:
                return temporary_logins.issue(session, permit, username=None, rng=self.rng, **more)
            if action is Action.RECOVER_USERNAME:
                return usernames.recover(session, permit, now=self.now)
            if action is Action.SECURE_ACCOUNT:
                return securing.secure(session, permit, now=self.now)
            sends = {
                Action.SEND_RESET: resets.send,
                Action.RESEND_INVITE: invitations.resend,
                Action.UNLOCK: unlocking.unlock,
            }
            return sends[action](session, permit, **more)

        return self._does(run, refused=lambda code: actor.entry(
            action, "refused", patient=_mrn(n), details={"code": code}
        ))  # fmt: skip

    def _does(self, run, refused=None):  # type: ignore[no-untyped-def]
        from portaldesk.store import record

        with self.store.session() as session:
            try:
                done = run(session)
            except DeskError as refusal:
                if refusal.counted:
                    session.commit()
                    return None
                session.rollback()
                if refused is not None:
                    record.append(session, refused(refusal.code), now=self.now)
                    session.commit()
                return None
            session.commit()
            return done


def _mrn(n: int) -> str:
    return f"MRN-{1000 + n}"


def _born(n: int) -> date:
    return date(1935, 1, 1) + timedelta(days=n * 97 % 26000)


def _facts(n: int) -> PatientFacts:
    email = "frontroom@example.org" if n in range(60, 66) else f"patient{n}@example.org"
    return PatientFacts(
        line=n + 1, mrn=_mrn(n), given_name=_GIVEN[n % len(_GIVEN)], family_name=f"Arden{n}", other_names=(),
        birth_date=_born(n), sex="unknown", phone=f"+1913555{n:04d}", phone_as_written=f"(913) 555-{n:04d}",
        email=email, address=f"{n} Mill Lane", city="Topeka", postal_code=f"{66000 + n}", status=PatientStatus.ACTIVE,
        language="en", last_visit=None, username=None, merged_into=None,
    )  # fmt: skip


if __name__ == "__main__":
    days = int(sys.argv[2]) if len(sys.argv) > 2 else 30
    first = datetime.now(UTC).date() - timedelta(days=days)
    month = Month(Path(sys.argv[1]), begin=first, days=days, seed=4)
    month.play()
    print(month.token)

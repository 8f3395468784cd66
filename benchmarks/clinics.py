"""Made-up clinics of any size for the benchmarks, made through the services that a clinic uses."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlmodel import Session

from portaldesk.gate.actors import Actor
from portaldesk.rules.matching import Demographics
from portaldesk.services import clinic, identity_checks, opening, patients, portal_sign_ins, staff
from portaldesk.services.intake import importing
from portaldesk.services.intake.facts import PatientFacts, Reading
from portaldesk.services.opening import OpenStore
from portaldesk.settings import ClinicSettings
from portaldesk.words import PatientStatus, Role

GIVEN = (
    "Ada",
    "Ben",
    "Cara",
    "Dan",
    "Eva",
    "Finn",
    "Gia",
    "Hal",
    "Ida",
    "Jon",
    "Kay",
    "Leo",
    "Mia",
    "Ned",
    "Ona",
    "Pia",
)
FAMILY = ("Arden", "Birch", "Cole", "Drew", "Ellis", "Frost", "Grant", "Hale", "Irwin", "Jarvis", "Keats", "Lowe")


@dataclass(frozen=True, slots=True)
class Clinic:
    """A store with patients, and sam of the front desk with a token."""

    store: OpenStore
    settings: ClinicSettings
    token: str
    now: datetime


def made(
    home: Path,
    *,
    count: int,
    secrets: str = "file",
    url: str | None = None,
    who: Callable[[int], Iterator[PatientFacts]] | None = None,
) -> Clinic:
    """A clinic of `count` patients in `home`; without emails, so that no notice adds to what is measured.

    `url`: of its database, where that is no file. `who`: makes other patients.
    """
    place = opening.place_of({"PORTALDESK_HOME": str(home)} | ({"PORTALDESK_DATABASE_URL": url} if url else {}))
    prepared = opening.prepare(place, secrets_kind=secrets)
    now = datetime.now(UTC)
    admin = staff.first_admin("rosa", "umber lattice quarry 52 finch", prepared.keys, now=now)
    store = opening.finish(prepared, admin=admin, values={}, now=now)
    rosa = Actor("rosa", Role.ADMIN, "benchmark")
    with store.session() as session:
        settings = clinic.in_force(clinic.stored(session))
        rows = list((who or people)(count))
        importing.import_patients(session, rosa, Reading(rows, [], []), dry_run=False, skip_bad=False, now=now)
        added = staff.add(
            session, rosa, "sam", Role.FRONT_DESK, password=None, own_mrn=None, linked=(), with_token=True,
            settings=settings, now=now,
        )  # fmt: skip
        session.commit()
    assert added.token is not None
    return Clinic(store, settings, added.token, now)


def bring(session: Session, records: Iterable[Demographics], *, now: datetime) -> None:
    """Import these people, without accounts of their own making."""
    rows = [
        PatientFacts(
            line=line, mrn=r.mrn, given_name=r.given_name, family_name=r.family_name, other_names=r.other_names,
            birth_date=r.birth_date, sex=r.sex or "unknown", phone=r.phone, phone_as_written=None, email=r.email,
            address=r.address, city=r.city, postal_code=r.postal_code, status=PatientStatus.ACTIVE, language="en",
            last_visit=None, username=None, merged_into=None,
        )
        for line, r in enumerate(records, 1)
    ]  # fmt: skip
    rosa = Actor("rosa", Role.ADMIN, "benchmark")
    importing.import_patients(session, rosa, Reading(rows, [], []), dry_run=False, skip_bad=False, now=now)


def mrn(n: int) -> str:
    return f"MRN-{n:06d}"


def caller(n: int) -> Actor:
    """Sam on the phone with patient `n`: a session a call, since the next call would end the check."""
    return Actor("sam", Role.FRONT_DESK, f"benchmark-{n}")


def token_for(made_clinic: Clinic, *, now: datetime) -> tuple[str, Actor]:
    """A token of sam's, and sam as who comes by it."""
    with made_clinic.store.session() as session:
        rosa = Actor("rosa", Role.ADMIN, "benchmark")
        made_token = staff.make_token(session, rosa, "sam", days=1, only=(), settings=made_clinic.settings, now=now)
        session.commit()
    return made_token.token, Actor("sam", Role.FRONT_DESK, f"token:{made_token.token_id}")


def strong_check(made_clinic: Clinic, n: int, sam: Actor, *, now: datetime) -> None:
    """A strong check of patient `n` by sam."""
    said = identity_checks.read_answers(
        birth_date=born(n).isoformat(), photo_id="passport", locale="en_US", today=now.date()
    )
    with made_clinic.store.session() as session:
        identity_checks.verify(
            session, sam, patients.Named(mrn(n), None), said, reason="benchmark", settings=made_clinic.settings,
            rng=random.Random(n), now=now,
        )  # fmt: skip
        session.commit()


def lock(made_clinic: Clinic, n: int, *, now: datetime) -> None:
    """Five wrong passwords for patient `n`."""
    for _ in range(5):
        with made_clinic.store.session() as session:
            portal_sign_ins.sign_in(session, f"user{n}", "wrong", now=now)
            session.commit()


def born(n: int) -> date:
    return date(1930, 1, 1) + timedelta(days=n * 37 % 29000)


def people(count: int) -> Iterator[PatientFacts]:
    """Patients without an email, each with a username."""
    for n in range(count):
        yield PatientFacts(
            line=n + 1, mrn=mrn(n), given_name=GIVEN[n % len(GIVEN)],
            family_name=FAMILY[n // 7 % len(FAMILY)] + str(n % 997),
            other_names=(), birth_date=born(n), sex="unknown", phone=f"+1913{5550000 + n % 9999:07d}",
            phone_as_written=None, email=None, address=f"{n} Mill Lane", city="Topeka",
            postal_code=f"{66000 + n % 900}", status=PatientStatus.ACTIVE, language="en", last_visit=None,
            username=f"user{n}", merged_into=None,
        )  # fmt: skip

"""Who is on the phone, and what is asked of them: the patient, a proxy, or somebody who comes for the patient.

A proxy is asked the patient's birth date and facts of their own, and their check opens their own account, never the
patient's. Who represents a patient comes in person with documents, and gets nothing but a login of their own
(design §3.10).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from portaldesk.errors import NotFound, StateForbids, WrongUsage
from portaldesk.gate import proxies
from portaldesk.gate.proxies import Leave
from portaldesk.rules import minors, names
from portaldesk.services import evidence, patients
from portaldesk.settings import ClinicSettings
from portaldesk.store import tables
from portaldesk.words import KNOWLEDGE, PROXY_KNOWLEDGE, Authority, Caller, Method

REPRESENTS = (Authority.PARENT, Authority.GUARDIAN, Authority.POWER_OF_ATTORNEY, Authority.COURT)
LONGEST = 120  # of a name or a document, as typed by the desk


@dataclass(frozen=True, slots=True, repr=False)
class Said:
    """Who the caller says they are; empty where that was not said (again)."""

    proxy: str | None = None
    representative: str | None = None
    authority: Authority | None = None
    document: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Calling:
    """The caller of one check. `holder`: whose facts are asked, and whose account a check may open."""

    caller: Caller
    patient: tables.Patient
    holder: patients.Holder
    represented_by: str | None = None
    authority: str | None = None
    document: str | None = None

    @property
    def order(self) -> tuple[Method, ...]:
        """The facts that may be asked."""
        return PROXY_KNOWLEDGE if self.caller is Caller.PROXY else KNOWLEDGE

    @property
    def columns(self) -> dict[str, Any]:
        """What a check keeps of its caller."""
        return {
            "caller": self.caller,
            "account": self.holder.mrn if self.caller is Caller.PROXY else None,
            "represented_by": self.represented_by,
            "authority": self.authority,
            "document": self.document,
        }

    def made(self, check: tables.IdentityCheck) -> bool:
        """Whether this is a check of the same caller."""
        same = ("caller", "account", "represented_by", "authority")
        return all(getattr(check, name) == self.columns[name] for name in same)

    def facts_on_file(self, session: Session, *, now: datetime) -> dict[Method, tuple[str, ...]]:
        """What may serve as evidence of this caller: for a proxy the patient's birth date and the proxy's own facts."""
        found = evidence.facts_on_file(session, self.holder, now=now)
        if self.caller is not Caller.PROXY:
            return found
        out = {method: known for method, known in found.items() if method in PROXY_KNOWLEDGE}
        own = out.pop(Method.BIRTH_DATE, None)
        if own is not None:
            out[Method.OWN_BIRTH_DATE] = own
        born = evidence.facts_on_file(session, self.patient, now=now).get(Method.BIRTH_DATE)
        return out if born is None else out | {Method.BIRTH_DATE: born}

    def heard(self, facts: Mapping[Method, str], on_file: Mapping[Method, tuple[str, ...]]) -> Mapping[Method, str]:
        """What was said, by the fact it answers: a proxy who is asked a birth date and tells their own has told that.

        Raises: WrongUsage where a proxy's fact is given for another caller.
        """
        if self.caller is not Caller.PROXY:
            if Method.OWN_BIRTH_DATE in facts:
                raise WrongUsage(
                    "usage",
                    "--own-birth-date is asked of a proxy only.",
                    "The patient's is --birth-date; or name --proxy.",
                )
            return facts
        said, own = facts.get(Method.BIRTH_DATE), on_file.get(Method.OWN_BIRTH_DATE)
        if said is None or own is None or Method.OWN_BIRTH_DATE in facts:
            return facts
        theirs, patients_own = evidence.matches(said, own), evidence.matches(said, on_file.get(Method.BIRTH_DATE, ()))
        if not theirs or patients_own:
            return facts
        return {Method.OWN_BIRTH_DATE if m is Method.BIRTH_DATE else m: one for m, one in facts.items()}


def read_said(
    *, proxy: str | None = None, representative: str | None = None, authority: str | None = None,
    document: str | None = None,
) -> Said:  # fmt: skip
    """Who the caller says they are, as typed.

    Raises: WrongUsage.
    """
    if proxy is not None and representative is not None:
        raise WrongUsage("usage", "A caller is a proxy or a representative.", "Give --proxy or --representative.")
    if (representative is None) != (authority is None):
        raise WrongUsage(
            "usage",
            "--representative and --authority belong together.",
            f"Like --representative NAME --authority {REPRESENTS[0]} --photo-id passport",
        )
    if document is not None and representative is None:
        raise WrongUsage("usage", "--document is what a representative showed.", "Give --representative NAME too.")
    if authority is not None and authority not in REPRESENTS:
        raise WrongUsage("usage", f"--authority takes {', '.join(REPRESENTS)}.", "Which do their documents show?")
    return Said(
        None if proxy is None else read_name(proxy, "--proxy"),
        None if representative is None else read_name(representative, "--representative"),
        None if authority is None else Authority(authority),
        None if document is None else read_name(document, "--document"),
    )


def read_name(text: str, option: str) -> str:
    """A name on one line, spaces put right.

    Raises: WrongUsage.
    """
    read = " ".join(text.split())
    if not read or len(read) > LONGEST or not read.isprintable():
        raise WrongUsage("usage", f"{option} needs a text of at most {LONGEST} characters.", f'Like {option} "..."')
    return read


def calling(
    session: Session,
    patient: tables.Patient,
    said: Said,
    live: tables.IdentityCheck | None,
    *,
    settings: ClinicSettings,
    now: datetime,
) -> Calling:
    """Who this is: as was said, else the caller of the live check, else the patient.

    Raises: NotFound `no-such-proxy`; StateForbids `minor`, `closed-to-proxies`.
    """
    if said.representative is not None:
        assert said.authority is not None
        return Calling(Caller.REPRESENTATIVE, patient, patient, said.representative, said.authority, said.document)
    if said.proxy is not None:
        return _proxy(session, patient, said.proxy, settings=settings, now=now)
    if live is not None:
        holder = patient if live.account is None else patients.holder(session, live.account)
        return Calling(Caller(live.caller), patient, holder, live.represented_by, live.authority, live.document)
    if minors.is_under(settings.helped_from_years, patient.birth_date, now.date()):
        raise StateForbids(
            "minor",
            f"Patients under {settings.helped_from_years} are helped through who acts for them.",
            f"Who comes with documents: portaldesk verify-identity {patient.mrn} --representative NAME "
            f"--authority parent --photo-id KIND; who has a login already: --proxy NAME",
        )
    return Calling(Caller.PATIENT, patient, patient)


def _proxy(session: Session, patient: tables.Patient, name: str, *, settings: ClinicSettings, now: datetime) -> Calling:
    how = (
        f"Who comes with documents: portaldesk verify-identity {patient.mrn} --representative NAME "
        "--authority parent|guardian|poa|court --photo-id KIND"
    )
    one = acting(session, patient.mrn, name, now=now, otherwise=how)
    if not one.in_force(now=now, closed_from=settings.proxies_closed_from_years):
        raise StateForbids(
            "closed-to-proxies",
            "This record is closed to proxies now.",
            "The patient calls for themselves.",
        )
    return Calling(Caller.PROXY, patient, one.person, authority=one.proxy.authority)


def acting(session: Session, mrn: str, which: str, *, now: datetime, otherwise: str) -> Leave:
    """The one leave to act for the patient that has not ended and is meant, by the person's id or name.

    `otherwise`: what to do where there is none. Raises: NotFound `no-such-proxy`, `several-proxies`.
    """
    granted = [one for one in proxies.for_patient(session, mrn) if not one.is_over(now=now)]
    found = [one for one in granted if one.person.mrn == which.strip() or has_name(one.person, which)]
    if not found:
        raise NotFound("no-such-proxy", "Nobody of that name may act for this patient now.", otherwise)
    if len(found) > 1:
        raise NotFound(
            "several-proxies",
            f"{len(found)} persons of that name may act for this patient.",
            f"Name one by the id that 'portaldesk proxy list {mrn}' shows.",
        )
    return found[0]


def full_name(person: tables.ProxyPerson) -> str:
    """As it was given, on one line."""
    return f"{person.given_name} {person.family_name}".strip()


def has_name(person: tables.ProxyPerson, name: str) -> bool:
    """Whether a name is this person's, whatever the order, case, accents and hyphens."""
    said, own = names.search_terms(name), names.search_terms(full_name(person))
    return bool(said) and (set(said) == set(own) or "".join(said) == "".join(own))


def drawn(check: tables.IdentityCheck) -> list[Method]:
    """The order in which a check asks for facts."""
    return [Method(m) for m in json.loads(check.ask_order)]

"""Which rows of a file may be imported into this store: usernames that can be had, nobody's own record.

A row is judged before anything is written, so that a file with a bad row changes nothing at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from portaldesk.errors import DeskError, NotAllowed, StateForbids, WrongUsage
from portaldesk.gate.actors import Actor
from portaldesk.rules import speech
from portaldesk.services.intake.facts import PatientFacts, Reading, Skipped, Warned
from portaldesk.services.intake.progress import Progress, untold
from portaldesk.services.intake.stored import (
    Differences,
    chunks,
    differences,
    gets_account,
    known_mrns,
    stored,
)
from portaldesk.store import tables

_NAMES_A_QUERY = 5000  # comparing without case reads all MRNs, so the fewer queries the better
_SHOWN = 3  # rows named in a refusal: enough to see what is wrong with the file


@dataclass(frozen=True, slots=True)
class Judged:
    """The rows to be taken, each with what it changes (None: a patient not known yet), and those that are not.

    `own`, `taken`: lines that are skipped because of who imports, or of what the store holds, not of what they say.
    """

    rows: tuple[tuple[PatientFacts, Differences | None], ...]
    skipped: tuple[Skipped, ...]
    warnings: tuple[Warned, ...]
    own: frozenset[int]
    taken: frozenset[int]

    def refusal(self) -> DeskError:
        """The refusal of the whole file, with the first lines and reasons; a reason never holds a value."""
        count = len(self.skipped)
        told = " ".join(f"Line {one.line}: {one.reason}." for one in self.skipped[:_SHOWN])
        more = f" {count - _SHOWN} more." if count > _SHOWN else ""
        rows = "1 row" if count == 1 else f"{count} rows"
        message = f"The file has {rows} that cannot be imported; nothing was changed. {told}{more}"
        hint = "Mend them, or leave them out with --skip-bad."
        lines = {one.line for one in self.skipped}
        if lines - self.own - self.taken:
            return WrongUsage("bad-file", message, hint)
        if lines & self.own:
            return NotAllowed("own-record", message, "Another admin must import this, or leave it out with --skip-bad.")
        return StateForbids("import-refused", message, hint)


def judged(session: Session, actor: Actor, reading: Reading, *, progress: Progress = untold) -> Judged:
    """Compare every row with the store, and say which cannot be imported and why."""
    compared: list[tuple[PatientFacts, Differences | None]] = []
    for some in chunks(reading.rows):
        progress("Comparing", len(compared), len(reading.rows))
        known = stored(session, [facts.mrn for facts in some])
        compared += [(facts, differences(facts, known[facts.mrn]) if facts.mrn in known else None) for facts in some]
    faults = _username_faults(session, compared)
    taken = frozenset(line for line, (_, of_store) in faults.items() if of_store)
    reasons = {line: reason for line, (reason, _) in faults.items()}
    own = frozenset(facts.line for facts, differs in compared if differs and facts.mrn in actor.own)
    # Staff cannot act on their own or a linked record (design §3.5); an import that says nothing new does not.
    reasons |= dict.fromkeys(own, "it changes your own record, or one linked to you")
    rows = tuple((facts, differs) for facts, differs in compared if facts.line not in reasons)
    skipped = sorted([*reading.skipped, *(Skipped(*one) for one in reasons.items())], key=lambda one: one.line)
    unknown = _merged_into_nobody(session, [facts for facts, _ in rows])
    warnings = sorted([*reading.warnings, *unknown], key=lambda one: one.line)
    return Judged(rows, tuple(skipped), tuple(warnings), own, taken)


def _username_faults(
    session: Session, compared: Sequence[tuple[PatientFacts, Differences | None]]
) -> dict[int, tuple[str, bool]]:
    """Line to reason, and whether it is the store that forbids it.

    A username counts for a new account only, and never equals an MRN or another username (contract, "Manners"): a
    caller who says it must mean one patient. It cannot equal an email, having no "@".
    """
    faults: dict[int, tuple[str, bool]] = {}
    wanted: defaultdict[str, list[int]] = defaultdict(list)
    new_mrns: defaultdict[str, list[int]] = defaultdict(list)
    for facts, differs in compared:
        if differs is None:
            new_mrns[facts.mrn.casefold()].append(facts.line)
        if facts.username and gets_account(facts) and (differs is None or differs.needs_account):
            try:
                wanted[speech.read_username(facts.username)].append(facts.line)
            except WrongUsage as refusal:
                faults[facts.line] = (f"username: cannot be one. {refusal.hint.rstrip('.')}", False)
    usernames = _usernames_among(session, {*wanted, *new_mrns})
    mrns = _mrns_among(session, wanted) | new_mrns.keys()
    for name in usernames & new_mrns.keys():
        faults |= dict.fromkeys(new_mrns[name], ("mrn: another patient has it as username", True))
    for name, lines in wanted.items():
        if len(lines) > 1:
            faults |= dict.fromkeys(lines, ("username: more than one row of the file has it", False))
        elif name in usernames:
            faults[lines[0]] = ("username: taken", True)
        elif name in mrns:
            faults[lines[0]] = ("username: equals an MRN", name not in new_mrns)
    return faults


def _usernames_among(session: Session, names: Iterable[str]) -> set[str]:
    return {
        name
        for some in chunks(sorted(names), _NAMES_A_QUERY)
        for name in session.exec(
            select(tables.PortalAccount.username).where(col(tables.PortalAccount.username).in_(some))
        )
        if name
    }


def _mrns_among(session: Session, names: Iterable[str]) -> set[str]:
    """Those of these (lower-case) names that are the MRN of a known patient; MRNs are ASCII, so lower() folds them."""
    return {
        mrn
        for some in chunks(sorted(names), _NAMES_A_QUERY)
        for mrn in session.exec(select(func.lower(tables.Patient.mrn)).where(func.lower(tables.Patient.mrn).in_(some)))
    }


def _merged_into_nobody(session: Session, rows: Sequence[PatientFacts]) -> list[Warned]:
    named = {facts.merged_into for facts in rows if facts.merged_into} - {facts.mrn for facts in rows}
    unknown = named - known_mrns(session, named)
    reason = "merged_into: no such record is known, so nobody can be sent on to it"
    return [Warned(facts.line, reason) for facts in rows if facts.merged_into in unknown]

"""Identity checks: what a caller knows, holds, or shows, judged without ever showing what is on file (design §3).

`verify` is the one way a check grows. The desk sees per method: matched, did not match, not on file; a wrong answer is
retried once in all, a second one fails the check. Answers are compared in constant time and never kept.
"""

from __future__ import annotations

import json
import random
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session

from portaldesk.errors import CheckNeeded, StateForbids, WrongUsage
from portaldesk.gate import checks, holds
from portaldesk.gate.actors import Actor
from portaldesk.gate.checks import CheckFacts, Refusal
from portaldesk.gate.permits import facts_of
from portaldesk.rules import assurance, dates, emails, phones, postal, speech
from portaldesk.rules.assurance import Evidence
from portaldesk.services import callers, calls, check_codes, check_wording, credentials, doubts, flags, patients
from portaldesk.services.callers import Calling
from portaldesk.services.evidence import judged
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, tables
from portaldesk.store.record import Change
from portaldesk.store.seals import keys_of, whole
from portaldesk.words import (
    KNOWLEDGE,
    Action,
    Caller,
    CheckOutcome,
    ContactKind,
    Level,
    Method,
    MethodOutcome,
)

THE_SAME = callers.Said()
"""The caller of the live check, else the patient."""


@dataclass(frozen=True, slots=True, repr=False)
class Answers:
    """What the caller said, read; `facts` by method, already in the form they are compared in. Never stored."""

    facts: Mapping[Method, str]
    send_code: ContactKind | None = None
    code: str | None = None
    photo_id: str | None = None
    callback: bool = False

    @property
    def empty(self) -> bool:
        return not (self.facts or self.send_code or self.code or self.photo_id or self.callback)


@dataclass(frozen=True, slots=True)
class MethodSeen:
    """One method as the desk sees it. `counts`: false where the patient was looked up by it in this call."""

    method: Method
    outcome: MethodOutcome
    counts: bool


@dataclass(frozen=True, slots=True)
class CheckView:
    """Where a check stands, for screen and JSON; no answer, no mask that gives one away."""

    check_id: str
    patient: str
    caller: str
    outcome: CheckOutcome
    level: Level
    methods: tuple[MethodSeen, ...]
    ask: tuple[Method, ...]
    say: str
    expires_at: datetime
    wrong_left: int
    allows: tuple[Action, ...]
    words: str | None
    on_hold_until: datetime | None
    audit_seq: int


def read_answers(
    *,
    birth_date: str | None = None,
    own_birth_date: str | None = None,
    postal_code: str | None = None,
    phone: str | None = None,
    email: str | None = None,
    last_visit: str | None = None,
    send_code: str | None = None,
    code: str | None = None,
    photo_id: str | None = None,
    callback: bool = False,
    locale: str,
    today: date,
) -> Answers:
    """What was said, in the form it is compared in.

    Raises: WrongUsage `unreadable`: an answer that cannot be read is no try.
    """
    facts: dict[Method, str] = {}
    if birth_date is not None:
        facts[Method.BIRTH_DATE] = dates.read_date(birth_date, locale=locale, today=today).isoformat()
    if own_birth_date is not None:
        facts[Method.OWN_BIRTH_DATE] = dates.read_date(own_birth_date, locale=locale, today=today).isoformat()
    if postal_code is not None:
        facts[Method.POSTAL_CODE] = postal.key(postal.read_postal_code(postal_code)) or ""
    if phone is not None:
        facts[Method.PHONE] = phones.read_phone(phone, locale=locale)
    if email is not None:
        facts[Method.EMAIL] = emails.key(emails.read_email(email))
    if last_visit is not None:
        facts[Method.LAST_VISIT] = dates.read_date(last_visit, locale=locale, today=today).isoformat()
    if send_code not in (None, "email", "phone"):
        raise WrongUsage("usage", "--send-code takes email or phone.", "Like --send-code email")
    if photo_id is not None and not photo_id.strip():
        raise WrongUsage("usage", "--photo-id needs the kind of document seen.", 'Like --photo-id "driver licence"')
    read_code = speech.code_read(code) if code is not None else None
    channel = ContactKind(send_code) if send_code is not None else None
    return Answers(facts, channel, read_code, photo_id.strip()[:60] if photo_id else None, callback)


def verify(
    session: Session,
    actor: Actor,
    named: patients.Named,
    said: Answers,
    *,
    reason: str,
    settings: ClinicSettings,
    rng: random.Random,
    now: datetime,
    by: callers.Said = THE_SAME,
) -> CheckView:
    """Begin a check of this patient, or go on with the live one of the same caller, and judge what was said.

    `by`: who the caller says they are, where that is not the patient. Wrong answers are results: the event with their
    count is written before anything else can go wrong.
    Raises: NotAllowed `own-record`; NotFound `no-such-proxy`; CheckNeeded (counted) where a code or call-back came
    before basic; StateForbids `minor`, `closed-to-proxies`, `no-email`, `no-phone`, `no-transport`,
    `contact-unconfirmed`, `too-many`, `patient-merged`; RecordAltered.
    """
    mrn = named.mrn
    actor.require_not_own(mrn)
    patient = patients.patient(session, mrn)
    patients.require_not_merged(session, patient)
    if session.get(tables.PortalAccount, mrn) is not None:
        patients.account(session, mrn)
    changes: list[Change] = []
    check = live(session, actor, mrn, now=now)
    caller = callers.calling(session, patient, by, check, settings=settings, now=now)
    if check is not None and not caller.made(check):
        check = None
    for other in calls.open_checks(session, actor.name, session_id=actor.session):
        if check is None or other.id != check.id:
            changes.append(calls.ending(other, why="next check", now=now))
    is_new = check is None
    if check is None:
        check = _begun(actor, caller, reason=reason, settings=settings, rng=rng, now=now)
    spoiled = set(calls.spoiled_methods(session, actor, mrn))
    if named.by is not None:
        spoiled.add(named.by)
    on_file = caller.facts_on_file(session, now=now)
    heard, wrong = judged(caller.heard(said.facts, on_file), on_file)
    if said.photo_id:
        heard.append(Evidence(Method.PHOTO_ID, MethodOutcome.ATTESTED, said.photo_id))
    hold = holds.state(session, mrn, now=now).until
    facts = checks.grown(
        facts_of(check), heard, wrong=wrong, spoiled=spoiled, on_hold=hold is not None, on_file=on_file.keys()
    )
    step = _Step(session, actor, check, is_new, caller, settings, now, changes, reason, on_file, named, hold)
    if facts.outcome is CheckOutcome.FAILED:
        return step.written(facts)
    if said.callback:
        refusal = step.why_no_callback(facts)
        if refusal is None:
            facts = step.grown(facts, Evidence(Method.CALLBACK, MethodOutcome.ATTESTED))
        return step.written(facts, refusal=refusal)
    if said.code is not None:
        return step.with_code(said.code, facts)
    if said.send_code:
        return step.sending_code(said.send_code, facts)
    return step.written(facts)


def new_id() -> str:
    """The id of a new check, like C-7F3A09BC12D4: 48 random bits, so that millions of them are most likely distinct."""
    return "C-" + secrets.token_hex(6).upper()


def live(session: Session, actor: Actor, mrn: str, *, now: datetime) -> tables.IdentityCheck | None:
    """The live, not failed check of this patient in this session."""
    for check in calls.open_checks(session, actor.name, session_id=actor.session):
        whose = {"patient": mrn, "staff": actor.name, "session": actor.session}
        if checks.why_not_live(facts_of(check), **whose, now=now) is None:
            return whole(session, check)
    return None


def next_facts(
    session: Session, actor: Actor, mrn: str, *, settings: ClinicSettings, now: datetime, by: callers.Said = THE_SAME
) -> tuple[tuple[Method, ...], Caller]:
    """Which facts are asked next, and of whom, for the clerk who is asked one fact after another on a terminal."""
    patient = patients.patient(session, mrn)
    check = live(session, actor, mrn, now=now)
    caller = callers.calling(session, patient, by, check, settings=settings, now=now)
    on_file = caller.facts_on_file(session, now=now)
    if check is None or not caller.made(check):
        spoiled = set(calls.spoiled_methods(session, actor, mrn))
        return tuple(assurance.facts_to_ask(caller.order, [], spoiled, on_file.keys())), caller.caller
    order = callers.drawn(check)
    spoiled = {Method(m) for m in json.loads(check.spoiled)}
    asked = assurance.facts_to_ask(order, assurance.from_text(check.evidence), spoiled, on_file.keys())
    return tuple(asked), caller.caller


def _begun(
    actor: Actor, caller: Calling, *, reason: str, settings: ClinicSettings, rng: random.Random, now: datetime
) -> tables.IdentityCheck:
    order = list(caller.order)
    rng.shuffle(order)
    return tables.IdentityCheck(
        id=new_id(),
        patient=caller.patient.mrn,
        staff=actor.name,
        session=actor.session,
        reason=reason,
        **caller.columns,
        ask_order=json.dumps(order),
        started_at=now,
        expires_at=now + timedelta(minutes=settings.check_life_minutes),
    )


@dataclass(frozen=True, slots=True, repr=False)
class _Step:
    """One command of `verify` once its facts are judged: what remains is to write it and say where it stands."""

    session: Session
    actor: Actor
    check: tables.IdentityCheck
    is_new: bool
    caller: Calling
    settings: ClinicSettings
    now: datetime
    changes: list[Change]
    reason: str
    on_file: Mapping[Method, tuple[str, ...]]
    named: patients.Named
    hold: datetime | None

    def grown(self, facts: CheckFacts, *heard: Evidence) -> CheckFacts:
        return checks.grown(facts, heard, on_hold=self.hold is not None)

    def written(
        self,
        facts: CheckFacts,
        *,
        also: list[Change] | None = None,
        code_id: str | None = None,
        refusal: CheckNeeded | StateForbids | None = None,
    ) -> CheckView:
        evidence, outcome, level, hold = facts.evidence, facts.outcome, facts.level, self.hold
        values = {
            "evidence": assurance.to_text(evidence),
            "wrong": facts.wrong,
            "level": level,
            "outcome": outcome,
            "spoiled": json.dumps(sorted(facts.spoiled)),
            "reason": self.reason or self.check.reason,
            "code_id": code_id or self.check.code_id,
            "all_there_is": facts.all_there_is or None,  # empty where not, as in rows of older versions
        }
        if outcome is CheckOutcome.FAILED:
            values |= {"failed_at": self.now, "ended_at": self.now, "ended_why": "failed"}
        if self.is_new:
            for name, value in values.items():
                setattr(self.check, name, value)
            mine = record.new(self.check)
        else:
            mine = record.changed(self.check, **values)
        by_word = sorted(e.method for e in evidence if e.outcome is MethodOutcome.ATTESTED)
        details: dict[str, object] = {
            "methods": sorted(f"{e.method}: {e.outcome}" for e in evidence),
            "attested": by_word,
            "caller": self.check.caller,
            "wrong": facts.wrong,
            "by": self.named.by,
            "new": self.is_new,
        }
        raised = flags.of_check(
            self.session,
            self.actor,
            self.check,
            begins=self.is_new,
            attested=bool(by_word) and level is Level.STRONG,
            failed=outcome is CheckOutcome.FAILED,
            now=self.now,
        )
        opened = flags.opening(self.session, self.actor, raised, now=self.now)
        entry = self.actor.entry(
            "verify-identity",
            outcome,
            patient=self.caller.patient.mrn,
            check_id=self.check.id,
            level=level,
            reason=values["reason"],
            details=details | flags.told(raised, opened),
        )
        seq = record.append(self.session, entry, [*self.changes, mine, *(also or []), *opened], now=self.now)
        if outcome is CheckOutcome.FAILED:
            hold = holds.state(self.session, self.caller.patient.mrn, now=self.now).until
        if refusal is not None:
            refusal.counted = True
            raise refusal
        return self.seen(facts, hold, seq)

    def seen(self, facts: CheckFacts, hold: datetime | None, seq: int) -> CheckView:
        evidence, spoiled, outcome, level = facts.evidence, facts.spoiled, facts.outcome, facts.level
        order = callers.drawn(self.check)
        ask = assurance.facts_to_ask(order, evidence, spoiled, self.on_file.keys())
        if outcome is CheckOutcome.FAILED or level is not Level.NONE:
            ask = []
        return CheckView(
            self.check.id,
            self.caller.patient.mrn,
            self.check.caller,
            outcome,
            level,
            tuple(
                MethodSeen(e.method, e.outcome, e.method not in spoiled or e.method not in KNOWLEDGE) for e in evidence
            ),
            tuple(ask),
            check_wording.say(outcome, ask, evidence, self.caller.caller, letter=facts.all_there_is),
            self.check.expires_at,
            max(0, assurance.WRONG_ALLOWED - facts.wrong) if outcome is not CheckOutcome.FAILED else 0,
            tuple(check_wording.allowed(facts)),
            _words(self.session, self.check),
            hold,
            seq,
        )

    def why_no_callback(self, facts: CheckFacts) -> CheckNeeded | None:
        refusal = checks.why_no_callback(facts)
        if refusal is Refusal.TOO_WEAK:
            return self.too_early("--callback")
        if refusal is not None:
            return CheckNeeded(
                "check-too-weak",
                "A call-back goes to the number that the caller gave and that matched; none did.",
                "Ask for the phone number on file: --phone -",
            )
        return None

    def too_early(self, option: str) -> CheckNeeded:
        return CheckNeeded(
            "check-too-weak",
            f"{option} needs a basic check first: three facts, birth date among them.",
            f"Ask the next fact: portaldesk verify-identity {self.caller.patient.mrn}",
        )

    def sending_code(self, channel: ContactKind, facts: CheckFacts) -> CheckView:
        mrn = self.caller.holder.mrn
        refusal: CheckNeeded | StateForbids | None = None
        if checks.why_no_code(facts) is not None:
            refusal = self.too_early("--send-code")
        else:
            refusal = check_codes.why_none(self.session, mrn, channel, settings=self.settings, now=self.now)
        if refusal is not None:
            return self.written(facts, refusal=refusal)
        code, changes = check_codes.made(
            self.session, mrn, channel, self.check.id, settings=self.settings, now=self.now
        )
        sent = self.grown(facts, Evidence(check_codes.METHODS[channel], MethodOutcome.SENT))
        return self.written(sent, also=changes, code_id=code.id)

    def with_code(self, said: str, facts: CheckFacts) -> CheckView:
        code = self.session.get(tables.RecoveryCredential, self.check.code_id) if self.check.code_id else None
        refusal: CheckNeeded | StateForbids | None = None
        if code is None:
            refusal = CheckNeeded(
                "wrong-code",
                "No code was sent in this check.",
                f"portaldesk verify-identity {self.caller.patient.mrn} --send-code email",
            )
        elif whole(self.session, code).expires_at <= self.now or code.revoked_at or code.redeemed_at:
            refusal = CheckNeeded(
                "wrong-code",
                "That code is over: it lives 10 minutes.",
                f"Send a new one: --send-code {check_codes.channel_of(code)}",
            )
        if refusal is None:
            try:
                credentials.require_code_tries(self.session, self.caller.holder.mrn, now=self.now)
            except StateForbids as too_many:
                refusal = too_many
        if refusal is not None or code is None:
            return self.written(facts, refusal=refusal)
        right, tries = credentials.code_matches(self.session, code, said), code.tries + 1
        method = check_codes.METHODS[check_codes.channel_of(code)]
        facts = checks.code_tried(facts, right=right, tries=tries, on_hold=self.hold is not None, method=method)
        if right:
            arrived = doubts.lifted(self.session, code.mrn, code.sent_to or "")
            return self.written(facts, also=[record.changed(code, redeemed_at=self.now), *arrived])
        over = {"revoked_at": self.now} if facts.outcome is CheckOutcome.FAILED else {}
        return self.written(facts, also=[record.changed(code, tries=tries, **over)])


def _words(session: Session, check: tables.IdentityCheck) -> str | None:
    code = session.get(tables.RecoveryCredential, check.code_id) if check.code_id else None
    by = credentials.derived_by(keys_of(session), code) if code is not None else None
    return credentials.words_of(keys_of(session), code.id, by) if code is not None and by is not None else None

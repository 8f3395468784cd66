"""A desk without a database: the gate's own decisions (gate/checks, requests, recoveries, holds) on plain values.

Two clerks, an admin, and whoever calls about patient A or patient B. Each component is a value: one call a staff
member, and the patient's file. Now never moves: when time goes by, everything is that much longer ago. What the state
of the account adds (disabled, never activated) only refuses more, so it is left out. Beside what the gate holds, each
component carries the notes of the oracle, which judges every change that the gate lets through.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import oracle
from oracle import Ask, File, Mail, Notes

from portaldesk.errors import NotAllowed
from portaldesk.gate import checks, holds, recoveries, requests, roles
from portaldesk.gate.actions import desk_actions
from portaldesk.gate.actors import Actor
from portaldesk.gate.checks import CheckFacts
from portaldesk.gate.recoveries import AddressFacts, CredentialFacts
from portaldesk.gate.requests import RequestFacts
from portaldesk.rules.assurance import Evidence
from portaldesk.services import evidence
from portaldesk.words import Action, CheckOutcome, ContactKind, Method, MethodOutcome, RequestState, Role

NOW = datetime(2026, 11, 9, 10, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=100)
LIFE, CODE_LIFE, LINK_LIFE = timedelta(minutes=15), timedelta(minutes=10), timedelta(minutes=60)
A, B = "A", "B"
PATIENTS = (A, B)
STAFF = {
    "cara": Actor("cara", Role.FRONT_DESK, "S-cara"),
    "cole": Actor("cole", Role.FRONT_DESK, "S-cole"),
    "adam": Actor("adam", Role.ADMIN, "S-adam", own=frozenset({B})),
}
CLERKS = {"cara", "cole"}
ADMINS = {"adam"}
FACTS = {
    Method.BIRTH_DATE: "1952-07-15", Method.POSTAL_CODE: "67124", Method.PHONE: "+15559078526",
    Method.LAST_VISIT: "2026-01-09",
}  # fmt: skip
WRONG = "1999-01-01"
KINDS = (ContactKind.EMAIL, ContactKind.PHONE)
LINKS = ("reset", "older reset", "unlock-link", "temp-login")
PASSES = (3, 16, 24 * 60)
"""Minutes that may go by between steps: past the pause between sends, past a check's life, past a day."""


class Hole(AssertionError):
    """The gate let something through that the design forbids."""


class Call(NamedTuple):
    """What one staff member's call holds."""

    check: CheckFacts | None = None
    code: tuple[int, datetime] | None = None
    spent: tuple[tuple[Action, datetime], ...] = ()
    notes: Notes | None = None

    def settled(self) -> Call:
        """The same call in one form: what was said or used first makes no difference, nor what is over for all."""
        check, notes = self.check, self.notes
        if (check is None or not _counts(check)) and (notes is None or not notes.live):
            return _FRESH
        if check is not None and len(check.evidence) > 1:
            evidence = tuple(sorted(check.evidence, key=_by_method))
            check = check if evidence == check.evidence else replace(check, evidence=evidence)
        if notes is not None and len(notes.used) > 1:
            notes = notes._replace(used=tuple(sorted(notes.used)))
        return Call(check, self.code, tuple(sorted(self.spent)), notes)


def _by_method(one: Evidence) -> Method:
    return one.method


def _counts(check: CheckFacts) -> bool:
    whose = {"patient": check.patient, "staff": check.staff, "session": check.session}
    return checks.why_not_live(check, **whose, now=NOW) is None


_FRESH = Call()


class Patient(NamedTuple):
    """What is stored of one patient that decides about access."""

    failed: tuple[tuple[datetime, str], ...] = ()
    email: AddressFacts = AddressFacts(LONG_AGO)
    phone: AddressFacts = AddressFacts(LONG_AGO)
    changed_at: datetime | None = None
    requests: tuple[tuple[ContactKind, RequestFacts], ...] = ()
    links: tuple[tuple[str, CredentialFacts], ...] = ()
    file: File = File()


Lapse = tuple[str, str, datetime | None, int | None]
"""Patient, staff member, when the check failed for the gate, when it failed for the oracle (minutes)."""


Stepped = tuple[Call, Patient, tuple[Lapse, ...]]


def on_hold(patient: Patient) -> bool:
    until = holds.held_until(sorted(at for at, _ in patient.failed)) if patient.failed else None
    return until is not None and until > NOW


def lapsed(patient: Patient, staff: str, at: datetime | None, noted: int | None) -> Patient:
    """A failed check more."""
    by = staff if staff in ADMINS else ""  # it matters only for who may release a hold
    failed = patient.failed if at is None else tuple(sorted((*patient.failed, (at, by))))
    lapses = patient.file.lapses if noted is None else tuple(sorted((*patient.file.lapses, noted)))
    return patient._replace(failed=failed, file=patient.file._replace(lapses=lapses))


# 1. what a clerk types while somebody calls


class Said(NamedTuple):
    right: frozenset[Method] = frozenset()
    wrong: frozenset[Method] = frozenset()
    found_by: frozenset[Method] = frozenset()
    photo_id: bool = False


BIRTH, POST, PHONE, VISIT = (frozenset({method}) for method in FACTS)
SAYINGS = {
    "the birth date": Said(BIRTH),
    "three facts": Said(BIRTH | POST | PHONE),
    "three facts without the birth date": Said(POST | PHONE | VISIT),
    "three facts, found by the phone": Said(BIRTH | POST | PHONE, found_by=PHONE),
    "three facts and a wrong one": Said(BIRTH | POST | VISIT, wrong=PHONE),
    "a wrong birth date": Said(wrong=BIRTH),
    "two wrong facts": Said(wrong=POST | VISIT),
    "photo ID": Said(photo_id=True),
    "photo ID and birth date": Said(BIRTH, photo_id=True),
}


_ON_FILE = {method: (fact,) for method, fact in FACTS.items()}
_WITHOUT_PHONE = {method: fact for method, fact in _ON_FILE.items() if method is not Method.PHONE}


def says(call: Call, patient: Patient, staff: str, whom: str, said: Said) -> Stepped:
    call, lapses = _begun(call, staff, whom)
    on_file = _ON_FILE if recoveries.is_evidence(patient.phone, now=NOW) else _WITHOUT_PHONE
    answers = {m: FACTS[m] for m in said.right} | dict.fromkeys(said.wrong, WRONG)
    heard, wrong = evidence.judged(answers, on_file)
    if said.photo_id:
        heard.append(Evidence(Method.PHOTO_ID, MethodOutcome.ATTESTED, "passport"))
    assert call.check is not None
    check = checks.grown(call.check, heard, wrong=wrong, spoiled=said.found_by, on_hold=on_hold(patient))
    proved = frozenset(said.right) | ({"photo-id"} if said.photo_id else set())
    moved = patient.file.phone_moved > -oracle.DAY
    notes = oracle.said(
        call.notes, patient.file, whom, right=proved, found_by=frozenset(said.found_by),
        wrong=len(said.wrong - (PHONE if moved else frozenset())),
    )  # fmt: skip
    return _after(call, patient, staff, check, notes, lapses, begun=True)


def _begun(call: Call, staff: str, whom: str) -> tuple[Call, tuple[Lapse, ...]]:
    """The live check of this patient, or a new one; what was open before ends with it."""
    actor = STAFF[staff]
    if checks.why_not_live(call.check, patient=whom, staff=staff, session=actor.session, now=NOW) is None:
        return call, ()
    call, lapses = ended(call, staff)
    return Call(CheckFacts(whom, staff, actor.session, NOW + LIFE), notes=call.notes), lapses


def _after(
    call: Call,
    patient: Patient,
    staff: str,
    check: CheckFacts,
    notes: Notes | None,
    lapses: tuple[Lapse, ...] = (),
    *,
    begun: bool = False,
) -> Stepped:
    fails = check.outcome is CheckOutcome.FAILED
    noted = (
        notes is not None and notes.failed and not (call.notes is not None and call.notes.live is False and not begun)
    )
    patient = lapsed(patient, staff, NOW if fails else None, 0 if noted else None)
    return call._replace(check=check, notes=notes), patient, lapses


def reads_code(call: Call, patient: Patient, staff: str, whom: str, *, right: bool) -> Stepped:
    if not has_check(call, staff, whom) or call.code is None or call.code[1] <= NOW:
        return call, patient, ()
    assert call.check is not None
    assert call.notes is not None
    tries = call.code[0] + 1
    check = checks.code_tried(call.check, right=right, tries=tries, on_hold=on_hold(patient))
    over = right or check.outcome is CheckOutcome.FAILED
    notes = oracle.code_read(call.notes, right)
    after = _after(call, patient, staff, check, notes)
    return after[0]._replace(code=None if over else (tries, call.code[1])), after[1], ()


def reads_four_wrong_codes(call: Call, patient: Patient, staff: str, whom: str) -> Stepped:
    for _ in range(4):
        call, patient, _none = reads_code(call, patient, staff, whom, right=False)
    return call, patient, ()


def gets_code(call: Call, patient: Patient, staff: str, whom: str) -> Stepped:
    if not has_check(call, staff, whom):
        return call, patient, ()
    assert call.check is not None
    assert call.notes is not None
    if checks.why_no_code(call.check) is not None or not recoveries.is_evidence(patient.email, now=NOW):
        return call, patient, ()
    check = checks.grown(call.check, [Evidence(Method.CODE_EMAIL, MethodOutcome.SENT)], on_hold=on_hold(patient))
    after = _after(call, patient, staff, check, oracle.code_sent(call.notes, patient.file))
    return after[0]._replace(code=(0, NOW + CODE_LIFE)), after[1], ()


def is_called_back(call: Call, patient: Patient, staff: str, whom: str) -> Stepped:
    if not has_check(call, staff, whom):
        return call, patient, ()
    assert call.check is not None
    assert call.notes is not None
    if checks.why_no_callback(call.check) is not None:
        return call, patient, ()
    check = checks.grown(call.check, [Evidence(Method.CALLBACK, MethodOutcome.ATTESTED)], on_hold=on_hold(patient))
    return _after(call, patient, staff, check, oracle.called_back(call.notes))


def has_check(call: Call, staff: str, whom: str = A) -> bool:
    """Whether the gate takes the call's check for a live one of this patient."""
    session = STAFF[staff].session
    return checks.why_not_live(call.check, patient=whom, staff=staff, session=session, now=NOW) is None


def ended(call: Call, staff: str) -> tuple[Call, tuple[Lapse, ...]]:
    """The call ends: its check, and its code and uses with it."""
    check, notes, lapses = call.check, call.notes, []
    if check is not None and not check.ended:
        closed = checks.closed(check)
        fails = closed.outcome is CheckOutcome.FAILED
        known = fails and check.expires_at <= NOW  # an expired one is counted when time goes by
        noted = notes is not None and oracle.abandoned(notes) and notes.since > -oracle.CHECK_LIFE
        at = check.expires_at if check.expires_at < NOW else NOW
        lapses.append((check.patient, staff, at if fails and not known else None, 0 if noted else None))
        check = closed
    return Call(check, call.code, call.spent, notes._replace(over=True) if notes else None), tuple(lapses)


# 2. what a clerk asks for


ALIKE = {
    Action.CREDENTIALS_REVOKE: Action.DECLINE, Action.PROXY_GRANT: Action.ENABLE, Action.PROXY_REVOKE: Action.ENABLE,
}  # fmt: skip
"""What the gate judges as it judges another, and what moves nothing that a later step reads: the other is explored."""
ASKED = [(action, None) for action in desk_actions() if action is not Action.UPDATE_CONTACT and action not in ALIKE] + [
    (Action.UPDATE_CONTACT, kind) for kind in KINDS
]


MARKS = {Action.CLOSE_CONTACT, Action.REOPEN_CONTACT}
BY_THEMSELVES = {
    Action.RESEND_INVITE, Action.INVITE_BY_LETTER, Action.RECOVER_USERNAME, Action.ENABLE, Action.DECLINE,
    Action.CHANGE_USERNAME, *MARKS
}  # fmt: skip
"""Their uses are read by nothing but the same action again: those of one of them are remembered at a time."""


def acts(call: Call, patient: Patient, staff: str, whom: str, action: Action, kind: ContactKind | None) -> Stepped:
    """One action of the gate's table, as permits.for_check and its service decide it; judged where it is allowed."""
    nothing = (call, patient, ())
    check = call.check
    not_by = requests.NOT_BY[kind] if kind is not None else ()
    if not has_check(call, staff, whom) or check is None:
        return nothing
    if checks.why_not_enough(check, action, on_hold=on_hold(patient), not_by=not_by) is not None:
        return nothing
    uses = checks.uses(action, [at for name, at in call.spent if name is action], now=NOW)
    photo = Method.PHOTO_ID in check.held
    if (uses.recent and action not in MARKS) or uses.left < 1:
        return nothing
    sends = action in (Action.RESEND_INVITE, Action.SEND_RESET, Action.RECOVER_USERNAME) or (
        action is Action.UNLOCK and check.level != "strong"
    )
    if sends and not recoveries.may_be_mailed(patient.email, photo_id=photo, now=NOW):
        return nothing
    if action is Action.ISSUE_TEMP_LOGIN and requests.is_paused(patient.changed_at, photo_id=photo, now=NOW):
        return nothing
    if kind is not None and kind in dict(patient.requests):
        return nothing
    own = next(iter(STAFF[staff].own), None)
    why = oracle.why_not(action, kind, own, call.notes, patient.file, whom)
    if why is None and sends:
        assert call.notes is not None
        why = oracle.why_not_mailed(patient.file, photo_id={"photo-id", "birth-date"} <= call.notes.proved)
    if why is not None:
        raise Hole(f"{action}: {why}")
    assert call.notes is not None
    patient = _changed(patient, staff, action, kind, check, call.notes)
    if action not in BY_THEMSELVES or not {name for name, _ in call.spent} & BY_THEMSELVES - {action}:
        used = (*call.notes.used, (str(action), 0))
        call = call._replace(spent=(*call.spent, (action, NOW)), notes=call.notes._replace(used=used))
    return call, patient, ()


def _changed(
    patient: Patient, staff: str, action: Action, kind: ContactKind | None, check: CheckFacts, notes: Notes
) -> Patient:
    if action is Action.SEND_RESET:
        return _mailed(patient, "reset")
    if action is Action.UNLOCK and check.level != "strong":
        return _mailed(patient, "unlock-link")
    if action is Action.CLOSE_CONTACT:
        closed = _emptied(patient)
        return closed._replace(
            email=replace(patient.email, do_not_use=True), file=closed.file._replace(email_closed=True)
        )
    if action is Action.REOPEN_CONTACT and patient.email.do_not_use:
        young = replace(patient.email, do_not_use=False, evidence_from=NOW + requests.PAUSE)
        return patient._replace(email=young, file=patient.file._replace(email_closed=False, email_given_back=0))
    if action is Action.ISSUE_TEMP_LOGIN:
        return _mailed(_emptied(patient, bound=False), "temp-login")
    if action is Action.DISABLE:
        patient = _emptied(patient)
    if action is Action.SECURE_ACCOUNT:
        asks = tuple((k, ask._replace(closed=True)) for k, ask in patient.file.asks)
        patient = _emptied(patient, bound=False)._replace(requests=())
        patient = patient._replace(file=patient.file._replace(asks=asks))
    if kind is not None:
        request = RequestFacts(
            _one_clerk(staff),
            RequestState.AWAITING_CONFIRMATION,
            NOW + timedelta(days=7),
            Method.PHOTO_ID in check.held,
            NOW,
        )
        ask = Ask(staff, 0, {"photo-id", "birth-date"} <= notes.proved)
        patient = patient._replace(
            requests=tuple(sorted((*patient.requests, (kind, request)), key=lambda one: one[0])),
            file=patient.file.with_ask(str(kind), ask),
        )
    return patient


def _one_clerk(staff: str) -> str:
    """Which of the clerks asked makes no difference: neither may approve."""
    return "cara" if staff in CLERKS else staff


def _mailed(patient: Patient, kind: str) -> Patient:
    """A link of this kind goes out; an older one is superseded."""
    older, links, mails = f"older {kind}", dict(patient.links), dict(patient.file.mails)
    if kind in links:
        links[older] = replace(links[kind], superseded=True)
        mails[older] = mails.get(kind, Mail(0))._replace(void=True)
    links[kind], mails[kind] = CredentialFacts(NOW + LINK_LIFE, True), Mail(0)
    return _tidied(patient, links, mails)


def _emptied(patient: Patient, *, bound: bool = True) -> Patient:
    """Recovery credentials are revoked; `bound`: whether password and email are still those they were made for."""
    links = {kind: replace(one, revoked=bound, bound=bound) for kind, one in patient.links}
    return _tidied(patient, links, {kind: mail._replace(void=True) for kind, mail in patient.file.mails})


def _tidied(patient: Patient, links: dict[str, CredentialFacts], mails: dict[str, Mail]) -> Patient:
    """What is dead for the gate and for the oracle is forgotten."""
    over = {
        kind
        for kind, one in links.items()
        if recoveries.is_dead(one, now=NOW) and (kind not in mails or oracle.is_over(mails[kind]))
    }
    return patient._replace(
        links=tuple(sorted(((k, v) for k, v in links.items() if k not in over), key=lambda one: one[0])),
        file=patient.file._replace(mails=tuple(sorted((k, v) for k, v in mails.items() if k not in over))),
    )


# 3. the patient's side, and whoever holds a stolen link and stolen facts


def forgets(patient: Patient) -> Patient:
    """Anybody may ask for a reset: it is mailed to the address on file."""
    if not recoveries.may_be_mailed(patient.email, photo_id=False, now=NOW):
        return patient
    if (why := oracle.why_not_mailed(patient.file, photo_id=False)) is not None:
        raise Hole(f"forgot-password: {why}")
    return _mailed(patient, "reset")


def redeems(patient: Patient, kind: str, *, right: bool) -> Patient:
    link = dict(patient.links).get(kind)
    if link is None or recoveries.is_dead(link, now=NOW):
        return patient
    mail = dict(patient.file.mails).get(kind)
    if not right:
        tries = link.tries + 1
        dead = tries >= recoveries.FACT_TRIES
        links, mails = dict(patient.links), dict(patient.file.mails)
        links[kind] = replace(link, tries=tries, revoked=dead)
        if mail is not None:
            mails[kind] = mail._replace(wrong=mail.wrong + 1)
        noted = mail is not None and mail.wrong + 1 == 5
        return _tidied(lapsed(patient, "", NOW if dead else None, 0 if noted else None), links, mails)
    if (why := oracle.why_not_redeemed(kind, patient.file)) is not None:
        raise Hole(f"redeem {kind}: {why}")
    assert mail is not None
    if kind == "unlock-link":
        used = dict(patient.links) | {kind: replace(link, redeemed=True)}
        return _tidied(patient, used, dict(patient.file.mails) | {kind: mail._replace(void=True)})
    return _emptied(patient, bound=False)


def redeems_four_times_wrong(patient: Patient, kind: str) -> Patient:
    for _ in range(4):
        patient = redeems(patient, kind, right=False)
    return patient


def redeems_knowing_too_little(patient: Patient, kind: str) -> Patient:
    """A stolen link, and no facts, or not enough of them."""
    link = dict(patient.links).get(kind)
    if link is None or recoveries.is_dead(link, now=NOW):
        return patient
    for facts in ({Method.POSTAL_CODE, Method.PHONE}, {Method.BIRTH_DATE, Method.EMAIL}, set()):
        if not recoveries.facts_are_missing(facts, call_code=False):
            raise Hole(f"redeem {kind}: its reader did not know the facts")
    return patient


def answers(patient: Patient, kind: ContactKind) -> Patient:
    """The new address answers."""
    request = dict(patient.requests).get(kind)
    if (
        request is None
        or request.confirmed_at
        or requests.state_of(request.state, request.expires_at, now=NOW) not in requests.OPEN
    ):
        return patient
    state, until = requests.after_confirmation(request, other_admins=sorted(ADMINS - {request.requested_by}), now=NOW)
    request = replace(request, state=state, waits_until=until, confirmed_at=NOW)
    ask = dict(patient.file.asks)[str(kind)]._replace(answered=True)
    return _with_request(patient, kind, request)._replace(file=patient.file.with_ask(str(kind), ask))


def approves(patient: Patient, whom: str, kind: ContactKind, staff: str) -> Patient:
    request = dict(patient.requests).get(kind)
    if request is None or not _may(staff, whom, "approve"):
        return patient
    if requests.why_not_approved(request, staff, now=NOW) is not None:
        return patient
    if (why := oracle.why_not_applied(str(kind), patient.file, approver=staff, admins=ADMINS)) is not None:
        raise Hole(f"approve {kind}: {why}")
    return _applied(patient, kind)


def rejects(patient: Patient, whom: str, kind: ContactKind, staff: str) -> Patient:
    if kind not in dict(patient.requests) or not _may(staff, whom, "reject"):
        return patient
    return _closed(patient, kind)


def objects(patient: Patient, kind: ContactKind) -> Patient:
    """The old address objects: the request is cancelled and the account secured, which cancels any other request."""
    if kind not in dict(patient.requests):
        return patient
    for one, _ in patient.requests:
        patient = _closed(patient, one)
    return _emptied(patient, bound=False)


def releases(patient: Patient, whom: str, staff: str) -> Patient:
    state = holds.HoldState(
        NOW if on_hold(patient) else None, len(patient.failed), frozenset(by for _, by in patient.failed if by)
    )
    if not _may(staff, whom, "hold release") or not holds.may_release(state, staff) or state.until is None:
        return patient
    if not patient.file.on_hold or staff in {by for _, by in patient.failed}:
        raise Hole("hold release: no hold, or the admin's own failed check")
    return patient._replace(failed=(), file=patient.file._replace(lapses=()))


def _may(staff: str, whom: str, command: str) -> bool:
    try:
        roles.require(STAFF[staff].role, command)
        STAFF[staff].require_not_own(whom)
    except NotAllowed:
        return False
    return True


def _with_request(patient: Patient, kind: ContactKind, request: RequestFacts) -> Patient:
    return patient._replace(requests=tuple((k, request if k is kind else one) for k, one in patient.requests))


def _closed(patient: Patient, kind: ContactKind) -> Patient:
    ask = dict(patient.file.asks)[str(kind)]._replace(closed=True)
    return patient._replace(
        requests=tuple(one for one in patient.requests if one[0] is not kind),
        file=patient.file.with_ask(str(kind), ask),
    )


def _applied(patient: Patient, kind: ContactKind) -> Patient:
    young = AddressFacts(NOW + requests.PAUSE)
    patient = _emptied(_closed(patient, kind), bound=False)
    if kind is ContactKind.EMAIL:
        moved = patient.file._replace(email_moved=0, email_closed=False)  # another address than the closed one
        return patient._replace(email=young, changed_at=NOW, file=moved)
    return patient._replace(phone=young, changed_at=NOW, file=patient.file._replace(phone_moved=0))


# 4. time


def later_call(call: Call, staff: str, minutes: int) -> tuple[Call, tuple[Lapse, ...]]:
    """The call after some time, and the check that failed because nobody made a wrong answer good in time."""
    by, lapses = timedelta(minutes=minutes), []
    check, notes = call.check, call.notes
    if check is not None:
        was_live = not check.ended and check.expires_at > NOW
        check = replace(check, expires_at=check.expires_at - by)
        at = holds.failed_at(_Row(check), now=NOW) if was_live else None
        check = replace(check, expires_at=max(check.expires_at, NOW - LIFE))
        dies = notes is not None and notes.since > -oracle.CHECK_LIFE >= notes.since - minutes
        noted = notes.since - minutes + oracle.CHECK_LIFE if dies and oracle.abandoned(notes) else None
        if at is not None or noted is not None:
            lapses.append((check.patient, staff, at, noted))
    if notes is not None:
        notes = notes._replace(
            since=max(notes.since - minutes, -oracle.CHECK_LIFE),
            code_sent=None if notes.code_sent is None else max(notes.code_sent - minutes, -oracle.CODE_LIFE),
            used=tuple((name, max(at - minutes, -2)) for name, at in notes.used),
        )
    pause = timedelta(seconds=120)
    code = (call.code[0], call.code[1] - by) if call.code is not None and call.code[1] - by > NOW else None
    return Call(check, code, tuple((a, max(at - by, NOW - pause)) for a, at in call.spent), notes), tuple(lapses)


class _Row:
    """A check as holds.py reads it."""

    def __init__(self, check: CheckFacts) -> None:
        self.outcome, self.wrong, self.level, self.expires_at = (
            check.outcome,
            check.wrong,
            check.level,
            check.expires_at,
        )
        self.ended_at = None


def later_patient(patient: Patient, minutes: int) -> Patient:
    by, file = timedelta(minutes=minutes), patient.file

    def aged(address: AddressFacts) -> AddressFacts:
        at = address.evidence_from - by
        return replace(address, evidence_from=at if at > NOW else LONG_AGO)

    changed = patient.changed_at - by if patient.changed_at is not None else None
    patient = patient._replace(
        failed=tuple((at - by, who) for at, who in patient.failed),
        email=aged(patient.email),
        phone=aged(patient.phone),
        changed_at=changed if changed is not None and NOW - changed < requests.PAUSE else None,
        requests=tuple((kind, _aged(request, by)) for kind, request in patient.requests),
        file=file._replace(
            lapses=tuple(at - minutes for at in file.lapses),
            email_moved=_then(file.email_moved, minutes),
            email_given_back=_then(file.email_given_back, minutes),
            phone_moved=_then(file.phone_moved, minutes),
            asks=tuple((k, ask._replace(at=ask.at - minutes)) for k, ask in file.asks if not ask.closed),
        ),
    )
    patient = _tidied(
        patient,
        {kind: replace(one, expires_at=one.expires_at - by) for kind, one in patient.links},
        {kind: mail._replace(at=mail.at - minutes) for kind, mail in file.mails},
    )
    for kind, request in patient.requests:
        if requests.is_due(request, told_at=request.old_told_at, now=NOW):
            if (why := oracle.why_not_applied(str(kind), patient.file, approver=None, admins=ADMINS)) is not None:
                raise Hole(f"time applies {kind}: {why}")
            patient = _applied(patient, kind)
    return patient


def _then(at: int, minutes: int) -> int:
    return at - minutes if at - minutes > -oracle.DAY else -100 * oracle.DAY


def _aged(request: RequestFacts, by: timedelta) -> RequestFacts:
    return replace(
        request, expires_at=request.expires_at - by,
        old_told_at=request.old_told_at - by if request.old_told_at else None,
        confirmed_at=request.confirmed_at - by if request.confirmed_at else None,
        waits_until=request.waits_until - by if request.waits_until else None,
    )  # fmt: skip

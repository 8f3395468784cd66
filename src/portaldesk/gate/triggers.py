"""The database's own guards, generated from the gate's one table; guard_texts.py puts them into each engine's words.

Three layers, each a small generator (the first two in record_guards.py, of the third what ends in ending_guards.py):

1. the record: events only as the next of the head, seals only for events yet to come, nothing edited or deleted;
2. sealed rows: a row is written only if the newest seal the record holds for it is the one it carries, and changed
   only under another seal than it had, so no row appears or changes without an event of its own; nothing is deleted,
   replaced or upserted, and what is gone is not put in again;
3. the gate: a guarded column of portal_account changes only by an unspent permit of this account, backed by its ground
   at that moment, whose action covers the column and the value; the change spends it. A permit belongs to the event
   that carries it (`changed_seq`): one left unspent is dead with the next event, with no clock needed.

They hold against accidents, other tools and our own mistakes. Whoever drops them meets the seals (store/seals.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from portaldesk.gate.actions import ACTIONS, GUARDED
from portaldesk.gate.ending_guards import of_what_ends
from portaldesk.gate.guard_texts import TEXTS, Guard, postgresql_only, sqlite_only
from portaldesk.gate.proxies import PREFIX
from portaldesk.gate.record_guards import HEAD, RECORD, TIME, of_sealed_rows, of_the_record
from portaldesk.gate.requests import PROXY
from portaldesk.store.seals import sealed_columns, table_name
from portaldesk.store.tables import (
    ChangeRequest,
    ContactPoint,
    OutboxMessage,
    Permit,
    PortalAccount,
    Proxy,
    RecoveryCredential,
    sealed_tables,
)
from portaldesk.words import Action, Caller, CredentialKind, Ground, Level

_BY_THE_PATIENT = "EXISTS (SELECT 1 FROM identity_check c WHERE c.id = p.ground_id AND c.caller = 'patient')"
_AS_ASKED = "NEW.request_id = p.ground_id"
_FIXED = ("secret_hash", "mrn", "kind", "expires_at", "bound_to")  # what a credential is, from its birth on
_SPEND = "UPDATE permit SET spent_seq = NEW.changed_seq WHERE id = NEW.permit_id"


@cache
def expected_triggers(engine: str = "sqlite") -> dict[str, str]:
    """Name and text of every trigger a store on this engine (`sqlite`, `postgresql`) must have."""
    sealed = [table_name(table) for table in sealed_tables()]
    if engine == "postgresql":
        own = [postgresql_only(table) for table in (*RECORD, *sealed)]
    else:
        own = [sqlite_only(table) for table in sealed]
    return {guard.name: TEXTS[engine](guard) for guard in (*of_the_record(), *of_sealed_rows(), *_gate(), *own)}


def _gate() -> list[Guard]:
    return [*_permits(), *_accounts(), *_contacts(), *_bearers(), *of_what_ends()]


def _is_one(column: str, values: Iterable[str]) -> str:
    """Not `IN`: of more than two values SQLite makes a table each time, and looks into that."""
    return "(" + " OR ".join(f"{column} = '{value}'" for value in sorted(values)) + ")"


def _permits() -> list[Guard]:
    must_be_so = _grounds()
    grounds = " OR ".join(
        f"(NEW.ground = '{ground}' AND {_is_one('NEW.action', actions)} AND {must_be_so[ground]})"
        for ground in Ground
        if (actions := [a for a, rule in ACTIONS.items() if ground in rule.grounds])
    )
    now = "EXISTS (SELECT 1 FROM audit_head h WHERE h.id = 1 AND h.seq = NEW.changed_seq AND h.at <= NEW.issued_at)"
    content = [c for c in sealed_columns(Permit) if c != "changed_seq"]
    differs = " OR ".join(f"NEW.{c} IS DISTINCT FROM OLD.{c}" for c in content)
    resealed = (  # a spent one, by a later event that says nothing new of it (services/resealing.py)
        f"OLD.spent_seq IS NOT NULL AND NEW.changed_seq = {HEAD} AND NEW.changed_seq <> OLD.changed_seq "
        f"AND NEW.spent_seq = NEW.changed_seq AND NOT ({differs})"
    )
    return [
        Guard(
            "permit_has_ground",
            "BEFORE INSERT",
            "permit",
            f"NEW.spent_seq IS NOT NULL OR NOT {now} OR ({grounds}) IS NOT TRUE",
            "a permit must rest on its ground",
        ),
        Guard(
            "permit_spent_once",
            "BEFORE UPDATE",
            "permit",
            f"({differs} OR NEW.changed_seq IS DISTINCT FROM OLD.changed_seq OR NEW.seal IS DISTINCT FROM OLD.seal "
            "OR OLD.spent_seq IS NOT NULL OR NEW.spent_seq IS DISTINCT FROM OLD.changed_seq "
            f"OR NEW.spent_seq IS DISTINCT FROM {HEAD}) AND (({resealed}) IS NOT TRUE)",
            "a permit is spent once, with its event",
        ),
    ]


def _check_ground() -> str:
    """Passed, live, same account, same staff member, level enough, not used up; on hold only what takes access away.

    Where the facts on file are fewer than three, the check that says so is no pass, and enough for few actions.
    """
    strong = [a for a, rule in ACTIONS.items() if rule.level is Level.STRONG and Ground.CHECK in rule.grounds]
    on_hold = [a for a, rule in ACTIONS.items() if rule.on_hold]
    few_facts = [a for a, rule in ACTIONS.items() if rule.few_facts_are_enough]
    no_mailed_code = [a for a, rule in ACTIONS.items() if not rule.emailed_code_is_enough]
    callers = " OR ".join(
        f"(c.caller = '{caller}' AND {_is_one('NEW.action', actions)})"
        for caller in Caller
        if (actions := [a for a, rule in ACTIONS.items() if Ground.CHECK in rule.grounds and caller in rule.callers])
    )
    times = " ".join(f"WHEN '{a}' THEN {rule.times}" for a, rule in ACTIONS.items() if rule.times != 1)
    mailed = (
        'c.evidence LIKE \'%"code-email", "outcome": "match"%\' AND c.evidence NOT LIKE \'%"photo-id"%\' '
        'AND c.evidence NOT LIKE \'%"callback", "outcome": "attested"%\' '
        'AND c.evidence NOT LIKE \'%"code-phone", "outcome": "match"%\''
    )
    all_there_is = (
        f"({_is_one('NEW.action', few_facts)} AND c.outcome = 'pending' AND c.all_there_is = TRUE "
        'AND c.evidence LIKE \'%"birth-date", "outcome": "match"%\' '
        'AND c.evidence LIKE \'%"postal-code", "outcome": "match"%\')'
    )
    return (
        "EXISTS (SELECT 1 FROM identity_check c WHERE c.id = NEW.ground_id "
        f"AND ({_whose_account('NEW.issued_at')} OR {_goes_on()}) AND ({callers}) "
        "AND c.staff = NEW.staff AND c.level = NEW.level AND c.ended_at IS NULL AND c.expires_at > NEW.issued_at "
        f"AND (c.outcome = 'passed' OR (c.outcome = 'held' AND {_is_one('NEW.action', on_hold)}) OR {all_there_is}) "
        f"AND (c.level IN ('basic', 'strong') OR {all_there_is}) "
        f"AND (c.level = 'strong' OR NOT {_is_one('NEW.action', strong)}) "
        f"AND NOT ({_is_one('NEW.action', no_mailed_code)} AND {mailed})) "
        "AND (SELECT count(*) FROM permit q WHERE q.ground = 'check' AND q.ground_id = NEW.ground_id "
        f"AND q.action = NEW.action) < CASE NEW.action {times} ELSE 1 END"
    )


def _goes_on() -> str:
    """The check is strong, of the record that goes on: a verdict says that the two are one person, none the contrary.

    That identity data are still as they were judged only the service can see.
    """
    by_survivor = [a for a, rule in ACTIONS.items() if rule.by_survivor]
    later = "SELECT 1 FROM duplicate_verdict n WHERE n.a = v.a AND n.b = v.b AND n.id <> v.id AND n.at >= v.at"
    return (
        f"({_is_one('NEW.action', by_survivor)} AND c.level = 'strong' AND c.outcome = 'passed' "
        "AND c.caller = 'patient' AND EXISTS (SELECT 1 FROM duplicate_verdict v "
        "WHERE v.verdict = 'same' AND v.survivor = c.patient "
        "AND ((v.a = c.patient AND v.b = NEW.mrn) OR (v.b = c.patient AND v.a = NEW.mrn)) "
        f"AND NOT EXISTS ({later} AND (n.verdict <> 'same' OR n.survivor IS DISTINCT FROM v.survivor))))"
    )


def _whose_account(at: str) -> str:
    """The check `c` is one for the account `NEW.mrn`: the patient's own, or that of a proxy whose leave is in force."""
    leave = (
        "EXISTS (SELECT 1 FROM proxy x WHERE x.person = c.account AND x.mrn = c.patient AND x.ended_at IS NULL "
        f"AND (x.ends_at IS NULL OR x.ends_at > {at}))"
    )
    return (
        f"((c.caller = 'proxy' AND c.account = NEW.mrn AND {leave}) "
        "OR (c.caller <> 'proxy' AND c.account IS NULL AND c.patient = NEW.mrn))"
    )


_REQUEST = (
    "EXISTS (SELECT 1 FROM change_request r WHERE r.id = NEW.ground_id AND r.mrn = NEW.mrn AND r.state = 'effective' "
    "AND r.confirmed_at IS NOT NULL AND r.expires_at > NEW.issued_at AND {more}) "
    "AND NOT EXISTS (SELECT 1 FROM permit q WHERE q.ground IN ('approval', 'time') AND q.ground_id = NEW.ground_id)"
)

_APPLIES = (
    f"((NEW.action = '{Action.APPLY_PROXY}' AND r.kind = '{PROXY}') "
    f"OR (NEW.action = '{Action.APPLY_CONTACT}' AND r.kind <> '{PROXY}'))"
)

_REDEEMS = {
    Action.REDEEM: [
        CredentialKind.INVITATION,
        CredentialKind.LETTER,
        CredentialKind.RESET,
        CredentialKind.TEMP_LOGIN,
    ],
    Action.UNLOCK: [CredentialKind.UNLOCK],
    Action.SECURE_ACCOUNT: [CredentialKind.OBJECT],
}


def _grounds() -> dict[Ground, str]:
    """What must be so at the moment a permit is born, by its ground."""
    return {
        Ground.CHECK: _check_ground(),
        Ground.APPROVAL: _REQUEST.format(
            more=f"{_APPLIES} AND "
            "r.decided_by IS NOT NULL AND r.decided_by = NEW.staff AND r.decided_by <> r.requested_by"
        ),
        Ground.TIME: _REQUEST.format(
            more=f"{_APPLIES} AND "
            "r.decided_by IS NULL AND r.rests_on_photo_id = TRUE AND r.waits_until IS NOT NULL "
            "AND r.waits_until <= NEW.issued_at"
        ),
        Ground.REDEMPTION: (
            "EXISTS (SELECT 1 FROM recovery_credential k WHERE k.id = NEW.ground_id AND k.mrn = NEW.mrn "
            "AND k.redeemed_at = NEW.issued_at AND k.revoked_at IS NULL AND k.expires_at > NEW.issued_at AND ("
            + " OR ".join(f"(NEW.action = '{a}' AND {_is_one('k.kind', kinds)})" for a, kinds in _REDEEMS.items())
            + ")) AND NOT EXISTS (SELECT 1 FROM permit q WHERE q.ground = 'redemption' AND q.ground_id = NEW.ground_id)"
        ),
        Ground.SIGN_IN: (
            "EXISTS (SELECT 1 FROM portal_account a WHERE a.mrn = NEW.mrn AND a.status = 'active' "
            "AND a.password_hash IS NOT NULL AND (a.locked_until IS NULL OR a.locked_until <= NEW.issued_at)) "
            f"AND (NEW.mrn NOT LIKE '{PREFIX}%' OR EXISTS (SELECT 1 FROM proxy x WHERE x.person = NEW.mrn "
            "AND x.ended_at IS NULL AND (x.ends_at IS NULL OR x.ends_at > NEW.issued_at)))"
        ),
        Ground.IMPORT: "EXISTS (SELECT 1 FROM portal_account a WHERE a.mrn = NEW.mrn AND a.status = 'new')",
        Ground.BULK: (
            "EXISTS (SELECT 1 FROM bulk_run b WHERE b.id = NEW.ground_id AND b.finished_at IS NULL) "
            "AND EXISTS (SELECT 1 FROM staff_member m "
            "WHERE m.name = NEW.staff AND m.role = 'admin' AND m.status = 'active') "
            "AND EXISTS (SELECT 1 FROM portal_account a JOIN patient h ON h.mrn = a.mrn "
            "WHERE a.mrn = NEW.mrn AND a.status = 'new' AND h.status = 'active')"
        ),
        Ground.ASKED: "NEW.staff IS NULL",
        Ground.RENEWAL: (
            "EXISTS (SELECT 1 FROM staff_member m "
            "WHERE m.name = NEW.staff AND m.role = 'admin' AND m.status = 'active')"
        ),
    }


def _accounts() -> list[Guard]:
    name = table_name(PortalAccount)
    differs = {c: f"NEW.{c} IS DISTINCT FROM OLD.{c}" for c in GUARDED}
    any_guarded = " OR ".join(differs.values())
    only_raised = (
        "NEW.permit_id IS NOT DISTINCT FROM OLD.permit_id AND NEW.failed_attempts >= OLD.failed_attempts "
        "AND (NEW.locked_until IS NOT DISTINCT FROM OLD.locked_until OR (NEW.locked_until IS NOT NULL "
        "AND (OLD.locked_until IS NULL OR NEW.locked_until > OLD.locked_until))) AND NOT ("
        + " OR ".join(d for c, d in differs.items() if c not in ("failed_attempts", "locked_until"))
        + ")"
    )
    covered = " AND ".join(f"(NOT ({differs[c]}) OR {_covers(c)})" for c in GUARDED)
    permitted = (
        "NEW.permit_id IS DISTINCT FROM OLD.permit_id AND EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id "
        f"AND p.mrn = NEW.mrn AND p.spent_seq IS NULL AND p.changed_seq = NEW.changed_seq AND {covered})"
    )
    return [
        Guard(
            f"{name}_born_new",
            "BEFORE INSERT",
            name,
            "NEW.status IS DISTINCT FROM 'new' OR NEW.password_hash IS NOT NULL OR NEW.permit_id IS NOT NULL "
            "OR NEW.must_change_password IS DISTINCT FROM FALSE OR NEW.failed_attempts IS DISTINCT FROM 0 "
            "OR NEW.locked_until IS NOT NULL "
            "OR NEW.activated_at IS NOT NULL "
            "OR NOT (EXISTS (SELECT 1 FROM patient h WHERE h.mrn = NEW.mrn) "
            "OR EXISTS (SELECT 1 FROM proxy_person h WHERE h.mrn = NEW.mrn))",
            "an account is born new, without a password",
        ),
        Guard(
            f"{name}_guarded",
            "BEFORE UPDATE",
            name,
            f"NEW.mrn IS DISTINCT FROM OLD.mrn "
            f"OR (NOT ({any_guarded}) AND NEW.permit_id IS DISTINCT FROM OLD.permit_id) "
            f"OR (({any_guarded}) AND NOT ({only_raised}) AND NOT ({permitted}))",
            "no identity check, no change",
        ),
        Guard(f"{name}_spends", "AFTER UPDATE", name, "NEW.permit_id IS DISTINCT FROM OLD.permit_id", then=_SPEND),
    ]


def _contacts() -> list[Guard]:
    """An address that the patient closed, or that is no evidence yet, is not given back without a permit for it."""
    name = table_name(ContactPoint)
    return [
        Guard(
            f"{name}_reopened",
            "BEFORE UPDATE",
            name,
            "NEW.evidence_from < OLD.evidence_from OR ((OLD.do_not_use = TRUE AND NEW.do_not_use = FALSE "
            "OR OLD.confidential = TRUE AND NEW.confidential = FALSE) AND NOT EXISTS (SELECT 1 FROM permit p "
            f"WHERE p.action = '{Action.REOPEN_CONTACT}' AND p.mrn = NEW.mrn AND p.changed_seq = NEW.changed_seq))",
            "no identity check, no address",
        )
    ]


def _covers(column: str) -> str:
    """The permit's action covers this column, by value."""
    ways = [f"(p.action = '{a}' AND ({rule.covers[column]}))" for a, rule in ACTIONS.items() if column in rule.covers]
    return f"({' OR '.join(ways)})"


def _bearers() -> list[Guard]:
    """Credentials, messages and requests that a permit bears; one that changed no guarded column is spent by them."""
    bearing = " OR ".join(
        f"(p.action = '{a}' AND {_is_one('NEW.kind', rule.bears)})" for a, rule in ACTIONS.items() if rule.bears
    )
    # in bulk there is no caller: nothing goes anywhere but to the account's own address
    elsewhere = "NEW.sent_to IS DISTINCT FROM (SELECT a.email FROM portal_account a WHERE a.mrn = NEW.mrn)"
    bears = f"({bearing}) AND NOT (p.ground = '{Ground.BULK}' AND {elsewhere})"
    has_permit = (  # of this very event: one that is only sealed anew in it was issued before
        "EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.mrn = NEW.mrn "
        f"AND p.changed_seq = NEW.changed_seq AND p.issued_at >= {TIME} "
        "AND ({more}))"
    )
    code = (
        "NEW.kind = 'code' AND NEW.permit_id IS NULL AND EXISTS (SELECT 1 FROM identity_check c "
        f"WHERE c.id = NEW.check_id AND {_whose_account('NEW.issued_at')} AND c.level IN ('basic', 'strong') "
        "AND c.ended_at IS NULL AND c.expires_at > NEW.issued_at AND c.outcome IN ('passed', 'held'))"
    )
    reminds = _is_one("p.action", [a for a, rule in ACTIONS.items() if rule.bears_message])
    asks = _is_one("p.action", [a for a, rule in ACTIONS.items() if rule.bears_request])
    leave = " OR ".join(
        f"(p.action = '{a}'"
        + (f" AND {_BY_THE_PATIENT}" if Ground.CHECK in rule.grounds else f" AND {_AS_ASKED}")
        + ")"
        for a, rule in ACTIONS.items()
        if rule.bears_proxy
    )
    credential, message, request = (table_name(t) for t in (RecoveryCredential, OutboxMessage, ChangeRequest))
    proxy = table_name(Proxy)
    refusals = [
        Guard(
            f"{credential}_permitted",
            "BEFORE INSERT",
            credential,
            f"NEW.redeemed_at IS NOT NULL OR NOT (({code}) OR {has_permit.format(more=bears)})",
            "no identity check, no link or code",
        ),
        Guard(
            f"{credential}_not_reborn",
            "BEFORE UPDATE",
            credential,
            "OLD.redeemed_at IS NOT NULL AND NEW.redeemed_at IS DISTINCT FROM OLD.redeemed_at "
            "OR OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at "
            + " ".join(f"OR NEW.{c} IS DISTINCT FROM OLD.{c}" for c in _FIXED)
            + " OR NEW.tries < OLD.tries",
            "a used link stays used",
        ),
        Guard(
            f"{message}_permitted",
            "BEFORE INSERT",
            message,
            "NEW.kind = 'username-reminder' AND NOT " + has_permit.format(more=reminds),
            "no identity check, no username",
        ),
        Guard(
            f"{request}_permitted",
            "BEFORE INSERT",
            request,
            # in brackets: PL/pgSQL ends the condition of an IF at the first THEN outside of them
            f"(CASE WHEN NEW.kind = '{PROXY}' THEN NEW.state NOT IN ('awaiting-approval', 'waiting') "
            "OR NEW.rests_on_photo_id IS DISTINCT FROM TRUE "
            "ELSE NEW.state <> 'awaiting-confirmation' OR NEW.confirmed_at IS NOT NULL END) OR NOT "
            + has_permit.format(more=asks),
            "no identity check, no request",
        ),
        Guard(
            f"{proxy}_permitted",
            "BEFORE INSERT",
            proxy,
            f"NEW.ended_at IS NOT NULL OR NOT {has_permit.format(more=leave)}",
            "no identity check, no proxy",
        ),
    ]
    spends = [
        Guard(
            f"{table}_spends",
            "AFTER INSERT",
            table,
            "NEW.permit_id IS NOT NULL",
            then=f"{_SPEND} AND spent_seq IS NULL",
        )
        for table in (credential, message, request, proxy)
    ]
    return [*refusals, *spends]

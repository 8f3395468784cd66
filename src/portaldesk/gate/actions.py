"""The gate's one table: what each action needs, what it may change, what it may bear.

Triggers (triggers.py), permits (permits.py), `allows`, the command help and the table of all ways in
(docs/security.md) are made from this table and from nothing else. Sources: design §3; OWASP ASVS 5.0 6.4.2 and NIST
SP 800-63A-4 for the one law: knowledge alone never changes who can get in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from portaldesk.words import Action, Caller, CredentialKind, Ground, Level

GUARDED = (
    "username", "email", "phone", "password_hash", "status", "must_change_password", "locked_until",
    "failed_attempts", "activated_at", "contact_changed_at",
)  # fmt: skip
"""The columns of portal_account that decide who gets in: none changes without a permit whose action covers it."""

SENDS_PER_CHECK = 3
SEND_PAUSE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the gate's table.

    Attributes:
        level: what an identity check must have reached, where the ground is a check.
        grounds: on what a permit for this may rest.
        covers: guarded columns it may change; the value is an SQL condition on NEW and OLD that the change must meet,
            in the words of the standard (IS DISTINCT FROM, TRUE), which guard_texts.py puts into each engine's own.
        bears: kinds of credential it may make.
        bears_message: it may be spent by a message alone (a username reminder).
        bears_request: it may be spent by a request.
        times: how often one check may be used for it.
        emailed_code_is_enough: whether strong by a code sent to the email on file counts.
        few_facts_are_enough: whether, where fewer than three facts are on file, all of them are basic for it.
        on_hold: whether it is allowed for a patient on hold.
        by_survivor: whether a strong check of the record that goes on, where two are one person, counts as well.
        callers: whose check may be its ground. A proxy's check is one for the proxy's own account.
        bears_proxy: it may be spent by leave to act for the patient.
        at_desk: whether a staff member asks for it by a command.
        says: what it does, for help, docs and `allows`.
        way_in: how it leads, or does not lead, into the account (docs/security.md).
    """

    level: Level
    grounds: frozenset[Ground]
    covers: Mapping[str, str] = field(default_factory=dict)
    bears: frozenset[CredentialKind] = frozenset()
    bears_message: bool = False
    bears_request: bool = False
    times: int = 1
    emailed_code_is_enough: bool = True
    few_facts_are_enough: bool = False
    on_hold: bool = False
    by_survivor: bool = False
    callers: frozenset[Caller] = frozenset({Caller.PATIENT})
    bears_proxy: bool = False
    at_desk: bool = True
    says: str = ""
    way_in: str = ""


_CLEARED = "NEW.{c} IS NULL"
_ZERO = "NEW.{c} = 0"
_NO = "NEW.must_change_password = FALSE"
_RECOVERED = {
    "username": "OLD.username IS NULL OR OLD.activated_at IS NULL",
    "password_hash": "NEW.password_hash IS NOT NULL",
    "must_change_password": _NO,
    "locked_until": "NEW.locked_until IS NULL",
    "failed_attempts": "NEW.failed_attempts = 0",
    "status": "OLD.status = 'new' AND NEW.status = 'active'",
    "activated_at": "NEW.activated_at IS NOT NULL",
}

_OR_THEIR_OWN = frozenset({Caller.PATIENT, Caller.PROXY})

ACTIONS: Mapping[Action, Rule] = {
    Action.RESEND_INVITE: Rule(
        level=Level.BASIC,
        grounds=frozenset({Ground.CHECK, Ground.ASKED, Ground.BULK}),
        bears=frozenset({CredentialKind.INVITATION}),
        times=SENDS_PER_CHECK,
        callers=_OR_THEIR_OWN,
        says="mail a new invitation to the address on file",
        way_in="only to the address on file; inert until its reader passes the facts of the patient",
    ),
    Action.INVITE_BY_LETTER: Rule(
        level=Level.BASIC,
        grounds=frozenset({Ground.CHECK}),
        bears=frozenset({CredentialKind.LETTER}),
        times=SENDS_PER_CHECK,
        few_facts_are_enough=True,
        says="send an invitation by letter to the postal address on file",
        way_in="only to the postal address on file; inert until its reader passes the facts of the patient",
    ),
    Action.SEND_RESET: Rule(
        level=Level.BASIC,
        grounds=frozenset({Ground.CHECK, Ground.ASKED}),
        bears=frozenset({CredentialKind.RESET}),
        times=SENDS_PER_CHECK,
        callers=_OR_THEIR_OWN,
        says="mail a link to choose a new password to the address on file",
        way_in="only to the address on file; inert until its reader passes the facts of the patient",
    ),
    Action.RECOVER_USERNAME: Rule(
        level=Level.BASIC,
        grounds=frozenset({Ground.CHECK, Ground.ASKED}),
        bears_message=True,
        times=SENDS_PER_CHECK,
        callers=_OR_THEIR_OWN,
        says="mail the username to the address on file",
        way_in="none: a username opens nothing",
    ),
    Action.UNLOCK: Rule(
        level=Level.BASIC,
        grounds=frozenset({Ground.CHECK, Ground.REDEMPTION}),
        covers={
            "locked_until": "NEW.locked_until IS NULL AND (p.level = 'strong' OR p.ground = 'redemption')",
        },
        bears=frozenset({CredentialKind.UNLOCK}),
        callers=_OR_THEIR_OWN,
        says="end the lock: at basic by a mailed link, at strong at once",
        way_in="none: the password is still needed, and failures stay counted",
    ),
    Action.SECURE_ACCOUNT: Rule(
        level=Level.BASIC,
        grounds=frozenset({Ground.CHECK, Ground.REDEMPTION}),
        covers={
            "password_hash": _CLEARED.format(c="password_hash"),
            "must_change_password": _NO,
        },
        on_hold=True,
        callers=_OR_THEIR_OWN,
        says="end sessions, revoke links, erase the password: someone else got in",
        way_in="none: it only takes access away",
    ),
    Action.ISSUE_TEMP_LOGIN: Rule(
        level=Level.STRONG,
        grounds=frozenset({Ground.CHECK}),
        covers={
            "password_hash": "NEW.password_hash IS NOT NULL",
            "must_change_password": "NEW.must_change_password = TRUE",
            "username": "OLD.username IS NULL",
        },
        bears=frozenset({CredentialKind.TEMP_LOGIN}),
        callers=_OR_THEIR_OWN,
        says="replace the password by a temporary one, shown once",
        way_in="the temporary login opens only 'choose a password', and asks the birth date",
    ),
    Action.DISABLE: Rule(
        level=Level.STRONG,
        grounds=frozenset({Ground.CHECK}),
        covers={"status": "NEW.status = 'disabled'"},
        by_survivor=True,
        says="disable the account",
        way_in="none: it only takes access away",
    ),
    Action.ENABLE: Rule(
        level=Level.STRONG,
        grounds=frozenset({Ground.CHECK}),
        covers={
            "status": "OLD.status IN ('disabled', 'declined') AND NEW.status = "
            "CASE WHEN OLD.activated_at IS NULL THEN 'new' ELSE 'active' END"
        },
        emailed_code_is_enough=False,
        says="enable a disabled account again",
        way_in="the password that was there is needed",
    ),
    Action.DECLINE: Rule(
        level=Level.BASIC,
        grounds=frozenset({Ground.CHECK}),
        covers={"status": "NEW.status = 'declined'"},
        says="note that the patient wants no portal account; sign-in stops",
        way_in="none: it only takes access away",
    ),
    Action.CHANGE_USERNAME: Rule(
        level=Level.STRONG,
        grounds=frozenset({Ground.CHECK}),
        covers={"username": "OLD.username IS NOT NULL AND NEW.username IS NOT NULL"},
        callers=_OR_THEIR_OWN,
        says="give the account another username; the patient is told",
        way_in="none: a username opens nothing, and the password stays",
    ),
    Action.CREDENTIALS_REVOKE: Rule(
        level=Level.BASIC,
        grounds=frozenset({Ground.CHECK}),
        callers=_OR_THEIR_OWN,
        says="revoke links, codes and temporary logins that are out",
        way_in="none: it only takes access away",
    ),
    Action.UPDATE_CONTACT: Rule(
        level=Level.STRONG,
        grounds=frozenset({Ground.CHECK}),
        bears=frozenset({CredentialKind.CONFIRM, CredentialKind.CONFIRM_LINK, CredentialKind.OBJECT}),
        bears_request=True,
        times=3,
        emailed_code_is_enough=False,
        says="ask for a new email or phone; takes effect after its code and an approval",
        way_in="none by itself: see apply-contact",
    ),
    Action.CLOSE_CONTACT: Rule(
        level=Level.BASIC,
        grounds=frozenset({Ground.CHECK}),
        times=3,
        says="close an address of the patient, or make it confidential",
        way_in="none: it only takes an address away, which is told and hears of changes for 24 hours more",
    ),
    Action.REOPEN_CONTACT: Rule(
        level=Level.STRONG,
        grounds=frozenset({Ground.CHECK}),
        times=3,
        emailed_code_is_enough=False,
        says="use an address again that the patient had closed or made confidential",
        way_in="mail to the address only after 24 hours, or under a check with photo ID",
    ),
    Action.APPLY_CONTACT: Rule(
        level=Level.STRONG,
        grounds=frozenset({Ground.APPROVAL, Ground.TIME}),
        covers={
            column: f"NEW.{column} IS NOT DISTINCT FROM (SELECT r.new_value FROM change_request r "
            f"WHERE r.id = p.ground_id AND r.kind = '{column}')"
            for column in ("email", "phone")
        }
        | {"contact_changed_at": "NEW.contact_changed_at IS NOT NULL"},
        at_desk=False,
        says="put a confirmed and approved contact into force",
        way_in="mail to the new address only after 24 hours, or under a check with photo ID",
    ),
    Action.PROXY_GRANT: Rule(
        level=Level.STRONG,
        grounds=frozenset({Ground.CHECK}),
        bears=frozenset({CredentialKind.OBJECT}),
        bears_request=True,
        bears_proxy=True,
        emailed_code_is_enough=False,
        callers=frozenset({Caller.PATIENT, Caller.REPRESENTATIVE}),
        says="let a person act for the patient, by a login of their own; a representative's wish waits for an approval",
        way_in="into an account of the proxy's own, by the proxy's own facts; the patient is told",
    ),
    Action.PROXY_REVOKE: Rule(
        level=Level.STRONG,
        grounds=frozenset({Ground.CHECK}),
        emailed_code_is_enough=False,
        says="end a person's leave to act for the patient",
        way_in="none: it only takes access away",
    ),
    Action.APPLY_PROXY: Rule(
        level=Level.STRONG,
        grounds=frozenset({Ground.APPROVAL, Ground.TIME}),
        bears_proxy=True,
        at_desk=False,
        says="put an approved leave to act for the patient into force",
        way_in="into an account of the proxy's own, by the proxy's own facts; the patient is told",
    ),
    Action.REDEEM: Rule(
        level=Level.NONE,
        grounds=frozenset({Ground.REDEMPTION}),
        covers=_RECOVERED,
        at_desk=False,
        says="the patient redeems an invitation, a reset link or a temporary login and chooses a password",
        way_in="token or temporary login, and the patient's facts",
    ),
    Action.SIGN_IN: Rule(
        level=Level.NONE,
        grounds=frozenset({Ground.SIGN_IN}),
        covers={
            "locked_until": _CLEARED.format(c="locked_until"),
            "failed_attempts": _ZERO.format(c="failed_attempts"),
            "password_hash": "NEW.password_hash IS NOT NULL AND OLD.password_hash IS NOT NULL",
        },
        at_desk=False,
        says="the patient signs in: counters are cleared, an old hash is renewed",
        way_in="username and password",
    ),
    Action.CHANGE_PASSWORD: Rule(
        level=Level.NONE,
        grounds=frozenset({Ground.SIGN_IN}),
        covers={
            "password_hash": "NEW.password_hash IS NOT NULL AND OLD.password_hash IS NOT NULL",
            "locked_until": _CLEARED.format(c="locked_until"),
            "failed_attempts": _ZERO.format(c="failed_attempts"),
        },
        at_desk=False,
        says="the patient changes the own password, the old one typed again",
        way_in="username and old password",
    ),
    Action.IMPORT_CONTACT: Rule(
        level=Level.NONE,
        grounds=frozenset({Ground.IMPORT}),
        covers={
            "email": "OLD.status = 'new'",
            "phone": "OLD.status = 'new'",
            "contact_changed_at": "NEW.contact_changed_at IS NOT NULL",
        },
        at_desk=False,
        says="an import brings another email or phone for an account never activated",
        way_in="no mail there for 24 hours, and it is no evidence until then",
    ),
    Action.RENEW: Rule(
        level=Level.NONE,
        grounds=frozenset({Ground.RENEWAL}),
        covers={column: _CLEARED.format(c=column) for column in GUARDED}
        | {"must_change_password": _NO, "failed_attempts": _ZERO.format(c="failed_attempts")}
        | {"status": "NEW.status = 'new'"},
        at_desk=False,
        says="an admin lets an account that was changed outside portaldesk be born again: new, with nothing in it",
        way_in="none: it takes everything away, and only from an account whose seal is wrong",
    ),
}


def desk_actions() -> list[Action]:
    """The actions a staff member may ask for, in the order of the table."""
    return [action for action, rule in ACTIONS.items() if rule.at_desk]

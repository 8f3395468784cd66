"""What each role may do: the one table (contract, "Roles"). docs/reference.md prints it; every command asks it."""

from __future__ import annotations

from collections.abc import Mapping

from portaldesk.errors import NotAllowed
from portaldesk.words import Role

_DESK, _ADMIN, _AUDITOR = Role.FRONT_DESK, Role.ADMIN, Role.AUDITOR
_CALL = frozenset({_DESK, _ADMIN})
_ALL = frozenset({_DESK, _ADMIN, _AUDITOR})
_READS = frozenset({_ADMIN, _AUDITOR})
_ADMINS = frozenset({_ADMIN})
_AUDITORS = frozenset({_AUDITOR})

MAY: Mapping[str, frozenset[Role]] = {
    "find": _ALL,
    "verify-identity": _CALL,
    "diagnose": _CALL,
    "resend-invite": _CALL,
    "resend-invite bulk": _ADMINS,
    "send-reset": _CALL,
    "recover-username": _CALL,
    "unlock": _CALL,
    "issue-temp-login": _CALL,
    "update-contact": _CALL,
    "confirm": _CALL,
    "contacts list": _CALL,
    "contacts mark": _CALL,
    "secure-account": _CALL,
    "disable": _CALL,
    "enable": _CALL,
    "decline": _CALL,
    "change-username": _CALL,
    "credentials list": _CALL,
    "credentials revoke": _CALL,
    "accounts": _ALL,
    "proxy grant": _CALL,
    "proxy revoke": _CALL,
    "proxy list": _CALL,
    "end-call": _CALL,
    "find-duplicates": _ALL,
    "find-duplicates report": _ADMINS,
    "duplicates resolve": _CALL,
    "duplicates list": _CALL,
    "approve": _ADMINS,
    "reject": _ADMINS,
    "import patients": _ADMINS,
    "export patients": _ADMINS,
    "staff add": _ADMINS,
    "staff list": _ADMINS,
    "staff disable": _ADMINS,
    "staff password": _ADMINS,
    "staff unlock": _ADMINS,
    "staff token": _ADMINS,
    "staff revoke": _ADMINS,
    "staff totp": _ALL,
    "staff totp reset": _ADMINS,
    "staff recovery-codes": _ADMINS,
    "outbox list": _ADMINS,
    "outbox send": _ADMINS,
    "outbox retry": _ADMINS,
    "outbox letters": _ADMINS,
    "outbox preview": _ADMINS,
    "outbox bounces": _ADMINS,
    "requests list": _READS,
    "requests show": _READS,
    "hold list": _READS,
    "hold release": _ADMINS,
    "settings show": _READS,
    "settings set": _ADMINS,
    "policy show": _READS,
    "secrets rotate": _ADMINS,
    "outage start": _ADMINS,
    "outage end": _ADMINS,
    "database roles": _ADMINS,
    "upgrade": _ADMINS,
    "backup": _ADMINS,
    "secrets save": _ADMINS,
    "doctor": _READS,
    "doctor mend": _ADMINS,
    "list-resets": _READS,
    "audit show": _READS,
    "audit verify": _READS,
    "audit archive": _ADMINS,
    "audit export": _READS,
    "audit anchor": _READS,
    "audit stream": _READS,
    "audit report": _READS,
    "incidents list": _READS,
    "incidents close": _AUDITORS,
    "whoami": _ALL,
}
"""Command → roles. Commands not named here need no staff sign-in: portal, demo, policy check, init, login, logout,
database password, restore, secrets load."""

CODED = frozenset(
    {
        "approve",
        "hold release",
        "settings set",
        "staff add",
        "staff password",
        "staff token",
        "staff totp reset",
        "staff recovery-codes",
        "secrets save",
    }
)
"""Commands that ask for a code of the authenticator app, where the clinic's `staff_second_factor` says so: they could
let somebody in without a caller's check, be it a patient, a new colleague, or who has the keys elsewhere."""

BEFORE_ENROLLING = frozenset({"staff totp", "whoami"})
"""What a staff member without an authenticator app may run, where all must have one."""


def require(role: Role, command: str) -> None:
    """Raises: NotAllowed `not-your-role`, naming who may."""
    may = MAY[command]
    if role not in may:
        who = " or ".join(sorted(may))
        article = "An" if role[0] in "aeiou" else "A"
        raise NotAllowed("not-your-role", f"{article} {role} may not run {command}.", f"Ask a colleague who is {who}.")

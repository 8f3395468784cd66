"""What `--json` prints for each command, told from the results' own dataclasses (for docs/reference.md)."""

from __future__ import annotations

import importlib
import typing
from dataclasses import fields, is_dataclass
from enum import Enum
from types import UnionType
from typing import Any

from portaldesk.words import Action

_CHANGED = "services.changes.Changed"
_REQUEST = "services.requests.RequestView"
_STAFF = "services.staff.StaffChanged"
_SETTING = "services.clinic.SettingChanged"

DOCUMENTS: dict[str, str] = {
    "find": "services.finding.Found",
    "verify-identity": "services.identity_checks.CheckView",
    "diagnose": "services.diagnosis.Diagnosis",
    "resend-invite": _CHANGED,
    "send-reset": _CHANGED,
    "recover-username": _CHANGED,
    "unlock": _CHANGED,
    "issue-temp-login": f"{_CHANGED} services.temporary_logins.TemporaryLogin",
    "update-contact": f"{_CHANGED} services.contacts.ContactAsked",
    "confirm": _REQUEST,
    "contacts list": "services.contact_points.ContactList",
    "contacts mark": _CHANGED,
    "secure-account": _CHANGED,
    "disable": _CHANGED,
    "enable": _CHANGED,
    "decline": _CHANGED,
    "change-username": _CHANGED,
    "credentials list": "services.credentials_listing.Listed",
    "credentials revoke": _CHANGED,
    "accounts": "services.work_lists.WorkList",
    "proxy grant": f"{_CHANGED} services.proxies.granting.Granted",
    "proxy revoke": _CHANGED,
    "proxy list": "proxies=services.proxies.leaves.ProxyLine",
    "end-call": "services.calls.CallEnded",
    "import patients": "services.intake.importing.ImportReport",
    "export patients": "services.exporting.Exported",
    "find-duplicates": "services.duplicates.DuplicateReport",
    "duplicates resolve": "services.resolving.Resolved",
    "duplicates list": "verdicts=services.verdicts.VerdictLine",
    "approve": _REQUEST,
    "reject": _REQUEST,
    "requests list": f"requests={_REQUEST}",
    "requests show": _REQUEST,
    "hold list": "holds=services.holding.Held",
    "hold release": "services.holding.Released",
    "staff add": "services.staff.StaffAdded",
    "staff list": "staff=services.staff.StaffLine",
    "staff disable": _STAFF,
    "staff password": _STAFF,
    "staff unlock": _STAFF,
    "staff token": "services.staff.TokenMade",
    "staff revoke": _STAFF,
    "staff totp": "services.enrolling.Enrolment",
    "staff recovery-codes": "services.recovery_codes.RecoveryCodes",
    "settings show": "settings.ClinicSettings",
    "settings set": _SETTING,
    "outage start": _SETTING,
    "outage end": _SETTING,
    "outbox list": "messages=services.outbox_listing.MessageLine",
    "outbox send": "services.delivery.Delivered",
    "outbox retry": "services.delivery.Delivered",
    "outbox letters": "services.printing.Letters",
    "outbox preview": "services.previews.Preview",
    "outbox bounces": "services.returned_mails.Fed",
    "database roles": "services.database_roles.RoleScript",
    "database password": "services.database_roles.PasswordKept",
    "secrets rotate": "services.rotating.Rotated",
    "upgrade": "services.upgrading.Upgraded",
    "backup": "services.backing_up.BackedUp",
    "restore": "services.restoring.Restored",
    "secrets save": "services.saved_secrets.Saved",
    "secrets load": "services.saved_secrets.Loaded",
    "doctor": "services.doctoring.Report",
    "list-resets": "resets=services.resets_listing.ResetLine",
    "audit show": "events=services.auditing.EventLine",
    "audit verify": "services.auditing.Verdict",
    "audit export": "services.bundles.Exported",
    "audit archive": "services.archiving.Archived",
    "audit anchor": "services.anchoring.Anchored",
    "audit stream": "=events [{seq, at, staff, action, patient, outcome, session, check_id, level, reason, details, "
    "prev_hash, hash, seals}], last",
    "audit report": "services.reporting.results.Report",
    "incidents list": "incidents=services.incidents.IncidentLine",
    "incidents close": "services.incidents.IncidentLine",
    "portal redeem": "services.redeeming.Redeemed",
    "portal sign-in": "services.portal_sign_ins.SignInResult",
    "portal change-password": "services.portal_sign_ins.PasswordChanged",
    "portal session": "services.portal_sessions.Live",
    "portal confirm": "=action, request_id, state",
    "portal object": "=action, effect, audit_seq",
    "portal forgot-password": "services.forgetting.Asked",
    "portal forgot-username": "services.forgetting.Asked",
    "init": "cli.results.SetUp",
    "login": "cli.results.LoggedIn",
    "logout": "cli.results.LoggedOut",
    "whoami": "services.sessions.Who",
    "policy show": "=policy, rules [..]",
    "policy check": "cli.results.PasswordJudged",
    "demo": "=steps [{heading, by, command, exit_code, output, record}]",
}
"""Command → what `--json` prints: a result's dataclass, `key=` before it for a list of them, `=` before plain words."""

ALSO: dict[str, tuple[str, str]] = {
    "resend-invite": ("with --file or --all-pending (admin)", "services.bulk.results.BulkReport"),
}
"""Commands that print another document under some options: which, and that document."""


def shape(of: str) -> str:
    """The fields of a document as in the contract: `patients [{mrn, name}], more`."""
    if of.startswith("="):
        return of[1:]
    key, equals, names = of.rpartition("=")
    parts = [part for name in names.split() for part in _fields(_class(name))]
    return f"{key} [{{{', '.join(parts)}}}]" if equals else ", ".join(parts)


def _class(name: str) -> Any:
    module, _, cls = name.rpartition(".")
    return getattr(importlib.import_module(f"portaldesk.{module}"), cls)


def _fields(cls: Any) -> list[str]:
    types = typing.get_type_hints(cls)
    return [f"{one.name}{_said(types[one.name])}" for one in fields(cls) if one.name != "change"]


def _said(kind: Any) -> str:
    """What stands behind a field's name: its words, its own fields, or nothing for a plain value."""
    if typing.get_origin(kind) is typing.Literal:
        return f" ({'|'.join(str(one) for one in typing.get_args(kind))})"
    if kind is Action:  # too many words to repeat: they are the commands of a call
        return ""
    inner = [one for one in typing.get_args(kind) if one not in (type(None), Ellipsis)]
    if isinstance(kind, UnionType) or typing.get_origin(kind) is typing.Union:
        return _said(inner[0])
    if typing.get_origin(kind) in (tuple, list):
        return f" [{_said(inner[0]).strip() or '..'}]"
    if is_dataclass(kind):
        return f" {{{', '.join(_fields(kind))}}}"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return f" ({'|'.join(str(one.value) for one in kind)})"
    return ""

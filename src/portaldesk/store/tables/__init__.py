"""The words of the design as SQLModel tables, a theme a file; each is built when it is first asked for.

Every table whose rows give access, or serve as evidence, is `Sealed`: the row names the audit event that last changed
it (`changed_seq`) and carries an HMAC over all its columns (`seal`, see seals.py). Columns in `UNSEALED` change
without an event: they steer delivery or are proved otherwise, and give nobody access.

Building a table costs a command some 3 ms of its start, so `tables.Patient` loads people.py and nothing else.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from portaldesk.store.tables.accounts import PortalAccount as PortalAccount
    from portaldesk.store.tables.archives import AuditArchive as AuditArchive
    from portaldesk.store.tables.base import Sealed as Sealed
    from portaldesk.store.tables.base import Stored as Stored
    from portaldesk.store.tables.bulk import BulkRun as BulkRun
    from portaldesk.store.tables.checks import IdentityCheck as IdentityCheck
    from portaldesk.store.tables.checks import Permit as Permit
    from portaldesk.store.tables.clinic import Settings as Settings
    from portaldesk.store.tables.credentials import RecoveryCredential as RecoveryCredential
    from portaldesk.store.tables.duplicates import DuplicateVerdict as DuplicateVerdict
    from portaldesk.store.tables.incidents import Incident as Incident
    from portaldesk.store.tables.outbox import OutboxMessage as OutboxMessage
    from portaldesk.store.tables.people import ContactPoint as ContactPoint
    from portaldesk.store.tables.people import Patient as Patient
    from portaldesk.store.tables.people import PatientName as PatientName
    from portaldesk.store.tables.portal import PasswordHistory as PasswordHistory
    from portaldesk.store.tables.portal import PortalSession as PortalSession
    from portaldesk.store.tables.proxies import Proxy as Proxy
    from portaldesk.store.tables.proxies import ProxyPerson as ProxyPerson
    from portaldesk.store.tables.record import AuditEvent as AuditEvent
    from portaldesk.store.tables.record import AuditHead as AuditHead
    from portaldesk.store.tables.record import AuditSeal as AuditSeal
    from portaldesk.store.tables.requests import ChangeRequest as ChangeRequest
    from portaldesk.store.tables.second_factors import RecoveryCode as RecoveryCode
    from portaldesk.store.tables.second_factors import StaffTotp as StaffTotp
    from portaldesk.store.tables.staff import StaffMember as StaffMember
    from portaldesk.store.tables.staff_sessions import StaffSession as StaffSession
    from portaldesk.store.tables.staff_tokens import StaffToken as StaffToken

_THEMES = {
    "base": (
        "Stored",
        "Sealed",
    ),
    "people": (
        "Patient",
        "PatientName",
        "ContactPoint",
    ),
    "accounts": ("PortalAccount",),
    "portal": (
        "PasswordHistory",
        "PortalSession",
    ),
    "staff": ("StaffMember",),
    "staff_sessions": ("StaffSession",),
    "staff_tokens": ("StaffToken",),
    "second_factors": (
        "StaffTotp",
        "RecoveryCode",
    ),
    "checks": (
        "IdentityCheck",
        "Permit",
    ),
    "credentials": ("RecoveryCredential",),
    "requests": ("ChangeRequest",),
    "outbox": ("OutboxMessage",),
    "clinic": ("Settings",),
    "duplicates": ("DuplicateVerdict",),
    "proxies": (
        "ProxyPerson",
        "Proxy",
    ),
    "record": (
        "AuditEvent",
        "AuditSeal",
        "AuditHead",
    ),
    "archives": ("AuditArchive",),
    "incidents": ("Incident",),
    "bulk": ("BulkRun",),
}
_THEME_OF = {name: theme for theme, names in _THEMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _THEME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    table = getattr(import_module(f"{__name__}.{_THEME_OF[name]}"), name)
    globals()[name] = table  # an import asks a hundred thousand times
    return table


def build_all() -> None:
    """Build every table: for migrations, and wherever all of them are gone through."""
    for theme in _THEMES:
        import_module(f"{__name__}.{theme}")


def sealed_tables() -> tuple[type[Sealed], ...]:
    """Every sealed table, in the order of the themes."""
    build_all()
    found = [getattr(import_module(f"{__name__}.{theme}"), name) for theme, names in _THEMES.items() for name in names]
    base = import_module(f"{__name__}.base").Sealed
    return tuple(table for table in found if issubclass(table, base) and table is not base)

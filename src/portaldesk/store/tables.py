"""The words of the design as SQLModel tables.

Every table whose rows give access, or serve as evidence, is `Sealed`: the row names the audit event that last changed
it (`changed_seq`) and carries an HMAC over all its columns (`seal`, see seals.py). Columns in `UNSEALED` change
without an event: they steer delivery or are proved otherwise, and give nobody access.
"""

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import Index, Text
from sqlmodel import Field, SQLModel
from sqlmodel._compat import SQLModelConfig

from portaldesk.store.columns import IsoDate, UtcTime


class Stored(SQLModel):
    """A table of ours. Rows are never validated by pydantic (the services do), so its validators wait until asked for:
    building them for every table took half of a command's start."""

    model_config = SQLModelConfig(defer_build=True)


class Sealed(Stored):
    """What every sealed row has: the number of the event that last changed it, and its seal (hex HMAC-SHA-256)."""

    UNSEALED: ClassVar[frozenset[str]] = frozenset()

    changed_seq: int = 0
    seal: str = ""


class Patient(Sealed, table=True):
    """The demographic record. `*_evidence_from`: from when on that fact counts as evidence (design §3.1, §3.9)."""

    mrn: str = Field(primary_key=True)
    given_name: str
    family_name: str
    other_names: str = Field(default="[]", sa_type=Text)
    birth_date: date | None = Field(default=None, sa_type=IsoDate)
    sex: str = "unknown"
    address: str = ""
    city: str = ""
    postal_code: str = ""
    language: str = ""
    last_visit: date | None = Field(default=None, sa_type=IsoDate)
    status: str = "active"
    merged_into: str | None = None
    birth_date_evidence_from: datetime = Field(sa_type=UtcTime)
    postal_code_evidence_from: datetime = Field(sa_type=UtcTime)
    imported_at: datetime = Field(sa_type=UtcTime)


class PatientName(Stored, table=True):
    """Search index over name parts, nothing else: `find` matches the beginning of any part."""

    __tablename__ = "patient_name"
    __table_args__: ClassVar[dict[str, object]] = {"sqlite_with_rowid": False}

    key: str = Field(primary_key=True)
    mrn: str = Field(primary_key=True, foreign_key="patient.mrn", index=True)


class ContactPoint(Sealed, table=True):
    """An email or phone of a patient. `key` is what two of them are compared by; `evidence_from` as in Patient."""

    __tablename__ = "contact_point"

    id: str = Field(primary_key=True)
    mrn: str = Field(foreign_key="patient.mrn", index=True)
    kind: str
    value: str
    key: str = Field(index=True)
    source: str
    added_at: datetime = Field(sa_type=UtcTime)
    evidence_from: datetime = Field(sa_type=UtcTime)
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcTime)
    confirmed_how: str = ""
    bounced_at: datetime | None = Field(default=None, sa_type=UtcTime)
    do_not_use: bool = False
    confidential: bool = False
    current: bool = True


class PortalAccount(Sealed, table=True):
    """The credential record of one patient. The guarded columns are listed in gate/actions.py."""

    __tablename__ = "portal_account"

    mrn: str = Field(primary_key=True, foreign_key="patient.mrn")
    username: str | None = Field(default=None, unique=True)
    email: str | None = Field(default=None, index=True)
    phone: str | None = None
    password_hash: str | None = None
    status: str = "new"
    must_change_password: bool = False
    locked_until: datetime | None = Field(default=None, sa_type=UtcTime)
    failed_attempts: int = 0
    activated_at: datetime | None = Field(default=None, sa_type=UtcTime)
    contact_changed_at: datetime | None = Field(default=None, sa_type=UtcTime)
    permit_id: str | None = None


class PasswordHistory(Sealed, table=True):
    """Hashes an account has had: none of the last ten may come back."""

    __tablename__ = "password_history"

    id: str = Field(primary_key=True)
    mrn: str = Field(foreign_key="portal_account.mrn", index=True)
    password_hash: str
    set_at: datetime = Field(sa_type=UtcTime)


class StaffMember(Sealed, table=True):
    """Who operates the desk. `credentialed_*`: who last gave this person a password or token (design §3.5)."""

    __tablename__ = "staff_member"

    name: str = Field(primary_key=True)
    role: str
    status: str = "active"
    password_hash: str
    must_change_password: bool = False
    failed_attempts: int = 0
    locked_until: datetime | None = Field(default=None, sa_type=UtcTime)
    credentialed_by: str
    credentialed_at: datetime = Field(sa_type=UtcTime)
    own_mrn: str | None = None
    linked: str = Field(default="[]", sa_type=Text)


class StaffSession(Sealed, table=True):
    """A sign-in of one staff member by one operating-system caller; idle time is read from the record."""

    __tablename__ = "staff_session"

    id: str = Field(primary_key=True)
    staff: str = Field(foreign_key="staff_member.name", index=True)
    os_caller: str
    token_hash: str = Field(unique=True)
    started_at: datetime = Field(sa_type=UtcTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)
    ended_why: str = ""


class StaffToken(Sealed, table=True):
    """A token for scripts: hashed, expiring, limited to commands by `only`."""

    __tablename__ = "staff_token"

    id: str = Field(primary_key=True)
    staff: str = Field(foreign_key="staff_member.name", index=True)
    token_hash: str = Field(unique=True)
    created_by: str
    created_at: datetime = Field(sa_type=UtcTime)
    expires_at: datetime = Field(sa_type=UtcTime)
    only: str = Field(default="[]", sa_type=Text)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcTime)


class IdentityCheck(Sealed, table=True):
    """One verification of one caller. `evidence` lists methods and outcomes; no answer is ever kept."""

    __tablename__ = "identity_check"
    __table_args__ = (Index("ix_identity_check_patient_started", "patient", "started_at"),)

    id: str = Field(primary_key=True)
    patient: str = Field(foreign_key="patient.mrn")
    staff: str | None = None
    session: str = Field(default="", index=True)
    caller: str = "patient"
    reason: str = ""
    outcome: str = "pending"
    level: str = "none"
    evidence: str = Field(default="[]", sa_type=Text)
    wrong: int = 0
    ask_order: str = Field(default="[]", sa_type=Text)
    spoiled: str = Field(default="[]", sa_type=Text)
    code_id: str | None = None
    started_at: datetime = Field(sa_type=UtcTime)
    expires_at: datetime = Field(sa_type=UtcTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)
    ended_why: str = ""
    failed_at: datetime | None = Field(default=None, sa_type=UtcTime)


class Permit(Sealed, table=True):
    """One allowed change of one account. `spent_seq` is set once, by a trigger, and proved by the event it names."""

    UNSEALED: ClassVar[frozenset[str]] = frozenset({"spent_seq"})
    __table_args__ = (Index("ix_permit_ground", "ground", "ground_id", "action"),)

    id: str = Field(primary_key=True)
    mrn: str = Field(foreign_key="patient.mrn")
    action: str
    ground: str
    ground_id: str
    level: str = "none"
    staff: str | None = None
    issued_at: datetime = Field(sa_type=UtcTime)
    spent_seq: int | None = None


class RecoveryCredential(Sealed, table=True):
    """A link, code or temporary login. `secret_hash` is all that is kept of the secret."""

    __tablename__ = "recovery_credential"
    __table_args__ = (Index("ux_credential_permit_kind", "permit_id", "kind", unique=True),)

    id: str = Field(primary_key=True)
    kind: str
    mrn: str = Field(foreign_key="portal_account.mrn", index=True)
    reference: str = Field(index=True)
    secret_hash: str = Field(unique=True)
    issued_at: datetime = Field(sa_type=UtcTime)
    expires_at: datetime = Field(sa_type=UtcTime)
    bound_to: str
    sent_to: str | None = None
    check_id: str | None = None
    request_id: str | None = None
    permit_id: str | None = None
    call_code_hash: str | None = None
    tries: int = 0
    opened_at: datetime | None = Field(default=None, sa_type=UtcTime)
    redeemed_at: datetime | None = Field(default=None, sa_type=UtcTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcTime)
    superseded_by: str | None = None


class PortalSession(Sealed, table=True):
    """A patient's sign-in at the portal; recoveries end all of them."""

    __tablename__ = "portal_session"

    id: str = Field(primary_key=True)
    mrn: str = Field(foreign_key="portal_account.mrn", index=True)
    token_hash: str = Field(unique=True)
    started_at: datetime = Field(sa_type=UtcTime)
    expires_at: datetime = Field(sa_type=UtcTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)
    ended_why: str = ""


class ChangeRequest(Sealed, table=True):
    """A change of contact that waits for confirmation, approval or time."""

    __tablename__ = "change_request"

    id: str = Field(primary_key=True)
    mrn: str = Field(foreign_key="portal_account.mrn", index=True)
    kind: str
    new_value: str
    state: str
    check_id: str = Field(index=True)
    permit_id: str
    requested_by: str
    requested_at: datetime = Field(sa_type=UtcTime)
    expires_at: datetime = Field(sa_type=UtcTime)
    rests_on_photo_id: bool = False
    codes_sent: int = 0
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcTime)
    confirmed_how: str = ""
    old_told_at: datetime | None = Field(default=None, sa_type=UtcTime)
    waits_until: datetime | None = Field(default=None, sa_type=UtcTime)
    decided_by: str | None = None
    decided_at: datetime | None = Field(default=None, sa_type=UtcTime)
    decision_reason: str = ""
    independent: bool | None = None


class OutboxMessage(Sealed, table=True):
    """A message to be delivered: no body and no secret; both are made at delivery."""

    UNSEALED: ClassVar[frozenset[str]] = frozenset({"attempts", "claimed_at", "claimed_by", "last_error"})
    __tablename__ = "outbox_message"

    id: str = Field(primary_key=True)
    kind: str
    mrn: str = Field(foreign_key="patient.mrn", index=True)
    to_address: str = Field(index=True)
    credential_id: str | None = Field(default=None, index=True)
    permit_id: str | None = None
    variables: str = Field(default="{}", sa_type=Text)
    created_at: datetime = Field(sa_type=UtcTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcTime, index=True)
    dropped_why: str = ""
    attempts: int = 0
    claimed_at: datetime | None = Field(default=None, sa_type=UtcTime)
    claimed_by: str = ""
    last_error: str = ""


class Settings(Sealed, table=True):
    """What the clinic decides: one row, so that no single setting can be taken away."""

    id: int = Field(primary_key=True)
    store_id: str
    created_at: datetime = Field(sa_type=UtcTime)
    values_json: str = Field(default="{}", sa_type=Text)
    accepted_clock: datetime | None = Field(default=None, sa_type=UtcTime)


class DuplicateVerdict(Sealed, table=True):
    """What a person decided about two records; it lapses when the identity data it was judged on change."""

    __tablename__ = "duplicate_verdict"
    __table_args__ = (Index("ix_duplicate_pair", "a", "b"),)

    id: str = Field(primary_key=True)
    a: str = Field(foreign_key="patient.mrn")
    b: str = Field(foreign_key="patient.mrn")
    verdict: str
    reason: str
    judged_on: str
    staff: str
    at: datetime = Field(sa_type=UtcTime)


class AuditEvent(Stored, table=True):
    """One line of the record. `hash` is an HMAC over every column, the event's seals and `prev_hash`."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_patient", "patient", "seq"),
        Index("ix_audit_staff", "staff", "seq"),
        Index("ix_audit_session", "session", "seq"),
        Index("ix_audit_action", "action", "seq"),
        Index("ix_audit_at", "at"),
    )

    seq: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcTime)
    staff: str | None = None
    action: str
    patient: str | None = None
    outcome: str
    session: str = ""
    check_id: str | None = None
    level: str | None = None
    reason: str = ""
    details: str = Field(default="{}", sa_type=Text)
    prev_hash: str
    hash: str


class AuditSeal(Stored, table=True):
    """The seal that one event gave one row: the newest of a row is the only one it may carry."""

    __tablename__ = "audit_seal"
    __table_args__: ClassVar[dict[str, object]] = {"sqlite_with_rowid": False}

    row_key: str = Field(primary_key=True)
    seq: int = Field(primary_key=True, index=True)
    seal: str


class AuditHead(Stored, table=True):
    """The one row every writer takes its turn at: number, time and hash of the last event."""

    __tablename__ = "audit_head"

    id: int = Field(primary_key=True)
    seq: int
    at: datetime = Field(sa_type=UtcTime)
    hash: str


SEALED: tuple[type[Sealed], ...] = (
    Patient, ContactPoint, PortalAccount, PasswordHistory, StaffMember, StaffSession, StaffToken, IdentityCheck,
    Permit, RecoveryCredential, PortalSession, ChangeRequest, OutboxMessage, Settings, DuplicateVerdict,
)  # fmt: skip
